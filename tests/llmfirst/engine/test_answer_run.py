import asyncio
from collections.abc import AsyncGenerator
from itertools import count

import pytest

from llmfirst.answer import fold
from llmfirst.engine.deadline import Halt
from llmfirst.errors import LineFull, ProviderRejected
from llmfirst.events import (
    SECTIONS,
    AnswerEvent,
    AnswerFailed,
    AnswerFinished,
    StateChanged,
    TextAdded,
    is_end,
)
from llmfirst.ledger import chain_holds
from llmfirst.proof import verify
from llmfirst.providers.base import Capabilities, Chunk, Prefill, Usage
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, Step, asked, collect, engine, handle, text_of


def answer(*replies: Reply, deadline_seconds: float = 120.0) -> tuple[list[AnswerEvent], ScriptedProvider]:
    provider = ScriptedProvider(*replies)
    events = run(collect(engine(deadline_seconds).answer(asked(), handle(provider))))
    return events, provider


def test_the_four_phases_are_written_in_order_and_end_complete() -> None:
    events, provider = answer(["plan", END], ["Aa", "bb.", LENGTH], ["Cc.", LENGTH], ["d", END])
    phases = [event.phase for event in events if isinstance(event, TextAdded)]
    assert list(dict.fromkeys(phases)) == ["strategy", *SECTIONS]
    assert text_of(events) == "planAabb.Cc.d"
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].outcome == "complete"
    assert provider.closed == provider.opened == 4


def test_every_call_is_in_the_ledger_and_its_reply_is_what_was_shown() -> None:
    events, provider = answer(["plan", END], ["Core.", LENGTH], ["Details.", LENGTH], ["end", END])
    told = fold(events)
    assert [call.purpose for call in told.calls] == ["strategy", *SECTIONS]
    assert [call.reply for call in told.calls] == ["plan", "Core.", "Details.", "end"]
    assert [call.request for call in told.calls] == provider.requests
    assert chain_holds(told.calls)
    assert told.metrics().ledger_head == told.calls[-1].sha256


def test_a_later_section_goes_on_with_the_reply_that_is_shown() -> None:
    _, provider = answer(["plan", END], ["CORE.", LENGTH], ["DETAILS", LENGTH], [" so", LENGTH], ["end", END])
    asked_with = [(request.messages[-1].role, request.messages[-1].content) for request in provider.requests]
    assert asked_with[1] == ("user", "why?")
    assert asked_with[2] == ("assistant", "CORE.\n\n")
    assert asked_with[3] == ("assistant", "CORE.\n\nDETAILS")
    assert asked_with[4] == ("assistant", "CORE.\n\nDETAILS so")
    assert [request.continue_last for request in provider.requests] == [False, False, True, True, True]


def test_a_service_that_cannot_continue_is_told_what_comes_next_with_the_question_last() -> None:
    provider = ScriptedProvider(["plan", END], ["CORE", END], ["DETAILS", END], ["end", END])
    provider.can = Capabilities(prefill=False, logprobs=False)
    run(collect(engine().answer(asked(), handle(provider))))
    last = provider.requests[3].messages
    assert [message.role for message in last] == ["user", "assistant", "user", "assistant", "user"]
    assert [last[1].content, last[3].content] == ["CORE", "DETAILS"]
    assert last[-1].content.endswith("why?")


def test_a_section_that_has_enough_ends_with_its_block_and_the_next_goes_on() -> None:
    many = [f"word{number} " for number in range(150)]
    events, _ = answer(["plan", END], [*many, "end.\n\n", "next block", END], ["The end.", END])
    told = fold(events)
    assert told.phases["core"].ending == "landed"
    assert (told.text("core")[-6:], told.text("details")) == ("end.\n\n", "next block")
    assert not told.is_shortened


def test_the_strategy_is_cut_at_its_window_and_the_core_starts() -> None:
    events, _ = answer(["I will", 60, "never"], ["core", END], ["details", END], ["end", END])
    told = fold(events)
    assert told.text("strategy") == "I will"
    assert told.phases["strategy"].ending == "cut"
    assert told.phases["core"].started_seconds == pytest.approx(5, abs=0.3)
    assert told.metrics().outcome == "complete"


def endless(seconds: float) -> list[str | float]:
    """Sentences of ten words without an end, a word at a time."""
    return [step for number in range(9999) for step in (f"W{number}{'.' if number % 10 == 9 else ''} ", seconds)]


def test_a_section_that_talks_too_long_lands_on_a_sentence_in_its_window_and_the_others_have_theirs() -> None:
    events, _ = answer(["plan", END], endless(0.9))
    told = fold(events)
    assert [told.phases[phase].ending for phase in SECTIONS] == ["timed"] * 3
    assert all(told.text(phase).rstrip().endswith("9.") for phase in SECTIONS)
    core_end, details_end = told.phases["core"].ended_seconds, told.phases["details"].ended_seconds
    assert core_end is not None
    assert 15 < core_end < 30
    assert details_end is not None
    assert 40 < details_end < 60
    assert told.metrics().outcome == "complete"
    assert told.is_shortened


def test_a_section_without_any_sentence_is_cut_and_the_others_have_their_time() -> None:
    events, _ = answer(["plan", END], *[[s for n in range(999) for s in (f"{name}{n} ", 1.0)] for name in "ABC"])
    told = fold(events)
    assert [told.phases[phase].ending for phase in SECTIONS] == ["cut", "cut", "deadline"]
    assert verify(events).holds
    assert all(told.text(phase) for phase in SECTIONS)
    assert told.metrics().outcome == "deadline"
    assert events[-1].elapsed_seconds <= 120


async def looping() -> AsyncGenerator[Chunk, None]:
    while True:
        yield Chunk(text="again ")
        await asyncio.sleep(0.02)


async def babbling() -> AsyncGenerator[Chunk, None]:
    for number in count():
        yield Chunk(text=f"{number} ")
        await asyncio.sleep(0.02)


SILENT: Reply = [1000.0, "too late"]
DRIPPING: Reply = [7.0, "drip "] * 100


@pytest.mark.parametrize(
    "backend", [SILENT, DRIPPING, looping, babbling], ids=["silent", "dripping", "looping", "babbling"]
)
@pytest.mark.parametrize("deadline_seconds", [5, 15, 60, 120])
def test_every_backend_ends_once_and_in_time(backend: Reply, deadline_seconds: float) -> None:
    events, provider = answer(*[backend] * 9, deadline_seconds=deadline_seconds)
    assert [is_end(event) for event in events].count(True) == 1
    assert is_end(events[-1])
    assert events[-1].elapsed_seconds <= deadline_seconds
    assert provider.closed == provider.opened


def test_a_model_that_never_writes_is_a_failure_that_says_what_to_do() -> None:
    events, _ = answer(*[SILENT] * 8)
    end = events[-1]
    assert isinstance(end, AnswerFailed)
    assert end.code == "no_text_in_time"
    assert "120 s" in end.message


def test_a_late_core_gets_its_share_and_leaves_the_others_theirs() -> None:
    late: list[Step] = []
    for step in range(7):
        late += [Chunk(prefill=Prefill(total=9, processed=step, cached=0)), 10.0]
    late += endless(0.5)
    events, _ = answer(late, late, ["details", END], ["end", END])
    told = fold(events)
    assert told.metrics().outcome == "complete"
    assert [bool(told.text(phase)) for phase in SECTIONS] == [True, True, True]


def test_a_plan_that_fails_does_not_cost_the_answer() -> None:
    events, _ = answer([ProviderRejected("no")], ["core", END], ["details", END], ["end", END])
    told = fold(events)
    assert told.phases["strategy"].ending == "failed"
    assert told.metrics().outcome == "complete"


def test_a_model_that_says_nothing_at_all_is_a_failure() -> None:
    events, _ = answer(*[[END]] * 13)  # the strategy, and each section four times
    assert isinstance(events[-1], AnswerFailed)
    assert events[-1].code == "no_text"


@pytest.mark.parametrize("then", [LENGTH, 1000.0])
def test_a_model_that_only_thinks_is_a_failure_that_says_so(then: Step) -> None:
    events, _ = answer(*[[Chunk(thought="Hm."), then]] * 8)
    assert isinstance(events[-1], AnswerFailed)
    assert events[-1].code == "only_thought"
    assert "does not think" in events[-1].message


@pytest.mark.parametrize("usage", [None, Usage(prompt_tokens=9, completion_tokens=0)])
def test_tokens_are_counted_by_us_where_the_service_tells_them_only_at_its_end(usage: Usage | None) -> None:
    words = [step for number in range(20) for step in (Chunk(text=f"w{number} ", usage=usage), 0.1)]
    provider = ScriptedProvider(["plan", END], [*words, 60.0, "never"])

    async def main() -> list[AnswerEvent]:
        halt = Halt()
        asyncio.get_running_loop().call_later(4, halt.ask)
        return await collect(engine().answer(asked(halt=halt), handle(provider)))

    told = fold(run(main()))
    assert [call.tokens for call in told.calls] == [3, 20]
    assert told.metrics().tokens == 23
    assert told.metrics().tokens_per_second == pytest.approx(10, rel=0.15)
    assert chain_holds(told.calls)


def test_stop_ends_a_writing_model_within_a_second_and_keeps_the_text() -> None:
    provider = ScriptedProvider(["plan", END], ["so ", "far", 60, "never"])

    async def main() -> list[AnswerEvent]:
        halt = Halt()
        asyncio.get_running_loop().call_later(4, halt.ask)
        return await collect(engine().answer(asked(halt=halt), handle(provider)))

    events = run(main())
    end = events[-1]
    assert isinstance(end, AnswerFinished)
    assert end.outcome == "stopped"
    assert end.elapsed_seconds == pytest.approx(4, abs=0.01)
    assert text_of(events) == "planso far"
    assert provider.closed == 2
    assert fold(events).metrics().stopped_after == pytest.approx(0, abs=0.01)
    assert verify(events).holds


def test_stop_while_the_model_loads_ends_the_wait() -> None:
    provider = ScriptedProvider(load_seconds=90)

    async def main() -> list[AnswerEvent]:
        halt = Halt()
        asyncio.get_running_loop().call_later(1, halt.ask)
        return await collect(engine().answer(asked(halt=halt), handle(provider)))

    events = run(main())
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].outcome == "stopped"
    assert events[-1].elapsed_seconds == pytest.approx(1, abs=0.01)


def test_the_deadline_runs_from_admission_and_the_wait_is_counted_apart() -> None:
    provider = ScriptedProvider(["plan", END], ["core", END], ["details", END], ["end", END], load_seconds=90)
    metrics = fold(run(collect(engine().answer(asked(), handle(provider))))).metrics()
    assert metrics.waited == pytest.approx(90)
    assert metrics.total_time == pytest.approx(0, abs=0.1)
    assert metrics.since_submit == pytest.approx(90, abs=0.1)


def test_a_model_that_does_not_load_in_the_limit_is_refused_with_a_message() -> None:
    provider = ScriptedProvider(load_seconds=1000)
    events = run(collect(engine().answer(asked(), handle(provider))))
    assert isinstance(events[-1], AnswerFailed)
    assert events[-1].code == "waited_too_long"


def test_a_second_question_waits_for_the_first_and_sees_its_place() -> None:
    part: Reply = ["x", 2.0, END]
    provider = ScriptedProvider(*[part] * 8)

    async def main() -> tuple[list[AnswerEvent], list[AnswerEvent]]:
        shared = engine()
        first = asyncio.create_task(collect(shared.answer(asked(run_id="1"), handle(provider))))
        await asyncio.sleep(0.1)
        second = asyncio.create_task(collect(shared.answer(asked(run_id="2"), handle(provider))))
        return await first, await second

    first, second = run(main())
    queued = [event for event in second if isinstance(event, StateChanged) and event.state == "queued"]
    assert [event.ahead for event in queued] == [1]
    waited = fold(second).metrics().waited
    assert waited == pytest.approx(first[-1].elapsed_seconds - 0.1, abs=0.05)


def test_who_waits_is_told_for_how_long_by_the_runs_before() -> None:
    async def main() -> list[AnswerEvent]:
        shared = engine()
        run_of: Reply = ["Xx.", 2.5, LENGTH]
        for name in ("1", "2"):
            await collect(shared.answer(asked(run_id=name), handle(ScriptedProvider(*[run_of] * 4))))
        running = asyncio.create_task(
            collect(shared.answer(asked(run_id="3"), handle(ScriptedProvider(*[run_of] * 4))))
        )
        await asyncio.sleep(4)
        third = asyncio.create_task(collect(shared.answer(asked(run_id="4"), handle(ScriptedProvider(*[run_of] * 4)))))
        await asyncio.sleep(0)
        last = await collect(shared.answer(asked(run_id="5"), handle(ScriptedProvider(*[run_of] * 4))))
        await asyncio.gather(running, third)
        return last

    queued = [event for event in run(main()) if isinstance(event, StateChanged) and event.state == "queued"]
    assert [event.ahead for event in queued] == [2, 1]
    assert [event.expected_seconds for event in queued] == [pytest.approx(16, abs=1), pytest.approx(10, abs=1)]


def test_a_line_that_is_full_refuses_before_the_first_event() -> None:
    async def main() -> None:
        shared = engine(line_limit=0)
        provider = ScriptedProvider(["x", 10.0, END], ["x", END], ["x", END], ["x", END])
        first = asyncio.create_task(collect(shared.answer(asked(), handle(provider))))
        await asyncio.sleep(0.1)
        with pytest.raises(LineFull):
            await collect(shared.answer(asked(), handle(provider)))
        await first

    run(main())


def test_closing_the_answer_closes_the_model_and_frees_the_slot() -> None:
    async def main() -> None:
        shared = engine(line_limit=0)
        provider = ScriptedProvider(["x", 10.0, END], ["x", END], ["x", END], ["x", END], ["x", END])
        events = shared.answer(asked(), handle(provider))
        async for event in events:
            if isinstance(event, TextAdded):
                break
        await events.aclose()
        assert provider.closed == 1
        assert is_end((await collect(shared.answer(asked(), handle(provider))))[-1])

    run(main())
