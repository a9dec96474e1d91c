"""The path under which a visitor knows the server: set once, by `PublicUrl`, and put before every address we send."""

from typing import Final

from starlette.types import Scope

_KEY: Final = "llmfirst.public_path"


def set_public_path(scope: Scope, path: str) -> None:
    """Set the path of a request, without a slash at its end."""
    scope[_KEY] = path


def public_path_in(scope: Scope) -> str:
    """Return the path, such as /llm; nothing where the server is at the root of its address."""
    path: str = scope.get(_KEY, "")
    return path
