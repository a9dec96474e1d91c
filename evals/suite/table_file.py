"""Read tables as spreadsheets write them: CSV with commas, semicolons or tabs, and Excel's line `sep=`."""

import csv
import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import accumulate
from typing import Any, Final

import pandas as pd

from evals.suite.raw import MAX_ITEM_VALUES, MAX_READ_ITEMS, Problem, RawItem, Separator, Spot, item_of, shown

_JSON_COLUMNS: Final = ("checks", "cuts", "generated")
COLUMNS: Final = (
    "question",
    "id",
    "category",
    "language",
    "reference",
    "criteria",
    "good",
    "bad",
    "defect",
    *_JSON_COLUMNS,
)
# A spreadsheet evaluates a cell that begins like this as a formula; an apostrophe before it makes it a text.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_SIGNS: Final[dict[Separator, str]] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_NAMES: Final = {sign: name for name, sign in _SIGNS.items()}
# The line with which Excel is told how to read a file; it is no row.
_TOLD: Final = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*\n', re.IGNORECASE)
# More than there are columns, so that a row with unquoted commas can be read and reported.
_MAX_CELLS: Final = 64
_MAX_HEADER_CHARACTERS: Final = 10_000  # csv refuses a cell of 131,072
_CLAIM_MARKS: Final = {"! ": "critical", "- ": "negative"}


def read_table(text: str) -> tuple[Sequence[RawItem | Problem], Separator]:
    """Read a table with columns from COLUMNS, and say what parts its cells; only `question` is required.

    Empty cells are left out. The cell `criteria` has one claim per line. A claim that begins with "! " is critical,
    one with "- " negative. What this cannot say is JSON there; `checks`, `cuts` and `generated` always are.
    """
    told = _TOLD.match(text)
    if told is None:
        separator = _separator_of(text)
        return _items(text, separator, first_line=1), separator
    separator = _NAMES[told[1]]
    return _items(text[told.end() :], separator, first_line=2), separator


def _separator_of(text: str) -> Separator:
    """Return the separator by which the header has a column `question`, else the one that finds most columns.

    Texts may hold any of these signs, so only the header decides; where it is one column, nothing parts it.
    """
    header = next((line for line in text.split("\n") if line.strip()), "")[:_MAX_HEADER_CHARACTERS]
    cells = {
        name: [cell.strip() for cell in next(csv.reader([header], delimiter=sign), [])] for name, sign in _SIGNS.items()
    }
    return max(_SIGNS, key=lambda name: ("question" in cells[name], sum(cell in COLUMNS for cell in cells[name])))


def _items(text: str, separator: Separator, *, first_line: int) -> Sequence[RawItem | Problem]:
    sign = _SIGNS[separator]
    if _is_too_wide(text, sign):
        return [Problem("unclosed", line=first_line, row=1)]
    records = _records(text, MAX_READ_ITEMS, sign)
    if records is None:
        # pandas does not say which record is invalid: find the smallest number of records that cannot be read.
        row = bisect_left(range(1, MAX_READ_ITEMS), True, key=lambda count: _records(text, count, sign) is None) + 1
        line = first_line + sum(_height(cells) for cells in _records(text, row - 1, sign) or [])
        return [Problem("unclosed", line=line, row=row)]
    if len(records) == MAX_READ_ITEMS:
        return [Problem("row_count", {"rows": len(records)})]
    starts = accumulate((_height(cells) for cells in records), initial=first_line)
    places = enumerate(zip(records, starts, strict=False), 1)
    rows = [(cells, line, row) for row, (cells, line) in places if any(cell.strip() for cell in cells)]
    if not rows:
        return []
    cells, line, row = rows[0]
    header = [cell.strip() for cell in cells]
    while not header[-1]:
        header.pop()
    problems = list(_header_problems(header, line, row))
    return problems or [_item(header, *place, separator) for place in rows[1:]]


def _is_too_wide(text: str, sign: str) -> bool:
    """Return whether the first record has too many cells; pandas would turn them into an index, for minutes."""
    try:
        return len(next(csv.reader(StringIO(text), delimiter=sign), [])) > _MAX_CELLS
    except csv.Error:  # a cell of more than 131,072 characters
        return True


def _records(text: str, limit: int, sign: str) -> list[list[str]] | None:
    """Return the cells of the first `limit` records, blank ones included; None if one of them is invalid."""
    options: dict[str, Any] = {"dtype": str, "keep_default_na": False, "skip_blank_lines": False}
    try:
        table = pd.read_csv(StringIO(text), sep=sign, header=None, names=range(_MAX_CELLS), nrows=limit, **options)
    except pd.errors.ParserError:
        return None
    cells: list[list[str]] = table.to_numpy().tolist()
    return cells


def _height(cells: list[str]) -> int:
    return 1 + "".join(cells).count("\n")


def _header_problems(header: list[str], line: int, row: int) -> Iterator[Problem]:
    if "question" not in header:
        yield Problem("no_question", {"columns": ", ".join(COLUMNS)}, line=line, row=row)
    for number, name in enumerate(header):
        if name not in COLUMNS:
            yield Problem("unknown_column", {"name": name}, line=line, row=row, known=COLUMNS)
        elif name in header[:number]:
            yield Problem("column_twice", {"name": shown(name)}, line=line, row=row)


def _item(header: list[str], cells: list[str], line: int, row: int, separator: Separator) -> RawItem | Problem:
    if any(cell.strip() for cell in cells[len(header) :]):
        return Problem("more_cells", {"separator": separator}, line=line, row=row)
    starts = accumulate((cell.count("\n") for cell in cells), initial=line)
    lines: dict[Spot, int] = {(): line, **{(name,): start for name, start in zip(header, starts, strict=False)}}
    texts = {name: _unguarded(cell) for name, cell in zip(header, cells, strict=False) if cell.strip()}
    fields: dict[str, object] = {**texts}
    fields |= {name: _structure(texts[name]) for name in _JSON_COLUMNS if name in texts}
    if "criteria" in texts:
        fields["criteria"] = criteria_in(texts["criteria"])
    return item_of(fields, lines, row)


def criteria_in(cell: str) -> object:
    """Return the criteria of a cell: one claim per line, or JSON."""
    if cell.lstrip().startswith("[{") and isinstance(listed := _structure(cell), list):
        return listed
    return [_claim(claim.strip()) for claim in cell.split("\n", MAX_ITEM_VALUES) if claim.strip()]


def _structure(cell: str) -> object:
    """Return what a cell of JSON means; another cell is refused later, as the text that it is."""
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _unguarded(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    is_guarded = cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS)
    return cell[1:] if is_guarded else cell


def _claim(claim: str) -> dict[str, object]:
    marks: dict[str, object] = {}
    while (mark := _CLAIM_MARKS.get(claim[:2])) and mark not in marks:
        marks[mark], claim = True, claim[2:].lstrip()
    return {"claim": claim, **marks}
