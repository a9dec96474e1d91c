"""What happens when a call comes to nothing: once more on the time that remains, after the text that is shown."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from llmfirst.answer import Answer, fold
from llmfirst.engine.profiles import load_profiles
from llmfirst.errors import (
    ModelMissing,
    PrefillRefused,
    ProviderInterrupted,
    ProviderRejected,
    ProviderUnavailable,
    StreamTruncated,
)
from llmfirst.events import SECTIONS, AnswerEvent, AnswerFinished, PhaseStarted, StateChanged, TextAdded
from llmfirst.ledger import chain_holds
from llmfirst.providers.base import Capabilities, Chunk, Request
from tests.clock import run
from tests.scripted import END, LENGTH, Reply, ScriptedProvider, asked, collect, engine, handle

BROKEN = StreamTruncated("The stream broke off: ask again.")
DEAD = ProviderInterrupted("The model's process ended.")


def answered(
    *replies: Reply,
    warm_errors: tuple[Exception | None, ...] = (),
    can_continue: bool = True,
    deadline_seconds: float = 120,
) -> tuple[list[AnswerEvent], Answer, ScriptedProvider]:
    provider = ScriptedProvider(*replies, warm_errors=warm_errors)
    provider.can = Capabilities(prefill=can_continue, logprobs=False)
    events = run(collect(engine(deadline_seconds).answer(asked(), handle(provider))))
    return events, fold(events), provider


@pytest.mark.parametrize("error", [BROKEN, DEAD, ProviderUnavailable("It does not answer.")])
def test_a_broken_section_goes_on_from_the_text_that_is_shown(error: Exception) -> None:
    _, told, provider = answered(["plan", END], ["Half a", error], [" sentence.", END], ["d", END], ["e", END])
    assert told.text("core") == "Half a sentence."
    assert provider.requests[2].messages[-1].content == "Half a"
    assert provider.requests[2].continue_last
    assert [(event.phase, event.trouble) for event in told.resumed] == [("core", "broken")]
    assert told.resumed[0].detail == str(error)
    assert told.metrics().outcome == "complete"


def test_both_calls_of_a_broken_section_are_in_the_ledger() -> None:
    _, told, _ = answered(["plan", END], ["Half a", BROKEN], [" sentence.", LENGTH], ["Dd.", LENGTH], ["e", END])
    assert [call.purpose for call in told.calls] == ["strategy", "core", "core", "details", "conclusion"]
    assert told.calls[1].error == str(BROKEN)
    assert told.calls[2].error is None
    assert chain_holds(told.calls)


def test_finished_sections_are_never_written_again() -> None:
    events, told, provider = answered(
        ["plan", END], ["Core.", LENGTH], ["Half", BROKEN], [" a thought.", LENGTH], ["e", END]
    )
    assert [event.phase for event in events if isinstance(event, PhaseStarted)] == [
        "strategy",
        "core",
        "details",
        "conclusion",
    ]
    assert told.text("core") == "Core."
    assert provider.requests[3].messages[-1].content == "Core.\n\nHalf"


def test_a_section_that_breaks_twice_ends_the_answer_with_all_its_text() -> None:
    events, told, _ = answered(["plan", END], ["Half ", BROKEN], ["of it", BROKEN])
    assert told.text("core") == "Half of it"
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].outcome == "interrupted"
    assert events[-1].detail == str(BROKEN)


def test_each_section_has_a_try_of_its_own() -> None:
    _, told, _ = answered(
        ["plan", END], ["B", BROKEN], ["b.", LENGTH], ["C", BROKEN], ["c.", LENGTH], ["G", BROKEN], ["g.", END]
    )
    assert [told.text(phase) for phase in ("core", "details", "conclusion")] == ["Bb.", "Cc.", "Gg."]


@pytest.mark.parametrize("error", [ProviderRejected("Change the request."), ModelMissing("Pull it.")])
def test_what_another_try_cannot_mend_is_not_tried_again(error: Exception) -> None:
    events, _, provider = answered(["plan", END], ["Half", error])
    assert provider.opened == 2
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].detail == str(error)


def test_a_service_that_comes_back_is_waited_for_and_the_wait_is_named() -> None:
    away = tuple(ProviderUnavailable("It does not answer.") for _ in range(5))
    events, told, _ = answered(
        ["plan", END], ["Half", DEAD], [" done.", END], ["d", END], ["e", END], warm_errors=(None, *away)
    )
    assert told.text("core") == "Half done."
    assert "recovering" in [event.state for event in events if isinstance(event, StateChanged)]
    assert told.calls[2].started_seconds == pytest.approx(5, abs=0.5)


def test_a_service_that_stays_away_is_not_waited_for_to_the_end() -> None:
    away = tuple(ProviderUnavailable("It does not answer.") for _ in range(500))
    events, told, _ = answered(["plan", END], ["Half", DEAD], warm_errors=(None, *away))
    assert events[-1].elapsed_seconds == pytest.approx(20, abs=1.5)
    assert told.text("core") == "Half"
    assert told.metrics().outcome == "interrupted"


def test_a_model_that_falls_silent_is_asked_again_after_what_it_wrote() -> None:
    words = [step for number in range(20) for step in (f"w{number} ", 0.1)]
    _, told, provider = answered(["plan", END], [*words, 1000.0], ["and the rest.", END], ["d", END], ["e", END])
    assert told.text("core").endswith("w19 and the rest.")
    assert [event.trouble for event in told.resumed] == ["silent"]
    assert told.calls[2].started_seconds < 20
    assert provider.closed == provider.opened


def test_a_model_that_never_says_a_word_is_asked_again_before_half_of_the_time_is_gone() -> None:
    _, told, _ = answered(["plan", END], [1000.0], ["Core.", END], ["d", END], ["e", END])
    assert told.text("core") == "Core."
    assert told.calls[2].started_seconds < 60
    assert told.metrics().outcome == "complete"


def test_a_core_that_stays_empty_is_asked_for_in_another_way() -> None:
    _, told, provider = answered(["plan", END], [END], ["The core.", END], ["d", END], ["e", END])
    assert told.text("core") == "The core."
    assert [event.trouble for event in told.resumed] == ["empty"]
    assert provider.requests[2].messages[-1].content.endswith("why?")


def test_a_section_that_only_repeats_the_core_is_gone_on_with_as_one_message() -> None:
    core = "This is the core, which is long enough to be known again."
    asked_first = (
        load_profiles().profiles["answer_first"].model_copy(update={"working": None, "review": None, "verdict": None})
    )
    provider = ScriptedProvider(["plan", END], [core, END], [core, END], ["The details.", END], ["The end.", END])
    told = fold(run(collect(engine(profile=asked_first).answer(asked(), handle(provider)))))
    assert [told.text(phase) for phase in SECTIONS] == [core, "The details.", "The end."]
    assert provider.requests[3].messages[0] == provider.requests[1].messages[0]
    assert [message.content for message in provider.requests[3].messages[1:]] == [f"{core}\n\n"]
    assert provider.requests[3].continue_last
    assert told.metrics().outcome == "complete"


def test_a_service_that_cannot_continue_ends_a_broken_section_that_is_whole() -> None:
    _, told, provider = answered(
        ["plan", END], ["A whole sentence.", BROKEN], ["d", END], ["e", END], can_continue=False
    )
    assert told.text("core") == "A whole sentence."
    assert told.phases["core"].ending == "failed"
    assert told.text("details") == "d"
    assert provider.opened == 4


def test_a_service_that_cannot_continue_is_told_to_go_on_where_it_stopped() -> None:
    _, told, provider = answered(
        ["plan", END], ["Half a", BROKEN], [" sentence.", END], ["d", END], ["e", END], can_continue=False
    )
    assert told.text("core") == "Half a sentence."
    asked_with = provider.requests[2].messages
    assert [message.role for message in asked_with] == ["user", "assistant", "user"]
    assert asked_with[1].content == "Half a"
    assert asked_with[2].content.endswith("why?")


class RefusesPrefill(ScriptedProvider):
    """Says that it can continue a message, until it is asked to."""

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        if request.continue_last:
            self.requests.append(request)
            self.can = Capabilities(prefill=False, logprobs=False)
            yield Chunk(left_out=("prefill",))
            raise PrefillRefused("It continues no message.")
        async with aclosing(super().stream(request)) as chunks:
            async for chunk in chunks:
                yield chunk


def test_a_service_that_refuses_to_continue_is_asked_for_each_section_from_then_on() -> None:
    provider = RefusesPrefill(["plan", END], ["Core, cut in", LENGTH], ["Details.", END], ["End.", END])
    told = fold(run(collect(engine().answer(asked(), handle(provider)))))
    assert [told.text(phase) for phase in SECTIONS] == ["Core, cut in", "Details.", "End."]
    assert told.phases["core"].ending == "length"
    assert told.metrics().outcome == "complete"
    assert told.resumed == ()
    assert [request.continue_last for request in provider.requests] == [False, False, True, False, False]
    assert [call.left_out for call in told.calls] == [(), (), ("prefill",), (), ()]
    assert told.calls[2].error == "It continues no message."
    assert chain_holds(told.calls)


def test_a_broken_section_is_resumed_in_a_new_message_where_it_cannot_be_continued() -> None:
    provider = RefusesPrefill(["plan", END], ["Half a", BROKEN], [" sentence.", END], ["d", END], ["e", END])
    told = fold(run(collect(engine().answer(asked(), handle(provider)))))
    assert told.text("core") == "Half a sentence."
    assert [message.role for message in provider.requests[3].messages] == ["user", "assistant", "user"]
    assert told.text("details") == "d"


def test_a_section_that_the_token_limit_cut_in_a_sentence_is_finished() -> None:
    _, told, provider = answered(["plan", END], ["Half a", LENGTH], [" sentence.", END], ["d", END], ["e", END])
    assert told.text("core") == "Half a sentence."
    assert provider.requests[2].messages[-1].content == "Half a"
    assert told.resumed == ()
    assert not told.is_shortened


def test_a_plan_that_the_token_limit_cut_is_shown_as_it_is_and_not_begun_again() -> None:
    _, told, provider = answered(["I will", LENGTH], ["Core.", END], ["d", END], ["e", END])
    assert told.text("strategy") == "I will"
    assert told.phases["strategy"].ending == "length"
    assert provider.opened == 4


def test_a_section_that_repeats_a_block_ends_before_it_is_shown() -> None:
    block = "This paragraph is long enough to be known again."
    events, told, _ = answered(
        ["plan", END],
        [f"{block}\n\n", "Another one, of its own.", LENGTH],
        ["New.\n\n", *block, "\n\n", "x"],
        ["e", END],
    )
    assert told.phases["details"].ending == "repeated"
    assert told.text("details").rstrip() == "New."
    assert told.text("conclusion") == "e"
    assert "".join(event.text for event in events if isinstance(event, TextAdded) and event.phase == "core") == (
        f"{block}\n\nAnother one, of its own."
    )


def test_a_short_deadline_is_kept_by_a_model_that_does_not_close() -> None:
    _, told, _ = answered(*[[1000.0]] * 8, deadline_seconds=5)
    assert told.end is not None
    assert told.end.elapsed_seconds <= 5
