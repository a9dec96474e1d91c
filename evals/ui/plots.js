// A point in a plot that is an answer carries its run first; Plotly keeps what the mouse is over in `_hoverdata`.
const openAnswer = (run) => {
  if (/^[0-9a-f]{1,32}$/.test(run ?? "")) window.open("?run=" + run, "_blank", "noopener");
};
document.addEventListener("click", (event) => {
  const plot = event.target.closest?.("#evaluation-tab .js-plotly-plot");
  openAnswer(plot?._hoverdata?.[0]?.customdata?.[0]);
});

// Where each answer that is shown in a plot is drawn first.
const answersIn = (plot) => {
  const found = new Map();
  plot.data.forEach(({ visible, customdata }, curveNumber) => {
    if (visible === false) return;
    (customdata ?? []).forEach(([run], pointNumber) => {
      if (run && !found.has(run)) found.set(run, { curveNumber, pointNumber });
    });
  });
  return [...found];
};

// The keyboard reaches a plot; arrows go from answer to answer, and Enter opens the one that is shown.
const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
document.addEventListener("keydown", (event) => {
  const plot = event.target.closest?.("#evaluate-plots .js-plotly-plot[tabindex]");
  if (!plot || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter") return openAnswer(plot.dataset.run);
  if (!(event.key in steps)) return;
  event.preventDefault();
  const answers = answersIn(plot);
  if (!answers.length) return;
  const before = answers.findIndex(([run]) => run === plot.dataset.run);
  const at = before < 0 ? 0 : (before + steps[event.key] + answers.length) % answers.length;
  const [run, place] = answers[at];
  plot.dataset.run = run;
  const { xaxis = "x", yaxis = "y" } = plot.data[place.curveNumber];
  Plotly.Fx.hover(plot, [place], xaxis + yaxis);
  const told = [...plot.querySelectorAll(".hovertext tspan.line")].map((line) => line.textContent).join(" ");
  plot.closest(".figure-card").querySelector(".stepped").textContent = told;
});
document.addEventListener("focusout", (event) => {
  const plot = event.target.closest?.("#evaluate-plots .js-plotly-plot[tabindex]");
  if (!plot) return;
  delete plot.dataset.run;
  Plotly.Fx.unhover(plot);
});

// Gradio draws a new plot for each figure. What it is called stands above it.
new MutationObserver(() => {
  for (const plot of document.querySelectorAll("#evaluate-plots .js-plotly-plot:not([role])")) {
    const head = plot.closest(".figure-card").querySelector(".figure-head");
    if (!head) continue;
    const isWalked = answersIn(plot).length > 0;
    const title = head.querySelector("h2").textContent;
    plot.setAttribute("role", isWalked ? "application" : "img");
    plot.setAttribute("aria-label", isWalked ? title + " " + head.dataset.keys : title);
    if (isWalked) plot.tabIndex = 0;
  }
}).observe(document.body, { childList: true, subtree: true });
