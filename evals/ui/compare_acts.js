// Gives each act of a visitor in this part to Python: a click on a button, or another title. A deletion is asked about first.
const give = (act, id, text = "") => trigger("select", {act, id, text});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (!button) return;
  const {act, id = ""} = button.dataset;
  if (act !== "delete") return give(act, id);
  const dialog = document.querySelector("#compare-dialog dialog");
  dialog.querySelector(".about").textContent = button.dataset.about;
  dialog.onclose = () => { if (dialog.returnValue === "delete") give("delete", id); else button.focus(); };
  dialog.returnValue = "";
  dialog.showModal();
});
element.addEventListener("change", (event) => {
  const field = event.target.closest("input[data-act]");
  if (field) give(field.dataset.act, field.dataset.id, field.value);
});
