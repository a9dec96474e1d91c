"""Text from elsewhere as it is shown outside an answer: no sign in it acts on a terminal or hides from a reader."""

import json
import unicodedata
from collections.abc import Sequence
from typing import Any, Final, TextIO, cast

_HIDDEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
_MOST_NAMES: Final = 20


def visible(text: str, *, keep: str = "") -> str:
    r"""Return a text as one line whose control and format characters can be read: `\n`, `\x1b`, `\u202e`.

    Those in `keep` stay. What stands in JSON stays JSON.
    """
    if text.isprintable():
        return text
    return "".join(
        sign if sign in keep or unicodedata.category(sign) not in _HIDDEN else _escaped(sign) for sign in text
    )


def some_of(names: Sequence[str]) -> str:
    """Return the first names as a list in a sentence, with the number of the others."""
    others = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {others} more" if others > 0 else "")


def visible_stream(stream: TextIO) -> TextIO:
    """Return a stream to a terminal that shows what would act on it; lines, tabs and progress bars stay."""
    return cast(TextIO, _VisibleStream(stream))


class _VisibleStream:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(visible(text, keep="\n\r\t"))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode() if sign < " " else json.dumps(sign)[1:-1]
