// The layout follows the stage of the answer: none, opening, running, stopping, replayed, ended, failed. The focus goes along where Ask and
// Stop take turns.
const tab = element.closest("#ask-tab");
const hasAddress = new URLSearchParams(location.search).has("run");
// The address changes later, also for a moment on the way to label mode.
window.openedBlind = new URLSearchParams(location.search).get("part") === "label";
let wasDrawn = false;
// What is small shows the beginning of its text.
const rewind = () => {
  const field = tab.querySelector("#question textarea");
  if (field && field !== document.activeElement) field.scrollTop = 0;
};
tab.addEventListener("focusout", () => setTimeout(rewind));
const draw = () => {
  const line = element.querySelector("[data-stage]");
  wasDrawn ||= !!line;
  const stage = line?.dataset.stage ?? (hasAddress && !wasDrawn ? "opening" : "none");
  if (tab.dataset.stage === stage) return;
  const focused = document.activeElement?.closest("#buttons button");
  tab.dataset.stage = stage;
  tab.toggleAttribute("data-small", stage !== "none");
  tab.toggleAttribute("data-busy", stage === "running" || stage === "stopping");
  tab.toggleAttribute("data-growing", tab.hasAttribute("data-busy") || stage === "replayed");
  rewind();
  if (focused && !focused.checkVisibility())
    [...tab.querySelectorAll("#buttons button")].find((button) => button.checkVisibility())?.focus();
};
// The model takes a moment to stop: the page says at once that it has heard. The second click of a double click on Ask
// is none on Stop, which has come into its place.
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("button#stop")) return;
  const line = element.querySelector("[data-stage=running]");
  if (event.detail > 1) event.stopImmediatePropagation();
  else if (line) {
    line.dataset.stage = "stopping";
    line.textContent = line.dataset.stopping;
  }
}, true);
new MutationObserver(draw).observe(element, {childList: true, subtree: true, attributes: true});
draw();
