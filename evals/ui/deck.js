// The blind deck: j or → shows the next pair, k or ← the one before, Escape closes it. On a narrow screen the two answers
// are pages beside each other, and their heads turn to them.
const deckKeys = { KeyJ: "#deck-forward", ArrowRight: "#deck-forward", KeyK: "#deck-back", ArrowLeft: "#deck-back" };
document.addEventListener("keydown", (event) => {
  if (!isOpen("#deck-board") || isComposing(event) || event.repeat) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || isOpen("dialog[open]")) return;
  if (event.key === "Escape") {
    if (isTextField(event.target)) event.target.blur();
    else pressed("#deck-close");
  } else if (!isTextField(event.target) && !event.target.closest?.("[role=tab], [role=radiogroup]")) {
    if (deckKeys[event.code] && pressed(deckKeys[event.code])) event.preventDefault();
  }
});
const deckPane = (number) => document.querySelectorAll("#deck-panes .pane")[number];
document.addEventListener("click", (event) => {
  const number = event.target.closest?.("#deck-sides button[data-pane]")?.dataset.pane;
  if (number === undefined) return;
  deckPane(number)?.scrollIntoView({ block: "nearest", inline: "start" });
  deckPane(number)?.focus({ preventScroll: true });
});
// Which page is in sight is said at its head.
document.addEventListener("scroll", (event) => {
  if (!event.target.matches?.("#deck-panes .panes")) return;
  const isSecond = event.target.scrollLeft > event.target.clientWidth / 2;
  document.querySelectorAll("#deck-sides .side").forEach((side, number) =>
    side.toggleAttribute("data-in-sight", isSecond === (number === 1)));
}, true);
window.llmfirstDeckAddress = (id) => {
  history.replaceState(null, "", id ? "?deck=" + encodeURIComponent(id) : location.pathname);
};
// Another pair is read from its beginning. A vote that leaves its pair on screen moves nothing.
window.llmfirstDeckTop = () => {
  const asked = document.querySelector("#deck-head .place")?.textContent.split("·")[0];
  if (asked === window.llmfirstDeckAt) return;
  window.llmfirstDeckAt = asked;
  const panes = document.querySelector("#deck-panes .panes");
  panes?.scrollTo({ left: 0 });
  panes?.querySelectorAll(".pane").forEach((pane) => pane.scrollTo({ top: 0 }));
};
