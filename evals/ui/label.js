// Label mode: 1 or y says yes, 2 or n no, 3 or u unsure, Backspace or z takes the last label back, Escape closes it. The
// keys of letters are named by their place, so that they work on a Korean keyboard; a text field keeps its letters, and
// an input method that is composing keeps all of them.
const labelKeys = { Digit1: "yes", Numpad1: "yes", KeyY: "yes", Digit2: "no", Numpad2: "no", KeyN: "no", Digit3: "unsure",
  Numpad3: "unsure", KeyU: "unsure", Backspace: "undo", KeyZ: "undo" };
document.addEventListener("keydown", (event) => {
  if (!isOpen("#label-mode") || isComposing(event) || event.repeat) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || isOpen("dialog[open]")) return;
  if (event.key === "Escape") {
    if (isTextField(event.target)) event.target.blur();
    else pressed("#label-close") || pressed("#label-leave");
  } else if (!isTextField(event.target)) {
    const key = labelKeys[event.code];
    if (key && pressed(`#label-${key}`)) event.preventDefault();
  }
});
window.llmfirstLabelClaim = () => document.querySelector("#label-claim [data-claim]")?.dataset.claim ?? "";
// Another answer is read from its beginning, with the arrow keys too; the next claim about the same one moves nothing.
window.llmfirstLabelNext = () => requestAnimationFrame(() => {
  const answer = document.querySelector("#label-read article.read");
  const at = document.activeElement;
  if (answer && (!at || at === document.body || at.matches("#label-begin, #label-person *"))) answer.focus({ preventScroll: true });
});
