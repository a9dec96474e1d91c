"""Texts in a normal form of Unicode, whatever their length."""

import re
import unicodedata
from typing import Final, Literal

# Sorting the marks on a letter takes the square of their number: 80,000 of them hold the whole program for 20 s.
_PIECES: Final = re.compile(r".{0,499}\s|.{1,500}", re.DOTALL)


def normalized(form: Literal["NFC", "NFKC"], text: str) -> str:
    """Return a text in a normal form, made of pieces of up to 500 characters that end at a space if they have one."""
    return "".join(unicodedata.normalize(form, piece) for piece in _PIECES.findall(text))
