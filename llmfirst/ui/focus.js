// A list closes when the focus leaves it by Tab, as it does by Escape: Gradio would leave it open over what comes next.
document.addEventListener("focusout", ({ target }) => {
  if (!target.matches?.("input[role=combobox]")) return;
  setTimeout(() => {
    if (document.activeElement !== target && target.ariaExpanded === "true" && !document.querySelector(".option-list:hover"))
      target.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
  });
});
// The link past the head of the page leads to the question, and leaves the address as it is.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("#heading a.skip")) return;
  event.preventDefault();
  document.querySelector("#ask-tab-button")?.click();
  requestAnimationFrame(() => document.querySelector("#question textarea")?.focus());
});
