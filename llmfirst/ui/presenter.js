// Presenting: P (or ?present=1) turns it on and off, the right arrow or Space asks the next question of the script, L shows the
// script again. The script and the place in it stay in this browser. Escape goes on to stop the answer, and nothing else.
{
  const KEPT = "llmfirst-script", PLACE = "llmfirst-script-place", ON = "llmfirst-presenting", BELOW = 68;
  const root = document.documentElement;
  const find = (selector) => document.querySelector(selector);
  const field = () => find("#presenter-script textarea");
  const stage = () => find("#ask-tab")?.dataset.stage ?? "none";
  const isBusy = () => ["running", "stopping", "opening"].includes(stage());
  const isOn = () => "presenting" in root.dataset;
  const questions = () => (field()?.value ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  const place = () => Math.min(Number(sessionStorage.getItem(PLACE) ?? 0) || 0, questions().length);
  const write = (area, text) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
    area.dispatchEvent(new Event("input", {bubbles: true}));
  };
  const say = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };

  const drawClock = () => {
    if (!isOn()) return;
    const time = find("#presenter-bar .time"), used = find("#budget [role=progressbar]");
    if (!time || !used) return;
    const now = Number(used.ariaValueNow), most = Number(used.ariaValueMax);
    const hasEnded = stage() === "ended";
    time.classList.toggle("ended", hasEnded);
    time.classList.toggle("late", !hasEnded && most - now <= 10);
    say(time.querySelector(".digits"), String(Math.max(0, hasEnded ? now : most - now)));
    say(time.querySelector(".unit"), hasEnded ? time.dataset.took : time.dataset.left);
  };
  const drawScript = () => {
    const bar = find("#presenter-bar .bar"), queue = find("#presenter-queue ol");
    if (!bar || !queue || !field()) return;
    const all = questions(), at = place();
    const next = all[at] ?? (all.length ? bar.dataset.over : bar.dataset.none);
    say(bar.querySelector(".next"), all[at] === undefined ? next : `${at + 1}/${all.length} · ${next}`);
    if (queue.dataset.drawn === JSON.stringify([all, at])) return;
    queue.dataset.drawn = JSON.stringify([all, at]);
    queue.replaceChildren(...all.map((question, number) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = question;
      if (number === at) button.setAttribute("aria-current", "step");
      button.classList.toggle("asked", number < at);
      button.addEventListener("click", () => {
        sessionStorage.setItem(PLACE, String(number));
        draw();
      });
      item.append(button);
      return item;
    }));
  };
  const draw = () => {
    drawClock();
    drawScript();
  };
  const show = (what) => {
    root.dataset.presenting = what;
    if (what === "script") find("#presenter-check")?.click();
    draw();
    scrollTo({top: 0, behavior: "instant"});
  };
  const begin = () => {
    sessionStorage.setItem(ON, "1");
    find("#tabs [role=tab]")?.click(); // an answer is shown there only
    document.activeElement?.blur();
    show(stage() === "none" ? "script" : "answer");
  };
  const end = () => {
    sessionStorage.removeItem(ON);
    delete root.dataset.presenting;
    find("button#present")?.focus();
  };
  const advance = () => {
    const all = questions(), at = place(), ask = find("button#ask");
    if (isBusy() || all[at] === undefined || !ask || ask.disabled) return;
    write(find("#question textarea"), all[at]);
    sessionStorage.setItem(PLACE, String(at + 1));
    document.activeElement?.blur();
    show("answer");
    requestAnimationFrame(() => requestAnimationFrame(() => ask.click()));
  };
  // The last piece of an answer is drawn with its end: it comes in sight for who has followed the text.
  const settle = () => {
    const last = [...document.querySelectorAll("#text > .part")].filter((part) => part.querySelector(".md > *")).at(-1);
    const hidden = (last?.getBoundingClientRect().bottom ?? 0) + BELOW - innerHeight;
    if (isOn() && stage() === "ended" && hidden > 0 && hidden < innerHeight / 3) scrollBy({top: hidden, behavior: "instant"});
  };
  // A file has one question on each line; in YAML those are the items of a list.
  const take = async (file) => {
    const isYaml = /\.ya?ml$/i.test(file.name);
    const lines = (await file.text()).split(/\r?\n/).map((line) => line.trim());
    const items = lines.filter((line) => line && !line.startsWith("#") && (!isYaml || line.startsWith("- ")))
      .map((line) => line.replace(/^- +/, "").replace(/^(["'])(.*)\1$/, "$2"));
    sessionStorage.setItem(PLACE, "0");
    write(field(), items.join("\n"));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("button");
    if (button?.matches("#present")) begin();
    else if (button?.matches("#presenter-start")) advance();
    else if (button?.matches("#presenter-bar .list")) show(root.dataset.presenting === "script" ? "answer" : "script");
    else if (button?.matches("#presenter-bar .leave")) end();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("#presenter-file input") && event.target.files[0]) {
      take(event.target.files[0]);
      event.target.value = "";
    }
  });
  document.addEventListener("input", (event) => {
    if (event.target !== field()) return;
    localStorage.setItem(KEPT, field().value);
    draw();
  });
  document.addEventListener("keydown", (event) => {
    const isOurs = !event.isComposing && !event.repeat && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!isOurs || isTextField(event.target) || isOpen("[role=listbox], dialog[open], [aria-modal=true]")) return;
    if (event.code === "KeyP" && !event.shiftKey && isOpen("button#present, #presenter-bar")) {
      event.preventDefault();
      isOn() ? end() : begin();
    } else if (isOn() && event.code === "KeyL") {
      show(root.dataset.presenting === "script" && stage() !== "none" ? "answer" : "script");
    } else if (isOn() && (event.key === "ArrowRight" || event.key === " ")) {
      if (event.target.closest("button, input, summary, a, [role=tab]")) return;
      event.preventDefault();
      advance();
    }
  });
  // Gradio builds the page after this script has run.
  const built = new MutationObserver(() => {
    const tab = find("#ask-tab"), budget = find("#budget"), bar = find("#presenter-bar"), area = field();
    if (!tab || !budget || !bar || !area) return;
    built.disconnect();
    const kept = localStorage.getItem(KEPT);
    if (kept) write(area, kept);
    new MutationObserver(drawClock).observe(budget, {childList: true, subtree: true, attributes: true});
    new MutationObserver(() => {
      draw();
      setTimeout(settle, 200);
    }).observe(tab, {attributeFilter: ["data-stage"]});
    for (const words of [bar, find("#presenter-queue")])
      new MutationObserver(draw).observe(words, {childList: true, subtree: true});
    if (new URLSearchParams(location.search).has("present") || sessionStorage.getItem(ON)) begin();
  });
  built.observe(root, {childList: true, subtree: true});
}
