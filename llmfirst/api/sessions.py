"""Login sessions: random tokens, kept in memory for some hours. A restart logs everyone out."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from llmfirst.runs.owners import Owner

_LIMIT: Final = 100  # sessions of one owner
LASTING_SECONDS: Final = 12 * 3600


@dataclass(frozen=True)
class _Session:
    owner: Owner
    until: float


class Sessions:
    """The sessions of one server; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._open: dict[bytes, _Session] = {}

    def begin(self, owner: Owner) -> str:
        """Begin a session and return its token; when its owner has too many, the oldest of the same owner ends."""
        token = secrets.token_urlsafe(32)
        own = [digest for digest, session in self._open.items() if session.owner == owner]
        if len(own) >= _LIMIT:
            del self._open[own[0]]
        self._open[_digest(token)] = _Session(owner, self._clock() + LASTING_SECONDS)
        return token

    def owner(self, token: str) -> Owner | None:
        """Return the owner of a session; None when it is unknown or over."""
        session = self._open.get(_digest(token))
        return None if session is None or session.until < self._clock() else session.owner

    def end(self, token: str) -> None:
        """End a session."""
        self._open.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    # Looked up by digest: how long a look-up takes tells nothing about the tokens that there are.
    return sha256(token.encode(errors="replace")).digest()
