"""Thinking is apart from the text in every protocol, wherever frames, letters and tags are split."""

import asyncio

import pytest

from llmfirst.providers.base import Chunk
from llmfirst.providers.thinking import ThinkingTags, thinking_tags
from tests.contract.ollama_server import ScriptedOllama
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.steps import Finish, Pause, Step, Text, Thought
from tests.contract.subjects import (
    SCRIPTED,
    ScriptedName,
    collected,
    request_for,
    scripted,
    text_of,
    thought_of,
    toy_model,
)
from tests.contract.thinking_frames import SHAPES, TEXTS, THOUGHTS, steps_of

in_every_protocol = pytest.mark.parametrize("name", SCRIPTED)


def replies_of(name: ScriptedName, *replies: list[Step], top_logprobs: int = 0) -> list[list[Chunk]]:
    async def ask() -> list[list[Chunk]]:
        async with scripted(name, *replies) as (provider, _):
            request = request_for(toy_model(name), top_logprobs=top_logprobs)
            return [await collected(provider.stream(request)) for _ in replies]

    return asyncio.run(ask())


def apart(chunks: list[Chunk]) -> tuple[str, str]:
    return thought_of(chunks), text_of(chunks)


def letters(text: str, packet_bytes: int | None = None) -> list[Step]:
    return [Text(letter, packet_bytes) for letter in text]


@pytest.mark.parametrize("packet_bytes", [None, 1, 7])
@pytest.mark.parametrize("shape", SHAPES)
def test_thinking_is_apart_in_the_shape_of_every_service(shape: str, packet_bytes: int | None) -> None:
    name, _ = SHAPES[shape]
    (chunks,) = replies_of(name, steps_of(shape, packet_bytes))
    assert apart(chunks) == ("".join(THOUGHTS), "".join(TEXTS))
    assert [bool(chunk.text) for chunk in chunks if chunk.thought or chunk.text] == [False] * 4 + [True] * 4
    last = chunks[-1]
    assert last.finish_reason == "stop"
    assert last.usage is not None
    assert last.usage.completion_tokens == 8  # of both, each counted once


@in_every_protocol
@pytest.mark.parametrize("tags", thinking_tags(), ids=lambda tags: tags.opens)
def test_tags_that_are_split_anywhere_are_read(name: ScriptedName, tags: ThinkingTags) -> None:
    reply = f" \n{tags.opens}\n생각 <b>\n{tags.closes}\n\n하늘은 <i> {tags.opens} x"
    for steps in (letters(reply), [Text(reply)], [Text(reply, packet_bytes=1)]):
        assert apart(replies_of(name, [*steps, Finish()])[0]) == ("\n생각 <b>\n", f"하늘은 <i> {tags.opens} x")


@in_every_protocol
def test_a_closing_tag_alone_teaches_how_the_next_reply_begins(name: ScriptedName) -> None:
    steps: list[Step] = [*letters("hm.\n</think>\n\n하늘"), Finish()]
    first, second, third = (
        apart(chunks) for chunks in replies_of(name, steps, steps, [Text("hm.</think>Sky"), Finish()])
    )
    assert "</think>" not in first[1]
    assert second == ("hm.\n", "하늘")
    assert third == ("hm.", "Sky")


@in_every_protocol
def test_a_model_that_has_stopped_thinking_is_read_as_text_again(name: ScriptedName) -> None:
    plain: list[Step] = [Text("Sky "), Text("blue."), Finish()]
    replies = replies_of(name, [Text("hm\n</think>Sky"), Finish()], plain, plain)
    assert [apart(chunks) for chunks in replies] == [("hm\n", "Sky"), ("Sky blue.", ""), ("", "Sky blue.")]


@in_every_protocol
@pytest.mark.parametrize("end", ["stop", "length"])
@pytest.mark.parametrize("steps", [[Thought("hm "), Thought("hm")], [Text("<think>"), Text("hm "), Text("hm")]])
def test_thinking_may_be_all_there_is(name: ScriptedName, steps: list[Step], end: str) -> None:
    (chunks,) = replies_of(name, [*steps, Finish(end)])
    assert apart(chunks) == ("hm hm", "")
    assert chunks[-1].finish_reason == end


@in_every_protocol
@pytest.mark.parametrize(
    "text",
    [
        "<thing> and </thing>",
        "<",
        "<think",
        "  ",
        "Write <think> first and </think> then.",
        "a < b </thin",
        "</div>",
        "Split at </think>, '</think>\n'.",
        "a </think>",
    ],
)
def test_text_that_only_looks_like_tags_is_text(name: ScriptedName, text: str) -> None:
    for steps in (letters(text), [Text(text)]):
        assert apart(replies_of(name, [*steps, Finish()])[0]) == ("", text)


@in_every_protocol
def test_thinking_has_no_log_probabilities_and_text_keeps_its_own(name: ScriptedName) -> None:
    thought: list[Step] = [Text("<think>"), Text("yes"), Text("</think>"), Text("no"), Finish()]
    plain: list[Step] = [Text("<"), Text("b"), Finish()]
    first, second = replies_of(name, thought, plain, top_logprobs=5)
    assert [token.token for chunk in first for token in chunk.logprobs] == ["no"]
    assert [token.token for chunk in second for token in chunk.logprobs] == ["<", "b"]


@in_every_protocol
def test_thinking_is_given_at_once(name: ScriptedName) -> None:
    async def ask() -> str:
        async with scripted(name, [Text("<think>"), Text("hm"), Pause(60)]) as (provider, _):
            async for chunk in provider.stream(request_for(toy_model(name))):
                if chunk.thought:
                    return chunk.thought
        return ""

    assert asyncio.run(ask()) == "hm"


def test_a_service_that_tells_its_prompt_teaches_it_before_the_first_reply() -> None:
    async def ask(name: ScriptedName, prompt_end: str) -> tuple[str, str]:
        async with scripted(name, [Text("hm.\n"), Text("</think>\n\nSky"), Finish()]) as (provider, server):
            assert isinstance(server, ScriptedOllama | ScriptedOpenAI)
            server.prompt_end = prompt_end
            for _ in range(2):
                await provider.warm(toy_model(name))
            rendered = [repr(body) for body in server.asked("/tokenize") + server.asked("/apply-template")]
            assert len(set(rendered)) == len(rendered)  # each is asked for once
            return apart(await collected(provider.stream(request_for(toy_model(name)))))

    names: tuple[ScriptedName, ...] = ("ollama", "vllm", "llama.cpp")
    for name in names:
        assert asyncio.run(ask(name, "?<|im_start|>assistant\n<think>\n")) == ("hm.\n", "Sky")
        assert asyncio.run(ask(name, "?<|im_start|>assistant\n<think>\n\n</think>\n\n"))[0] == ""


@in_every_protocol
def test_what_a_service_takes_apart_itself_is_never_guessed(name: ScriptedName) -> None:
    lone: list[Step] = [Text("hm\n</think>Sky"), Finish()]
    replies = replies_of(name, lone, [Thought("hm"), Text("Sky"), Finish()], [Text("Sky"), Finish()])
    assert [apart(chunks) for chunks in replies] == [("hm\n", "Sky"), ("hm", "Sky"), ("", "Sky")]


CODE = "```html\n<think>\n</think>\n```\n\n<think>\n</think>\n"
HOSTILE: dict[str, tuple[list[Step], str, str]] = {
    "a thought of 300,000 letters": ([Thought("<" * 300_000), Text("Sky")], "<" * 300_000, "Sky"),
    "a tagged thought of 300,000 letters": (
        [Text("<think>" + "</thin" * 50_000 + "</think>Sky")],
        "</thin" * 50_000,
        "Sky",
    ),
    "a thousand empty thoughts": ([*[Thought("")] * 1000, Text("Sky")], "", "Sky"),
    "a thousand empty pairs of tags": (
        [Text("<think></think>Sky" + "<think></think>" * 999)],
        "",
        "Sky" + "<think></think>" * 999,
    ),
    "nested tags": ([Text("<think>a <think>b</think> c</think>Sky")], "a <think>b", "c</think>Sky"),
    "thinking after the text": ([Text("Sky "), Thought("hm"), Text("blue")], "hm", "Sky blue"),
    "thinking between two letters": ([Text("a"), Thought("b"), Text("a"), Thought("b")], "bb", "aa"),
    "tags in a block of code": ([Text(CODE[:20]), *letters(CODE[20:])], "", CODE),
    "control characters": ([Thought("\0\x1b[31m\x7f"), Text("Sky\0")], "\0\x1b[31m\x7f", "Sky\0"),
    "tags around tags of another template": (
        [Text("<think><|channel>thought</think><thinking>x</thinking>")],
        "<|channel>thought",
        "<thinking>x</thinking>",
    ),
}


@in_every_protocol
@pytest.mark.parametrize("case", HOSTILE)
def test_whatever_a_model_thinks_nothing_of_it_is_text(name: ScriptedName, case: str) -> None:
    steps, thought, text = HOSTILE[case]
    assert apart(replies_of(name, [*steps, Finish()])[0]) == (thought, text)
