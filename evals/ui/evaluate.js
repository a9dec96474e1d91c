// The address names the evaluation and the part of its result. `?evaluate=ID` means the same as `?evaluation=ID`.
const llmfirstEvaluationAddress = (id, part) => {
  if (!id) return;
  const shown = part ?? new URLSearchParams(location.search).get("part") ?? "summary";
  const of = shown === "summary" ? "" : "&part=" + encodeURIComponent(shown);
  history.replaceState(null, "", "?evaluation=" + encodeURIComponent(id) + of);
};

// Open the drawer in which an evaluation is set up. A tab that is opened for the first time does not hear a click at once.
const llmfirstSetUp = (tries = 30) => {
  if (!tries || document.getElementById("evaluate-setup")?.checkVisibility()) return;
  document.getElementById("evaluate-new")?.click();
  setTimeout(llmfirstSetUp, 500, tries - 1);
};

// The answer of a row stands below the table, perhaps below the screen.
const showDetail = () => document.getElementById("detail")?.scrollIntoView({block: "start", behavior: "instant"});

// Label mode: the keys y, n, u and b, wherever they are on a Korean keyboard too, and Escape, which closes it. A text field
// keeps its letters, and an input method that is composing keeps all of them.
const labelKeys = { KeyY: "label-yes", KeyN: "label-no", KeyU: "label-unsure", KeyB: "label-back" };
document.addEventListener("keydown", (event) => {
  if (!document.getElementById("label-mode")?.checkVisibility() || isComposing(event)) return;
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") document.getElementById("label-close")?.click();
  else if (!isTextField(event.target)) document.getElementById(labelKeys[event.code])?.click();
});
