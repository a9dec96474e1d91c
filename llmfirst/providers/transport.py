"""HTTP to a service: the options of the client, and the translation of its errors."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

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
from llmfirst.model_problem import ModelProblem, ProblemCode
from llmfirst.providers.body import MOST_OF_A_DOCUMENT, MOST_OF_A_LINE, BodyLimit, LineTooLong, ask_uncompressed
from llmfirst.providers.words import is_about_the_window, it_said, status_words, words_of

# 529 is what Anthropic and Cloudflare call "overloaded".
BUSY: Final = (429, 503, 529)
_ACCESS: Final = "check the API key in the settings, or the user and password in the address"
_STANDARD_PORTS: Final = {"http": 80, "https": 443}


def client_options(
    url: httpx.URL, *, silence_limit_seconds: float, most_bytes: int = MOST_OF_A_DOCUMENT
) -> dict[str, Any]:
    """Return the options of an httpx client; `silence_limit_seconds` is how long it waits for the next byte.

    No body is longer than `most_bytes`. A user and a password in the URL are sent in a header, because httpx logs URLs.
    """
    return {
        "timeout": httpx.Timeout(silence_limit_seconds, connect=5.0),
        # llama.cpp broke 1 in 25 requests on a reused connection; a fresh one on loopback costs nothing.
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=0),
        # Plain HTTP needs no certificates, and loading them takes longer than a first token.
        "verify": True if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        "trust_env": not is_loopback(url.host),  # a proxy of the environment would capture loopback too
        "auth": httpx.BasicAuth(url.username, url.password) if url.userinfo else None,
        "follow_redirects": True,
        "event_hooks": {"request": [ask_uncompressed], "response": [BodyLimit(most_bytes), _stay_on_the_host]},
    }


def without_credentials(url: httpx.URL) -> httpx.URL:
    """Return an address that may be requested, shown and logged."""
    return url.copy_with(username=None, password=None)


async def _stay_on_the_host(response: httpx.Response) -> None:
    """Let a redirect pass on its own host, with the request as it is; any other is named and not followed.

    The key belongs to the host that it was given for. Statuses 301 and 302 would make a GET of a POST.
    """
    if not response.has_redirect_location:
        return
    source, target = response.url, response.url.join(response.headers["location"])
    is_upgrade = (source.scheme, target.scheme) == ("http", "https") and _port(target) == 443
    if source.host != target.host or not (is_upgrade or _origin(source) == _origin(target)):
        place = without_credentials(target).copy_with(query=None, fragment=None)
        raise ProviderRejected(
            f"What answers at {source.host} sends on to another server, {place}: if that is the service, set its "
            "address in the settings to that.",
            ModelProblem(code="moved", service=source.host, place=str(place)),
        )
    response.status_code = httpx.codes.PERMANENT_REDIRECT


def _origin(url: httpx.URL) -> tuple[str, int | None]:
    return url.scheme, _port(url)


def _port(url: httpx.URL) -> int | None:
    return _STANDARD_PORTS.get(url.scheme) if url.port is None else url.port


@contextmanager
def transport_errors(service: str, url: httpx.URL, *, start: str, absent: ProblemCode = "absent") -> Iterator[None]:
    """Translate the exceptions of httpx into ours; `start` says how to start the service, `absent` is its code."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, ConnectionError) as error:
        problem = ModelProblem(code=absent, service=service, place=str(url))
        raise ProviderUnavailable(f"{service} does not answer at {url}: {start}.", problem) from error
    except (httpx.ReadTimeout, TimeoutError) as error:
        raise StreamStalled(
            f"{service} was silent for too long: ask again; if it stays silent, restart it.",
            ModelProblem(code="silent", service=service),
        ) from error
    except LineTooLong as error:
        raise ProviderInterrupted(
            f"{service} sent a line of more than {MOST_OF_A_LINE / 1e6:g} MB: ask again; if it does so again, restart "
            "or update it.",
            ModelProblem(code="too_much", service=service),
        ) from error
    except httpx.TooManyRedirects as error:
        raise ProviderRejected(
            f"{service} at {url} sends on in a circle: correct its address.",
            ModelProblem(code="circle", service=service, place=str(url)),
        ) from error
    except httpx.HTTPError as error:
        raise ProviderInterrupted(
            f"The connection to {service} broke off: ask again.", ModelProblem(code="broke_off", service=service)
        ) from error


def refusal(status: int | None, body: str, *, service: str, model: str, missing: str) -> ProviderError:
    """Return the error for an answer; `missing` is the message for an unknown model."""
    words = words_of(body)
    said = it_said(words)
    told = "" if status is None else status_words(status)

    def problem(code: ProblemCode) -> ModelProblem:
        return ModelProblem(code=code, service=service, model=model, status=told, said=words)

    if status is None:
        return ProviderInterrupted(f"{service} broke off: ask again.{said}", problem("broke_off"))
    if status == 401:  # such an answer may repeat the key, so its words are not shown
        wordless = problem("no_access").model_copy(update={"said": ""})
        return ProviderRejected(f"{service} refused access ({told}): {_ACCESS}.", wordless)
    if status == 403:
        return ProviderRejected(f"{service} refused access ({told}): {_ACCESS}.{said}", problem("no_access"))
    if status == 404:
        return ModelMissing(missing, problem("missing"))
    if status in BUSY:
        busy = f"{service} is overloaded or still loading ({told}): wait, then ask again.{said}"
        return ProviderBusy(busy, problem("busy"))
    if status >= 500:
        return ProviderUnavailable(f"{service} failed ({told}): ask again, or restart it.{said}", problem("failed"))
    if is_about_the_window(body):
        return ProviderRejected(
            "The question and its instructions, with the reply, are longer than the model's context window: "
            f"shorten the question.{said}",
            problem("too_long"),
        )
    return ProviderRejected(f"{service} refused the request ({told}): change it.{said}", problem("refused"))
