// Draws the parts of an answer into their components. A value is HTML, a growing text, or what a component's own script
// draws: that one is told by the event "drawn" and says that it has by `preventDefault`. A part is a component with this
// id, or a place within one.
const drawn = new Map();
const boxOf = (id) =>
  document.querySelector(`#${CSS.escape(id)} > .html-container > div, [data-live="${CSS.escape(id)}"]`);
const nodesOf = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
};
// Changes only the nodes that differ: a live region stays the same one, and what is selected stays selected.
const morph = (parent, before, after) => {
  after.forEach((next, place) => {
    const last = before[place];
    if (!last) parent.append(next);
    else if (last.nodeName !== next.nodeName) last.replaceWith(next);
    else if (next.nodeType !== Node.ELEMENT_NODE) {
      if (last.data !== next.data) last.data = next.data;
    } else if (!last.isEqualNode(next)) {
      for (const {name} of [...last.attributes]) if (!next.hasAttribute(name)) last.removeAttribute(name);
      for (const attribute of next.attributes) // its name may be one that only a parser accepts
        if (last.getAttribute(attribute.name) !== attribute.value) last.setAttributeNode(attribute.cloneNode());
      morph(last, [...last.childNodes], [...next.childNodes]);
    }
  });
  for (const last of before.slice(after.length)) last.remove();
};
const grow = (box, {closed, open}, last) => {
  let text = box.querySelector(":scope > .md");
  if (!last || !text || !closed.startsWith(last.closed)) {
    text = document.createElement("div");
    text.className = "md";
    box.replaceChildren(text);
    last = {closed: ""};
    text.closed = 0; // how many of its nodes are closed
  }
  const finished = [...nodesOf(closed.slice(last.closed.length)).childNodes];
  morph(text, [...text.childNodes].slice(text.closed), [...finished, ...nodesOf(open).childNodes]);
  text.closed += finished.length;
};
const draw = () => {
  for (const [id, value] of Object.entries(props.value)) {
    const box = boxOf(id);
    if (!box) continue;
    const last = drawn.get(id);
    const isSame = last?.box === box;
    if (isSame && JSON.stringify(last.value) === JSON.stringify(value)) continue;
    drawn.set(id, {box, value: structuredClone(value)});
    if (!box.dispatchEvent(new CustomEvent("drawn", {cancelable: true, detail: value}))) continue;
    if (typeof value === "string") morph(box, [...box.childNodes], [...nodesOf(value).childNodes]);
    else grow(box, value, isSame ? last.value : null);
  }
};
watch("value", draw);
draw();
