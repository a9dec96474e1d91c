// The keys 1 to 4 vote and u takes the last vote back, in the bar that is on screen. The keys of letters are named by
// their place, so that they work on a Korean keyboard; a field keeps its letters. A model's text carries no ids.
const voteKeys = { Digit1: "vote-1", Digit2: "vote-2", Digit3: "vote-3", Digit4: "vote-4", Numpad1: "vote-1",
  Numpad2: "vote-2", Numpad3: "vote-3", Numpad4: "vote-4", KeyU: "vote-undo" };
const pressed = (selector) => {
  const button = [...document.querySelectorAll(`button${selector}:not([disabled])`)].find((one) => one.checkVisibility());
  button?.click();
  return !!button;
};
document.addEventListener("keydown", (event) => {
  if (isComposing(event) || event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (isTextField(event.target) || isOpen("[role=listbox], ul.options, dialog[open]")) return;
  if (voteKeys[event.code] && pressed("." + voteKeys[event.code])) event.preventDefault();
});
