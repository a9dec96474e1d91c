// The drawer of the settings opens and closes by its button, and closes by Escape while the focus is in it.
{
  const parts = () => [document.querySelector("button#open-settings"), document.querySelector("#settings")];
  const toggle = (isOpen) => {
    const [opener, drawer] = parts();
    if (!opener || !drawer) return;
    drawer.toggleAttribute("data-open", isOpen);
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) drawer.querySelector("input, button")?.focus();
  };
  document.addEventListener("click", (event) => {
    const [opener, drawer] = parts();
    if (opener && event.target.closest?.("button#open-settings")) toggle(!drawer.hasAttribute("data-open"));
  });
  document.addEventListener("keydown", (event) => {
    const [opener, drawer] = parts();
    if (event.key !== "Escape" || event.defaultPrevented || !drawer?.contains(event.target)) return;
    toggle(false);
    opener.focus();
  });
  // Gradio builds the page after this script has run.
  const built = new MutationObserver(() => {
    const [opener, drawer] = parts();
    if (!opener || !drawer) return;
    built.disconnect();
    opener.setAttribute("aria-controls", "settings");
    opener.setAttribute("aria-expanded", "false");
    drawer.setAttribute("role", "dialog");
    drawer.setAttribute("aria-labelledby", "open-settings");
  });
  built.observe(document.documentElement, {childList: true, subtree: true});
}
