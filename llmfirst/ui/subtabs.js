// A link to a tab that belongs to this one opens it in this page.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".kin a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const button = document.querySelector(`#${link.dataset.tab}-tab-button`);
  if (!button) return; // a narrow page has no button for each tab: the browser follows the link
  event.preventDefault();
  button.click();
});
