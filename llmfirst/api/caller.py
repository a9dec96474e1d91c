"""The owner of a request: set once, by the authentication, and read by everything behind it."""

from typing import Final

from starlette.types import Scope

from llmfirst.runs.owners import Owner

_KEY: Final = "llmfirst.owner"


def set_owner(scope: Scope, owner: Owner) -> None:
    """Set who sent the request."""
    scope[_KEY] = owner


def owner_in(scope: Scope) -> Owner:
    """Return who sent the request; one that has no owner bypassed the authentication, which is a bug."""
    owner: Owner = scope[_KEY]
    return owner
