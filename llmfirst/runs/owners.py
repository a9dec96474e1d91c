"""Whose something is: the name of who asked for it. Who may see it follows from that and from nothing else."""

from hashlib import sha256
from typing import Final

LOCAL: Final = "local"  # the one person at a server on loopback that has no credentials, and the command line
_FOLDER: Final = "owned-by-"

Owner = str


def may_see(owner: Owner, asking: Owner | None) -> bool:
    """Tell whether what belongs to `owner` may be shown to who asks; None is the program itself."""
    return asking is None or owner == asking


def owner_of(name: str | None) -> Owner:
    """Return the owner that a request names; without a name it is the one person at this machine."""
    return LOCAL if name is None else name


def key_of(owner: Owner) -> str:
    """Return what stands for an owner where a name may not: in the name of a folder or of a collection."""
    return sha256(owner.encode()).hexdigest()[:32]


def folder_of(owner: Owner) -> str:
    """Return the name of the folder for files that only this owner may fetch."""
    return f"{_FOLDER}{key_of(owner)}"


def is_anothers(path: str, owner: Owner) -> bool:
    """Tell whether a path leads through the folder of somebody else."""
    parts = path.lower().replace("\\", "/").split("/")
    return any(part.startswith(_FOLDER) and part != folder_of(owner) for part in parts)
