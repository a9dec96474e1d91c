"""Splits the model's plan into an instruction for each section, by position and never by its words. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final

from llmfirst.engine.blocks import SENTINEL, Block, Outline
from llmfirst.events import SECTIONS, Phase

_LONGEST: Final = 800  # characters of a plan that are read; one of 80 tokens has fewer


def instructions_in(plan: str) -> Mapping[Phase, str]:
    """Return the instruction for each section: the first part of the plan for the core, and so on.

    The parts are the items of a list; without a list, the paragraphs; of a single paragraph, the lines. A plan with
    fewer parts has no instruction for the last sections.
    """
    blocks = [block for block in Outline(f"{plan[:_LONGEST].rstrip()}\n\n").blocks if _is_text(block)]
    parts = [*_items(blocks)]
    if len(parts) < 2:
        parts = [block.text for block in blocks]
    if len(parts) == 1:
        parts = [line for line in parts[0].split("\n") if line.strip()]
    return dict(zip(SECTIONS, (" ".join(part.split()) for part in parts), strict=False))


def _is_text(block: Block) -> bool:
    """Return whether a block is a paragraph with words, and not just SENTINEL."""
    return block.kind == "paragraph" and block.text != SENTINEL and any(sign.isalpha() for sign in block.text)


def _items(blocks: list[Block]) -> Iterator[str]:
    """Yield the text of each outermost list item, with everything inside it."""
    texts: dict[int, list[str]] = {}
    for block in blocks:
        outermost = next((container for container in block.inside if container.kind == "item"), None)
        if outermost is not None:
            texts.setdefault(outermost.key, []).append(block.text)
    yield from (" ".join(each) for each in texts.values())
