"""The components of the tab in which the own runs are listed, and their words."""

from dataclasses import dataclass
from html import escape
from typing import Final, get_args

import gradio as gr
from gradio.blocks import Block

from llmfirst.events import Language, Outcome
from llmfirst.texts import Asker, Mark, texts_in
from llmfirst.ui.updates import Updates

ANY: Final = "any"
"""The choice of a filter that does not restrict."""

# The list gives each click on one of its buttons to Python. A deletion is asked about first, in a dialog that the
# browser closes on Escape. After the list is drawn again, the focus is where it was.
_LIST_SCRIPT: Final = """
let last = null;
const give = (act, run) => { last = {act, run}; trigger("select", {act, run}); };
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-act]");
  if (!button) return;
  const {act, run} = button.dataset;
  if (act !== "delete") return give(act, run ?? "");
  const dialog = document.querySelector("#history-question dialog");
  dialog.querySelector(".about").textContent = button.closest(".run").querySelector("a").textContent;
  dialog.onclose = () => { if (dialog.returnValue === "delete") give("delete", run); else button.focus(); };
  dialog.returnValue = "";
  dialog.showModal();
});
watch("value", () => {
  if (!last) return;
  const {act, run} = last;
  last = null;
  const buttons = run ? `button[data-run="${CSS.escape(run)}"]` : "";
  const line = run && (element.querySelector(`${buttons}[data-act="${act}"]`) || element.querySelector(buttons));
  (line || element.querySelector("button[data-act], a") || document.querySelector("#history-words input"))?.focus();
});
"""


@dataclass(frozen=True)
class HistoryTab:
    """The components of the tab."""

    words: gr.Textbox
    model: gr.Dropdown
    outcome: gr.Dropdown
    language: gr.Dropdown
    mark: gr.Dropdown
    asker: gr.Dropdown
    since: gr.Textbox
    until: gr.Textbox
    zone: gr.Textbox
    summary: gr.HTML
    notice: gr.HTML
    save_all: gr.HTML
    delete_old: gr.Button
    old: gr.Column
    old_title: gr.HTML
    old_date: gr.Textbox
    old_pinned: gr.Checkbox
    old_count: gr.HTML
    old_delete: gr.Button
    old_keep: gr.Button
    listing: gr.HTML
    turning: gr.Row
    newer: gr.Button
    older: gr.Button
    question: gr.HTML
    pages: gr.State
    """What each page before the shown one was asked for with, and the shown one, as a tuple; None for the first."""
    following: gr.State

    @property
    def filters(self) -> list[Block]:
        return [
            self.words,
            self.model,
            self.outcome,
            self.language,
            self.mark,
            self.asker,
            self.since,
            self.until,
            self.zone,
        ]

    @property
    def shown(self) -> list[Block]:
        """The components that show a page."""
        return [
            self.listing,
            self.summary,
            self.save_all,
            self.turning,
            self.newer,
            self.older,
            self.delete_old,
            self.pages,
            self.following,
            self.notice,
        ]


def build_history_tab(language: Language) -> HistoryTab:
    """Place the components without connecting them."""
    texts = texts_in(language)
    words = texts.history
    choices = filter_choices(language)
    with gr.Row(elem_id="history-filters"):
        search = gr.Textbox(
            "",
            label=words.search,
            placeholder=words.search_hint,
            max_lines=1,
            scale=4,
            min_width=220,
            elem_id="history-words",
        )
        model = _filter(texts.shared.model, choices["model"], "history-model", scale=3)
        outcome = _filter(words.outcome, choices["outcome"], "history-outcome", scale=2)
        spoken = _filter(texts.page.language, choices["language"], "history-language", scale=2)
        mark = _filter(words.marked, choices["mark"], "history-mark", scale=2)
        asker = _filter(words.asked_by, choices["asker"], "history-asker", scale=2, value="people")
        since = _date(words.since, "history-since")
        until = _date(words.until, "history-until")
    with gr.Row(elem_id="history-bar"):
        summary = gr.HTML(elem_id="history-summary", padding=False)
        save_all = gr.HTML(elem_id="history-save", padding=False)
        delete_old = gr.Button(words.delete_old, size="sm", elem_id="history-delete-old", min_width=120)
    with gr.Column(visible=False, elem_id="history-old") as old:
        old_title = gr.HTML(f"<h2>{escape(words.delete_old_title)}</h2>", padding=False)
        with gr.Row():
            old_date = _date(words.delete_old_date, "history-old-date")
            old_pinned = gr.Checkbox(label=words.delete_old_pinned, elem_id="history-old-pinned", interactive=True)
            old_count = gr.HTML(elem_id="history-old-count", padding=False)
            old_delete = gr.Button(
                words.delete, variant="stop", size="sm", interactive=False, elem_id="history-old-delete", min_width=110
            )
            old_keep = gr.Button(words.keep, size="sm", elem_id="history-old-keep", min_width=110)
    notice = gr.HTML(elem_id="history-notice", padding=False)
    listing = gr.HTML(elem_id="history-list", padding=False, apply_default_css=False, js_on_load=_LIST_SCRIPT)
    with gr.Row(visible=False, elem_id="history-pages") as turning:
        newer = gr.Button(words.newer, size="sm", interactive=False, elem_id="history-newer", min_width=110)
        older = gr.Button(words.older, size="sm", interactive=False, elem_id="history-older", min_width=110)
    question = gr.HTML(_question(language), elem_id="history-question", padding=False)
    return HistoryTab(
        words=search,
        model=model,
        outcome=outcome,
        language=spoken,
        mark=mark,
        asker=asker,
        since=since,
        until=until,
        zone=gr.Textbox("UTC", visible="hidden", elem_id="history-zone"),
        summary=summary,
        notice=notice,
        save_all=save_all,
        delete_old=delete_old,
        old=old,
        old_title=old_title,
        old_date=old_date,
        old_pinned=old_pinned,
        old_count=old_count,
        old_delete=old_delete,
        old_keep=old_keep,
        listing=listing,
        turning=turning,
        newer=newer,
        older=older,
        question=question,
        pages=gr.State((None,)),
        following=gr.State(None),
    )


def history_tab_words(tab: HistoryTab, language: Language) -> Updates:
    """Return the words of the components in a language; those of the list come with its runs."""
    texts = texts_in(language)
    words = texts.history
    choices = filter_choices(language)
    return {
        tab.words: gr.update(label=words.search, placeholder=words.search_hint),
        tab.model: gr.update(label=texts.shared.model),
        tab.outcome: gr.update(label=words.outcome, choices=choices["outcome"]),
        tab.language: gr.update(label=texts.page.language, choices=choices["language"]),
        tab.mark: gr.update(label=words.marked, choices=choices["mark"]),
        tab.asker: gr.update(label=words.asked_by, choices=choices["asker"]),
        tab.since: gr.update(label=words.since),
        tab.until: gr.update(label=words.until),
        tab.delete_old: gr.update(value=words.delete_old),
        tab.old_title: f"<h2>{escape(words.delete_old_title)}</h2>",
        tab.old_date: gr.update(label=words.delete_old_date),
        tab.old_pinned: gr.update(label=words.delete_old_pinned),
        tab.old_keep: gr.update(value=words.keep),
        tab.newer: gr.update(value=words.newer),
        tab.older: gr.update(value=words.older),
        tab.question: _question(language),
    }


def filter_choices(language: Language) -> dict[str, list[tuple[str, str]]]:
    """Return the choices of each filter; those of the models come with the list."""
    texts = texts_in(language)
    words = texts.history
    outcomes = [(texts.run.outcomes[outcome], outcome) for outcome in get_args(Outcome)]
    return {
        "model": [(words.every_model, ANY)],
        "outcome": [(words.every_outcome, ANY), *outcomes, (words.failed, "failed")],
        "language": [
            (words.every_language, ANY),
            *((texts_in(one).page.language_name, one) for one in get_args(Language)),
        ],
        "mark": [(words.marks[mark], mark) for mark in get_args(Mark)],
        "asker": [(words.askers[asker], asker) for asker in get_args(Asker)],
    }


def _filter(label: str, choices: list[tuple[str, str]], name: str, *, scale: int, value: str = ANY) -> gr.Dropdown:
    return gr.Dropdown(
        choices, value=value, label=label, scale=scale, min_width=112, elem_id=name, interactive=True, filterable=False
    )


def _date(label: str, name: str) -> gr.Textbox:
    """Return a field for a day; the script of the tab makes it a date field of the browser."""
    return gr.Textbox("", label=label, max_lines=1, scale=1, min_width=150, elem_id=name, elem_classes="date")


def _question(language: Language) -> str:
    """Return the dialog that asks before a run is deleted. Its form closes it."""
    words = texts_in(language).history
    return (
        '<dialog aria-labelledby="history-question-title"><form method="dialog">'
        f'<h2 id="history-question-title">{escape(words.ask_delete_title)}</h2><p class="about"></p>'
        f'<p>{escape(words.ask_delete)}</p><div class="answers">'
        f'<button value="keep" autofocus>{escape(words.keep)}</button>'
        f'<button value="delete" class="stop">{escape(words.delete)}</button></div></form></dialog>'
    )
