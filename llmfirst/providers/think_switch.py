"""What a service can be told about the thinking of a model, read from the service's own data and prompts. Pure."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, get_args

from llmfirst.providers.base import Chunk, Think, ThoughtLimit

COMPARED: Final[tuple[Think, ...]] = ("off", "on", "low", "high")
"""What prompts are rendered with, to see what a template makes of it."""
LEVELS: Final[tuple[Think, ...]] = ("low", "medium", "high")
WITH_REASONING: Final[tuple[Think, ...]] = ("off", "on", *LEVELS)
"""What a server takes that has OpenRouter's field `reasoning`."""


def as_told(model: str, think: Think) -> str:
    """Return a name for a model that is told this: its template may open a thought for one word and not for another."""
    return f"{model} {think}"


def think_values(prompts: Mapping[Think, str | list[int]], *, opens: bool) -> tuple[Think, ...]:
    """Return what makes a difference to the prompt of a model.

    `opens`: the prompt opens a thought although it was told not to, so the model cannot be silenced.
    """
    has_switch = prompts["off"] != prompts["on"]
    off: tuple[Think, ...] = ("off",) if has_switch and not opens else ()
    on: tuple[Think, ...] = ("on",) if has_switch or opens else ()
    return (*off, *on, *(LEVELS if prompts["low"] != prompts["high"] else ()))


def told_values(values: Sequence[bool | str] | None, *, can_think: bool, opens: bool) -> tuple[Think, ...]:
    """Return the values that Ollama lists for a model; an older one only says whether it can think."""
    if values is None:
        values = [False, True] if can_think else []
    words = {False: "off", True: "on"}
    named = {words[value] if isinstance(value, bool) else value for value in values} - ({"off"} if opens else set())
    return tuple(think for think in get_args(Think) if think in named)


class ThoughtClock:
    """Tells once that the thinking of a reply has lasted long enough."""

    def __init__(self, limit: ThoughtLimit | None, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._began: float | None = None

    def is_over(self, chunk: Chunk) -> bool:
        """Return whether the thinking must be ended after this piece; True at most once."""
        if self._limit is None or not chunk.thought:
            return False
        self._began = self._now() if self._began is None else self._began
        is_over = self._now() - self._began >= self._limit.seconds
        self._limit = None if is_over else self._limit
        return is_over
