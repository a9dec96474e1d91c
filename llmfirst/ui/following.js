// The page follows the text while it is written, until its reader scrolls away from the end, and again from there. It jumps
// by lines and glides nowhere, so reduced motion is no case of its own.
{
  const ROOM = 24;
  const room = () => ROOM + (parseFloat(getComputedStyle(document.documentElement).scrollPaddingBottom) || 0);
  let isFollowing = true;
  let before = 0;
  let ours = -1; // where this script has scrolled to
  const isWriting = () => document.querySelector("#ask-tab[data-growing]");
  const end = () => [...document.querySelectorAll("#text > .part, #review")]
    .filter((one) => one.checkVisibility() && one.querySelector(".md > *, .review")).at(-1)?.getBoundingClientRect().bottom;
  const follow = () => {
    const bottom = end();
    if (!isFollowing || bottom === undefined || !isWriting()) return;
    const hidden = bottom + room() - innerHeight;
    if (hidden <= 0) return;
    scrollBy({top: hidden, behavior: "instant"});
    ours = scrollY;
  };
  addEventListener("scroll", () => {
    const isUpwards = scrollY < before;
    before = scrollY;
    if (Math.abs(scrollY - ours) < 2) return;
    ours = -1;
    const isAtBottom = scrollY + innerHeight >= document.documentElement.scrollHeight - 2;
    isFollowing = isAtBottom || (!isUpwards && (end() ?? 0) <= innerHeight + ROOM);
  }, {passive: true});
  const sizes = new ResizeObserver(follow);
  // Gradio builds the page after this script has run.
  const built = new MutationObserver(() => {
    const answer = document.querySelector("#ask-tab #answer");
    if (!answer) return;
    built.disconnect();
    sizes.observe(answer);
    new MutationObserver(() => {
      if (!isWriting()) return;
      isFollowing = true;
      scrollTo({top: 0, behavior: "instant"});
      ours = scrollY;
    }).observe(answer.closest("#ask-tab"), {attributeFilter: ["data-growing"]});
  });
  built.observe(document.documentElement, {childList: true, subtree: true});
}
