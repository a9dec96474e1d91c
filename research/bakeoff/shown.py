"""Decide which part of a reply is shown, with the guards of the engine, while it streams or afterwards."""

from collections.abc import Iterator
from typing import Final

from llmfirst.engine.landing import LandsAt, ends_whole, landing_point
from llmfirst.engine.lengths import GROWING
from llmfirst.engine.repetition import RepetitionGuard
from llmfirst.events import SECTIONS, Phase
from research.bakeoff.values import SHOWN_TOKENS, Ending, Reply

_LANDING_TOKENS: Final = (
    60  # this many before the limit, a sentence end is accepted; this many after it, the text is cut
)
_PIECE_CHARACTERS: Final = 3


class Shown:
    """Takes a reply piece by piece. `text` is the shown part; once `ending` is set, nothing more is taken.

    From `enough` tokens on, the text ends with the next complete block; shortly before `limit`, with the next sentence.
    """

    def __init__(self, earlier: str = "", *, enough: int | None = None, limit: int = SHOWN_TOKENS) -> None:
        self.text = ""
        self.ending: Ending | None = None
        self._guard = RepetitionGuard(earlier)
        self._earlier = earlier
        self._enough = enough
        self._limit = limit

    def add(self, piece: str, tokens: int) -> None:
        """Take a piece; `tokens` is the number of tokens so far, with those of the piece."""
        if self.ending is not None:
            return
        shown = self._guard.add(piece)
        at_sentence = tokens >= self._limit - _LANDING_TOKENS
        if shown and (at_sentence or (self._enough is not None and tokens >= self._enough)):
            before = self._line_before() + self.text
            point = landing_point(before, shown, at="sentence" if at_sentence else "block")
            if point is not None:
                self.ending, shown = "landed", shown[:point]
        self.text += shown
        if self.ending is None and self._guard.is_repeating:
            self.ending = "repeated"
        elif self.ending is None and tokens >= self._limit + _LANDING_TOKENS:
            self.ending = "cut"

    def end(self, *, is_whole_reply: bool) -> None:
        """Take note that the reply is over: `is_whole_reply` if the model ended it, not the limit of the call."""
        if self.ending is not None:
            return
        self.text += self._guard.rest()
        if self._guard.is_repeating:
            self.ending = "repeated"
        else:
            self.ending = "stop" if is_whole_reply or ends_whole(self.text) else "cut"

    def _line_before(self) -> str:
        return self._earlier.rpartition("\n\n")[2]


def shown_of(reply: Reply, *, enough: int | None = None, limit: int = SHOWN_TOKENS) -> Shown:
    """Return what would have been shown of a whole reply, assuming that all tokens have the same length."""
    shown = Shown(enough=enough, limit=limit)
    for piece, tokens in _pieces(reply):
        shown.add(piece, tokens)
    shown.end(is_whole_reply=reply.finish_reason == "stop")
    return shown


def whole_part(reply: Reply) -> str:
    """Return a short reply without an incomplete last sentence, which the model would imitate."""
    if reply.finish_reason == "stop":
        return reply.text.strip()
    return shown_of(reply, limit=reply.tokens // 2 + _LANDING_TOKENS).text.strip()


def panels(text: str, tokens: int) -> dict[Phase, str]:
    """Cut a text into sections as the engine does with a growing reply; no text is lost."""
    sections: dict[Phase, str] = {}
    rest = text
    for phase in SECTIONS[:-1]:
        length, per_token = GROWING[phase], len(text) / max(1, tokens)
        ends = [_end(rest, int(length.block * per_token), "block")]
        ends += [] if length.prose is None else [_end(rest, int(length.prose * per_token), "prose")]
        end = min((each for each in ends if each is not None), default=None)
        if end is None or not rest[end:].strip():
            break
        sections[phase], rest = rest[:end], rest[end:].lstrip()
    sections[SECTIONS[len(sections)]] = rest
    return sections


def _end(text: str, start: int, at: LandsAt) -> int | None:
    """Return the first position from `start` on at which a section may end."""
    point = landing_point(text[:start], text[start:], at=at) if start < len(text) else None
    return None if point is None else start + point


def _pieces(reply: Reply) -> Iterator[tuple[str, int]]:
    text = reply.text
    for start in range(0, len(text), _PIECE_CHARACTERS):
        end = min(len(text), start + _PIECE_CHARACTERS)
        yield text[start:end], reply.tokens * end // len(text)
