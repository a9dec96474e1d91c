"""One call goes on through the sections: nothing between them, nothing lost, a new call only where one must be."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmfirst.answer import Answer, fold
from llmfirst.engine.call import LONGEST_REPLY
from llmfirst.engine.deadline import Halt
from llmfirst.engine.lengths import ASKED, GROWING
from llmfirst.errors import ProviderRejected, StreamTruncated
from llmfirst.events import SECTIONS, AnswerEvent, AnswerFinished, PhaseFinished, PhaseStarted, StateChanged, TextAdded
from llmfirst.proof import verify
from llmfirst.providers.base import Capabilities, Chunk, Usage, Warmth
from tests.clock import run
from tests.conftest import tries
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, Step, asked, collect, engine, handle, text_of

BROKEN = StreamTruncated("It broke off.")
BLOCK = "This paragraph is long enough to be known again."


def counted(text: str, tokens: int) -> Chunk:
    """Return a piece after which the service has counted so many tokens."""
    return Chunk(text=text, usage=Usage(prompt_tokens=5, completion_tokens=tokens))


CORE: Sequence[Step] = (counted(f"{BLOCK}\n\nAnd more", 12), counted(" of it.\n\n", 152))
DETAILS: Sequence[Step] = (counted("Then the steps", 340), counted(" of it.\n\n", 345))
SHOWN_CORE = f"{BLOCK}\n\nAnd more of it.\n\n"


def answered(
    *replies: Reply, can_continue: bool = True, halt_after: float | None = None
) -> tuple[list[AnswerEvent], Answer, ScriptedProvider]:
    provider = ScriptedProvider(["A plan.", END], *replies)
    provider.can = Capabilities(prefill=can_continue, logprobs=False)

    async def main() -> list[AnswerEvent]:
        halt = Halt()
        if halt_after is not None:
            asyncio.get_running_loop().call_later(halt_after, halt.ask)
        return await collect(engine().answer(asked(halt=halt), handle(provider)))

    events = run(main())
    assert provider.closed == provider.opened
    assert verify(events).holds
    return events, fold(events), provider


def words(count: int, seconds: float) -> list[Step]:
    """Words without a sentence's end."""
    return [step for number in range(count) for step in (f"w{number} ", seconds)]


def endless(seconds: float) -> list[Step]:
    """Sentences of ten words, a word at a time."""
    return [step for number in range(9999) for step in (f"W{number}{'.' if number % 10 == 9 else ''} ", seconds)]


def test_one_call_writes_all_sections_of_a_model_that_goes_on() -> None:
    _, told, provider = answered([*CORE, 0.2, *DETAILS, 0.2, "The end.", END])
    assert provider.opened == 2
    assert provider.requests[1].max_tokens == sum(GROWING[phase].most for phase in SECTIONS)
    assert [told.text(phase) for phase in SECTIONS] == [SHOWN_CORE, "Then the steps of it.\n\n", "The end."]
    assert [told.phases[phase].ending for phase in SECTIONS] == ["landed", "landed", "stop"]
    assert "".join(told.text(phase) for phase in SECTIONS) == told.calls[1].reply
    assert told.metrics().outcome == "complete"
    assert not told.is_shortened
    assert [call.purpose for call in told.calls] == ["strategy", "core"]


def test_between_two_sections_there_is_no_wait_and_no_other_state() -> None:
    events, _, _ = answered([*CORE, *DETAILS, "The end.", END])
    begun = [at for at, event in enumerate(events) if isinstance(event, PhaseStarted)]
    assert all(isinstance(events[at - 1], PhaseFinished) for at in begun[1:])
    after_core = events[begun[2] :]
    assert not any(isinstance(event, StateChanged) for event in after_core)


def test_what_came_after_the_landing_point_opens_the_next_section() -> None:
    _, told, provider = answered(
        [counted(f"{BLOCK} More", 20), counted(" of it.\n\nThen the", 23), " steps.", LENGTH], ["e", END]
    )
    assert told.text("core") == f"{BLOCK} More of it.\n\n"
    assert told.text("details") == "Then the steps."
    assert provider.requests[2].messages[-1].content == f"{BLOCK} More of it.\n\nThen the steps.\n\n"


def test_text_that_is_held_back_at_a_landing_is_shown_once_in_the_next_section() -> None:
    held = BLOCK[:20]
    _, told, _ = answered([*CORE[:1], counted(f" of it.\n\n{held}", 156), "another one.", END], ["e", END])
    assert told.text("core") == SHOWN_CORE
    assert told.text("details") == f"{held}another one."


TEXT = (
    "하늘은 빛이 흩어져서 파랗게 보입니다. 짧은 파장이 더 많이 흩어집니다.\n\n- 첫째, 빛이 들어옵니다.\n"
    "- 둘째, 3.14 배로 흩어집니다.\n    - 더 작은 것\n\n```python\nprint('a. b')\n\n\n```\n\n"
    "하늘은 빛이 흩어져서 붉게도 보입니다. Is it 5 p.m. yet? Yes.\n\n| a | b |\n|---|---|\n| 1. | 2. |\n\n"
    "1. One thing\n2. Another thing\n\nAt last **this. is** it. And so it ends.\r\n\r\nBye."
)


@settings(deadline=None, max_examples=tries(60))
@given(
    cuts=st.sets(st.integers(min_value=1, max_value=len(TEXT) - 1), max_size=60),
    tokens=st.floats(min_value=0.3, max_value=3),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 0.1, 2.0]), min_size=1, max_size=5),
)
def test_however_a_reply_arrives_what_is_shown_is_its_beginning(
    cuts: set[int], tokens: float, pauses: list[float]
) -> None:
    places = [0, *sorted(cuts), len(TEXT)]
    pieces: list[Step] = []
    for number, (start, end) in enumerate(pairwise(places)):
        pieces += [counted(TEXT[start:end], round(end * tokens)), pauses[number % len(pauses)]]
    tail: Reply = ["Tail.", END]
    events, told, provider = answered([*pieces, END], *[tail] * 6)
    call = told.calls[1]
    written = "".join(e.text for e in events if isinstance(e, TextAdded) and e.call_id == call.call_id)
    assert TEXT.startswith(written)
    sections = [event.phase for event in events if isinstance(event, TextAdded) and event.call_id == call.call_id]
    assert sections == sorted(sections, key=SECTIONS.index)
    if provider.opened == 2:
        assert told.text("core") + told.text("details") + told.text("conclusion") == written


@pytest.mark.parametrize("seconds", [0.05, 0.4, 1.0, 2.0, 3.0, 5.0])
def test_a_model_that_never_ends_is_asked_once_and_stopped_in_time(seconds: float) -> None:
    events, told, provider = answered(endless(seconds), endless(seconds), endless(seconds))
    shown = text_of([event for event in events if isinstance(event, TextAdded) and event.phase != "strategy"])
    assert events[-1].elapsed_seconds <= 120
    assert told.text("conclusion") or seconds > 2
    if seconds <= 0.4:
        assert provider.opened == 2
        assert told.calls[1].reply.startswith(shown)


def test_a_handed_on_section_that_the_limit_ends_is_followed_by_a_new_call() -> None:
    _, told, provider = answered([*CORE, "More.", LENGTH], ["e", END])
    assert told.phases["details"].ending == "landed"
    assert told.text("conclusion") == "e"
    assert provider.opened == 3
    assert provider.requests[2].messages[-1].content == f"{SHOWN_CORE}More.\n\n"


def test_a_handed_on_section_that_breaks_goes_on_after_what_is_shown() -> None:
    _, told, provider = answered([*CORE, "Half a", BROKEN], [" sentence.", END], ["e", END])
    assert told.text("details") == "Half a sentence."
    assert provider.requests[2].messages[-1].content == f"{SHOWN_CORE}Half a"
    assert [(event.phase, event.trouble) for event in told.resumed] == [("details", "broken")]


def test_a_call_that_breaks_between_two_sections_is_made_anew_for_the_second() -> None:
    _, told, provider = answered([*CORE, BROKEN], ["Dd.", LENGTH], ["e", END])
    assert [told.text(phase) for phase in SECTIONS] == [SHOWN_CORE, "Dd.", "e"]
    assert provider.requests[2].messages[-1].content == SHOWN_CORE
    assert [(event.phase, event.trouble) for event in told.resumed] == [("details", "broken")]


def test_a_handed_on_section_that_falls_silent_is_asked_for_again() -> None:
    _, told, provider = answered([*CORE, *words(20, 0.1), 1000.0], ["and the rest.", LENGTH], ["e", END])
    assert told.text("details").endswith("w19 and the rest.")
    assert [(event.phase, event.trouble) for event in told.resumed] == [("details", "silent")]
    assert told.calls[2].started_seconds < 20
    assert provider.opened == 4


def test_a_call_that_falls_silent_between_two_sections_is_made_anew_for_the_second() -> None:
    _, told, provider = answered([*CORE, 1000.0], ["Dd.", LENGTH], ["e", END])
    assert [told.text(phase) for phase in SECTIONS] == [SHOWN_CORE, "Dd.", "e"]
    assert provider.requests[2].messages[-1].content == SHOWN_CORE
    assert [(event.phase, event.trouble) for event in told.resumed] == [("details", "silent")]


def test_a_handed_on_section_that_repeats_a_block_ends_and_the_next_has_a_call_of_its_own() -> None:
    _, told, provider = answered([*CORE, "New.\n\n", *BLOCK, "\n\n", "x"], ["e", END])
    assert told.phases["details"].ending == "repeated"
    assert told.text("details").rstrip() == "New."
    assert told.text("conclusion") == "e"
    assert provider.opened == 3


def test_a_model_that_only_repeats_after_a_landing_is_asked_in_another_way() -> None:
    _, told, provider = answered([*CORE, *BLOCK, "\n\n", "x"], ["New.", END], ["e", END])
    assert told.text("details") == "New."
    assert [(event.phase, event.trouble) for event in told.resumed] == [("details", "empty")]
    assert provider.requests[2].messages[-1].role == "user"


def test_a_handed_on_section_that_time_cuts_is_followed_by_a_new_call() -> None:
    _, told, provider = answered([*CORE, *words(999, 1.0)], ["e", END])
    assert told.phases["details"].ending == "cut"
    assert told.text("conclusion") == "e"
    assert provider.opened == 3


@pytest.mark.parametrize("before", [(), CORE], ids=["its own call", "handed on"])
def test_a_section_without_an_end_keeps_its_tokens_and_leaves_the_next_a_call_of_its_own(
    before: Sequence[Step],
) -> None:
    phase = SECTIONS[len(before) > 0]
    many = [counted(f"w{number} ", 152 * len(before) // 2 + number) for number in range(999)]
    _, told, provider = answered([*before, *many], ["d.", END], ["e.", END])
    assert told.phases[phase].ending == "length"
    assert told.text(phase).count(" ") <= GROWING[phase].most + 60
    assert provider.requests[2].messages[-1].content.endswith(told.text(phase))


def test_a_handed_on_section_that_the_token_limit_cut_in_a_sentence_is_finished() -> None:
    _, told, provider = answered([*CORE, "Half a", LENGTH], [" sentence.", END], ["e", END])
    assert told.text("details") == "Half a sentence."
    assert provider.requests[2].messages[-1].content == f"{SHOWN_CORE}Half a"
    assert told.resumed == ()


def test_stop_in_a_handed_on_section_closes_the_one_stream_and_keeps_the_text() -> None:
    events, told, provider = answered([*CORE, 1.0, "so far", 60, "never"], halt_after=4)
    assert told.text("details") == "so far"
    assert told.metrics().outcome == "stopped"
    assert events[-1].elapsed_seconds == pytest.approx(4, abs=0.01)
    assert provider.opened == provider.closed == 2
    assert told.calls[1].reply == f"{SHOWN_CORE}so far"


def test_a_service_that_tells_only_when_it_is_warm_that_it_can_continue_is_asked_once() -> None:
    class Shy(ScriptedProvider):
        can = Capabilities(prefill=False, logprobs=False)

        async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
            self.can = Capabilities(prefill=True, logprobs=False)
            return await super().warm(model)

    provider = Shy(["A plan.", END], [*CORE, *DETAILS, "The end.", END])
    events = run(collect(engine().answer(asked(), handle(provider))))
    assert provider.opened == 2
    assert text_of(events).endswith("The end.")


def test_a_section_that_time_ended_is_not_shortened_where_its_model_went_on_in_the_next_one() -> None:
    steady = [step for number in range(79) for step in (f"W{number}{'.' if number % 10 == 9 else ''} ", 0.9)]
    _, told, provider = answered([*steady, "The end.", END])
    assert provider.opened == 2
    assert told.phases["core"].ending == "timed"
    assert told.phases["conclusion"].ending == "stop"
    assert not told.is_shortened


def test_a_window_that_is_too_small_for_all_sections_is_asked_for_one_at_a_time() -> None:
    _, told, provider = answered(
        [ProviderRejected("Longer than the window.")], [*CORE, "x"], ["Dd.", LENGTH], ["e", END]
    )
    assert [told.text(phase) for phase in SECTIONS] == [SHOWN_CORE.rstrip(), "Dd.", "e"]
    sizes = [request.max_tokens for request in provider.requests]
    assert sizes[1:] == [sum(sizes[2:]), *(GROWING[phase].most for phase in SECTIONS)]
    assert told.calls[1].error == "Longer than the window."
    assert told.resumed == ()


def test_what_is_refused_in_any_size_ends_the_answer() -> None:
    events, _, provider = answered(*[[ProviderRejected("Change the request.")]] * 2)
    assert provider.opened == 3
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].detail == "Change the request."


def test_a_service_that_cannot_continue_is_asked_for_each_section() -> None:
    _, told, provider = answered([*CORE, "lost"], ["d", END], ["e", END], can_continue=False)
    assert [told.text(phase) for phase in SECTIONS] == [SHOWN_CORE.rstrip(), "d", "e"]
    assert [request.max_tokens for request in provider.requests[1:]] == [ASKED[phase].most for phase in SECTIONS]
    assert not any(request.continue_last for request in provider.requests)


def test_a_call_that_no_section_has_time_for_is_closed_and_recorded() -> None:
    provider = ScriptedProvider(["A plan.", END], [*CORE, 1000.0])

    async def main() -> list[AnswerEvent]:
        events: list[AnswerEvent] = []
        async with aclosing(engine().answer(asked(), handle(provider))) as running:
            async for event in running:
                events.append(event)
                if isinstance(event, PhaseFinished) and event.phase == "core":
                    await asyncio.sleep(200)  # a reader that takes its time
        return events

    events = run(main())
    assert provider.closed == provider.opened == 2
    assert fold(events).metrics().outcome == "deadline"
    assert [call.reply for call in fold(events).calls] == ["A plan.", SHOWN_CORE]
    assert verify(events).holds


LONG = "".join(f"Sentence {number} of one chunk is here. " for number in range(5000))


def test_stop_is_heard_in_the_middle_of_a_long_chunk() -> None:
    provider = ScriptedProvider(["A plan.", END], [LONG, END])

    async def main() -> list[AnswerEvent]:
        halt, events = Halt(), []
        async with aclosing(engine().answer(asked(halt=halt), handle(provider))) as running:
            async for event in running:
                events.append(event)
                if isinstance(event, TextAdded) and event.phase == "core":
                    halt.ask()
        return events

    events = run(main())
    assert fold(events).metrics().outcome == "stopped"
    assert LONG.startswith(fold(events).text("core"))
    assert len(fold(events).text("core")) < 1000
    assert fold(events).calls[-1].reply == LONG
    assert verify(events).holds


def test_a_reply_without_an_end_is_taken_up_to_a_limit_and_its_call_has_broken_off() -> None:
    endless = f"{LONG}{LONG}"
    assert len(endless) > LONGEST_REPLY
    _, told, _ = answered([Chunk(text=endless), END], ["c", END], ["d", END], ["e", END])
    broken = told.calls[1]
    assert len(broken.reply) == LONGEST_REPLY
    assert "300,000 characters" in (broken.error or "")


@pytest.mark.parametrize("characters", [2000, len(LONG)])
def test_a_long_chunk_that_takes_its_time_ends_at_the_deadline_and_is_no_silence(characters: int) -> None:
    provider = ScriptedProvider(["A plan.", END], [LONG[:characters], 0.5, "More.", END], ["d", END], ["e", END])

    async def main() -> list[AnswerEvent]:
        events = []
        async with aclosing(engine().answer(asked(), handle(provider))) as running:
            async for event in running:
                events.append(event)
                if isinstance(event, TextAdded):
                    await asyncio.sleep(1)  # a reader that takes its time
        return events

    events = run(main())
    assert events[-1].elapsed_seconds <= 120
    assert fold(events).resumed == ()
    assert verify(events).holds
