"""What is read from a file before it is checked: fields with their lines, and problems without words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic_core import PydanticCustomError

ProblemKind = Literal[
    # of a file
    "not_a_suite",
    "not_kept",
    "no_file",
    "unreadable",
    "too_large",
    "undecodable",
    "empty",
    "sign",
    "item_count",
    "more_items",
    "more_values",
    "no_answer",
    # of YAML
    "yaml",
    "yaml_alias",
    "yaml_levels",
    "yaml_tag",
    "field_name",
    "field_twice",
    "no_items",
    "full_width_colon",
    # of JSON
    "json",
    "json_twice",
    # of a table
    "unclosed",
    "row_count",
    "no_question",
    "unknown_column",
    "column_twice",
    "more_cells",
    # of an item
    "not_an_item",
    "large_item",
    "id_twice",
    "question_twice",
    "no_anchor",
    "no_bad",
    "bad_without_fault",
    "check_not_requested",
    # of a suite that is written in the page
    "unfinished",
    "more_suites",
    "no_title",
    "id_of_other",
    "question_of_other",
    # of a field of an item
    "missing",
    "unknown_field",
    "empty_field",
    "sign_in_field",
    "several_lines",
    "too_long",
    "no_text",
    "no_list",
    "no_fields",
    "no_boolean",
    "no_number",
    "no_integer",
    "not_finite",
    "not_one_of",
    "below",
    "above",
    "other",
]
Separator = Literal["comma", "semicolon", "tab", "bar"]
Spot = tuple[str | int, ...]
# Twice as many as a suite may have; what comes after them is not read.
MAX_READ_ITEMS: Final = 2000
# Fields and entries of one item, inner ones included. Each wrong one becomes a problem of a kilobyte.
MAX_ITEM_VALUES: Final = 2000


@dataclass(frozen=True)
class Problem:
    """One problem of a file; `evals/report/refusals.py` puts it into words."""

    kind: ProblemKind
    values: Mapping[str, str | int] = field(default_factory=dict)
    """What stands in the words; texts of the file are quoted already."""

    spot: Spot = ()
    """The field that is meant, by its path in the item; () is the item itself, or the file."""

    line: int | None = None
    row: int | None = None
    """The row of a table, counted from 1 with the header."""

    known: Sequence[str] = ()
    """What could stand there instead of `name`."""


@dataclass(frozen=True)
class RawItem:
    """The unvalidated fields of one item."""

    fields: Mapping[str, object]
    lines: Mapping[Spot, int]
    """The line of each value by its path in the item; () is the item itself."""

    row: int | None = None

    def line_of(self, spot: Spot) -> int:
        """Return the line of the value at a path, or that of the nearest enclosing value."""
        around = (spot[:length] for length in range(len(spot), 0, -1))
        return next((self.lines[outer] for outer in around if outer in self.lines), self.lines[()])


@dataclass(frozen=True)
class FileReading:
    """How a file was read."""

    encoding: str = "UTF-8"
    separator: Separator | None = None
    """What parts the cells of a table; None for other files."""

    @property
    def is_usual(self) -> bool:
        """Whether there is nothing to say about it."""
        return self.encoding == "UTF-8" and self.separator in (None, "comma")


@dataclass(frozen=True)
class RawSuite:
    """The unvalidated content of a file."""

    found: Sequence[RawItem | Problem]
    """The items in order; a problem takes the place of each item that could not be read."""

    head: RawItem = field(default_factory=lambda: RawItem({}, {(): 1}))
    """The fields of the suite itself."""

    reading: FileReading = FileReading()


def invalid(kind: ProblemKind, **values: str | int) -> PydanticCustomError:
    """Return the error with which a validator names a problem."""
    return PydanticCustomError(kind, kind.replace("_", " "), values)


def shown(value: object) -> str:
    """Quote a value of a file for a message: at most 60 characters, on one line, printable."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def item_of(fields: object, lines: Mapping[Spot, int], row: int | None = None) -> RawItem | Problem:
    """Make an item of fields, without those that are null."""
    if _has_more_values(fields, MAX_ITEM_VALUES):
        return Problem("large_item", {"most": MAX_ITEM_VALUES}, line=lines[()], row=row)
    if isinstance(fields, dict):
        return RawItem({name: value for name, value in fields.items() if value is not None}, lines, row)
    return Problem("not_an_item", {"value": shown(fields)}, line=lines[()], row=row)


def _has_more_values(value: object, most: int) -> bool:
    waiting, count = [value], 0
    while waiting:
        one = waiting.pop()
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        count += len(inner)
        if count > most:
            return True
        waiting.extend(inner)
    return False
