// The History tab: words of a search stand in the address, days are chosen in the browser's own field.
const llmfirstHistoryAddress = (words) => {
  history.replaceState(null, "", words ? "?history=" + encodeURIComponent(words) : "?history");
};
const llmfirstHistoryFocus = (selector) => {
  requestAnimationFrame(() => requestAnimationFrame(() => document.querySelector(selector)?.focus()));
};
// Gradio has no field for a day, and draws its own again when it likes. The rest of the page is left alone: it changes
// ten times a second while an answer is written.
new MutationObserver((_, waiting) => {
  const tab = document.querySelector("#history-tab");
  if (!tab) return;
  waiting.disconnect();
  const choose = () => {
    for (const input of tab.querySelectorAll(".date input:not([type=date])")) input.type = "date";
  };
  new MutationObserver(choose).observe(tab, {subtree: true, childList: true});
  choose();
}).observe(document.documentElement, {subtree: true, childList: true});
