"""A service's own words about an error, whatever form it gives them. Pure."""

import json
import re
from http import HTTPStatus
from typing import Any, Final

from llmfirst.visible_text import visible

_SENTENCE_KEYS: Final = ("error", "message", "msg", "detail", "error_message", "title")
_STATUS_KEYS: Final = ("code", "status", "status_code", "http_status_code")
_WINDOW: Final = re.compile(
    r"exceed_context|context_length_exceeded|maximum (model |context )+length|context (length|size|window)"
    r"|max_new_tokens. must be|max_seq_len",
    re.IGNORECASE,
)
_LIMIT: Final = 300
_DEPTH: Final = 8
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_DIGITS: Final = 400  # float() makes infinity of so many


def words_of(body: object) -> str:
    """Return the sentence inside an error, however deeply it is nested; empty for a web page and for nothing."""
    words = visible(" ".join(_sentence(body).split()))
    return words if len(words) <= _LIMIT else f"{words[: _LIMIT - 1]}…"


def it_said(words: str) -> str:
    """Return the words as a sentence that follows another; nothing where there are none."""
    return f" It said: {words}" if words else ""


def status_words(status: int) -> str:
    """Return a status as people read it, such as `502 Bad Gateway`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def is_about_the_window(text: str) -> bool:
    """Tell whether an error says that prompt and reply together are longer than the context window."""
    return _WINDOW.search(text) is not None


def is_web_page(text: str) -> bool:
    """Tell whether a text is HTML or XML, which no person wants to read."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def parsed(text: str) -> Any:
    """Return the JSON value of a text; ValueError where it is none. Half a surrogate pair becomes U+FFFD."""
    try:
        value = json.loads(text, parse_int=_integer)
        if _SURROGATE.search(text):
            halves = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
            value = json.loads(halves.decode("utf-16", "replace"), parse_int=_integer)
        return value
    except RecursionError as error:
        raise ValueError("the JSON is too deep") from error


def _integer(digits: str) -> int | float:
    """Return a whole number; infinity for one that is too long for any use, and for Python."""
    return int(digits) if len(digits) < _DIGITS else float(digits)


def status_of(error: object, depth: int = _DEPTH) -> int | None:
    """Return the HTTP status that an error names inside itself, as a number or as a text."""
    if not isinstance(error, dict) or depth == 0:
        return None
    for key in _STATUS_KEYS:
        value = str(error.get(key))
        if value.isdecimal() and len(value) == 3 and value[0] in "45":
            return int(value)
    return next((found for value in error.values() if (found := status_of(value, depth - 1)) is not None), None)


def _sentence(body: object, depth: int = _DEPTH) -> str:
    match body:
        case str():
            if is_web_page(body):
                return ""
            try:
                inner = parsed(body)
            except ValueError:
                return body
            return _sentence(inner, depth - 1) if depth and isinstance(inner, dict | list | str) else body
        case dict():
            if isinstance(body.get("loc"), list) and "msg" in body:  # how FastAPI names a wrong field
                return f"{'.'.join(map(str, body['loc']))}: {body['msg']}"
            for key in _SENTENCE_KEYS:
                if depth and body.get(key) and isinstance(body[key], str | dict | list):
                    return _sentence(body[key], depth - 1)
            return json.dumps(body, ensure_ascii=False, default=str) if body else ""
        case list():
            return "; ".join(_sentence(one, depth - 1) for one in body) if depth else ""
        case None:
            return ""
        case _:
            return str(body)
