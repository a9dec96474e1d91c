// Who follows up with the keyboard has the focus on Stop while the answer is written, and then in the field again.
{
  let isGoingOn = false;
  const follow = (tab) => {
    const focused = document.activeElement;
    if (tab.hasAttribute("data-busy")) {
      if (!focused?.closest("#follow-up, #answer-actions")) return;
      isGoingOn = !!focused.closest("#follow-up");
      tab.querySelector("button#stop").focus({preventScroll: true});
    } else if (isGoingOn) {
      isGoingOn = false;
      const isOurs = focused === document.body || focused.closest("#buttons");
      if (isOurs) tab.querySelector("#follow-up-question textarea").focus({preventScroll: true});
    }
  };
  // Gradio builds the page after this script has run.
  const built = new MutationObserver(() => {
    const tab = document.querySelector("#ask-tab");
    if (!tab) return;
    built.disconnect();
    new MutationObserver(() => follow(tab)).observe(tab, {attributeFilter: ["data-busy"]});
  });
  built.observe(document.documentElement, {childList: true, subtree: true});
}
