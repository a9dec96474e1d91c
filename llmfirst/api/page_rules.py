"""Which requests our page sends to Gradio. All others read files, fetch addresses or run callbacks, and are closed."""

from typing import Any, Final
from urllib.parse import parse_qs

from pydantic import BaseModel

from llmfirst.api.json_body import parts_of

_OWN: Final = "/gradio_api/"
FILES: Final = f"{_OWN}file="
HEARTBEAT: Final = f"{_OWN}heartbeat/"
STREAM: Final = f"{_OWN}queue/data"
JOIN: Final = f"{_OWN}queue/join"
CANCEL: Final = f"{_OWN}cancel"
UPLOAD: Final = f"{_OWN}upload"
_READ: Final = frozenset({"/", "/config", "/theme.css", "/favicon.ico", "/manifest.json", "/robots.txt"})
_READ_OWN: Final = frozenset({STREAM, f"{_OWN}upload_progress"})
_READ_BELOW: Final = ("/static/", "/assets/", "/svelte/", HEARTBEAT)
_PATH_LIMIT: Final = 255  # bytes; of a longer name the file system says nothing but an error


class Call(BaseModel):
    """A callback that the page calls or gives up. Gradio checks the other fields."""

    session_hash: str
    """The visit."""
    fn_index: int


def is_used(method: str, path: str, query: str) -> bool:
    """Tell whether our page sends such a request; `path` is decoded."""
    if method == "POST":
        return path in (JOIN, CANCEL, UPLOAD)
    if method not in ("GET", "HEAD") or "deep_link" in parse_qs(query, keep_blank_values=True):
        return False
    if path.startswith(FILES):
        # A picture in a model's text could otherwise make this server fetch any address, with any words in it.
        return "://" not in path
    if len(path.encode()) > _PATH_LIMIT:
        return False
    return path in _READ or path in _READ_OWN or path.startswith(_READ_BELOW)


def visit_of(path: str, query: str) -> str | None:
    """Return the visit that the address of a request names; who knows it can read the visit's stream."""
    if path.startswith(HEARTBEAT):
        return path.removeprefix(HEARTBEAT)
    return next(iter(parse_qs(query).get("session_hash", [])), None)


def files_in(body: Any) -> list[str]:
    """Return the path of each file that a callback is given."""
    return [str(part["path"]) for part in parts_of(body) if isinstance(part, dict) and "path" in part]
