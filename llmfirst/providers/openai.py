"""Any server that speaks OpenAI's chat protocol: vLLM, llama.cpp, SGLang, or a router in front of many."""

import re
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, get_args

from llmfirst.errors import (
    ModelMissing,
    NoModelList,
    PrefillRefused,
    ProviderInterrupted,
    SetupError,
    StreamTruncated,
)
from llmfirst.model_options import OptionName
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import (
    Capabilities,
    Chunk,
    FinishReason,
    Message,
    ModelCard,
    ProviderKind,
    Request,
    Think,
    Warmth,
    finish_of,
)
from llmfirst.providers.cached_tokens import CachedTokens
from llmfirst.providers.openai_models import ServedList
from llmfirst.providers.openai_refusals import AdaptedRequest, Body, KnownParts, Refused
from llmfirst.providers.openai_request import CAPABILITIES, Dialect, body_of, body_of_tokens
from llmfirst.providers.openai_server import OpenAIServer
from llmfirst.providers.think_switch import COMPARED, WITH_REASONING, ThoughtClock, as_told, think_values
from llmfirst.providers.thinking import TemplatesThatOpen
from llmfirst.providers.words import it_said
from llmfirst.visible_text import some_of

# Not 1: a service with models that think refuses what leaves no room for a word.
_FEW_TOKENS: Final = 16


class OpenAIProvider:
    """The models behind one base URL; with `dialect` None the server is asked at the first use.

    `cached_tokens` is for a llama.cpp server of our own: a message goes on from the tokens that its cache holds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None,
        dialect: Dialect | None,
        silence_limit_seconds: float,
        name: str | None = None,
        cached_tokens: CachedTokens | None = None,
    ) -> None:
        if not re.fullmatch(r"[!-~]*", api_key or ""):  # httpx would name the key in its error
            raise SetupError("The API key holds a space or a sign outside ASCII: set LLMFIRST_API_KEY again.")
        self.name = name or "openai"
        self.kind: ProviderKind = "openai"
        self._cached_tokens = cached_tokens
        self._dialect = dialect
        self._known_parts: defaultdict[str, KnownParts] = defaultdict(KnownParts)
        self._templates = TemplatesThatOpen()
        self._think: dict[str, tuple[Think, ...]] = {}
        self._taking_reasoning: set[str] = set()
        self._asked_once: set[str] = set()
        self._parameter_counts: dict[str, int] = {}
        self._server = OpenAIServer(name, base_url, api_key or "", silence_limit_seconds=silence_limit_seconds)
        self.address: str | None = self._server.url.netloc.decode()

    def capabilities(self, model: str) -> Capabilities:
        able, refused = CAPABILITIES[self._dialect or "generic"], self._known_parts[model].refused
        return Capabilities(
            prefill=able.prefill and "prefill" not in refused,
            logprobs=able.logprobs and "logprobs" not in refused,
            parameter_count=self._parameter_counts.get(model),
            think=self._think.get(model, ()) if "thinking_switch" not in refused else (),
            ends_thought=able.ends_thought and "thought_limit" not in refused,
            ignores=tuple(name for name in get_args(OptionName) if name in refused or name in able.ignores),
        )

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        finish: str | None = None
        last = Chunk()
        thinking = self._templates.reply_of(as_told(request.model, request.think), is_continued=request.continue_last)
        try:
            async with aclosing(self._reply(request)) as reply:
                async for chunk, word in reply:
                    finish = word or finish
                    last = Chunk(
                        usage=chunk.usage or last.usage,
                        timings=chunk.timings or last.timings,
                        unused=tuple(dict.fromkeys((*last.unused, *chunk.unused))),
                    )
                    told = thinking.read(chunk)
                    if told.thought or told.text or told.logprobs or (finish is None and told != Chunk()):
                        yield told
        except ProviderInterrupted:
            if finish is None:  # else the text is whole, and only the counts that follow it are lost
                raise
        reason = finish_of(finish)
        if reason is None:
            ending = "without its finish mark" if finish is None else f"with the reason {finish!r}"
            service = self._server.name
            raise StreamTruncated(
                f"The reply of {service} ended {ending}: ask again.", ModelProblem(code="cut_short", service=service)
            )
        own_word = None if finish in get_args(FinishReason) else finish
        end = last.model_copy(update={"finish_reason": reason, "finish_word": own_word})
        yield end.followed_by(thinking.rest(is_whole=reason == "stop"))

    async def models(self) -> tuple[ModelCard, ...]:
        dialect = await self._known_dialect()
        return (await self._listed()).cards(dialect)

    async def build(self) -> str | None:
        dialect = await self._known_dialect()
        place, name = ("props", "build_info") if dialect == "llama.cpp" else ("version", "version")
        version = await self._server.told(place, name)
        return None if version is None else f"{dialect} {version}"

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        dialect = await self._known_dialect()
        try:
            names = (await self._listed()).names()
        except NoModelList:
            names = []
        if not names:
            await self._ask_once(model)
        elif model not in names:
            service = self._server.name
            raise ModelMissing(
                f"{service} does not serve the model {model}: choose one of {some_of(names)}.",
                ModelProblem(code="missing", service=service, model=model),
            )
        if dialect == "llama.cpp":  # it lists its model while it still reads the file
            await self._server.check_health()
        await self.read_template(model)
        return Warmth(was_cold=False, placement=self._server.url.netloc.decode())  # it loaded before it answered us

    async def read_template(self, model: str) -> None:
        """Find out once what can be told about a model's thinking, and whether its template opens it.

        The prompts tell it that llama.cpp and vLLM render: one that is not told anything by a switch has none.
        """
        dialect = await self._known_dialect()
        if dialect == "generic" or self._templates.is_rendered(as_told(model, "off")):
            return
        prompts = {
            think: await self._server.prompt(body_of(_any_request(model, think), dialect), dialect)
            for think in COMPARED
        }
        ends = {think: await self._server.end_of(prompts[think], model) for think in COMPARED[:2]}
        for think in get_args(Think):
            self._templates.note_prompt(as_told(model, think), ends["off" if think == "off" else "on"])
        self._think[model] = think_values(prompts, opens=self._templates.opens(as_told(model, "off")))

    async def aclose(self) -> None:
        await self._server.aclose()
        if self._cached_tokens is not None:
            await self._cached_tokens.aclose()

    async def _listed(self) -> ServedList:
        listed = await self._server.models()
        self._parameter_counts |= listed.parameter_counts()
        self._taking_reasoning = listed.taking_reasoning()
        self._think |= dict.fromkeys(self._taking_reasoning, WITH_REASONING)
        return listed

    async def _ask_once(self, model: str) -> None:
        """See that a model is there although nothing lists it: it is asked, and left at its first word."""
        if model not in self._asked_once:
            async with aclosing(self.stream(_any_request(model))) as chunks:
                async for _ in chunks:
                    break
            self._asked_once.add(model)

    async def _reply(self, request: Request) -> AsyncGenerator[tuple[Chunk, str | None], None]:
        """Ask in one form after the other until the service takes it; yield its reply, with its own finish word."""
        path, body = await self._addressed(request)
        adapted = AdaptedRequest(body, self._known_parts[request.model], continues=request.continue_last)
        clock = ThoughtClock(request.thought if "reasoning_control" in body else None)
        may_repeat = True
        has_begun = False
        while True:
            if "prefill" in adapted.lacks:
                adapted.remember()
                yield Chunk(left_out=("prefill",)), None
                raise PrefillRefused(f"{self.name} does not continue a message with {request.model}: ask in a new one.")
            try:
                async with aclosing(self._server.frames(path, adapted.body)) as frames:
                    async for frame in frames:
                        if not has_begun:
                            has_begun = True
                            adapted.accept()
                            yield Chunk(left_out=tuple(sorted(adapted.lacks))), None
                        chunk = frame.chunk()
                        yield chunk, frame.finish_reason()
                        if clock.is_over(chunk) and frame.id is not None:
                            await self._server.end_thought(frame.id)
                return
            except Refused as refused:
                if has_begun:
                    service = self._server.name
                    raise ProviderInterrupted(
                        f"{service} broke off: ask again.{it_said(refused.words)}",
                        ModelProblem(code="broke_off", service=service, said=refused.words),
                    ) from refused
                if may_repeat and refused.is_failure:  # a router sends it to another server
                    may_repeat = False
                elif not adapted.adapt_to(refused):
                    raise self._server.error(refused, request.model) from refused

    async def _addressed(self, request: Request) -> tuple[str, Body]:
        dialect = await self._known_dialect()
        if self._cached_tokens is not None and request.continue_last and not request.top_logprobs:
            prompt = await self._cached_tokens.prompt(request)
            if prompt is not None:
                return "completions", body_of_tokens(request, prompt)
        return "chat/completions", body_of(request, dialect, takes_reasoning=request.model in self._taking_reasoning)

    async def _known_dialect(self) -> Dialect:
        if self._dialect is None:
            is_llama = await self._server.is_llama()
            try:
                self._dialect = "llama.cpp" if is_llama else (await self._server.models()).dialect()
            except NoModelList:
                self._dialect = "generic"
        return self._dialect


def _any_request(model: str, think: Think = "off") -> Request:
    question = Message(role="user", content="?")
    return Request(model=model, messages=(question,), max_tokens=_FEW_TOKENS, think=think)
