"""HTTP to a service: the options of the client, and the translation of its errors."""

import json
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from llmfirst.errors import (
    ModelMissing,
    ProviderBusy,
    ProviderError,
    ProviderInterrupted,
    ProviderRejected,
    ProviderUnavailable,
    StreamStalled,
)
from llmfirst.loopback import is_loopback

_OVERFLOW = re.compile(r"exceed_context|context_length_exceeded|maximum (model |context )+length|context (size|window)")


def client_options(url: httpx.URL, *, silence_limit_seconds: float) -> dict[str, Any]:
    """Return the options of an httpx client; `silence_limit_seconds` is how long it waits for the next byte."""
    return {
        "timeout": httpx.Timeout(silence_limit_seconds, connect=5.0),
        # llama.cpp broke 1 in 25 requests on a reused connection; a fresh one on loopback costs nothing.
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=0),
        # Plain HTTP needs no certificates, and loading them takes longer than a first token.
        "verify": True if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        "trust_env": not is_loopback(url.host),  # a proxy of the environment would capture loopback too
    }


@contextmanager
def transport_errors(service: str, url: httpx.URL, *, start: str) -> Iterator[None]:
    """Translate the exceptions of httpx into ours; `start` says how to start the service."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, ConnectionError) as error:
        raise ProviderUnavailable(f"{service} does not answer at {url}: {start}.") from error
    except httpx.ReadTimeout as error:
        raise StreamStalled(f"{service} was silent for too long: ask again; if it stays silent, restart it.") from error
    except httpx.HTTPError as error:
        raise ProviderInterrupted(f"The connection to {service} broke off: ask again.") from error


def refusal(status: int, body: str, *, service: str, missing: str) -> ProviderError:
    """Return the error for an HTTP status; `missing` is the message for an unknown model."""
    words = words_of(body)
    if status in (401, 403):  # the answer may repeat the key, so its words are not shown
        return ProviderRejected(f"{service} refused access ({status}): check the API key in the settings.")
    if status == 404:
        return ModelMissing(missing)
    if status in (429, 503):
        return ProviderBusy(f"{service} is overloaded or still loading: wait, then ask again. It said: {words}")
    if status >= 500:
        return ProviderUnavailable(f"{service} failed ({status}): ask again, or restart it. It said: {words}")
    if _OVERFLOW.search(body):
        return ProviderRejected(
            f"The question and its instructions are longer than the model's context window: "
            f"shorten the question. {service} said: {words}"
        )
    return ProviderRejected(f"{service} refused the request ({status}): change it. It said: {words}")


def words_of(body: object) -> str:
    """Return the sentence inside an error body, however deeply it is nested."""
    if isinstance(body, str):
        try:
            parsed = json.loads(body)
        except ValueError:
            return " ".join(body.split())[:300] or "nothing"
        return words_of(parsed) if isinstance(parsed, dict | str) else body[:300]
    if isinstance(body, dict):
        for key in ("error", "message", "detail"):
            if body.get(key):
                return words_of(body[key])
    return str(body)[:300]
