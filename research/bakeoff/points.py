"""Sheets with all answers to one question, for rounds with many protocols: readers give points, which become pairs.

A text that several protocols have in common is on the sheet once. The plain text is among the others, unmarked.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import Field, RootModel, TypeAdapter

from llmfirst.events import Language
from llmfirst.values import Value
from research.bakeoff.blind import Pair, fenced
from research.bakeoff.protocol_list import PLAIN
from research.bakeoff.round import read_answers
from research.bakeoff.values import AnswerRecord, Kind
from research.bakeoff.verdicts import Said, Verdict, rows_of

_FIELDS: Final = ("item", "reader", "points")
_HEAD: Final = (
    "Read the question, then every text below it, and write one line per text to a file: `item,reader,points`, with 0 "
    "to 10 points: would you have wanted this answer? Right results and facts come before everything, then whether all "
    "of the question is answered, in its own language, to the end, without repeating itself; then whether it reads "
    "well. Length alone is no merit. Texts that are equally good have equal points."
)


class Item(Value):
    """One text, and the protocols that wrote it."""

    item: str
    question_id: str
    language: Language
    kind: Kind
    seed: int
    protocols: tuple[str, ...]
    text: str


class ItemKey(RootModel[list[Item]]):
    """The key of all sheets."""


class Points(Value):
    """The points that one reader gave to one text."""

    item: str
    reader: str
    points: float = Field(ge=0, le=10)


def write_point_sheets(answers: Path, folder: Path, protocols: Sequence[str], *, draw: int) -> str:
    """Write one sheet per question and seed, and the key; return a sentence about what was written."""
    records = [each for each in read_answers(answers) if each.protocol in (PLAIN, *protocols)]
    by_question: defaultdict[tuple[str, int], list[AnswerRecord]] = defaultdict(list)
    for record in records:
        by_question[record.question_id, record.seed].append(record)
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(draw)
    key: list[Item] = []
    for sheet, ((question_id, _), answered) in enumerate(sorted(by_question.items()), 1):
        items = items_of(answered, f"s{sheet:02}", chance)
        key.extend(items)
        parts = [_HEAD, f"# {question_id}\n\n{fenced(answered[0].question)}"]
        parts += [f"## {item.item}\n\n{fenced(item.text)}" for item in items]
        (folder / f"points-{sheet:02}.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    (folder / "points-key.json").write_text(ItemKey(key).model_dump_json(indent=1), encoding="utf-8")
    return f"{len(key)} texts on {len(by_question)} sheets: {folder}"


def items_of(answered: Sequence[AnswerRecord], sheet: str, chance: random.Random) -> list[Item]:
    """Return the different texts of one question in random order."""
    by_text: defaultdict[str, list[AnswerRecord]] = defaultdict(list)
    for record in answered:
        by_text[record.text.strip()].append(record)
    texts = sorted(by_text)
    chance.shuffle(texts)
    return [
        Item(
            item=f"{sheet}-{place:02}",
            question_id=by_text[text][0].question_id,
            language=by_text[text][0].language,
            kind=by_text[text][0].kind,
            seed=by_text[text][0].seed,
            protocols=tuple(record.protocol for record in by_text[text]),
            text=text,
        )
        for place, text in enumerate(texts, 1)
    ]


def read_points(path: Path) -> list[Points]:
    """Read `item,reader,points` lines, with or without a header."""
    return TypeAdapter(list[Points]).validate_python(rows_of(path, _FIELDS))


def as_pairs(items: Sequence[Item], points: Sequence[Points]) -> tuple[list[Pair], list[Verdict]]:
    """Turn points into pairs of each protocol with the plain call: more points win, equal points are a tie."""
    given: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for each in points:
        given[each.item][each.reader] = each.points
    plain = {(item.question_id, item.seed): item for item in items if PLAIN in item.protocols}
    pairs: list[Pair] = []
    verdicts: list[Verdict] = []
    for item in items:
        other = plain.get((item.question_id, item.seed))
        if other is None:
            continue
        for protocol in item.protocols:
            if protocol == PLAIN:
                continue
            name = f"{item.item}/{protocol}"
            pairs.append(_pair(name, protocol, item, is_same=item is other))
            for reader, own in given[item.item].items() if item is not other else ():
                if reader in given[other.item]:
                    said = _said(own, given[other.item][reader])
                    verdicts.append(Verdict(pair=name, reader=reader, verdict=said))
    return pairs, verdicts


def _pair(name: str, protocol: str, item: Item, *, is_same: bool) -> Pair:
    return Pair(
        pair=name,
        protocol=protocol,
        question_id=item.question_id,
        language=item.language,
        kind=item.kind,
        seed=item.seed,
        side=None if is_same else "A",
    )


def _said(own: float, other: float) -> Said:
    return "tie" if own == other else "A" if own > other else "B"
