// A link to an answer opens it in this page, and the browser's button for back returns to where the link stood. While an
// answer is written or played the browser goes there itself, as it does for links that the reader wants elsewhere.
let runToOpen = "";
{
  const find = (selector) => document.querySelector(selector);
  const runIn = (search) => {
    const address = new URLSearchParams(search);
    return address.has("replay") ? null : address.get("run");
  };
  const isTaken = () => find("#ask-tab:is([data-busy], [data-growing])");
  const show = (tab) => { // a narrow page has no button for each tab
    const button = find(`#${tab}-tab-button`);
    if (button) button.click();
    else location.reload();
    return !!button;
  };
  const open = (run) => {
    runToOpen = run;
    if (show("ask")) find("#open-run").click();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="?run="]:not([target], [download])');
    const run = link && runIn(link.search);
    if (!run || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (isTaken() || !find("#open-run")) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    open(run);
    scrollTo({top: 0, behavior: "instant"});
  });
  addEventListener("popstate", () => {
    const run = runIn(location.search);
    if (new URLSearchParams(location.search).has("history")) show("history");
    else if (run && !isTaken()) open(run);
    else location.reload();
  });
}
