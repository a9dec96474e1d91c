const placeOf = (name) => root.querySelector(`[data-live="${name}"]`);
// The bars of all columns have one scale, which grows with the slowest of them.
{
  const STEPS = [5, 10, 20, 30, 60, 90, 120];
  const board = root.querySelector(".answer-columns");
  const scale = () => {
    const seconds = [...board.querySelectorAll("[data-seconds]")].map((one) => Number(one.dataset.seconds));
    const most = Math.max(0, ...seconds);
    board.style.setProperty("--scale", STEPS.find((step) => step >= most) ?? most);
  };
  new MutationObserver(scale).observe(board, {subtree: true, childList: true, attributeFilter: ["data-seconds"]});
}
