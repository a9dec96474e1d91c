"""Whatever numbers a service tells, this answer and the next one are whole and in time."""

import asyncio
import json
from collections.abc import AsyncGenerator
from math import inf, nan
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmfirst.answer import Answer, fold
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.rates import RATES_JSON, Rates
from llmfirst.events import SECTIONS
from llmfirst.providers.base import Chunk, UnusedNumber
from llmfirst.providers.ollama_wire import Line
from llmfirst.providers.openai_reply import frame_of
from llmfirst.providers.sse import SentEvent
from tests.clock import run
from tests.scripted import PerSection, Reply, asked, collect, engine, handle

DEADLINE_SECONDS: Final = 30.0
WORDS: Final = ("One. ", "Two. ", "Three. ", "Four. ")
NUMBERS: Final = (nan, inf, 0, -1e9, 1e300, 10**400, True, "3")
OPENAI_FIELDS: Final = (
    *(f"timings.{field}" for field in ("cache_n", "prompt_n", "prompt_ms", "predicted_n", "predicted_ms")),
    *(f"usage.{field}" for field in ("prompt_tokens", "completion_tokens", "prompt_tokens_details.cached_tokens")),
    *(f"prompt_progress.{field}" for field in ("total", "cache", "processed")),
    *(f"metrics.{field}" for field in ("time_to_first_token_ms", "queue_time_ms", "generation_time_ms")),
    "choices.0.logprobs.content.0.logprob",
)
OLLAMA_FIELDS: Final = (
    *("prompt_eval_count", "eval_count", "load_duration", "prompt_eval_duration", "eval_duration"),
    "logprobs.0.logprob",
)
ANYTHING: Final[st.SearchStrategy[object]] = st.one_of(
    st.sampled_from((*NUMBERS, -inf, -0.0, -1, 1e9, None, [], 9.5)),
    st.floats(),
    st.integers(),
    st.dictionaries(st.sampled_from(["logprob", "cached_tokens", "prompt_n"]), st.floats(), max_size=2),
)


def openai_frame(word: str, written: int) -> dict[str, Any]:
    logprobs = {"content": [{"token": word, "logprob": -0.1, "top_logprobs": [{"token": word, "logprob": -0.1}]}]}
    return {
        "choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None, "logprobs": logprobs}],
        "timings": {"cache_n": 4, "prompt_n": 36, "prompt_ms": 150.0, "predicted_n": written, "predicted_ms": 50.0},
        "usage": {"prompt_tokens": 40, "completion_tokens": written, "prompt_tokens_details": {"cached_tokens": 4}},
        "prompt_progress": {"total": 40, "cache": 4, "processed": 40},
        "metrics": {"time_to_first_token_ms": 150.0, "queue_time_ms": 1.0, "generation_time_ms": 50.0},
    }


def ollama_line(word: str, written: int) -> dict[str, Any]:
    return {
        "message": {"role": "assistant", "content": word},
        "done": False,
        "prompt_eval_count": 40,
        "eval_count": written,
        **dict.fromkeys(("load_duration", "prompt_eval_duration", "eval_duration"), 50_000_000),
        "logprobs": [{"token": word, "logprob": -0.1}],
    }


def placed(frame: Any, field: str, number: object) -> None:
    *way, last = field.split(".")
    for step in way:
        frame = frame[int(step)] if isinstance(frame, list) else frame[step]
    frame[last] = number


def reply_of(protocol: str, numbers: dict[str, Any]) -> Reply:
    """Return a reply of a few words, as the protocol sends it, with these numbers in each of its pieces."""

    async def chunks() -> AsyncGenerator[Chunk, None]:
        for written, word in enumerate(WORDS, 1):
            await asyncio.sleep(0.2)
            frame = openai_frame(word, written) if protocol == "openai" else ollama_line(word, written)
            for field, number in numbers.items():
                placed(frame, field, number)
            sent = json.dumps(frame)
            yield (
                frame_of(SentEvent("", sent)).chunk() if protocol == "openai" else Line.read(json.loads(sent)).chunk()
            )
        yield Chunk(finish_reason="stop")

    return chunks


def answered(asking: Engine, protocol: str, numbers: dict[str, Any]) -> Answer:
    provider = PerSection(*[reply_of(protocol, numbers)] * 4)
    return fold(run(collect(asking.answer(asked(), handle(provider)))))


def check(protocol: str, *questions: dict[str, Any]) -> Answer:
    """Ask one question after the other, each with its numbers, and see how they end; return the last, which is whole.

    Each is paced by what the ones before have learned. Counts that are wrong and possible may make a section shorter.
    """
    asking = engine(DEADLINE_SECONDS)
    for numbers in questions:
        answer = answered(asking, protocol, numbers)
        metrics = answer.metrics()
        assert metrics.outcome == "complete"
        assert metrics.total_time is not None
        assert metrics.total_time <= DEADLINE_SECONDS
        assert all(answer.text(phase).startswith(WORDS[0]) for phase in SECTIONS)
    assert [answer.text(phase) for phase in SECTIONS] == ["".join(WORDS)] * 3
    for rates in asking.rates.take_new().values():
        RATES_JSON.validate_json(rates)
    return answer


@pytest.mark.parametrize(
    ("protocol", "field"),
    [*(("openai", field) for field in OPENAI_FIELDS), *(("ollama", field) for field in OLLAMA_FIELDS)],
)
def test_one_number_spoils_neither_this_answer_nor_the_next(protocol: str, field: str) -> None:
    check(protocol, *({field: number} for number in NUMBERS), {})


@settings(deadline=None)
@given(numbers=st.dictionaries(st.sampled_from(OPENAI_FIELDS), ANYTHING, min_size=1))
def test_no_numbers_of_an_openai_server_spoil_an_answer(numbers: dict[str, Any]) -> None:
    check("openai", numbers, {})


@settings(deadline=None)
@given(numbers=st.dictionaries(st.sampled_from(OLLAMA_FIELDS), ANYTHING, min_size=1))
def test_no_numbers_of_ollama_spoil_an_answer(numbers: dict[str, Any]) -> None:
    check("ollama", numbers, {})


@pytest.mark.parametrize(
    ("field", "number", "kind"),
    [
        ("timings.prompt_ms", nan, "timings"),
        ("timings.prompt_ms", 0, "timings"),  # 36 tokens in no time
        ("timings.prompt_ms", 10_000, "timings_against_clock"),
        ("timings.predicted_ms", 10_000, "timings_against_clock"),
        ("usage.completion_tokens", -1, "usage"),
        ("usage.completion_tokens", 100_000, "usage_above_limit"),
        ("prompt_progress.total", 1e300, "progress"),
        ("choices.0.logprobs.content.0.logprob", 0.5, "logprobs"),
    ],
)
def test_the_record_of_each_call_says_what_was_not_used(field: str, number: float, kind: UnusedNumber) -> None:
    answer = check("openai", {field: number})
    assert [call.unused for call in answer.calls] == [(kind,)] * 4
    assert not check("openai", {}).calls[0].unused


@pytest.mark.parametrize("milliseconds", [10_000, 0, 1e-6, nan])
def test_rates_are_not_learned_from_what_our_clock_contradicts(milliseconds: float) -> None:
    asking = engine(DEADLINE_SECONDS)
    answered(asking, "openai", {"timings.prompt_ms": milliseconds})
    (known,) = (RATES_JSON.validate_json(text) for text in asking.rates.take_new().values())
    # The time to the first text counts instead, 0.2 s for 40 tokens.
    assert known.read_seconds == pytest.approx(0.2 / 40)
    assert known.token_seconds == pytest.approx(0.2, rel=0.1)


@settings(deadline=None)
@given(
    rates=st.builds(
        Rates,
        token_seconds=st.none() | st.floats(1e-6, 86_400),
        token_deviation=st.floats(0, 86_400),
        read_seconds=st.none() | st.floats(1e-6, 86_400),
        first_seconds=st.none() | st.floats(0, 86_400),
        characters_per_token=st.none() | st.floats(1e-3, 1e3),
        gaps=st.integers(0, 10**12),
    )
)
def test_any_rates_that_may_be_stored_pace_an_answer_to_its_end(rates: Rates) -> None:
    asking = engine(DEADLINE_SECONDS)
    asking.rates.learn("sha256:0|ollama|nowhere", rates)
    events = run(collect(asking.answer(asked(), handle(PerSection(*[reply_of("openai", {})] * 8)))))
    assert fold(events).metrics().outcome in ("complete", "deadline")
    assert events[-1].elapsed_seconds <= DEADLINE_SECONDS
