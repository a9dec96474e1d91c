"""What a service refuses of a request, and the form in which it is sent again. Pure.

A refused request says which of its parts is meant, or does not. What it names is left out first; else one extra after
the other is left out, the least loss first, and put back where the refusal stays the same. What a service has once
accepted is not suspected again. See docs/decisions/0016-what-a-service-refuses.md.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from llmfirst.providers.base import LeftOut
from llmfirst.providers.transport import BUSY
from llmfirst.providers.words import is_about_the_window, words_of

Body = dict[str, Any]

_MOST_TRIES: Final = 12
_NOT_ABOUT_THE_REQUEST: Final = (401, 404, 408, *BUSY)
_FEWER_ALTERNATIVES: Final = 5  # the most that some services tell
_LEAST_TOKENS: Final = 64


@dataclass(eq=False)
class Refused(Exception):
    """A request came to nothing before its first text."""

    status: int | None
    """The HTTP status, also one that stands in an event; None where the service tells none."""

    body: str

    @property
    def words(self) -> str:
        return words_of(self.body)

    @property
    def is_failure(self) -> bool:
        """Whether the service failed, and did not refuse anything."""
        return self.status is not None and self.status >= 500 and self.status not in (501, *BUSY)

    @property
    def is_about_the_window(self) -> bool:
        """Whether prompt and reply together are longer than the context window."""
        return is_about_the_window(self.body)

    @property
    def is_about_the_form(self) -> bool:
        """Whether the request is refused as such, for a reason that may be any part of it."""
        return self.status in (400, 422) and not self.is_about_the_window

    def names(self, marks: Iterable[str]) -> bool:
        """Tell whether a part of the request that is called so stands in it: in `param`, in `loc`, or in a sentence."""
        if self.status in _NOT_ABOUT_THE_REQUEST or self.is_about_the_window:
            return False
        named = set(re.findall(r"\w+", self.body))
        return any(mark in named for mark in marks)


class _Extra(NamedTuple):
    """A part of a request that an answer can do without."""

    name: LeftOut
    marks: tuple[str, ...]  # what a refusal calls it
    without: Callable[[Body], Body]  # the same body where it is not in it
    is_suspect: bool = True  # it may be what is refused although it is not named


def _fields(name: LeftOut, *fields: str) -> _Extra:
    return _Extra(name, fields, lambda body: {key: value for key, value in body.items() if key not in fields})


def _with_the_new_name(body: Body) -> Body:
    renamed = {"max_tokens": "max_completion_tokens"}
    return {renamed.get(key, key): value for key, value in body.items()}


def _with_the_system_text_in_front(body: Body) -> Body:
    """Return the body with the text of the system's messages at the beginning of the first message of the user."""
    messages = body.get("messages", [])
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [message for message in messages if message["role"] != "system"]
    if not system or not others or others[0]["role"] != "user":
        return body
    first = {**others[0], "content": "\n\n".join([*system, others[0]["content"]])}
    return {**body, "messages": [first, *others[1:]]}


def _with_fewer_alternatives(body: Body) -> Body:
    return {**body, "top_logprobs": min(body["top_logprobs"], _FEWER_ALTERNATIVES)} if "top_logprobs" in body else body


def _in_one_piece(body: Body) -> Body:
    return {key: value for key, value in body.items() if key != "stream_options"} | {"stream": False}


# In the order of least loss.
_EXTRAS: Final = (
    _fields("usage", "stream_options"),
    _fields("progress", "timings_per_token", "return_progress", "cache_prompt"),
    _fields("seed", "seed"),
    _fields("top_k", "top_k"),
    _fields("repeat_penalty", "repeat_penalty", "repetition_penalty"),
    _fields("top_p", "top_p"),
    _Extra("max_tokens", ("max_tokens",), _with_the_new_name),
    _fields("thought_limit", "thinking_token_budget", "reasoning_budget_tokens", "reasoning_control"),
    _fields("thinking_switch", "chat_template_kwargs", "reasoning_effort", "reasoning"),
    _Extra("system_role", ("system",), _with_the_system_text_in_front),
    _fields("temperature", "temperature"),
    _Extra("alternatives", ("top_logprobs",), _with_fewer_alternatives),
    _fields("logprobs", "logprobs", "top_logprobs"),
    _Extra("stream", ("stream",), _in_one_piece, is_suspect=False),
)
# The engine asks in another way then, so it is no change of this request.
_PREFILL: Final = _Extra("prefill", ("continue_final_message", "add_generation_prompt", "assistant"), lambda body: body)


@dataclass
class KnownParts:
    """What the service of one model has refused and accepted so far."""

    refused: frozenset[LeftOut] = frozenset()
    accepted: frozenset[LeftOut] = frozenset()


class AdaptedRequest:
    """One request on its way to a form that its service takes."""

    def __init__(self, body: Body, known: KnownParts, *, continues: bool) -> None:
        self._whole = body
        self._known = known
        self._extras = [extra for extra in _EXTRAS if extra.without(body) != body] + ([_PREFILL] if continues else [])
        self._left_out = self._names() & known.refused
        self._trial: frozenset[LeftOut] = frozenset()
        self._trials: list[frozenset[LeftOut]] = []
        self._refusal: Refused | None = None
        self._tries = 0
        self._max_tokens: int | None = None

    @property
    def body(self) -> Body:
        """The present form."""
        body = self._whole if self._max_tokens is None else {**self._whole, "max_tokens": self._max_tokens}
        for extra in self._extras:
            if extra.name in self.lacks:
                body = extra.without(body)
        return body

    @property
    def lacks(self) -> frozenset[LeftOut]:
        """What the present form lacks."""
        shorter: frozenset[LeftOut] = frozenset() if self._max_tokens is None else frozenset({"reply_length"})
        return self._left_out | self._trial | shorter

    def adapt_to(self, refusal: Refused) -> bool:
        """Leave out what a refusal may mean; return False where nothing is left that it could mean."""
        self._tries += 1
        if self._tries > _MOST_TRIES:
            return False
        if refusal.is_about_the_window:
            return self._shorten()
        if self._refusal is None or refusal.words != self._refusal.words:  # what was left out last did help
            self._left_out |= self._trial
            self._trials = self._suspicions(refusal)
        self._refusal = refusal
        self._trial = self._trials.pop(0) if self._trials else frozenset()
        return bool(self._trial)

    def remember(self) -> None:
        """Remember what the present form lacks, for the next requests of this model."""
        self._known.refused |= self.lacks - {"reply_length"}

    def accept(self) -> None:
        """Remember that the service takes the present form."""
        self.remember()
        self._known.accepted |= self._names() - self.lacks

    def _names(self) -> frozenset[LeftOut]:
        return frozenset(extra.name for extra in self._extras)

    def _suspicions(self, refusal: Refused) -> list[frozenset[LeftOut]]:
        """Return what to leave out, one try after the other: what is named, then each extra, then all of them."""
        rest = [extra for extra in self._extras if extra.name not in self._left_out]
        named = [extra.name for extra in rest if refusal.names(extra.marks)]
        if not refusal.is_about_the_form:
            return [frozenset({name}) for name in named]
        known = {*named, *self._known.accepted}
        singly = named + [extra.name for extra in rest if extra.is_suspect and extra.name not in known]
        together = frozenset(singly) - {"prefill"}
        return [*(frozenset({name}) for name in singly), *([together] if len(together) > 1 else [])]

    def _shorten(self) -> bool:
        """Halve how much may be written: the window may have room for that."""
        self._max_tokens = (self._whole["max_tokens"] if self._max_tokens is None else self._max_tokens) // 2
        return self._max_tokens >= _LEAST_TOKENS
