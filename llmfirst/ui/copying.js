// Copies a text and tells what came of it. Where the page is not on https there is no clipboard for scripts: then the text
// is selected and copied as a person would; where that is refused too, it is shown.
window.copyText = async (text, copied, refused) => {
  const words = (said, rest = []) => {
    const box = document.createElement("div");
    const line = document.createElement("p");
    line.textContent = said;
    box.append(line, ...rest);
    return box.innerHTML;
  };
  try {
    await navigator.clipboard.writeText(text);
    return words(copied);
  } catch {
    const focused = document.activeElement;
    const field = document.createElement("textarea");
    field.textContent = text;
    field.readOnly = true;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focused?.focus?.();
    field.setAttribute("aria-label", refused);
    return isCopied ? words(copied) : words(refused, [field]);
  }
};
