"""Names and secrets from the settings. Only a SHA-256 digest of each secret is kept."""

import hmac
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from llmfirst.runs.owners import LOCAL, Owner

_NAME_LIMIT: Final = 64


@dataclass(frozen=True)
class Credential:
    """A name and the digest of its secret."""

    owner: Owner
    digest: bytes


@dataclass(frozen=True)
class Credentials:
    """The names and secrets that may use one part of the server, the page or the API.

    A lookup compares the given secret with every entry in constant time, so its duration reveals nothing.
    """

    entries: tuple[Credential, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    @property
    def owners(self) -> frozenset[Owner]:
        return frozenset(entry.owner for entry in self.entries)

    def knows(self, name: str) -> bool:
        """Return whether an entry has this name."""
        return name in self.owners

    def owner_by_secret(self, secret: bytes) -> Owner | None:
        """Return the name that this secret belongs to, or None."""
        return self._match(sha256(secret).digest(), None)

    def owner_by_name(self, name: str, secret: str) -> Owner | None:
        """Return `name` if the secret belongs to it, otherwise None."""
        return self._match(sha256(secret.encode(errors="replace")).digest(), name)

    def _match(self, digest: bytes, name: str | None) -> Owner | None:
        matched: Owner | None = None
        for entry in self.entries:
            is_named = name is None or entry.owner == name
            if hmac.compare_digest(digest, entry.digest) and is_named:
                matched = entry.owner
        return matched


def _is_local(name: str) -> bool:
    """Tell whether people would read the name as that of the machine's own user."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()) == LOCAL


def parse_credentials(text: str, *, shortest: int) -> Credentials:
    """Parse `name:secret` pairs separated by commas or spaces; a secret has at least `shortest` characters.

    Raises ValueError, whose message never contains a secret.
    """
    entries: list[Credential] = []
    for number, pair in enumerate(text.replace(",", " ").split(), 1):
        name, colon, secret = pair.partition(":")
        if not colon or not name:
            raise ValueError(f"entry {number} is not name:secret")
        if _is_local(name) or len(name) > _NAME_LIMIT or not name.isprintable():
            raise ValueError(f"the name of entry {number} is not allowed, choose another one")
        if len(secret) < shortest:
            raise ValueError(f"the secret of {name} is shorter than {shortest} characters")
        entries.append(Credential(name, sha256(secret.encode()).digest()))
    if not entries:
        raise ValueError("it contains no name:secret pair")
    return Credentials(tuple(entries))
