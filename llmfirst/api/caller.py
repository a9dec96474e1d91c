"""Who sent a request: found out once, before anything else, and read from the request by everything behind."""

from typing import Final

from starlette.types import Scope

from llmfirst.runs.owners import Owner

_KEY: Final = "llmfirst.owner"


def name_owner(scope: Scope, owner: Owner) -> None:
    """Write down who sent the request."""
    scope[_KEY] = owner


def owner_in(scope: Scope) -> Owner:
    """Return who sent the request; a request that came past the access control is a bug."""
    owner: Owner = scope[_KEY]
    return owner
