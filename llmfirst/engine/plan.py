"""What the model's plan says for each section: by its place in the plan, never by its words. Pure."""

from collections.abc import Iterator, Mapping

from llmfirst.engine.blocks import SENTINEL, Block, Outline
from llmfirst.events import SECTIONS, Phase


def instructions_in(plan: str) -> Mapping[Phase, str]:
    """Return what a plan says for each section: its first part for the core, and so on; a short one lacks the last.

    Its parts are the items of its list, else its paragraphs, else the lines of its only one.
    """
    blocks = [block for block in Outline(f"{plan.rstrip()}\n\n").blocks if _is_text(block)]
    parts = [*_items(blocks)]
    if len(parts) < 2:
        parts = [block.text for block in blocks]
    if len(parts) == 1:
        parts = [line for line in parts[0].split("\n") if line.strip()]
    return dict(zip(SECTIONS, (" ".join(part.split()) for part in parts), strict=False))


def _is_text(block: Block) -> bool:
    """Tell whether a block is one of words; the probe that stands for what comes next is none."""
    return block.kind == "paragraph" and block.text != SENTINEL and any(sign.isalpha() for sign in block.text)


def _items(blocks: list[Block]) -> Iterator[str]:
    """Yield each item of a list, with all that it holds."""
    texts: dict[int, list[str]] = {}
    for block in blocks:
        outermost = next((container for container in block.inside if container.kind == "item"), None)
        if outermost is not None:
            texts.setdefault(outermost.key, []).append(block.text)
    yield from (" ".join(each) for each in texts.values())
