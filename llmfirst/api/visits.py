"""The visits to the page: whose they are, and how many one owner may have."""

import re
from collections.abc import Callable
from typing import Final

from llmfirst.runs.owners import Owner

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")  # the script of the page makes it up; Gradio breaks on others


class Visits:
    """The owner of each visit; nobody else may take part in it.

    An owner has up to `limit` visits. The one that was not used for longest ends first, and `on_end` is told.
    """

    def __init__(self, limit: int, on_end: Callable[[str], None]) -> None:
        self._limit = limit
        self._on_end = on_end
        self._owners: dict[str, Owner] = {}

    def belongs(self, visit: str, owner: Owner) -> bool:
        """Tell whether a visit belongs to the owner; a new one does from now on."""
        if not _NAME.fullmatch(visit) or self._owners.get(visit, owner) != owner:
            return False
        self._owners.pop(visit, None)  # at the end are those that were used last
        self._owners[visit] = owner
        own = [one for one, whose in self._owners.items() if whose == owner]
        for ended in own[: -self._limit]:
            del self._owners[ended]
            self._on_end(ended)
        return True
