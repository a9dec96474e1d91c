import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.records.timing import Timing, timing_of
from llmfirst import fold
from llmfirst.engine.phase_reader import SILENCE_SECONDS
from llmfirst.engine.run_state import BEAT_SECONDS
from llmfirst.events import (
    Admitted,
    AnswerEvent,
    AnswerFailed,
    AnswerFinished,
    CallFinished,
    PhaseFinished,
    PhaseStarted,
    ReviewAdded,
    ReviewFinished,
    ReviewStarted,
    State,
    StateChanged,
    TextAdded,
)
from llmfirst.ledger import GENESIS
from llmfirst.providers.base import Chunk, Timings, Usage
from tests.clock import run
from tests.conftest import tries
from tests.evals.figures import made_timing
from tests.evals.made import call, submitted, told
from tests.scripted import END, PerSection, asked, collect, engine, handle

COUNTED = Chunk(
    finish_reason="stop",
    usage=Usage(prompt_tokens=40, completion_tokens=3, cached_tokens=30),
    timings=Timings(prefill_seconds=0.75),
)


def state(seconds: float, name: State) -> StateChanged:
    return StateChanged(elapsed_seconds=seconds, state=name)


def text(seconds: float, words: str = "x") -> TextAdded:
    return TextAdded(elapsed_seconds=seconds, phase="core", text=words, call_id="run/1")


def known() -> list[AnswerEvent]:
    """Return a run that waited 2 s, loaded 3 s, and wrote two phases of 2 and 3.5 s."""
    plan = call(1, "strategy", "plan", GENESIS, "run", first_text_seconds=6.5, last_text_seconds=7.0)
    core = call(
        2,
        "core",
        "core",
        plan.sha256,
        "run",
        first_text_seconds=8.0,
        last_text_seconds=10.5,
        usage=Usage(prompt_tokens=90, completion_tokens=21, cached_tokens=80),
    )
    return [
        submitted("run"),
        StateChanged(elapsed_seconds=0, state="queued", ahead=1),
        state(2.0, "loading_model"),
        Admitted(elapsed_seconds=5.0, was_cold=True, loading_seconds=3.0),
        PhaseStarted(elapsed_seconds=5.0, phase="strategy"),
        state(5.0, "waiting_for_text"),
        state(6.5, "writing"),
        TextAdded(elapsed_seconds=6.5, phase="strategy", text="pl", call_id="run/1"),
        TextAdded(elapsed_seconds=7.0, phase="strategy", text="an", call_id="run/1"),
        CallFinished(elapsed_seconds=7.0, call=plan),
        PhaseFinished(elapsed_seconds=7.0, phase="strategy", ending="stop"),
        PhaseStarted(elapsed_seconds=7.0, phase="core"),
        state(7.0, "waiting_for_text"),
        state(8.0, "writing"),
        TextAdded(elapsed_seconds=8.0, phase="core", text="co", call_id="run/2"),
        TextAdded(elapsed_seconds=10.5, phase="core", text="re", call_id="run/2"),
        CallFinished(elapsed_seconds=10.5, call=core),
        PhaseFinished(elapsed_seconds=10.5, phase="core", ending="stop"),
        AnswerFinished(elapsed_seconds=11.0, outcome="complete"),
    ]


def test_every_figure_of_a_run_with_known_times_is_as_its_definition_says() -> None:
    known_run, figures = known(), timing_of(known())
    assert figures == made_timing(
        {
            "first_text": 6.5,
            "first_token": 6.5,
            "core_first_text": 8.0,
            "total": 11.0,
            "ttft": 1.5,
            "any_ttft": 1.5,
            "core_ttft": 3.0,
            "total_time": 6.0,
            "queued": 2.0,
            "loading": 3.0,
            "prefill": 0.25,
            "rest": 1.25,
            "phases": {"strategy": 2.0, "core": 3.5},
            "phase_first_text": {"strategy": 1.5, "core": 1.0},
            "tokens": 32,
            "tokens_per_second": 10.0,
            "longest_gap": 2.5,
            "unnamed_silence": 2.5,
            "was_cold": True,
            "cached_share": 0.25,
            "outcome": "complete",
            "ledger_head": fold(known_run).calls[-1].sha256,
        }
    )
    assert (figures.queued_seconds, figures.total_seconds, figures.token_seconds) == (2.0, 11.0, 0.1)


def test_a_run_that_broke_off_has_no_total_and_no_gap() -> None:
    figures = timing_of(known()[:-1])
    assert (figures.total_seconds, figures.metrics.total_time, figures.longest_gap_seconds) == (None, None, None)
    assert figures.first_text_seconds == 6.5


def test_a_failure_has_its_end_and_no_time_of_any_text() -> None:
    events = [*known()[:6], AnswerFailed(elapsed_seconds=9.0, code="model_unavailable", message="gone")]
    figures = timing_of(events)
    assert (figures.total_seconds, figures.queued_seconds, figures.metrics.loading) == (9.0, 2.0, 3.0)
    texts = (
        figures.first_text_seconds,
        figures.metrics.ttft,
        figures.metrics.core_ttft,
        figures.rest_seconds,
        figures.longest_gap_seconds,
    )
    assert texts == (None,) * 5
    assert figures.unnamed_silence_seconds is None
    assert figures.metrics.tokens is None
    assert figures.phase_first_text_seconds == {}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_before_admission_nothing_is_known_and_nothing_is_zero(count: int) -> None:
    figures = timing_of(known()[:count])
    own = figures.model_dump(exclude={"metrics", "phase_first_text_seconds"}) | figures.metrics.model_dump(
        exclude={"phases"}
    )
    assert {*own.values(), figures.queued_seconds, figures.total_seconds, figures.token_seconds} == {None}


def test_a_service_that_does_not_tell_its_prefill_leaves_the_rest_open() -> None:
    silent = call(1, "core", "x", GENESIS, "run", timings=None, usage=None)
    events: list[AnswerEvent] = [
        Admitted(elapsed_seconds=1.0),
        PhaseStarted(elapsed_seconds=1.0, phase="core"),
        text(2.0),
        CallFinished(elapsed_seconds=2.5, call=silent),
        AnswerFinished(elapsed_seconds=3.0, outcome="complete"),
    ]
    figures = timing_of(events)
    unknown = (
        figures.prefill_seconds,
        figures.rest_seconds,
        figures.metrics.tokens,
        figures.metrics.tokens_per_second,
        figures.token_seconds,
    )
    assert unknown == (None,) * 5
    assert figures.cached_share is None
    assert figures.first_text_seconds == 2.0


def test_the_parts_of_the_first_text_make_the_whole() -> None:
    figures = timing_of(told("a" * 16))
    parts = [figures.queued_seconds, figures.metrics.loading, figures.prefill_seconds, figures.rest_seconds]
    assert figures.first_text_seconds == pytest.approx(sum(part for part in parts if part is not None))
    assert None not in parts


END_AT_TEN = AnswerFinished(elapsed_seconds=10.0, outcome="complete")
SILENCES: list[tuple[str, Sequence[AnswerEvent], float | None]] = [
    ("the end counts", [text(1.0), END_AT_TEN], 9.0),
    ("between two texts", [text(1.0), text(6.0), text(9.5), END_AT_TEN], 5.0),
    ("before the first text nothing counts", [state(0.5, "writing"), text(9.0), END_AT_TEN], 1.0),
    ("a named state ends it", [text(1.0), state(3.0, "silent"), text(9.5), END_AT_TEN], 2.0),
    ("until writing again", [text(1.0), state(2.0, "recovering"), state(8.0, "writing"), END_AT_TEN], 2.0),
    ("one state after another", [text(1.0), state(2.0, "silent"), state(8.0, "recovering"), END_AT_TEN], 1.0),
    ("a named state until the end", [text(1.0), state(1.5, "waiting_for_text"), END_AT_TEN], 0.5),
    ("an empty text is no text", [text(1.0), text(5.0, ""), END_AT_TEN], 9.0),
    ("an empty text is no first text", [text(1.0, ""), text(5.0), END_AT_TEN], 5.0),
    ("no text at all", [state(1.0, "writing"), END_AT_TEN], None),
]


@pytest.mark.parametrize(("events", "seconds"), [one[1:] for one in SILENCES], ids=[one[0] for one in SILENCES])
def test_silence_is_what_no_text_and_no_state_explains(events: Sequence[AnswerEvent], seconds: float | None) -> None:
    whole = [PhaseStarted(elapsed_seconds=0, phase="core"), *events]
    assert timing_of(whole).unnamed_silence_seconds == seconds


@given(times=st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=9).map(sorted))
@settings(max_examples=tries(50))
def test_without_states_the_silence_is_the_longest_gap(times: list[float]) -> None:
    events: list[AnswerEvent] = [PhaseStarted(elapsed_seconds=0, phase="core"), *[text(seconds) for seconds in times]]
    figures = timing_of([*events, AnswerFinished(elapsed_seconds=100, outcome="complete")])
    assert figures.unnamed_silence_seconds == figures.longest_gap_seconds


def answered(provider: PerSection, waits_behind: PerSection | None = None) -> Timing:
    """Return the figures of the real engine on virtual time; the question waits behind another where there is one."""

    async def main() -> list[AnswerEvent]:
        machine = engine()
        before: list[Any] = []
        if waits_behind is not None:
            before = [asyncio.create_task(collect(machine.answer(asked(run_id="other"), handle(waits_behind))))]
            await asyncio.sleep(0)
        events = await collect(machine.answer(asked(), handle(provider)))
        await asyncio.gather(*before)
        return events

    return timing_of(run(main()))


def test_the_engines_own_events_give_the_times_at_which_the_model_wrote() -> None:
    provider = PerSection(
        [1.0, "plan", 0.5, END], [2.0, "core", 1.5, " more", END], ["details", END], ["end", 0.25, END]
    )
    figures = answered(provider)
    assert (figures.first_text_seconds, figures.core_first_text_seconds, figures.total_seconds) == (1.0, 3.5, 5.25)
    assert (figures.queued_seconds, figures.metrics.loading, figures.metrics.cold) == (0.0, 0.0, False)
    assert figures.metrics.phases == {"strategy": 1.5, "core": 3.5, "details": 0.0, "conclusion": 0.25}
    assert figures.phase_first_text_seconds == {"strategy": 1.0, "core": 2.0, "details": 0.0, "conclusion": 0.0}
    assert figures.longest_gap_seconds == 2.5
    assert figures.unnamed_silence_seconds == 1.5  # the wait for the core has a name


def test_a_cold_model_and_the_line_before_it_are_eventsapart() -> None:
    first = PerSection([3.0, "plan", END], ["core", END], ["details", END], ["end", END])
    second = PerSection([1.0, "plan", COUNTED], ["core", END], ["details", END], ["end", END], load_seconds=4.0)
    figures = answered(second, waits_behind=first)
    assert (figures.queued_seconds, figures.metrics.loading, figures.prefill_seconds, figures.rest_seconds) == (
        3.0,
        4.0,
        0.75,
        0.25,
    )
    assert (figures.first_text_seconds, figures.metrics.ttft, figures.metrics.cold, figures.cached_share) == (
        8.0,
        1.0,
        True,
        0.75,
    )


def test_the_text_of_a_review_is_no_gap_and_its_seconds_are_told() -> None:
    events = known()
    end = events[-1].elapsed_seconds
    review = [
        ReviewStarted(elapsed_seconds=end),
        *[ReviewAdded(elapsed_seconds=end + second, text="x", call_id="run-1/3") for second in (1.0, 2.0)],
        ReviewFinished(elapsed_seconds=end + 3, ending="made"),
        events[-1].model_copy(update={"elapsed_seconds": end + 3}),
    ]
    figures = timing_of([*events[:-1], *review])
    assert figures.longest_gap_seconds == timing_of(events).longest_gap_seconds
    assert (figures.metrics.review, timing_of(events).metrics.review) == (3.0, None)


def test_a_long_pause_in_the_text_gets_a_name_from_the_engine() -> None:
    provider = PerSection(["plan", END], ["one ", 8.0, "two", END], ["details", END], ["end", END])
    figures = answered(provider)
    assert figures.longest_gap_seconds == 8.0
    assert figures.unnamed_silence_seconds is not None
    assert figures.unnamed_silence_seconds <= SILENCE_SECONDS + BEAT_SECONDS


def test_a_model_that_writes_nothing_has_an_end_only() -> None:
    figures = answered(PerSection(*[[END]] * 13))  # the strategy, and each section four times
    assert figures.total_seconds is not None
    assert (figures.first_text_seconds, figures.longest_gap_seconds, figures.unnamed_silence_seconds) == (
        None,
        None,
        None,
    )


def test_thinking_has_its_first_token_and_is_no_first_text() -> None:
    replies = [[1.0, Chunk(thought="Hm."), 2.0, text, END] for text in ("plan", "core", "details", "end")]
    figures = answered(PerSection(*replies))
    assert (figures.first_token_seconds, figures.first_text_seconds) == (1.0, 3.0)
    assert (figures.metrics.any_ttft, figures.metrics.ttft, figures.metrics.thought_seconds) == (1.0, 3.0, 8.0)
    assert figures.longest_gap_seconds == 3.0
    assert figures.unnamed_silence_seconds == 0.0


def test_a_timing_stored_before_models_thought_is_read() -> None:
    stored = timing_of(told("a")).model_dump()
    del stored["first_token_seconds"], stored["metrics"]["any_ttft"], stored["metrics"]["thought_seconds"]
    read = Timing.model_validate(stored)
    assert (read.first_token_seconds, read.metrics.any_ttft) == (None, None)
