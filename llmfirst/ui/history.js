// The History tab: words of a search stand in the address, days are chosen in the browser's own field.
const llmfirstHistoryAddress = (words) => {
  history.replaceState(null, "", words ? "?history=" + encodeURIComponent(words) : "?history");
};
const llmfirstHistoryFocus = (selector) => {
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(selector)?.focus()));
};
// Gradio has no field for a day, and draws its own again when it likes.
new MutationObserver(() => {
  for (const input of document.querySelectorAll("#history-tab .date input:not([type=date])")) input.type = "date";
}).observe(document.documentElement, {subtree: true, childList: true});
