"""The end of a growing text, kept so short that it can be read at each token whatever the text is."""

from typing import Final

from llmfirst.engine.blocks import PARSER, with_line_feeds

_STEP: Final = 128  # characters between two updates
_LONGEST: Final = 2500  # characters
_HEAVIEST: Final = 400  # tokens of the parser, which needs about 3 µs for each
_TOKENS_PER_LINE: Final = 2  # what a line costs besides its tokens


class OpenEnd:
    """The end of a growing text that later text can still change.

    An end that is long or has many lines and blocks is cut, so that reading it costs little whatever the text is. From
    there on it is read as if it began a text.
    """

    def __init__(self, text: str = "") -> None:
        self.text = ""
        self._unread = 0
        self.add(text)

    def add(self, text: str) -> None:
        """Add text, and leave out what has become final."""
        while text:
            piece, text = text[: _STEP - self._unread], text[_STEP - self._unread :]
            self.text += piece
            self._unread = (self._unread + len(piece)) % _STEP
            if self._unread == 0:
                self.text = self.text[_settled(with_line_feeds(self.text)) :][-_LONGEST:]


def _settled(text: str) -> int:
    """Return how many characters at the start are final, or more where the rest would take too long to read."""
    whole_lines = text[: text.rfind("\n") + 1]
    tokens = PARSER.parse(whole_lines)
    kept: list[tuple[int, int]] = []  # a line that begins a block, and its token
    for number, token in enumerate(tokens):
        if token.map is None or token.nesting < 0:
            continue
        if token.level == 0:
            kept = [(token.map[0], number)]
        elif token.level == 1 and token.type == "list_item_open":
            kept = [
                *kept[-1:],
                (token.map[0], number),
            ]  # two items, so that the last one is never the first of its list
    first_line, first_token = kept[0] if kept else (0, 0)
    lines = whole_lines.split("\n")
    if len(tokens) - first_token + _TOKENS_PER_LINE * (len(lines) - first_line) > _HEAVIEST:
        return whole_lines.rfind("\n", 0, len(whole_lines.rstrip())) + 1
    return sum(len(line) + 1 for line in lines[:first_line])
