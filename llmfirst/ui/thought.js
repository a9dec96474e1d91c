// Only adds to what is there: Gradio would draw all of it anew, closed and scrolled to its top. A long text is many short
// blocks, because a browser lays out again what is in the block that grows; each ends with a line where one ends in time.
const PIECES = /[^]{3000,4000}\n|[^]{1,20000}/gu;
const details = element.querySelector("details");
const title = element.querySelector("summary");
const note = element.querySelector(".note");
const box = element.querySelector(".words");
let shown = "";
const draw = ({title: words, note: remark, text}) => {
  if (!text.startsWith(shown)) {
    box.replaceChildren();
    shown = "";
  }
  if (!text) details.open = false;
  details.hidden = !text;
  title.textContent = words;
  note.textContent = remark;
  if (text === shown) return;
  const isAtEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
  const last = box.lastChild ?? box.appendChild(document.createElement("div"));
  const [first, ...others] = (last.textContent + text.slice(shown.length)).match(PIECES) ?? [""];
  last.append(first.slice(last.textContent.length));
  for (const piece of others) box.appendChild(document.createElement("div")).textContent = piece;
  if (isAtEnd) box.scrollTop = box.scrollHeight;
  shown = text;
};
element.addEventListener("drawn", (event) => {
  event.preventDefault();
  draw(event.detail);
});
