"""Emphasis beside Hangul, kana and ideographs, where CommonMark sees none: `**"word"**` before a particle."""

from unicodedata import category, east_asian_width

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isWhiteSpace
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType


class CjkFriendlyInline(ParserInline):
    """Reads emphasis as CommonMark does, with the amendment for Chinese, Japanese and Korean.

    https://github.com/tats-u/markdown-cjk-friendly/blob/main/specification.md
    """

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _CjkFriendlyState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _CjkFriendlyState(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        end, sign = start, self.src[start]
        while end < self.posMax and self.src[end] == sign:
            end += 1
        before = _before(self.src, start)
        after = self.src[end] if end < self.posMax else " "
        opens = not _is_space(after) and (
            not _is_foreign_sign(after) or _is_space(before) or _is_foreign_sign(before) or _is_cjk(before)
        )
        closes = not _is_space(before) and (
            not _is_foreign_sign(before) or _is_space(after) or _is_foreign_sign(after) or _is_cjk(after)
        )
        return Scanned(
            can_open=opens and (canSplitWord or not closes or _is_sign(before)),
            can_close=closes and (canSplitWord or not opens or _is_sign(after)),
            length=end - start,
        )


def _before(text: str, at: int) -> str:
    """Return the character before a place; of two that are one by a variation selector, the first."""
    if at > 1 and "\ufe00" <= text[at - 1] <= "\ufe0e":
        return text[at - 2]
    return text[at - 1] if at > 0 else " "


def _is_space(sign: str) -> bool:
    return isWhiteSpace(ord(sign))


def _is_sign(sign: str) -> bool:
    return isMdAsciiPunct(ord(sign)) or category(sign)[0] in "PS"


def _is_foreign_sign(sign: str) -> bool:
    return _is_sign(sign) and not _is_cjk(sign)


def _is_cjk(sign: str) -> bool:
    """Tell a sign of Chinese, Japanese or Korean; most emoji are as wide and are none."""
    if "\U000e0100" <= sign <= "\U000e01ef":  # it follows an ideograph
        return True
    is_emoji = "\u2300" <= sign <= "\u2bff" or "\U0001f000" <= sign <= "\U0001faff"
    is_wide = east_asian_width(sign) in "WFH" and not is_emoji
    return is_wide or "\u1160" <= sign <= "\u11ff" or "\ud7b0" <= sign <= "\ud7ff"  # the narrow jamo
