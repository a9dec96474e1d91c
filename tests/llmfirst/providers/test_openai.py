"""What only OpenAI-compatible servers do, and where their dialects differ."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest

from llmfirst.errors import (
    ModelMissing,
    NoModelList,
    ProviderBusy,
    ProviderError,
    ProviderInterrupted,
    ProviderUnavailable,
    SetupError,
)
from llmfirst.providers.base import Chunk, Message, Prefill, Sampling, Think, ThoughtLimit, Timings, Usage, Warmth
from llmfirst.providers.openai import OpenAIProvider
from llmfirst.providers.openai_models import ServedList
from llmfirst.providers.openai_request import CAPABILITIES, body_of
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.steps import Drop, Fault, Finish, Line, Refuse, Step, Text, Thought
from tests.contract.subjects import collected, request_for, text_of

KEY = "sk-very-secret"
Dialect = Literal["llama.cpp", "vllm", "generic"]
EVERYWHERE = {"model", "messages", "stream", "stream_options", "max_tokens", "temperature", "top_p"}


@asynccontextmanager
async def opened(server: ScriptedOpenAI, path: str = "/v1") -> AsyncGenerator[OpenAIProvider, None]:
    async with server.listening():
        url = f"{server.address}{path}"
        provider = OpenAIProvider(url, api_key=KEY, dialect=None, silence_limit_seconds=5)
        try:
            yield provider
        finally:
            await provider.aclose()


def body_sent(dialect: Dialect, **fields: Any) -> dict[str, Any]:
    async def ask() -> Any:
        server = ScriptedOpenAI(dialect=dialect)
        async with opened(server) as provider:
            await collected(provider.stream(request_for("toy", **fields)))
        return server.asked("/v1/chat/completions")[0]

    body = asyncio.run(ask())
    assert isinstance(body, dict)
    return body


def reply_of(*steps: Step, dialect: Dialect = "generic") -> list[Chunk]:
    async def ask() -> list[Chunk]:
        async with opened(ScriptedOpenAI([steps], dialect=dialect)) as provider:
            return await collected(provider.stream(request_for("toy")))

    return asyncio.run(ask())


@pytest.mark.parametrize(("dialect", "prefill"), [("llama.cpp", True), ("vllm", True), ("generic", False)])
@pytest.mark.parametrize("is_loading", [True, False])
def test_the_dialect_is_asked_for_once_and_decides_the_capabilities(
    dialect: Dialect, prefill: bool, is_loading: bool
) -> None:
    async def claim() -> None:
        server = ScriptedOpenAI(dialect=dialect, is_loading=is_loading)
        async with opened(server) as provider:
            assert not provider.capabilities("toy").prefill
            await provider.models()
            await provider.models()
            assert provider.capabilities("toy").prefill == prefill
        assert len(server.asked("/props")) == 1

    asyncio.run(claim())


def test_a_generic_server_gets_no_field_that_it_may_not_know() -> None:
    assert set(body_sent("generic")) == EVERYWHERE
    body = body_sent("generic", sampling=Sampling(seed=1), top_logprobs=1)
    assert set(body) == EVERYWHERE | {"seed", "logprobs", "top_logprobs"}
    assert body["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("dialect", "ignores"),
    [
        ("generic", ("top_k", "repeat_penalty", "context_tokens")),
        ("llama.cpp", ("context_tokens",)),
        ("vllm", ("context_tokens",)),
    ],
)
def test_every_option_is_sent_or_named_as_one_that_cannot_be_told(dialect: Dialect, ignores: tuple[str, ...]) -> None:
    sampling = Sampling(temperature=0.1, top_p=0.2, top_k=3, repeat_penalty=1.4, seed=5)
    body = body_sent(dialect, sampling=sampling, context_tokens=4096)
    names = {"temperature": 0.1, "top_p": 0.2, "top_k": 3, "repeat_penalty": 1.4, "seed": 5}
    words = {"repeat_penalty": "repetition_penalty"} if dialect == "vllm" else {}
    sent = {name for name, value in names.items() if body.get(words.get(name, name)) == value}
    assert CAPABILITIES[dialect].ignores == ignores
    assert sent | set(ignores) == {*names, "context_tokens"}
    assert not sent & set(ignores)


def test_llama_cpp_is_asked_for_its_progress_and_its_timings() -> None:
    body = body_sent("llama.cpp")
    assert [body[name] for name in ("timings_per_token", "return_progress", "cache_prompt")] == [True] * 3
    assert (body["top_k"], body["repeat_penalty"]) == (20, 1.1)
    assert "repetition_penalty" not in body


def test_vllm_is_asked_for_running_counts_and_to_continue_a_message() -> None:
    messages = (Message(role="user", content="Count."), Message(role="assistant", content="1 2"))
    body = body_sent("vllm", messages=messages, continue_last=True)
    assert body["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}
    assert (body["continue_final_message"], body["add_generation_prompt"]) == (True, False)
    assert (body["top_k"], body["repetition_penalty"]) == (20, 1.1)
    assert "continue_final_message" not in body_sent("vllm")


@pytest.mark.parametrize("dialect", ["llama.cpp", "vllm"])
def test_a_model_that_can_think_is_told_not_to(dialect: Dialect) -> None:
    assert body_sent(dialect)["chat_template_kwargs"] == {"enable_thinking": False}
    assert body_sent(dialect, think="on")["chat_template_kwargs"] == {"enable_thinking": True}
    assert "chat_template_kwargs" not in body_sent(dialect, think="auto")
    level = body_sent(dialect, think="low")
    assert level["chat_template_kwargs"] == {"enable_thinking": True, "reasoning_effort": level["reasoning_effort"]}
    assert level["reasoning_effort"] == "low"


def test_a_thought_is_limited_in_the_words_of_each_server() -> None:
    limit = ThoughtLimit(tokens=9, seconds=2)
    llama = body_sent("llama.cpp", think="on", thought=limit)
    assert (llama["reasoning_budget_tokens"], llama["reasoning_control"]) == (9, True)
    assert body_sent("vllm", think="on", thought=limit)["thinking_token_budget"] == 9
    begun = (Message(role="user", content="Count."), Message(role="assistant", content="1 2"))
    for dialect in ("llama.cpp", "vllm"):  # a message that is continued is past its thinking
        body = body_sent(dialect, think="on", thought=limit, messages=begun, continue_last=True)
        assert body["chat_template_kwargs"] == {"enable_thinking": False}
        assert not {"reasoning_budget_tokens", "reasoning_control", "thinking_token_budget"} & body.keys()


def test_openrouters_field_is_sent_only_to_a_model_that_is_listed_with_it() -> None:
    question = request_for("toy")
    levels: tuple[tuple[Think, object], ...] = (
        ("off", {"effort": "none"}),
        ("on", {"enabled": True}),
        ("high", {"effort": "high"}),
        ("auto", None),
    )
    for think, sent in levels:
        request = question.model_copy(update={"think": think})
        assert body_of(request, "generic", takes_reasoning=True).get("reasoning") == sent
        assert "reasoning" not in body_of(request, "generic")
    listed = ServedList.read('{"data": [{"id": "a", "supported_parameters": ["reasoning", "seed"]}, {"id": "b"}]}')
    assert listed.taking_reasoning() == {"a"}


@pytest.mark.parametrize(("seconds", "ended"), [(0.0, 1), (60.0, 0)])
def test_a_thought_that_has_lasted_too_long_is_ended_on_llama_cpp(seconds: float, ended: int) -> None:
    async def ask() -> int:
        server = ScriptedOpenAI([[Thought("hm"), Thought("so"), Text("Sky."), Finish()]], dialect="llama.cpp")
        async with opened(server) as provider:
            limit = ThoughtLimit(tokens=50, seconds=seconds)
            chunks = await collected(provider.stream(request_for("toy", think="on", thought=limit)))
        assert text_of(chunks) == "Sky."
        controls = server.asked("/v1/chat/completions/control")
        assert controls == [{"id": "reply-1", "action": "reasoning_end"}] * ended
        return len(controls)

    assert asyncio.run(ask()) == ended


def test_llama_cpp_tells_how_far_the_prompt_is_read_and_how_many_tokens_are_written() -> None:
    async def ask() -> list[Chunk]:
        async with opened(ScriptedOpenAI(dialect="llama.cpp")) as provider:
            return await collected(provider.stream(request_for("toy", "one two three", max_tokens=3)))

    chunks = asyncio.run(ask())
    assert chunks[0].prefill == Prefill(total=3, processed=3, cached=1)
    written = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage is not None]
    assert written == [0, 1, 2, 3, 3]
    assert chunks[-1].usage == Usage(prompt_tokens=3, completion_tokens=3)
    assert chunks[-1].timings == Timings(prefill_seconds=0.02, decode_seconds=0.03)


def test_the_running_counts_of_vllm_are_given_with_the_text() -> None:
    frame = '{"choices":[{"delta":{"content":"Hi"}}],"usage":{"prompt_tokens":4,"completion_tokens":1}}'
    end = '{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":4,"completion_tokens":2}}'
    metrics = '"metrics":{"time_to_first_token_ms":150,"queue_time_ms":50,"generation_time_ms":300}'
    details = '"prompt_tokens_details":{"cached_tokens":3}'
    total = f'{{"choices":[],"usage":{{"prompt_tokens":4,"completion_tokens":2,{details}}},{metrics}}}'
    chunks = reply_of(Line(frame), Line(end), Line(total), Line("[DONE]"), dialect="vllm")
    assert chunks == [
        Chunk(text="Hi", usage=Usage(prompt_tokens=4, completion_tokens=1)),
        Chunk(
            usage=Usage(prompt_tokens=4, completion_tokens=2, cached_tokens=3),
            timings=Timings(prefill_seconds=0.1, decode_seconds=0.3),
            finish_reason="stop",
        ),
    ]


@pytest.mark.parametrize("ending", [(), (Drop(),), (Fault("too late"),)])
def test_a_reply_that_breaks_after_its_finish_reason_is_whole(ending: Sequence[Step]) -> None:
    chunks = reply_of(Text("Hi"), Line('{"choices":[{"delta":{},"finish_reason":"length"}]}'), *ending)
    assert text_of(chunks) == "Hi"
    assert chunks[-1].finish_reason == "length"


def test_a_base_url_without_its_path_says_how_it_ends() -> None:
    async def claim() -> None:
        async with opened(ScriptedOpenAI(), path="/") as provider:
            with pytest.raises(NoModelList, match="ends with /v1") as caught:
                await provider.models()
            assert type(caught.value) is NoModelList

    asyncio.run(claim())


@pytest.mark.parametrize("base_url", ["localhost:8000/v1", "ftp://localhost/v1", "http://", "http://localhost:port"])
def test_a_base_url_that_is_no_web_address_names_the_setting(base_url: str) -> None:
    with pytest.raises(SetupError, match="--base-url"):
        OpenAIProvider(base_url, api_key=None, dialect=None, silence_limit_seconds=5)


def test_warming_lists_what_is_served_instead_and_waits_for_llama_cpp_to_load() -> None:
    async def claim() -> None:
        server = ScriptedOpenAI(dialect="llama.cpp", is_loading=True)
        async with opened(server) as provider:
            with pytest.raises(ModelMissing, match=r"other.* toy"):
                await provider.warm("other")
            with pytest.raises(ProviderBusy, match=r"wait.*Loading model"):
                await provider.warm("toy")
            server.is_loading = False
            await provider.warm("toy")

    asyncio.run(claim())


@pytest.mark.parametrize("credentials", ["", "me:hunter2@"])
def test_a_warm_model_is_where_the_base_url_says_without_its_password(credentials: str) -> None:
    async def claim() -> None:
        server = ScriptedOpenAI()
        async with server.listening():
            host = server.address.removeprefix("http://")
            url = f"http://{credentials}{host}/v1/"
            provider = OpenAIProvider(url, api_key=None, dialect=None, silence_limit_seconds=5)
            assert await provider.warm("toy") == Warmth(was_cold=False, placement=host)
            await provider.aclose()

    asyncio.run(claim())


def test_the_key_is_sent_and_never_shown() -> None:
    async def claim() -> None:
        refusals: list[list[Step]] = [
            [Refuse(status, f"the key {KEY} is wrong")] for status in (400, 401, 403, 429, 500)
        ]
        server = ScriptedOpenAI()
        async with opened(server) as provider:
            fault: list[Step] = [Text("Hi"), Fault(f"no {KEY}")]
            for steps in [*refusals, fault]:
                server.replies = [steps] * 20  # it may be asked in other forms
                with pytest.raises(ProviderError) as caught:
                    await collected(provider.stream(request_for("toy")))
                assert KEY not in f"{caught.value} {caught.value!r}"
            assert KEY not in repr(provider)
        assert {sent.headers["authorization"] for sent in server.received} == {f"Bearer {KEY}"}

    asyncio.run(claim())


@pytest.mark.parametrize("key", ["sk-secret\n", "sk secret", "sk-sécret"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(SetupError, match="LLMFIRST_API_KEY") as caught:
        OpenAIProvider("http://127.0.0.1:1/v1", api_key=key, dialect=None, silence_limit_seconds=5)
    assert key not in str(caught.value)


def test_a_password_in_the_base_url_is_never_shown() -> None:
    async def claim() -> None:
        provider = OpenAIProvider(
            "http://me:hunter2@127.0.0.1:1/v1", api_key=None, dialect=None, silence_limit_seconds=5
        )
        with pytest.raises(ProviderUnavailable, match=r"http://127\.0\.0\.1:1/v1") as caught:
            await provider.models()
        assert "hunter2" not in str(caught.value)
        await provider.aclose()

    asyncio.run(claim())


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_failure_before_the_first_text_is_asked_again_once(status: int) -> None:
    async def claim() -> None:
        server = ScriptedOpenAI([[Refuse(status, "a worker died")], [Text("Hi"), Finish()]])
        async with opened(server) as provider:
            assert text_of(await collected(provider.stream(request_for("toy")))) == "Hi"
        bodies = server.asked("/v1/chat/completions")
        assert bodies[0] == bodies[1]

    asyncio.run(claim())


def test_nothing_is_asked_again_after_the_first_event() -> None:
    async def claim() -> None:
        server = ScriptedOpenAI([[Text(""), Line('{"error": {"code": 400, "message": "top_p"}}')]])
        async with opened(server) as provider:
            with pytest.raises(ProviderInterrupted, match="It said: top_p"):
                await collected(provider.stream(request_for("toy")))
        assert len(server.asked("/v1/chat/completions")) == 1

    asyncio.run(claim())
