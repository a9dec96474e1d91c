"""Which of Gradio's routes our page uses. The others read files, fetch addresses or run callbacks, and are closed."""

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs

from llmfirst.runs.owners import Owner, is_anothers

_OWN: Final = "/gradio_api/"
_FILES: Final = f"{_OWN}file="
_READ: Final = frozenset({"/", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"})
_READ_BELOW: Final = ("/static/", "/assets/", "/svelte/", f"{_OWN}heartbeat/")
STREAM: Final = f"{_OWN}queue/data"
_READ_OWN: Final = frozenset({STREAM, f"{_OWN}upload_progress"})
_WRITTEN: Final = frozenset({f"{_OWN}queue/join", f"{_OWN}cancel", f"{_OWN}upload"})
_VISITS_LIMIT: Final = 10_000


def is_used(method: str, path: str, query: str) -> bool:
    """Tell whether our page sends such a request; `path` is decoded."""
    if method == "POST":
        return path in _WRITTEN
    if method not in ("GET", "HEAD") or "deep_link" in parse_qs(query, keep_blank_values=True):
        return False
    if path.startswith(_FILES):
        # A picture in a model's text could otherwise make this server fetch any address, with any words in it.
        return "://" not in path
    return path in _READ or path in _READ_OWN or path.startswith(_READ_BELOW)


def names_an_address(body: Any) -> bool:
    """Tell whether a callback is given a file at an address, which Gradio would fetch."""
    return any("://" in path for path in _paths_in(body))


def names_anothers_file(path: str, body: Any, owner: Owner) -> bool:
    """Tell whether a request asks for a file of another owner, or gives one to a callback."""
    return any(is_anothers(one, owner) for one in (path, *_paths_in(body)))


def visit_of(path: str, query: str, body: Any) -> str | None:
    """Return the visit (Gradio's session hash) of a request; who knows it can read the visit's stream."""
    if path.startswith(f"{_OWN}heartbeat/"):
        return path.removeprefix(f"{_OWN}heartbeat/")
    named = body.get("session_hash") if isinstance(body, dict) else None
    if named is None:
        named = next(iter(parse_qs(query).get("session_hash", [])), None)
    return named if isinstance(named, str) else None


def parsed_body(body: bytes) -> Any:
    """Return the body of a callback; None when it is not JSON, which Gradio refuses by itself."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


class Visits:
    """The owner of each visit; nobody else may take part in it."""

    def __init__(self) -> None:
        self._owners: dict[str, Owner] = {}

    def belongs(self, visit: str, owner: Owner) -> bool:
        """Tell whether a visit belongs to the owner; a new one does from now on."""
        if visit not in self._owners and len(self._owners) >= _VISITS_LIMIT:
            del self._owners[next(iter(self._owners))]
        return self._owners.setdefault(visit, owner) == owner


def _paths_in(body: Any) -> Iterator[str]:
    return (str(part.get("path", "")) for part in _objects_in(body))


def _objects_in(body: Any) -> Iterator[dict[str, Any]]:
    waiting = [body]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += part.values()
        elif isinstance(part, list):
            waiting += part
