"""One OpenAI-compatible server: its addresses, its list of models, the frames of a reply, its errors in our words."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from typing import Final

import httpx

from llmfirst.errors import NoModelList, ProviderError, ProviderInterrupted, ProviderRejected, SetupError
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.body import MOST_OF_A_REPLY
from llmfirst.providers.openai_models import ServedList
from llmfirst.providers.openai_refusals import Body, Refused
from llmfirst.providers.openai_reply import Frame, frame_of
from llmfirst.providers.openai_request import Dialect
from llmfirst.providers.sse import SentEvent, sent_events
from llmfirst.providers.transport import BUSY, client_options, refusal, transport_errors, without_credentials
from llmfirst.providers.words import is_web_page, it_said, parsed, status_of, status_words, words_of

_DOCUMENT_SECONDS: Final = 10.0
_MOST_MODELS: Final = 5000
_LAST_TOKENS: Final = 24  # of a prompt: enough for the longest tag, and few enough not to send it all again
_HEADERS: Final = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
_DONE: Final = "[DONE]"


class OpenAIServer:
    """What answers at a base URL; it raises ProviderError, and Refused where it says no to one request."""

    def __init__(self, name: str | None, base_url: str, key: str, *, silence_limit_seconds: float) -> None:
        """`name`: what errors call it; None: its host and port."""
        given = _service_url(base_url)
        self.url = without_credentials(given)
        self.name = self.url.netloc.decode() if name is None else name
        self._secrets = [secret for secret in (key, given.password) if secret]
        self._silence_limit_seconds = silence_limit_seconds
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        options = client_options(given, silence_limit_seconds=silence_limit_seconds, most_bytes=MOST_OF_A_REPLY)
        self._replies = httpx.AsyncClient(headers=headers, **options)
        self._document_seconds = min(_DOCUMENT_SECONDS, silence_limit_seconds)
        options = client_options(given, silence_limit_seconds=self._document_seconds)
        self._documents = httpx.AsyncClient(headers=headers, **options)

    async def aclose(self) -> None:
        await self._replies.aclose()
        await self._documents.aclose()

    async def frames(self, path: str, body: Body) -> AsyncGenerator[Frame, None]:
        """Send one request and yield the events of its reply, to its end mark or to the end of the stream."""
        with self._errors():
            async with AsyncExitStack() as opened:
                async with asyncio.timeout(self._silence_limit_seconds):
                    asking = self._replies.stream("POST", self._at(path), json=body, headers=_HEADERS)
                    response = await opened.enter_async_context(asking)
                    if response.status_code != httpx.codes.OK:
                        await response.aread()
                        raise Refused(response.status_code, self._without_secrets(response.text))
                events = sent_events(response.aiter_bytes(), line_seconds=self._silence_limit_seconds)
                async for event in await opened.enter_async_context(aclosing(events)):
                    if event.data.strip() == _DONE:  # an error may come before it, so it proves nothing
                        return
                    yield self._frame(event)

    async def models(self) -> ServedList:
        """Return the list of models; NoModelList where the server answers with anything else, or lists too many."""
        address = self._at("models")
        response = await self._get(address)
        text = self._without_secrets(response.text)
        if response.status_code in (401, 403, *BUSY):
            raise self.error(Refused(response.status_code, text))
        if response.status_code == httpx.codes.OK:
            self._refuse_web_page(text)
            try:
                served = ServedList.read(text)
            except ValueError:
                pass
            else:
                if len(served) > _MOST_MODELS:
                    raise NoModelList(
                        f"{self.name} at {self.url} lists {len(served):,} models, more than can be shown: name the "
                        "one to use with --model.",
                        ModelProblem(code="no_list", service=self.name),
                    )
                return served
        raise NoModelList(
            f"There is no list of models at {address} ({status_words(response.status_code)}): check that the base URL "
            f"ends with /v1, or name the model with --model.{it_said(words_of(text))}",
            ModelProblem(code="no_list", service=self.name, said=words_of(text)),
        )

    async def is_llama(self) -> bool:
        """Tell whether this is the server of llama.cpp, also while it loads its model."""
        properties = await self._get(self._beside("props"))
        return properties.status_code == httpx.codes.OK and "default_generation_settings" in properties.text

    async def told(self, place: str, name: str) -> str | None:
        """Return one field of a small JSON document beside the API; None where there is none."""
        response = await self._get(self._beside(place))
        try:
            value = parsed(response.text) if response.status_code == httpx.codes.OK else None
        except ValueError:
            return None
        told = value.get(name) if isinstance(value, dict) else None
        return told if isinstance(told, str) else None

    async def prompt(self, body: Body, dialect: Dialect) -> str | list[int]:
        """Return the prompt that llama.cpp renders for a request, or vLLM as tokens; empty where it does not tell."""
        asked = {name: body[name] for name in ("model", "messages", "chat_template_kwargs")}
        if dialect == "llama.cpp":
            prompt = (await self._posted("apply-template", asked)).get("prompt")
            return prompt if isinstance(prompt, str) else ""
        tokens = (await self._posted("tokenize", asked)).get("tokens")
        return tokens if isinstance(tokens, list) else []

    async def end_of(self, prompt: str | list[int], model: str) -> str:
        """Return how a prompt ends; empty where the server does not tell."""
        if isinstance(prompt, str):
            return prompt
        if not prompt:
            return ""
        told = await self._posted("detokenize", {"model": model, "tokens": prompt[-_LAST_TOKENS:]})
        end = told.get("prompt")
        return end if isinstance(end, str) else ""

    async def end_thought(self, reply_id: str) -> None:
        """Have llama.cpp end the thinking of a reply that is being streamed, so that its text begins."""
        await self._posted("v1/chat/completions/control", {"id": reply_id, "action": "reasoning_end"})

    async def check_health(self) -> None:
        """Raise what the server says as long as it cannot answer yet."""
        response = await self._get(self._beside("health"))
        if response.status_code != httpx.codes.OK:
            raise self.error(Refused(response.status_code, self._without_secrets(response.text)))

    def error(self, refused: Refused, model: str = "") -> ProviderError:
        """Return what a refusal means, in our words and in the server's."""
        missing = (
            f"{self.name} at {self.url} has no model {model}: choose one that it lists, and check that the base URL "
            f"ends with /v1.{it_said(refused.words)}"
        )
        return refusal(refused.status, refused.body, service=self.name, model=model, missing=missing)

    def _frame(self, event: SentEvent) -> Frame:
        self._refuse_web_page(event.data)
        try:
            frame = frame_of(event)
        except ValueError as error:
            words = words_of(self._without_secrets(event.data))
            raise ProviderInterrupted(
                f"{self.name} sent what cannot be read: ask again, or update it.{it_said(words)}",
                ModelProblem(code="unreadable", service=self.name, said=words),
            ) from error
        if frame.error is not None:
            told = self._without_secrets(json.dumps(frame.error, ensure_ascii=False))
            raise Refused(status_of(frame.error), told)
        return frame

    def _refuse_web_page(self, text: str) -> None:
        if is_web_page(text):
            raise ProviderRejected(
                f"{self.name} answered at {self.url} with a web page: correct --base-url.",
                ModelProblem(code="web_page", service=self.name),
            )

    async def _get(self, address: httpx.URL) -> httpx.Response:
        with self._errors():
            async with asyncio.timeout(self._document_seconds):
                return await self._documents.get(address)

    async def _posted(self, place: str, body: Body) -> Body:
        """Return a small JSON document beside the API; empty where there is none."""
        with self._errors():
            async with asyncio.timeout(self._document_seconds):
                response = await self._documents.post(self._beside(place), json=body)
        try:
            value = parsed(response.text) if response.status_code == httpx.codes.OK else None
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def _at(self, place: str) -> httpx.URL:
        """Return an address below the base URL, with the query that it may have (Azure's `api-version`)."""
        return self.url.copy_with(path=f"{self.url.path.rstrip('/')}/{place}")

    def _beside(self, place: str) -> httpx.URL:
        """Return an address beside the `/v1` of the base URL."""
        return self.url.copy_with(path=f"{self.url.path.rstrip('/').removesuffix('/v1')}/{place}")

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    @contextmanager
    def _errors(self) -> Iterator[None]:
        with transport_errors(self.name, self.url, start="start the server, or correct the setting --base-url"):
            yield


def _service_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url.strip().rstrip("/"))
    except httpx.InvalidURL as error:
        raise SetupError(
            "The base URL is no address: set --base-url to one such as http://127.0.0.1:8000/v1."
        ) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise SetupError("The base URL is no web address: set --base-url to one such as http://127.0.0.1:8000/v1.")
    return url
