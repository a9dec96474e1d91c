// The server tells times in the time zone of whoever reads, which only the browser knows.
document.cookie = "llmfirst-zone=" + encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone ?? "") +
  "; SameSite=Lax; max-age=31536000";

// The address names the evaluation and the part of its result. `?evaluate=ID` means the same as `?evaluation=ID`.
const llmfirstEvaluationAddress = (id, part) => {
  if (!id) return;
  const shown = part ?? new URLSearchParams(location.search).get("part") ?? "summary";
  if (shown === "answers") return llmfirstAnswers.stay(id);
  const of = shown === "summary" ? "" : "&part=" + encodeURIComponent(shown);
  history.replaceState(null, "", "?evaluation=" + encodeURIComponent(id) + of);
};

// Open the drawer in which an evaluation is set up. A tab that is opened for the first time does not hear a click at once.
const llmfirstSetUp = (tries = 30) => {
  if (!tries || document.getElementById("evaluate-setup")?.checkVisibility()) return;
  document.getElementById("evaluate-new")?.click();
  setTimeout(llmfirstSetUp, 500, tries - 1);
};

