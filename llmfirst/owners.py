"""Whose something is: the name of who asked for it. Who may see it follows from that and from nothing else."""

from typing import Final

LOCAL: Final = "local"  # the one person at a server on loopback that has no credentials, and the command line
Owner = str


def may_see(owner: Owner, asking: Owner | None) -> bool:
    """Tell whether what belongs to `owner` may be shown to who asks; None is the program itself."""
    return asking is None or owner == asking


def owner_of(name: str | None) -> Owner:
    """Return the owner that a request names; without a name it is the one person at this machine."""
    return LOCAL if name is None else name
