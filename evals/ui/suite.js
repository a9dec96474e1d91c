// The Suites tab. What is typed is sent a moment later, and kept in the browser until the server has it: neither a reload
// nor a lost connection loses it. The address names the open suite and item.
const llmfirstSuites = (() => {
  const KEPT = "llmfirst-suite-draft";
  const WAIT = 350, AGAIN = 5000;
  let trigger = () => {};
  let draft = null;
  let waiting = 0;
  let last = {};
  const one = (selector) => document.querySelector(selector);
  const suite = () => one("#suites-head .suite");
  const form = () => one("#suites-item form.item");
  const rows = () => [...document.querySelectorAll("#suites-list .items li")];
  const row = (item) => one(`#suites-list .items [data-item="${CSS.escape(item)}"]`);
  const kept = () => {
    try { return JSON.parse(localStorage.getItem(KEPT)); } catch { return null; }
  };
  const plain = (text) => text.toWellFormed?.() ?? text;
  const value = (field) => (field.type === "checkbox" ? field.checked : plain(field.value));
  const fields = (root) => Object.fromEntries([...root.querySelectorAll("[name]")]
    .filter((field) => root.matches(".criterion") || !field.closest(".criterion"))
    .filter((field) => !field.readOnly)  // the server stores what a model writes, and marks it
    .map((field) => [field.name, value(field)]));

  const state = (name) => {
    const shown = one("#suites-item .state");
    if (shown) { shown.textContent = suite()?.dataset[name] ?? ""; shown.dataset.state = name; }
  };
  const told = (problems) => {
    const shown = form();
    if (!shown) return;
    for (const place of shown.querySelectorAll(".wrong")) place.textContent = "";
    for (const field of shown.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    for (const [spot, sentence] of problems) {
      const parts = spot.split(".");
      let place = null;
      while (!place && parts.length) {
        place = shown.querySelector(`.wrong[data-spot="${CSS.escape(parts.join("."))}"]`);
        parts.pop();
      }
      place ??= shown.querySelector('.wrong[data-spot=""]');
      place.textContent += (place.textContent ? " " : "") + sentence;
      place.closest(".field")?.querySelector("textarea, input, select")?.setAttribute("aria-invalid", "true");
    }
  };
  const number = () => {
    for (const [index, criterion] of form().querySelectorAll(".criterion").entries()) {
      const spot = `criteria.${index}`, wrong = criterion.querySelector(".wrong"), claim = criterion.querySelector("textarea");
      wrong.dataset.spot = spot;
      wrong.id = claim.ariaDescribedby = `suite-wrong-${spot}`;
      claim.setAttribute("aria-describedby", wrong.id);
      claim.ariaLabel = criterion.dataset.name.replace("{number}", index + 1);
      const remove = criterion.querySelector("[data-do]");
      remove.ariaLabel = remove.dataset.name.replace("{number}", index + 1);
    }
  };
  const address = () => {
    if (!one("#suites-body")?.checkVisibility()) return;
    const item = form()?.dataset.item;
    const asked = new URLSearchParams({suites: suite()?.dataset.suite ?? "", ...(item && {item})});
    history.replaceState(null, "", `?${asked}`);
  };

  const send = () => {
    clearTimeout(waiting);
    if (!draft) return;
    trigger("input", {act: "write", ...draft});
    waiting = setTimeout(() => { state("notSaved"); send(); }, AGAIN);
  };
  const typed = () => {
    const shown = form();
    if (shown) {
      const criteria = [...shown.querySelectorAll(".criterion")].map(fields);
      draft = {suite: shown.dataset.suite, item: shown.dataset.item, form: {...fields(shown), criteria}};
    }
    draft = {...(draft ?? {suite: suite().dataset.suite}), title: plain(one("#suites-head [name=title]").value), serial: Date.now()};
    localStorage.setItem(KEPT, JSON.stringify(draft));
    state("saving");
    clearTimeout(waiting);
    waiting = setTimeout(send, WAIT);
  };
  const give = (act, data = {}) => {
    clearTimeout(waiting);
    last = {act, item: data.item, focused: document.activeElement?.title};
    const place = {suite: suite()?.dataset.suite ?? "", item: form()?.dataset.item ?? ""};
    trigger("select", {act, ...place, ...data, draft});
  };
  const picked = (name) => one(`#suites-item [data-pick=${name}]`)?.value ?? "";
  const place = () => ({suite: suite().dataset.suite, item: form().dataset.item, draft});
  const help = (event, data = {}) => {
    clearTimeout(waiting);
    form().dataset.busy = event;
    if (data.anchor) form().querySelector(`[name=${data.anchor}]`).readOnly = true;
    trigger(event, {...place(), model: picked("model"), judge: picked("judge"), ...data});
  };
  const halted = () => {
    const shown = form();
    if (!shown) return;
    delete shown.dataset.busy;
    for (const field of shown.querySelectorAll("textarea[readonly]")) field.readOnly = false;
  };
  const saved = (serial) => {
    if (draft && draft.serial > serial) return;
    draft = null;
    clearTimeout(waiting);
    if (!(kept()?.serial > serial)) localStorage.removeItem(KEPT);
    state("saved");
  };
  const download = ({name, text}) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], {type: "text/plain;charset=utf-8"}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), AGAIN);
  };

  // On a narrow page Gradio keeps a tab in a menu, where only its name tells it.
  const go = (name, title) => {
    const hidden = [...document.querySelectorAll("#tabs .overflow-dropdown button")];
    (one(`#${name}-tab-button`) ?? hidden.find((button) => button.textContent.trim() === title))?.click();
  };

  const ask = (act, data) => {
    const dialog = one("#suites-ask dialog"), focused = document.activeElement;
    const of = act === "delete" ? focused.closest("li")?.querySelector(".title") : row(form().dataset.item)?.querySelector(".label");
    dialog.querySelector(".about").textContent = of?.textContent ?? "";
    for (const said of dialog.querySelectorAll("[data-for]")) said.hidden = said.dataset.for !== act;
    dialog.onclose = () => { if (dialog.returnValue === "delete") give(act, data); else focused.focus(); };
    dialog.returnValue = "";
    dialog.showModal();
  };
  const clicked = (event) => {
    const button = event.target.closest("#suites-body button[data-act], #suites-body button[data-do]");
    if (!button) return;
    const {act, do: own, suite: of, item, kind, anchor} = button.dataset;
    const data = {...(anchor !== undefined && {anchor}), ...(of !== undefined && {suite: of}), ...(item !== undefined && {item}), ...(kind !== undefined && {kind})};
    if (own === "add-criterion") {
      const list = form().querySelector(".criteria ol");
      list.append(form().querySelector("template").content.cloneNode(true));
      number();
      list.lastElementChild.querySelector("textarea").focus();
      typed();
    } else if (own === "remove-criterion") {
      const next = button.closest("li").nextElementSibling ?? button.closest("li").previousElementSibling;
      button.closest("li").remove();
      number();
      (next?.querySelector("textarea") ?? form().querySelector("[data-do=add-criterion]")).focus();
      typed();
    } else if (act === "generate") help("apply", data);
    else if (act === "try") help("play");
    else if (act === "halt") {
      trigger("stop", place());
      if (form().dataset.busy === "play") halted();
    } else if (act === "items") {
      one("#suites-list .items").classList.remove("with-item");
      row(form().dataset.item)?.focus();
    } else if (act === "evaluate") {
      if (draft) send();
      go("evaluation", button.dataset.tab);
      llmfirstSetUp();
    } else if (act === "delete" || act === "remove") ask(act, data);
    else give(act, data);
  };
  const found = (words) => {
    const wanted = words.trim().toLocaleLowerCase();
    for (const line of rows()) line.hidden = !line.textContent.toLocaleLowerCase().includes(wanted);
  };
  const walked = (event) => {
    const at = event.target.closest("#suites-list .items li");
    if (!at || !["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) return;
    const shown = rows().filter((line) => !line.hidden), index = shown.indexOf(at);
    const to = {ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: shown.length - 1}[event.key];
    event.preventDefault();
    shown[to]?.querySelector("button").focus();
  };
  // One stop of the Tab key for the whole list; the arrows walk in it.
  const roved = () => {
    const buttons = rows().map((line) => line.querySelector("button"));
    const stop = buttons.find((button) => button.ariaCurrent) ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  };

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("#suites-list [type=search]")) found(event.target.value);
    else if (event.target.matches?.("#suites-item [data-pick]"))
      localStorage.setItem(`llmfirst-suite-${event.target.dataset.pick}`, event.target.value);
    else if (event.target.closest?.("#suites-item form.item, #suites-head [name=title]")) typed();
  });
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", walked);
  document.addEventListener("submit", (event) => { if (event.target.closest("#suites-item")) event.preventDefault(); });
  addEventListener("pagehide", send);

  return {
    go,
    begin(given) { trigger = given; },
    listed() {
      roved();
      address();
      const focus = {add: null, duplicate: null, open: ".items button, [data-act=add]", copy: ".items button", new: "[name=title]",
        shelf: ".title, [data-act=new]", delete: ".title, [data-act=new]", remove: ".items [aria-current], [data-act=add]"}[last.act];
      if (focus) one("#suites-body").querySelector(focus)?.focus();
      if (last.act === "new") one("#suites-head [name=title]")?.select();
      if (focus !== null) last = {};
    },
    drawn() {
      const shown = form(), item = shown?.dataset.item;
      for (const line of rows()) line.querySelector("button").ariaCurrent = line.querySelector("button").dataset.item === item ? "true" : null;
      one("#suites-list .items")?.classList.toggle("with-item", !!shown);
      roved();
      address();
      if (!shown) return;
      number();
      for (const pick of shown.querySelectorAll("[data-pick]")) {
        const before = localStorage.getItem(`llmfirst-suite-${pick.dataset.pick}`);
        if ([...pick.options].some((option) => option.value === before)) pick.value = before;
      }
      told(JSON.parse(shown.dataset.problems));
      row(item)?.scrollIntoView({block: "nearest"});
      if (["add", "duplicate"].includes(last.act)) shown.querySelector("textarea").focus();
      else if (last.act === "item" && document.activeElement === document.body)
        shown.querySelector(`[title="${CSS.escape(last.focused ?? "")}"]:enabled, [data-act=item]:enabled`)?.focus();
      last = {};
    },
    said({serial, item, problems, label, wrong, facts, file, anchor, text, mark, halted: isOver}) {
      if (serial) saved(serial);
      if (file) download(file);
      if (facts !== undefined) one("#suites-head .facts").innerHTML = facts;
      if (label !== undefined && row(item)) row(item).querySelector(".label").textContent = label;
      if (wrong) for (const line of rows()) {
        const button = line.querySelector("button");
        button.toggleAttribute("data-wrong", wrong.includes(button.dataset.item));
      }
      const shown = form()?.dataset.item === item ? form() : null;
      if (anchor && text !== undefined && shown) shown.querySelector(`[name=${anchor}]`).value = text;
      if (anchor && mark !== undefined && shown) shown.querySelector(`.mark[data-anchor=${anchor}]`).innerHTML = mark;
      if (isOver) halted();
      if (problems && form()?.dataset.item === item && !draft) told(problems);
    },
    place() {
      const asked = new URLSearchParams(location.search), open = suite();
      draft = draft ?? kept();
      return JSON.stringify({
        suite: open?.dataset.suite ?? asked.get("suites") ?? "",
        item: open ? form()?.dataset.item ?? "" : asked.get("item") ?? "",
        draft,
      });
    },
  };
})();
