// A point in a plot that is an answer carries its run first; Plotly keeps what the mouse is over in `_hoverdata`.
document.addEventListener("click", (event) => {
  const plot = event.target.closest?.("#evaluation-tab .js-plotly-plot");
  const run = plot?._hoverdata?.[0]?.customdata?.[0];
  if (/^[0-9a-f]{1,32}$/.test(run ?? "")) window.open("?run=" + run, "_blank", "noopener");
});

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
