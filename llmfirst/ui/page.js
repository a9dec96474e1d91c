// Keys: Ctrl+Enter (or Command+Enter) asks, Escape stops. The element's kind is named, because a model's text may
// carry an id of its own.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    document.querySelector("button#ask:not([disabled])")?.click();
  } else if (event.key === "Escape") {
    document.querySelector("button#stop")?.click();
  }
});
