// The server says where the replay is. While a reader moves the handle, it is the reader's.
const HELD_MS = 400;
const SEEK_MS = 100;
const find = (selector) => element.querySelector(selector);
const [player, about, play, range, time, leave] =
  [".player", ".about", ".play", "input", ".time", ".leave"].map(find);
const speeds = [...element.querySelectorAll(".speed")];
let heldAt = -HELD_MS;
let isPointed = false;
let seeking = 0;
const isHeld = () => isPointed || performance.now() - heldAt < HELD_MS;
const tell = (command) => trigger("input", command);
const place = (seconds, {total_seconds: total, words}) => {
  const said = words.time.replace("{at}", Math.min(seconds, total).toFixed(1)).replace("{total}", total.toFixed(1));
  time.textContent = said;
  range.setAttribute("aria-valuetext", said);
  range.style.setProperty("--played", `${total ? (100 * seconds) / total : 0}%`);
};
const draw = () => {
  const value = props.value;
  const {words} = value;
  const wasShown = !player.hidden;
  player.hidden = !value.run_id;
  about.textContent = value.about;
  player.setAttribute("aria-label", words.name);
  range.setAttribute("aria-label", words.place);
  leave.textContent = words.leave;
  play.dataset.playing = value.is_moving;
  play.querySelector(".name").textContent = value.is_moving ? words.pause : words.play;
  for (const speed of speeds) {
    speed.textContent = words.speeds[speed.value];
    speed.setAttribute("aria-pressed", speed.value === value.speed);
  }
  if (!isHeld()) {
    range.max = Math.ceil(2 * value.total_seconds) / 2;
    range.value = value.seconds;
    place(value.seconds, value);
  }
  const address = new URLSearchParams(location.search);
  if (!player.hidden) history.replaceState(null, "", `?run=${encodeURIComponent(value.run_id)}&replay=1`);
  else if (wasShown && address.has("replay")) {
    address.delete("replay");
    history.replaceState(null, "", `?${address}`);
  }
};
play.addEventListener("click", () => tell({is_playing: !props.value.is_moving}));
leave.addEventListener("click", () => trigger("clear"));
for (const speed of speeds) speed.addEventListener("click", () => tell({speed: speed.value}));
range.addEventListener("input", () => {
  heldAt = performance.now();
  place(+range.value, props.value);
  seeking ||= setTimeout(() => {
    seeking = 0;
    tell({seconds: +range.value});
  }, SEEK_MS);
});
range.addEventListener("pointerdown", () => { isPointed = true; });
for (const end of ["pointerup", "pointercancel"]) range.addEventListener(end, () => {
  isPointed = false;
  heldAt = performance.now();
});
watch("value", draw);
draw();
