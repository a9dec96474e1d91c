"""Answers beside each other: what a column shows of a run, and of one that has not begun."""

import re

from llmfirst.answer import Answer, fold
from llmfirst.events import PHASES, Admitted
from llmfirst.markdown.text import MarkdownText
from llmfirst.texts import texts_in
from llmfirst.ui.answer_columns import answer_column, build_answer_columns, empty_column, pace_strip, waiting_column
from llmfirst.ui.run_views import AskView
from tests.run_events import REPLIES, told

EVENTS = [Admitted(elapsed_seconds=0.5), *told(*REPLIES)]


def view(answer: Answer, elapsed_seconds: float = 5.0) -> AskView:
    panels = {phase: MarkdownText().grown(answer.text(phase)) for phase in PHASES}
    return AskView("en", 120.0, answer, panels, elapsed_seconds)


def test_a_column_has_the_parts_of_an_answer_and_its_figures_once_it_has_ended() -> None:
    answer = fold(EVENTS)
    whole, half = answer_column(view(answer), "<h3>A</h3>"), answer_column(view(fold(EVENTS[:-1])), "<h3>A</h3>")
    assert texts_in("en").shared.total in str(whole["figures"])
    assert half["figures"] == ""
    assert whole.keys() == half.keys() == waiting_column("A", "waiting", "en").keys() == empty_column().keys()
    assert all(str(whole[f"panel-{phase}"]).count("open") for phase in PHASES)


def test_a_column_that_waits_says_for_what_and_shows_no_clock_of_its_own() -> None:
    column = waiting_column("<h3>B</h3>", "<Waiting>", "ko")
    assert "&lt;Waiting&gt;" in str(column["state"])
    assert (column["budget"], column["pace"], column["figures"], column["clock"]) == ("", "", "", "")
    assert "전략" in str(column["title-strategy"])
    assert empty_column()["who"] == ""


def test_the_bars_begin_at_the_admission_and_tell_how_far_they_go() -> None:
    answer = fold(EVENTS)
    begun, end = answer.admitted_seconds, answer.end
    assert begun is not None
    assert end is not None
    strip = pace_strip(answer, 99.0)
    assert f'data-seconds="{end.elapsed_seconds - begun:.1f}"' in strip
    bars = re.findall(r'class="fill (\w+)" style="--from:([\d.]+);--to:([\d.]+)"', strip)
    assert [bar[0] for bar in bars] == list(answer.phases)
    assert all(0 <= float(start) <= float(to) for _, start, to in bars)
    assert pace_strip(Answer(), 3.0) == ""


def test_every_part_of_every_column_has_its_place_on_the_board() -> None:
    columns = build_answer_columns("board", 2)
    drawn = columns.drawn(1, answer_column(view(fold(EVENTS)), "<h3>B</h3>"))
    assert all(f'data-live="{name}"' in str(columns.board.value) for name in drawn)
    assert len(columns.drawing) == 2
