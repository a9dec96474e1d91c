"""Several answers beside each other: the same parts stand in rows, and each column is drawn by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib import resources
from typing import Final, TypeAlias

import gradio as gr

from llmfirst.answer import Answer
from llmfirst.events import PHASES, Language, Phase
from llmfirst.texts import texts_in
from llmfirst.ui.live import GrowingHtml, drawing_component, growing_html
from llmfirst.ui.render import budget_bar, notice, state_clock, state_words, timing_strip
from llmfirst.ui.run_views import AskView
from llmfirst.ui.thought import THOUGHT_TEMPLATE, Thought, thought_of, thought_script

Column: TypeAlias = Mapping[str, str | GrowingHtml | Thought]
"""What a column shows, by the name of the part."""

_HEAD: Final = ("who", "state", "clock", "budget", "pace")
_BELOW: Final = ("figures", "apart", "notice")


@dataclass(frozen=True)
class AnswerColumns:
    """The components: the board with all columns, and for each column the one that draws it."""

    name: str
    board: gr.HTML
    drawing: tuple[gr.HTML, ...]

    def drawn(self, number: int, column: Column) -> dict[str, str | GrowingHtml | Thought]:
        """Return the value that draws a column. A part that is missing in `column` stays as it is."""
        return {f"{self.name}-{number}-{part}": value for part, value in column.items()}


def build_answer_columns(name: str, count: int) -> AnswerColumns:
    """Place the columns. One that has nobody in its head is not to be seen."""
    thoughts = "".join(
        f"{{ const element = placeOf('{name}-{number}-thought-{phase}'); {thought_script()} }}"
        for number in range(count)
        for phase in PHASES
    )
    board = gr.HTML(
        f'<div class="answer-columns">{"".join(_skeleton(name, number) for number in range(count))}</div>',
        js_on_load=f"const root = element; {_script()} {thoughts}",
        elem_id=name,
        padding=False,
        apply_default_css=False,
    )
    return AnswerColumns(name, board, tuple(drawing_component(f"{name}-drawing-{number}") for number in range(count)))


def answer_column(view: AskView, who: str) -> Column:
    """Return the column of a run. `who` is HTML: its head."""
    answer, language, elapsed = view.answer, view.language, view.elapsed_seconds
    deadline = view.deadline_seconds if answer.submitted is None else answer.submitted.deadline_seconds
    return {
        "who": who,
        "state": state_words(answer, language),
        "clock": state_clock(answer, elapsed, language),
        "budget": budget_bar(answer, elapsed, deadline, language),
        "pace": pace_strip(answer, elapsed),
        "figures": timing_strip(answer.metrics(), language) if answer.end else "",
        "apart": "",
        "notice": notice(answer, language, is_stored=view.is_stored),
        **_parts(view),
    }


def waiting_column(who: str, words: str, language: Language, problem: str = "") -> Column:
    """Return the column of an answer that has not begun, or that may not be seen yet. `problem` is HTML."""
    said = f'<div class="state" role="status" aria-live="polite" data-stage="waiting">{escape(words)}</div>'
    around = dict.fromkeys((*_HEAD, *_BELOW), "") | {"who": who, "state": said if words else "", "notice": problem}
    return {**around, **_parts(AskView(language, 0.0))}


def empty_column() -> Column:
    """Return the column of nobody."""
    return waiting_column("", "", "en")


def pace_strip(answer: Answer, elapsed_seconds: float) -> str:
    """Return what each part took, as bars from the admission on. `columns.js` gives all columns one scale."""
    begun = answer.admitted_seconds
    if begun is None:
        return ""
    end = elapsed_seconds if answer.end is None else answer.end.elapsed_seconds
    fills = "".join(
        _bar(phase, part.started_seconds - begun, (part.ended_seconds or end) - begun)
        for phase, part in answer.phases.items()
    )
    first = answer.metrics().ttft
    mark = "" if first is None else f'<span class="first" style="--from:{first:g}"></span>'
    return f'<div class="pace" data-seconds="{max(0.0, end - begun):.1f}" aria-hidden="true">{fills}{mark}</div>'


def _parts(view: AskView) -> Column:
    answer, language = view.answer, view.language
    return {
        **{f"title-{phase}": _title(phase, language) for phase in PHASES},
        **{f"thought-{phase}": thought_of(answer, phase, view.elapsed_seconds, language) for phase in PHASES},
        **{f"panel-{phase}": growing_html(view.panels[phase]) for phase in PHASES},
    }


def _bar(kind: str, started_seconds: float, ended_seconds: float) -> str:
    started, ended = max(0.0, round(started_seconds, 3)), max(0.0, round(ended_seconds, 3))
    return f'<span class="fill {kind}" style="--from:{started:g};--to:{ended:g}"></span>'


def _skeleton(name: str, number: int) -> str:
    def places(names: Sequence[str]) -> str:
        return "".join(f'<div class="at-{part}" data-live="{name}-{number}-{part}"></div>' for part in names)

    parts = "".join(
        f'<div class="part {phase}"><div class="panel-title" data-live="{name}-{number}-title-{phase}"></div>'
        f'<div class="thinking" data-live="{name}-{number}-thought-{phase}">{THOUGHT_TEMPLATE}</div>'
        f'<div class="panel" dir="auto" data-live="{name}-{number}-panel-{phase}"></div></div>'
        for phase in PHASES
    )
    return (
        f'<section class="answer-column" data-column="{number}"><div class="column-head">{places(_HEAD)}</div>'
        f'<div class="column-facts">{places(_BELOW)}</div>{parts}</section>'
    )


def _title(phase: Phase, language: Language) -> str:
    """Return the title of a panel; that of the strategy opens it, because the panel has two lines at first."""
    title = f"<h4>{escape(texts_in(language).shared.phases[phase])}</h4>"
    return f"<details><summary>{title}</summary></details>" if phase == "strategy" else title


def _script() -> str:
    return resources.files("llmfirst.ui").joinpath("columns.js").read_text(encoding="utf-8")
