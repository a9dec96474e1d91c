// While somebody looks at the card it asks for news. Buttons of models, wherever they stand on the page, are given to
// Python here; a deletion is asked about first, in a dialog that the browser closes on Escape.
setInterval(() => { if (element.offsetParent && !document.hidden) trigger("look", {}); }, 2000);
let last = null;
const give = (act, model) => { last = {act, model}; trigger("select", {act, model}); };
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-model-act]");
  if (!button) return;
  const {modelAct: act, model, about} = button.dataset;
  if (act !== "delete") return give(act, model);
  const dialog = document.querySelector("#bring-question dialog");
  dialog.querySelector(".about").textContent = about;
  dialog.onclose = () => { if (dialog.returnValue === "delete") give("delete", model); else button.focus(); };
  dialog.returnValue = "";
  dialog.showModal();
});
// A button that is drawn again loses the focus: it goes to what can be done next with the same model.
const refocus = () => {
  if (!last || document.activeElement !== document.body) return;
  const {act, model} = last;
  const next = `button[data-model="${CSS.escape(model)}"]`;
  const button = document.querySelector(`${next}[data-model-act="${act}"]`) || document.querySelector(next);
  (button || document.querySelector("#bring-name :is(input, textarea)"))?.focus();
};
for (const list of [element, document.querySelector("#system-models-table")])
  if (list) new MutationObserver(refocus).observe(list, {subtree: true, childList: true});
document.addEventListener("pointerdown", () => { last = null; }, true);
