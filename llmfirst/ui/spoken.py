"""The language of the open pages as it is now, for what is drawn long after it was asked for."""

from collections import OrderedDict
from typing import Final

from llmfirst.events import Language

_MOST_VISITS: Final = 1000


class SpokenLanguages:
    """Which visits have switched their language since they were opened, and to which; the oldest are forgotten."""

    def __init__(self) -> None:
        self._spoken: OrderedDict[str, Language] = OrderedDict()

    def switch(self, visit: str, language: Language) -> None:
        self._spoken[visit] = language
        self._spoken.move_to_end(visit)
        if len(self._spoken) > _MOST_VISITS:
            self._spoken.popitem(last=False)

    def now(self, visit: str | None, language: Language) -> Language:
        """Return the language of a visit; `language` is the one in which it asked."""
        return language if visit is None else self._spoken.get(visit, language)
