// The Compare tab. The address names the session that is open, so that a reload finds it again.
const compareAddress = (id) => {
  const address = new URLSearchParams(location.search);
  if (id && address.get("session") !== id) history.replaceState(null, "", "?session=" + encodeURIComponent(id));
  else if (!id && address.has("session")) history.replaceState(null, "", "?compare");
};
// The layout follows the stage: at home, in a session, or while somebody answers. The focus goes along where Ask and Stop
// take turns.
new MutationObserver((_, waiting) => {
  const line = document.querySelector("#compare-line");
  const tab = line?.closest("#compare-tab");
  if (!tab) return;
  waiting.disconnect();
  const draw = () => {
    const round = line.querySelector("[data-stage]");
    const stage = round?.dataset.stage ?? (document.querySelector("#compare-bar .session") ? "session" : "home");
    if (tab.dataset.stage === stage && tab.dataset.next === round?.dataset.next) return;
    const focused = document.activeElement?.closest("#compare-buttons button");
    tab.dataset.stage = stage;
    tab.dataset.next = round?.dataset.next ?? "false";
    if (focused && !focused.checkVisibility())
      [...tab.querySelectorAll("#compare-buttons button")].find((button) => button.checkVisibility())?.focus();
  };
  for (const part of [line, document.querySelector("#compare-bar")])
    new MutationObserver(draw).observe(part, {subtree: true, childList: true, attributeFilter: ["data-stage", "data-next"]});
  draw();
}).observe(document.documentElement, {subtree: true, childList: true});
// Keys of this tab where it is to be seen: Ctrl+Enter asks, Escape stops, n asks the next question.
document.addEventListener("keydown", (event) => {
  const tab = document.querySelector("#compare-tab");
  if (!tab?.checkVisibility() || isComposing(event) || event.repeat) return;
  const isListOpen = isOpen("[role=listbox], ul.options");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (isListOpen || (isTextField(event.target) && !event.target.closest("#compare-question, #compare-pasted"))) return;
    event.preventDefault();
    press("button#compare-ask:not([disabled])");
  } else if (event.key === "Escape" && !isListOpen && !isOpen("dialog[open]")) press("button#compare-stop");
  else if (event.code === "KeyN" && !isTextField(event.target) && !event.ctrlKey && !event.altKey && !event.metaKey)
    press("button#compare-next");
}, true);
// On a narrow page one column is to be seen at a time; a swipe goes to the next one.
const comparePage = (number) => {
  document.querySelector("#compare-columns .answer-columns").dataset.page = number;
};
document.addEventListener("change", (event) => {
  if (event.target.name === "compare-page") comparePage(event.target.value);
});
{
  let from = null;
  const place = (event) => ({x: event.changedTouches[0].clientX, y: event.changedTouches[0].clientY});
  document.addEventListener("touchstart", (event) => {
    from = event.target.closest?.("#compare-columns") ? place(event) : null;
  }, {passive: true});
  document.addEventListener("touchend", (event) => {
    const pages = [...document.querySelectorAll("[name=compare-page]")];
    if (!from || !pages[0]?.checkVisibility()) return;
    const {x, y} = place(event);
    if (Math.abs(x - from.x) < 60 || Math.abs(x - from.x) < 2 * Math.abs(y - from.y)) return;
    const now = pages.findIndex((page) => page.checked);
    pages[Math.min(pages.length - 1, Math.max(0, now + (x < from.x ? 1 : -1)))].click();
  }, {passive: true});
}
