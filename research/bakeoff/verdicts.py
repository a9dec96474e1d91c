"""Verdicts of blind readers, read from CSV files."""

import csv
from pathlib import Path
from typing import Final, Literal

from pydantic import TypeAdapter

from llmfirst.values import Value

Said = Literal["A", "B", "tie"]
_FIELDS: Final = ("pair", "reader", "verdict")


class Verdict(Value):
    """The verdict of one reader on one pair."""

    pair: str
    reader: str
    verdict: Said


def read_verdicts(path: Path) -> list[Verdict]:
    """Read `pair,reader,verdict` lines, with or without a header."""
    return TypeAdapter(list[Verdict]).validate_python(rows_of(path, _FIELDS))


def rows_of(path: Path, fields: tuple[str, ...]) -> list[dict[str, str]]:
    """Return the rows of a CSV file by field names, without empty rows and a header."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [tuple(cell.strip() for cell in row[: len(fields)]) for row in csv.reader(file)]
    return [dict(zip(fields, row, strict=True)) for row in rows if any(row) and row != fields]
