// Draws the figures from the data in the page; a click on a point opens its answer.
const { figures, answers } = JSON.parse(document.getElementById("drawn").textContent);
const boxes = figures.map(({ name }) => document.getElementById(`figure-${name}`));
const open = (id) => {
  const answer = document.getElementById(id);
  answer.open = true;
  answer.scrollIntoView();
  answer.querySelector("summary").focus({ preventScroll: true });
};
figures.forEach(({ figure }, place) => {
  const box = boxes[place];
  Plotly.newPlot(box, figure.data, figure.layout, { displayModeBar: false, responsive: true }).then(() =>
    box.on("plotly_click", ({ points }) => {
      const run = points[0]?.customdata?.[0];
      if (Object.hasOwn(answers, run)) open(answers[run]);
    }),
  );
});
// A figure is drawn for the width of the screen; paper is narrower.
const paperWidth = (box) => Number(box.dataset.printWidth ?? 690);
addEventListener("beforeprint", () =>
  boxes.forEach((box) => Plotly.relayout(box, { autosize: false, width: paperWidth(box) })),
);
addEventListener("afterprint", () => boxes.forEach((box) => Plotly.relayout(box, { autosize: true, width: null })));
document.addEventListener("click", ({ target }) => {
  const opened = target.closest("[data-opens]")?.dataset.opens;
  if (opened) open(opened);
});
