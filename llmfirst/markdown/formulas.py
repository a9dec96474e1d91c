"""Formulas in a model's text: where they stand, and LaTeX as MathML, which browsers draw without a script or a font."""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape
from typing import Final
from unicodedata import normalize
from xml.etree.ElementTree import Element

from latex2mathml.converter import Converter

_LOG: Final = logging.getLogger(__name__)
FORMULA_SIGNS: Final = {"$$": "$$", r"\[": r"\]", r"\(": r"\)", "$": "$"}
"""What ends a formula, by what begins it."""
DISPLAYED: Final = ("$$", r"\[")
"""What begins a formula that stands on a line of its own."""
_LONGEST: Final = 600  # characters: what is longer is shown as it is written
_DEEPEST: Final = 30
_NESTING: Final = ("\\left", "\\begin", "\\sqrt", "\\frac", "^", "_")
_COMMANDS: Final = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}|\\[A-Za-z]+")
# They define what later signs mean; a text of a few lines can grow without end by them.
_DEFINITIONS: Final = ("\\def", "\\gdef", "\\edef", "\\let", "\\newcommand", "\\renewcommand", "\\providecommand")
# MathML Core without links, actions and foreign content, and the attributes that say how something looks.
_MATHML: Final = (
    "math mrow mi mn mo mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup munder mover"
    " munderover mmultiscripts mprescripts none mtable mtr mtd menclose"
)
_LOOKS: Final = (
    "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height largeop"
    " linethickness lspace mathsize mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace"
    " scriptlevel separator stretchy symmetric voffset width"
)
_ELEMENTS: Final = frozenset(_MATHML.split())
_ATTRIBUTES: Final = frozenset(_LOOKS.split())


def formula_end(text: str, start: int, limit: int, sign: str) -> int:
    """Return where the content of a formula ends that `sign` begins, or -1: it has no end, or is none.

    Between single dollars stands money too: a formula touches both its signs, stays on its line, and stands beside no
    letter or digit of the ASCII alphabet.
    """
    first = start + len(sign)
    end = text.find(FORMULA_SIGNS[sign], first, limit)
    if end < 0 or not text[first:end].strip():
        return -1
    if sign == "$":
        before, after = text[start - 1 : start], text[end + 1 : end + 2]
        if text[first].isspace() or text[end - 1].isspace() or "\n" in text[first:end] or text[end - 1] == "\\":
            return -1
        if any(beside.isascii() and (beside.isalnum() or beside == "$") for beside in (before, after)):
            return -1
    return end


@lru_cache(maxsize=512)
def formula_html(latex: str, sign: str) -> str:
    """Return a formula as MathML with its source beside it; as it is written where it cannot be drawn whole."""
    display = "block" if sign in DISPLAYED else "inline"
    drawn = _drawn(latex, display)
    if drawn is None:
        return f'<code class="formula">{escape(f"{sign}{latex}{FORMULA_SIGNS[sign]}")}</code>'
    return (
        f'<math display="{display}"><semantics>{drawn}'
        f'<annotation encoding="application/x-tex">{escape(latex)}</annotation></semantics></math>'
    )


def _drawn(latex: str, display: str) -> str | None:
    if len(latex) > _LONGEST or _depth(latex) > _DEEPEST or any(word in latex for word in _DEFINITIONS):
        return None
    try:
        # Without the star it adds numbers that nobody wrote.
        math = Converter(display=display).convert_to_element(latex.replace("{align}", "{align*}"))
    except Exception as error:  # noqa: BLE001 - on a model's text the converter raises whatever it meets
        _LOG.debug("a formula is shown as it is written: %r", error)
        return None
    if any(element.tag not in _ELEMENTS for element in math.iter()):
        return None
    missing = _signs(_COMMANDS.sub(" ", latex)) - _signs(" ".join(unescape(text) for text in math.itertext()))
    return None if missing else "".join(_markup(element) for element in math)


def _depth(latex: str) -> int:
    """Return how deep a formula is at most: the converter calls itself for each level."""
    depth = deepest = 0
    for sign in latex:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        deepest = max(deepest, depth)
    return max(deepest, *(latex.count(word) for word in _NESTING))


def _signs(text: str) -> Counter[str]:
    """Count letters and digits, whatever alphabet of mathematics they are drawn in."""
    return Counter(sign for sign in normalize("NFKC", text) if sign.isalnum())


def _markup(element: Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: Element) -> Iterator[str]:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in element.attrib.items() if name in _ATTRIBUTES)
    yield f"<{element.tag}{attributes}>{escape(unescape(element.text or ''), quote=False)}"
    for inner in element:
        yield from _pieces(inner)
    yield f"</{element.tag}>"
