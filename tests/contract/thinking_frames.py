"""Replies of models that think, in the shapes in which each service sends them."""

import json
from typing import Any, Final

from tests.contract.steps import Line, Step
from tests.contract.subjects import ScriptedName

THOUGHTS: Final = ("Okay, ", "왜 파란", "지 묻는다.\n", "☂ <b> ")
TEXTS: Final = ("하늘은 ", "blue ", "<i>", ".")


def _chunk(delta: dict[str, Any], finish: str | None = None, **rest: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [choice],
    } | rest


def _usage(**rest: Any) -> dict[str, Any]:
    return {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 8, "total_tokens": 17, **rest}}


def _vllm(field: str) -> list[Any]:
    return [
        _chunk({"role": "assistant", "content": ""}),
        *(_chunk({field: thought}) for thought in THOUGHTS),
        *(_chunk({"content": text}) for text in TEXTS),
        _chunk({"content": ""}, "stop", stop_reason=None),
        _usage(),
    ]


def _llama() -> list[Any]:
    def timed(written: int) -> dict[str, Any]:
        counts = {"cache_n": 0, "prompt_n": 9, "predicted_n": written}
        return {"timings": {**counts, "prompt_ms": 1.0, "predicted_ms": 1.0, "predicted_per_second": 1000.0}}

    return [
        _chunk({"role": "assistant", "content": None}, **timed(0)),
        *(_chunk({"reasoning_content": each}, **timed(number)) for number, each in enumerate(THOUGHTS, 1)),
        *(_chunk({"content": each}, **timed(4 + number)) for number, each in enumerate(TEXTS, 1)),
        _chunk({}, "stop", **timed(8)),
    ]


def _openrouter() -> list[Any]:
    def details(thought: str) -> list[dict[str, Any]]:
        return [{"type": "reasoning.text", "text": thought, "format": "unknown", "index": 0}]

    return [
        *(
            _chunk({"role": "assistant", "content": "", "reasoning": each, "reasoning_details": details(each)})
            for each in THOUGHTS
        ),
        _chunk({"content": "", "reasoning_details": [{"type": "reasoning.encrypted", "data": "c2VjcmV0", "index": 1}]}),
        *(_chunk({"role": "assistant", "content": each, "reasoning": None}) for each in TEXTS),
        _chunk({"role": "assistant", "content": ""}, "stop", provider="somebody"),
        _usage(completion_tokens_details={"reasoning_tokens": 4}),
    ]


def _details_alone() -> list[Any]:
    return [
        *(
            _chunk({"content": "", "reasoning_details": [{"type": "reasoning.summary", "summary": each}]})
            for each in THOUGHTS
        ),
        *(_chunk({"content": each}) for each in TEXTS),
        _chunk({"content": ""}, "stop"),
        _usage(completion_tokens=4, completion_tokens_details={"reasoning_tokens": 4}),  # it counts thinking apart
    ]


def _lm_studio() -> list[Any]:
    return [
        *(_chunk({"role": "assistant", "reasoning_content": each, "reasoning": each}) for each in THOUGHTS),
        *(_chunk({"role": "assistant", "content": each}) for each in TEXTS),
        _chunk({}, "stop"),
        _usage(),
    ]


def _mistral() -> list[Any]:
    def part(thought: str) -> dict[str, Any]:
        return {"type": "thinking", "thinking": [{"type": "text", "text": thought}]}

    return [
        _chunk({"role": "assistant", "content": ""}),
        *(_chunk({"content": [part(each)]}) for each in THOUGHTS),
        *(_chunk({"content": [{"type": "text", "text": each}]}) for each in TEXTS),
        _chunk({"content": ""}, "stop"),
        _usage(),
    ]


def _tags() -> list[Any]:
    pieces = ("<th", "ink>", *THOUGHTS, "</", "think", ">\n", "\n", *TEXTS)
    return [*(_chunk({"content": each}) for each in pieces), _chunk({}, "stop"), _usage()]


def _ollama() -> list[Any]:
    def line(done: bool = False, **message: str) -> dict[str, Any]:
        return {"model": "m", "created_at": "2026-09-01T00:00:00Z", "message": message, "done": done}

    counts = {"total_duration": 9, "load_duration": 1, "prompt_eval_count": 9, "prompt_eval_duration": 1}
    return [
        *(line(role="assistant", content="", thinking=each) for each in THOUGHTS),
        *(line(role="assistant", content=each) for each in TEXTS),
        {
            **line(True, role="assistant", content=""),
            "done_reason": "stop",
            "eval_count": 8,
            "eval_duration": 1,
            **counts,
        },
    ]


SHAPES: Final[dict[str, tuple[ScriptedName, list[Any]]]] = {
    "Ollama": ("ollama", _ollama()),
    "vLLM": ("vllm", _vllm("reasoning")),
    "vLLM before 0.11": ("vllm", _vllm("reasoning_content")),
    "llama.cpp": ("llama.cpp", _llama()),
    "OpenRouter": ("openai", _openrouter()),
    "OpenRouter, summaries": ("openai", _details_alone()),
    "LM Studio": ("openai", _lm_studio()),
    "LM Studio, not taken apart": ("openai", _tags()),
    "Mistral": ("openai", _mistral()),
}


def steps_of(shape: str, packet_bytes: int | None) -> list[Step]:
    """Return a reply as its service streams it, in packets of so many bytes."""
    name, frames = SHAPES[shape]
    lines: list[Step] = [Line(json.dumps(frame, ensure_ascii=False), packet_bytes) for frame in frames]
    return lines if name == "ollama" else [*lines, Line("[DONE]", packet_bytes)]
