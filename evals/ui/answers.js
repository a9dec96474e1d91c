// The Answers part. The address names the filters, the page and the open answer, so that each can be sent.
const llmfirstAnswers = (() => {
  let focused = ""; // what gets the focus once that is drawn which was asked for
  let sent = location.search; // the address with which the page was opened, until something else is asked for
  const links = (element) => [...element.querySelectorAll("a[data-run]")];
  const next = { ArrowDown: 1, ArrowUp: -1 };
  return {
    // Put what is asked for into the address. The browser's button for back leads from an answer to its list.
    go(asked) {
      const now = new URLSearchParams(location.search).get("answer");
      const address = new URLSearchParams(asked);
      for (const [name, value] of [...address]) if (!value || value === "suite") address.delete(name);
      const opened = address.get("answer");
      sent = "";
      history[opened === now ? "replaceState" : "pushState"](null, "", "?" + address);
      const isPage = typeof asked === "string";
      focused = opened ? "h3" : now ? `a[data-run="${CSS.escape(now)}"]` : isPage ? "a[data-run]" : "";
      return "?" + address;
    },
    // Name this part of an evaluation in the address: as it is there already, else as it was left or sent. While the page
    // loads, other parts put their names there.
    stay(id) {
      const of = (search) => {
        const asked = new URLSearchParams(search);
        return asked.get("part") === "answers" && (asked.get("evaluation") ?? asked.get("evaluate")) === id;
      };
      if (of(location.search)) return;
      const left = document.querySelector("#answers [data-address]")?.dataset.address ?? "";
      const plain = "?" + new URLSearchParams({ evaluation: id, part: "answers" });
      history.replaceState(null, "", [left, sent].find(of) ?? plain);
    },
    drawn(element) {
      requestAnimationFrame(() => {
        const place = focused && element.querySelector(focused);
        if (!place) return;
        focused = "";
        place.focus({ preventScroll: true });
        const part = document.getElementById("evaluate-parts") ?? element;
        (place.matches("h3") || !place.checkVisibility() ? part : place).scrollIntoView({ block: "nearest", behavior: "instant" });
      });
    },
    // Up and down go through the list, left and right through the answers, Escape back to the list.
    key(event, element) {
      if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
      const ways = { ArrowLeft: "[rel=prev]", ArrowRight: "[rel=next]", Escape: "[data-asks=list]" };
      const all = links(element), at = all.indexOf(document.activeElement);
      if (next[event.key] && at >= 0) all[at + next[event.key]]?.focus();
      else if (ways[event.key] && element.querySelector(".answer-way")) element.querySelector(".answer-way " + ways[event.key])?.click();
      else return;
      event.preventDefault();
    },
  };
})();
