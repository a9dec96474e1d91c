"""What a model that thinks sends: the raw frames of a real llama.cpp and a real Ollama, without our providers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest

from llmfirst.providers import ollama_wire
from tests.conftest import OLLAMA_MODEL
from tests.thinking_models import ThinkingKind, thinking_model_of_ollama

pytestmark = pytest.mark.slow
CHILD = Path(ollama_wire.__file__).with_name("llama_child.py")
QUESTION = {"role": "user", "content": "Why is the sky blue?"}
BEGUN = {"role": "assistant", "content": "Because"}
LONG = {"role": "user", "content": "Write a short story about a lighthouse keeper."}
SCHEMA = {"type": "object", "properties": {"blue": {"type": "boolean"}}, "required": ["blue"]}
OFF = {"chat_template_kwargs": {"enable_thinking": False}}
THOUGHT = "reasoning_content"
Frame = dict[str, Any]


@contextmanager
def llama_cpp(weights: Path) -> Iterator[httpx.Client]:
    """Start the child process of the embedded provider, and ask it without the provider."""
    asked = {"name": "m", "path": str(weights), "key": "k", "context_tokens": 2048, "slots": 1, "threads": 1}
    command = [sys.executable, "-P", str(CHILD)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps(asked).encode() + b"\n")
        child.stdin.flush()
        address = json.loads(child.stdout.readline())["address"]
        headers = {"Authorization": "Bearer k", "Connection": "close"}
        with httpx.Client(base_url=address, headers=headers, timeout=60, trust_env=False) as client:
            yield client


@pytest.fixture(scope="module")
def servers(thinking_weights: dict[ThinkingKind, Path]) -> Iterator[dict[ThinkingKind, httpx.Client]]:
    with ExitStack() as stack:
        yield {kind: stack.enter_context(llama_cpp(path)) for kind, path in thinking_weights.items()}


def frames_of(client: httpx.Client, **more: Any) -> Iterator[Frame]:
    body = {"messages": [QUESTION], "max_tokens": 60, "temperature": 0, "stream": True} | more
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line.removeprefix("data: "))


def pieces_of(frames: Sequence[Frame]) -> list[Frame]:
    return [choice["delta"] for frame in frames for choice in frame["choices"]]


def fields_in_order(pieces: Sequence[Frame], *fields: str) -> list[str]:
    """Return the fields that hold text, in the order of their first and of each later turn."""
    order: list[str] = []
    for piece in pieces:
        held = [field for field in fields if piece.get(field)]
        assert len(held) < 2
        if held != order[-1:]:
            order += held
    return order


def text_in(pieces: Sequence[Frame], field: str) -> str:
    return "".join(piece.get(field) or "" for piece in pieces)


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("endless", {}, [THOUGHT]),
        ("endless", OFF, [THOUGHT]),
        ("endless", {"messages": [QUESTION, BEGUN]}, ["content"]),
        ("endless", {"messages": [LONG], "reasoning_budget_tokens": 20}, [THOUGHT, "content"]),
        ("stubborn", {}, [THOUGHT, "content"]),
        ("stubborn", OFF, [THOUGHT, "content"]),
        ("stubborn", {"messages": [QUESTION, BEGUN]}, ["content"]),
        ("switchable", {}, [THOUGHT, "content"]),
        ("switchable", OFF, ["content"]),
    ],
)
def test_llama_cpp_sends_a_thought_in_a_field_of_its_own_and_then_the_answer(
    servers: dict[ThinkingKind, httpx.Client], kind: ThinkingKind, more: Frame, expected: list[str]
) -> None:
    pieces = pieces_of(list(frames_of(servers[kind], **more)))
    assert pieces[0] == {"role": "assistant", "content": None}
    assert fields_in_order(pieces, THOUGHT, "content") == expected
    assert "think>" not in text_in(pieces, THOUGHT) + text_in(pieces, "content")


@pytest.mark.embedded
def test_without_its_parser_llama_cpp_sends_the_tags_in_the_content_with_the_one_that_the_template_wrote(
    servers: dict[ThinkingKind, httpx.Client],
) -> None:
    pieces = pieces_of(list(frames_of(servers["stubborn"], reasoning_format="none")))
    assert fields_in_order(pieces, THOUGHT, "content") == ["content"]
    text = text_in(pieces, "content")
    assert text.startswith("<think>\n")
    assert text.count("</think>") == 1


@pytest.mark.embedded
def test_the_usage_of_llama_cpp_counts_the_tokens_of_a_thought(servers: dict[ThinkingKind, httpx.Client]) -> None:
    asked = {"messages": [LONG], "max_tokens": 30, "stream_options": {"include_usage": True}}
    *frames, last = frames_of(servers["endless"], **asked)
    assert fields_in_order(pieces_of(frames), THOUGHT, "content") == [THOUGHT]
    assert frames[-1]["choices"][0]["finish_reason"] == "length"
    assert last["usage"]["completion_tokens"] == last["timings"]["predicted_n"] == 30


@pytest.mark.embedded
def test_a_thought_that_never_ends_is_ended_in_the_middle_of_its_stream(
    servers: dict[ThinkingKind, httpx.Client],
) -> None:
    frames: list[Frame] = []
    client = servers["endless"]
    for frame in frames_of(client, messages=[LONG], reasoning_control=True):
        frames.append(frame)
        if len(frames) == 15:
            ending = {"id": frame["id"], "action": "reasoning_end"}
            assert client.post("/v1/chat/completions/control", json=ending).json() == {"success": True}
    pieces = pieces_of(frames)
    assert fields_in_order(pieces, THOUGHT, "content") == [THOUGHT, "content"]
    assert "think>" not in text_in(pieces, THOUGHT) + text_in(pieces, "content")


@pytest.mark.embedded
def test_llama_cpp_gives_log_probabilities_behind_a_thought_and_enforces_a_schema_there(
    servers: dict[ThinkingKind, httpx.Client],
) -> None:
    frames = list(frames_of(servers["stubborn"], logprobs=True, top_logprobs=2))
    choices = [choice for frame in frames for choice in frame["choices"]]
    first = next(choice for choice in choices if choice["delta"].get("content"))
    assert [token["token"] for token in first["logprobs"]["content"]] == [first["delta"]["content"]]
    wanted = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": SCHEMA}}
    pieces = pieces_of(list(frames_of(servers["stubborn"], response_format=wanted)))
    assert fields_in_order(pieces, THOUGHT, "content") == [THOUGHT, "content"]
    assert list(json.loads(text_in(pieces, "content"))) == ["blue"]


@pytest.fixture(scope="module")
def ollama() -> Iterator[httpx.Client]:
    url = ollama_wire.ollama_url(os.environ.get("OLLAMA_HOST", ""))
    with httpx.Client(base_url=url, timeout=300, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def thinkers(ollama: httpx.Client) -> Iterator[dict[ThinkingKind, str]]:
    with ExitStack() as stack:
        yield {
            kind: stack.enter_context(thinking_model_of_ollama(ollama.base_url, OLLAMA_MODEL, kind))
            for kind in get_args(ThinkingKind)
        }


def lines_of(client: httpx.Client, model: str, **more: Any) -> list[Frame]:
    # Two threads share two cores badly with anything else; see `embedded_provider`.
    options = {"num_predict": 60, "temperature": 0, "num_thread": 1}
    response = client.post("/api/chat", json={"model": model, "messages": [QUESTION], "options": options} | more)
    return [json.loads(line) for line in response.raise_for_status().text.splitlines()]


@pytest.mark.ollama
@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("endless", {}, ["thinking"]),
        ("endless", {"think": True}, ["thinking"]),
        ("stubborn", {}, ["thinking", "content"]),
        ("stubborn", {"think": "low"}, ["thinking", "content"]),
        ("switchable", {}, ["thinking", "content"]),
        ("switchable", {"think": True}, ["thinking", "content"]),
        ("switchable", {"think": False}, ["content"]),
    ],
)
def test_ollama_sends_a_thought_in_a_field_of_its_own_and_then_the_answer(
    ollama: httpx.Client, thinkers: dict[ThinkingKind, str], kind: ThinkingKind, more: Frame, expected: list[str]
) -> None:
    shown = ollama.post("/api/show", json={"model": thinkers[kind]}).json()
    assert "thinking" in shown["capabilities"]
    lines = lines_of(ollama, thinkers[kind], **more)
    pieces = [line["message"] for line in lines]
    assert fields_in_order(pieces, "thinking", "content") == expected
    assert "think>" not in text_in(pieces, "thinking") + text_in(pieces, "content")
    # A tag may be a few tokens, which are counted and not sent.
    assert lines[-1]["eval_count"] >= len([piece for piece in pieces if piece.get("thinking") or piece["content"]])


@pytest.mark.ollama
@pytest.mark.parametrize(("kind", "closing_tags"), [("endless", 0), ("stubborn", 1)])
def test_asked_not_to_think_ollama_sends_the_thought_of_a_model_that_cannot_stop_as_its_answer(
    ollama: httpx.Client, thinkers: dict[ThinkingKind, str], kind: ThinkingKind, closing_tags: int
) -> None:
    pieces = [line["message"] for line in lines_of(ollama, thinkers[kind], think=False)]
    assert fields_in_order(pieces, "thinking", "content") == ["content"]
    text = text_in(pieces, "content")
    assert (text.count("<think>"), text.count("</think>")) == (0, closing_tags)


@pytest.mark.ollama
def test_ollama_gives_log_probabilities_behind_a_thought_and_enforces_a_schema_there(
    ollama: httpx.Client, thinkers: dict[ThinkingKind, str]
) -> None:
    lines = lines_of(ollama, thinkers["stubborn"], logprobs=True, top_logprobs=2)
    first = next(line for line in lines if line["message"]["content"])
    assert [token["token"] for token in first["logprobs"]] == [first["message"]["content"]]
    pieces = [line["message"] for line in lines_of(ollama, thinkers["stubborn"], format=SCHEMA)]
    assert fields_in_order(pieces, "thinking", "content") == ["thinking", "content"]
    assert list(json.loads(text_in(pieces, "content"))) == ["blue"]


@pytest.mark.ollama
def test_ollama_refuses_to_let_a_model_think_whose_template_knows_no_thought(ollama: httpx.Client) -> None:
    asked = {"model": OLLAMA_MODEL, "messages": [QUESTION], "think": True}
    response = ollama.post("/api/chat", json=asked)
    assert response.status_code == 400
    assert "does not support thinking" in response.json()["error"]
