"""Where a text may end without looking cut: form only, by a Markdown parser, never by what words mean."""

from typing import Final

from markdown_it import MarkdownIt

_PARSER: Final = MarkdownIt("commonmark").enable("table")
_PROBE: Final = "x"


def at_block_end(text: str) -> bool:
    """Tell whether a whole Markdown block has just ended: what comes next would be a paragraph of its own."""
    if not text.endswith("\n\n") or not text.strip():
        return False
    *_, opened, inline, closed = [None, None, None, *_PARSER.parse(text + _PROBE)]
    return (
        opened is not None
        and inline is not None
        and closed is not None
        and closed.type == "paragraph_close"
        and closed.level == 0
        and inline.content == _PROBE
    )
