// The time of an answer, by the clock and in the language of its reader.
const localise = () => {
  for (const time of element.querySelectorAll("time")) {
    const options = {month: "short", day: "numeric", hour: "numeric", minute: "2-digit"};
    const words = new Intl.DateTimeFormat(document.documentElement.lang || undefined, options)
      .format(new Date(time.dateTime));
    if (time.textContent !== words) time.textContent = words;
  }
};
// Gradio changes what is there: the text within a time, too.
new MutationObserver(localise).observe(element, {childList: true, subtree: true, characterData: true, attributes: true});
localise();
