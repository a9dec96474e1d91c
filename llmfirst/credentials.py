"""Names and their secrets, as the settings give them; what is kept of a secret is its digest. Pure."""

import hmac
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
    """Everyone who may come in by one door; every secret is compared, in constant time, whichever fits."""

    entries: tuple[Credential, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def knows(self, name: str) -> bool:
        """Tell whether somebody has this name."""
        return any(entry.owner == name for entry in self.entries)

    def owner_by_secret(self, secret: bytes) -> Owner | None:
        """Return whose secret this is."""
        return self._fitting(sha256(secret).digest(), None)

    def owner_by_name(self, name: str, secret: str) -> Owner | None:
        """Return the name when the secret is its own."""
        return self._fitting(sha256(secret.encode(errors="replace")).digest(), name)

    def _fitting(self, digest: bytes, name: str | None) -> Owner | None:
        found: Owner | None = None
        for entry in self.entries:
            is_named = name is None or entry.owner == name
            if hmac.compare_digest(digest, entry.digest) and is_named:
                found = entry.owner
        return found


def parse_credentials(text: str, *, shortest: int) -> Credentials:
    """Read `name:secret` pairs with commas or spaces between them; ValueError says what is wrong, without a secret."""
    entries: list[Credential] = []
    for number, pair in enumerate(text.replace(",", " ").split(), 1):
        name, colon, secret = pair.partition(":")
        if not colon or not name:
            raise ValueError(f"entry {number} is not name:secret")
        if name == LOCAL or len(name) > _NAME_LIMIT or not name.isprintable():
            raise ValueError(f"entry {number} has a name that cannot be used: choose another")
        if len(secret) < shortest:
            raise ValueError(f"the secret of {name} is shorter than {shortest} characters")
        entries.append(Credential(name, sha256(secret.encode()).digest()))
    if not entries:
        raise ValueError("there is no name:secret in it")
    return Credentials(tuple(entries))
