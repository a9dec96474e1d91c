"""Owners: every run, task, evaluation and file belongs to one name, and only this owner may see it."""

from hashlib import sha256
from os.path import normpath
from pathlib import Path
from typing import Final

LOCAL: Final = "local"  # the owner on a server without credentials, and on the command line
_FOLDER: Final = "owned-by-"

Owner = str


def may_see(owner: Owner, asking: Owner | None) -> bool:
    """Return whether `asking` may see what belongs to `owner`; None is the program itself and sees everything."""
    return asking is None or owner == asking


def owner_of(name: str | None) -> Owner:
    """Return the owner for the name in a request: LOCAL if the request has none."""
    return LOCAL if name is None else name


def key_of(owner: Owner) -> str:
    """Return a hash of the owner's name that is safe in names of folders and collections."""
    return sha256(owner.encode()).hexdigest()[:32]


def folder_of(owner: Owner) -> str:
    """Return the name of the folder for files that only this owner may download."""
    return f"{_FOLDER}{key_of(owner)}"


def is_in_folder_of(path: str, owner: Owner) -> bool:
    """Return whether a path leads into the owner's folder."""
    return folder_of(owner) in Path(normpath(path)).parts
