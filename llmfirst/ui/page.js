// Keys belong to where the focus is. An input method that is composing (Hangul) owns Enter and Escape, and an open list or
// dialog owns Escape. Beyond that Ctrl+Enter (or Command+Enter) asks and Escape stops or leaves a replay, where their
// buttons are visible.
// The element's kind is named, because a model's text may carry an id of its own.
const isComposing = (event) => event.isComposing || event.keyCode === 229;
const isTextField = (element) =>
  !!element?.closest?.("textarea, select, [contenteditable]:not([contenteditable=false]), " +
    "input:not([type=button], [type=checkbox], [type=radio], [type=range], [type=submit])");
const isOpen = (selector) => [...document.querySelectorAll(selector)].some((element) => element.checkVisibility());
const press = (selector) => {
  const button = document.querySelector(selector);
  if (button?.checkVisibility()) button.click();
};
// Before the list or the dialog itself sees the key: afterwards it is closed.
document.addEventListener("keydown", (event) => {
  if (isComposing(event) || event.repeat) return;
  const isListOpen = isOpen("[role=listbox], ul.options");
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const isElsewhere = isTextField(event.target) && !event.target.closest("#question");
    if (isListOpen || isElsewhere || !isOpen("button#ask")) return;
    event.preventDefault();
    press("button#ask:not([disabled])");
  } else if (event.key === "Escape" && !isListOpen && !isOpen("dialog[open], [role=dialog], [aria-modal=true]")) {
    press("button#stop");
    press("#player button.leave");
  }
}, true);
