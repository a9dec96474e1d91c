"""Sheets with two answers side by side, for readers who must not know which is which. The key is a separate file."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import RootModel

from llmfirst.events import Language
from llmfirst.values import Value
from research.bakeoff.cuts import Cut, text_at
from research.bakeoff.protocol_list import PLAIN
from research.bakeoff.round import read_answers
from research.bakeoff.values import AnswerRecord, Kind

Side = Literal["A", "B"]
AT_END: Final = (Cut(1.0, None),)
_HEAD_OF_CUTS: Final = (
    "The answers stand as they stood when the reader had to stop: a text that breaks off was not finished yet. Judge "
    "what is there, not what might have followed."
)
_HEAD: Final = (
    "Read the question, then both answers, and write one line per pair to a file: `pair,reader,verdict`. The verdict "
    "is A, B or tie: which would you rather have been given? Right results and facts come before everything, then "
    "whether all of the question is answered, in its own language, to the end, without repeating itself; then whether "
    "it reads well. Length alone is no merit."
)


class Pair(Value):
    """One line of the key: which answers were compared."""

    pair: str
    protocol: str
    question_id: str
    language: Language
    kind: Kind
    seed: int
    cut: str = "end"
    """The moment at which the answers are read, as words."""
    side: Side | None
    """The side of the protocol's answer; None if both texts are identical, which is a tie that nobody reads."""


class ShownPair(Value):
    """A pair as a reader sees it."""

    pair: str
    question: str
    A: str
    B: str


class Key(RootModel[list[Pair]]):
    """The key of all sheets."""


class Sheet(RootModel[list[ShownPair]]):
    """One sheet as JSON, for readers that are programs."""


def write_sheets(
    answers: Path, folder: Path, protocols: Sequence[str], *, per_sheet: int, draw: int, cuts: Sequence[Cut] = AT_END
) -> str:
    """Write the sheets and the key; return a sentence about what was written."""
    key, shown = paired([*read_answers(answers)], protocols, draw=draw, cuts=cuts)
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    head = _HEAD if tuple(cuts) == AT_END else f"{_HEAD} {_HEAD_OF_CUTS}"
    for count, pairs in enumerate(_sheets(shown, per_sheet), 1):
        sheet = Sheet([*pairs])
        (folder / f"sheet-{count:02}.md").write_text(_markdown(sheet, head), encoding="utf-8")
        (folder / f"sheet-{count:02}.json").write_text(sheet.model_dump_json(indent=1), encoding="utf-8")
    (folder / "key.json").write_text(Key([*key]).model_dump_json(indent=1), encoding="utf-8")
    return f"{len(shown)} pairs on {count} sheets, {len(key) - len(shown)} more pairs have identical texts: {folder}"


def paired(
    records: Sequence[AnswerRecord], protocols: Sequence[str], *, draw: int, cuts: Sequence[Cut] = AT_END
) -> tuple[list[Pair], list[ShownPair]]:
    """Pair each protocol's answer at each cut with the plain one of the same question and seed, in random order."""
    plain = {(each.question_id, each.seed): each for each in records if each.protocol == PLAIN}
    matched = [
        (record, plain[record.question_id, record.seed], cut)
        for record in records
        for cut in cuts
        if record.protocol in protocols and (record.question_id, record.seed) in plain
    ]
    chance = random.Random(draw)
    chance.shuffle(matched)
    key: list[Pair] = []
    shown: list[ShownPair] = []
    for place, (record, other, cut) in enumerate(matched, 1):
        name = f"p{place:04}"
        side: Side = chance.choice(("A", "B"))
        text, its_text = (text_at(each, cut).strip() for each in (record, other))
        is_same = text == its_text
        key.append(
            Pair(
                pair=name,
                protocol=record.protocol,
                question_id=record.question_id,
                language=record.language,
                kind=record.kind,
                seed=record.seed,
                cut=str(cut),
                side=None if is_same else side,
            )
        )
        if not is_same:
            first, second = (text, its_text) if side == "A" else (its_text, text)
            shown.append(ShownPair(pair=name, question=record.question, A=first, B=second))
    return key, shown


def _sheets(pairs: Sequence[ShownPair], per_sheet: int) -> Iterator[Sequence[ShownPair]]:
    for start in range(0, len(pairs), per_sheet):
        yield pairs[start : start + per_sheet]


def _markdown(sheet: Sheet, head: str) -> str:
    parts = [head]
    for pair in sheet.root:
        parts.append(f"---\n\n# {pair.pair}\n\n{fenced(pair.question)}")
        parts += [f"## {pair.pair} A\n\n{fenced(pair.A)}", f"## {pair.pair} B\n\n{fenced(pair.B)}"]
    return "\n\n".join(parts) + "\n"


def fenced(text: str) -> str:
    """Quote a text in a fence longer than any in the text."""
    fence = "~~~~"
    while fence in text:
        fence += "~"
    return f"{fence}\n{text}\n{fence}"
