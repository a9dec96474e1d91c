"""The clocks of the page agree with each other, and none runs below zero, at whatever times things happen."""

import re
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from llmfirst.answer import Answer, fold
from llmfirst.events import (
    Admitted,
    AnswerEvent,
    AnswerFinished,
    Language,
    PhaseFinished,
    PhaseStarted,
    ReviewAdded,
    ReviewFinished,
    ReviewStarted,
    StateChanged,
    StopAsked,
    TextAdded,
    ThoughtAdded,
)
from llmfirst.texts import texts_in
from llmfirst.ui.render import budget_bar, notice, state_clock, timing_strip
from llmfirst.ui.review import review_panel
from llmfirst.ui.thought import thought_of

_DEADLINE = 120.0
_LANGUAGES: tuple[Language, ...] = ("ko", "en")
times = st.lists(st.floats(0, 9), min_size=14, max_size=14).map(lambda steps: [*accumulate(steps)])
nows = st.floats(0, 200)
languages = st.sampled_from(_LANGUAGES)


def happened(at: list[float]) -> list[AnswerEvent]:
    """Return the events of a run that was thought about, reviewed and stopped, at these times."""
    return [
        StateChanged(elapsed_seconds=at[0], state="queued", ahead=1),
        Admitted(elapsed_seconds=at[1]),
        StateChanged(elapsed_seconds=at[2], state="thinking"),
        PhaseStarted(elapsed_seconds=at[3], phase="core"),
        ThoughtAdded(elapsed_seconds=at[4], phase="core", text="so", call_id="1"),
        StateChanged(elapsed_seconds=at[5], state="writing"),
        TextAdded(elapsed_seconds=at[6], phase="core", text="x", call_id="1"),
        PhaseFinished(elapsed_seconds=at[7], phase="core", ending="stop"),
        StateChanged(elapsed_seconds=at[8], state="reviewing"),
        ReviewStarted(elapsed_seconds=at[9]),
        ReviewAdded(elapsed_seconds=at[10], text="fine", call_id="2"),
        ReviewFinished(elapsed_seconds=at[11], ending="made"),
        StopAsked(elapsed_seconds=at[12]),
        AnswerFinished(elapsed_seconds=at[13], outcome="stopped"),
    ]


def fills(bar: str) -> dict[str, tuple[float, float]]:
    """Return where each fill of the bar begins and how long it is, in percent."""
    found = re.findall(r'class="fill (\w+)" style="left:(-?[\d.]+)%;width:(-?[\d.]+)%', bar)
    return {kind: (float(left), float(width)) for kind, left, width in found}


@given(times, st.integers(1, 14), nows, languages)
def test_no_clock_runs_below_zero_and_no_fill_leaves_the_bar(
    at: list[float], count: int, now: float, language: Language
) -> None:
    answer = fold(happened(at)[:count])
    bar = budget_bar(answer, now, _DEADLINE, language)
    shown = [bar, state_clock(answer, now, language), timing_strip(answer.metrics(), language)]
    shown += [notice(answer, language), review_panel(answer, language)]
    shown.append(thought_of(answer, "core", now, language)["title"])
    assert not [one for one in shown if re.search(r"(?<![\w-])-\d", re.sub(r"<[^>]*>", " ", one))]
    assert not re.search(r"[:\"]-\d", bar)
    assert all(left + width <= 100.01 for left, width in fills(bar).values())


@given(times, languages)
def test_bar_strip_and_notice_tell_one_time_of_one_answer(at: list[float], language: Language) -> None:
    answer, texts = fold(happened(at)), texts_in(language)
    total = answer.metrics().total_time
    assert total is not None
    told = texts.shared.seconds.format(seconds=total)
    assert texts.run.over.format(used=told) in budget_bar(answer, at[-1] + 5, _DEADLINE, language)
    assert f"{texts.shared.total}</span> <b>{told}" in timing_strip(answer.metrics(), language)
    after = texts.shared.seconds.format(seconds=answer.metrics().stopped_after)
    assert texts.notice.stopped_after.format(at=told, after=after) in notice(answer, language)


@given(times)
def test_the_review_is_as_long_on_the_bar_as_it_took(at: list[float]) -> None:
    answer = fold(happened(at))
    left, width = fills(budget_bar(answer, at[-1], _DEADLINE, "en"))["review"]
    begun, ended = (min(100 * (seconds - at[1]) / _DEADLINE, 100) for seconds in (at[9], at[11]))
    assert abs(left - begun) < 0.02
    assert abs(width - (ended - begun)) < 0.02


def test_an_answer_that_was_stopped_in_the_line_tells_no_time_of_its_own() -> None:
    waited: list[AnswerEvent] = [
        StateChanged(elapsed_seconds=0, state="queued", ahead=1),
        StopAsked(elapsed_seconds=3),
        AnswerFinished(elapsed_seconds=3, outcome="stopped"),
    ]
    for language in _LANGUAGES:
        assert texts_in(language).notice.stopped_before in notice(fold(waited), language)


def test_without_an_answer_there_is_no_clock() -> None:
    assert state_clock(Answer(), 3.0, "en") == ""
