// A name in the legend of a figure hides what belongs to it in the plot, and shows it again.
document.addEventListener("click", (event) => {
  const name = event.target.closest?.(".figure-legend button[data-entry]");
  const plot = name?.closest(".figure-card")?.querySelector(".js-plotly-plot");
  if (!plot) return;
  const isShown = name.getAttribute("aria-pressed") === "false";
  name.setAttribute("aria-pressed", String(isShown));
  const group = plot.layout.meta[name.dataset.entry];
  const traces = plot.data.flatMap((trace, place) => (trace.legendgroup === group ? [place] : []));
  if (traces.length) Plotly.restyle(plot, { visible: isShown }, traces);
});
