"""Read suite files (YAML, JSON lines, CSV) into fields with their line numbers. Nothing is validated here."""

import json
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from io import StringIO
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, Final

import pandas as pd
import yaml

SUFFIXES: Final = (".yaml", ".yml", ".jsonl", ".csv")
MAX_BYTES: Final = 5_000_000
MAX_ITEMS: Final = 1000
MAX_PROBLEMS: Final = 10
COLUMNS: Final = ("question", "id", "category", "language", "reference", "criteria", "good", "bad", "defect")
# Not allowed in a text: control characters other than tab and line feed, halves of surrogate pairs, noncharacters.
NO_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_MAX_DEPTH: Final = 10
# More than there are columns, so that a row with unquoted commas can be read and reported.
_MAX_CELLS: Final = 64
_MAX_RECORDS: Final = 2 * MAX_ITEMS
_CLAIM_MARKS: Final = {"! ": "critical", "- ": "negative"}

Spot = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One problem of a file."""

    text: str
    """What is wrong and what to do."""

    line: int | None = None
    row: int | None = None
    """The row of a table, counted from 1 with the header."""


@dataclass(frozen=True)
class RawItem:
    """The unvalidated fields of one item."""

    fields: Mapping[str, object]
    lines: Mapping[Spot, int]
    """The line of each value by its path in the item; () is the item itself."""

    row: int | None = None

    def problem(self, text: str, spot: Spot = ()) -> Problem:
        """Return a problem at the path `spot`, with its line or that of the nearest enclosing value."""
        around = (spot[:length] for length in range(len(spot), 0, -1))
        line = next((self.lines[outer] for outer in around if outer in self.lines), self.lines[()])
        return Problem(text, line, self.row)


@dataclass(frozen=True)
class RawSuite:
    """The unvalidated content of a file."""

    found: Sequence[RawItem | Problem]
    """The items in order; a problem takes the place of each item that could not be read."""

    head: RawItem = field(default_factory=lambda: RawItem({}, {(): 1}))
    """The fields of the suite itself."""


def shown(value: object) -> str:
    """Quote a value of a file for a message: at most 60 characters, on one line, printable."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def nearest(name: str, known: Sequence[str]) -> str:
    """Return advice for an unknown name: the most similar known name, and the list of all."""
    near = get_close_matches(name, known, n=1)
    return f"{f'did you mean {near[0]}? ' if near else ''}use one of {', '.join(known)}"


def read_raw(path: Path) -> RawSuite:
    """Read a file whose name ends in one of SUFFIXES. Problems are returned, never raised."""
    text = _text_of(path)
    if not isinstance(text, str):
        return RawSuite(text)
    match path.suffix.lower():
        case ".jsonl":
            return RawSuite(_read_jsonl(text))
        case ".csv":
            return RawSuite(_read_csv(text))
        case _:
            return _read_yaml(text)


def _text_of(path: Path) -> str | Sequence[Problem]:
    """Return the text of a file with normalised line ends, or its problems."""
    try:
        if not path.is_file():  # opening a pipe would block
            return [Problem("there is no such file; check its name and folder")]
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return [Problem(f"it cannot be read ({error.strerror}); check its name and permissions")]
    if len(data) > MAX_BYTES:
        return [Problem(f"it is larger than {MAX_BYTES // 1_000_000} MB; split it")]
    try:
        text = data.decode().removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        what = f"byte {error.start + 1} of the file (0x{data[error.start]:02x}) is not UTF-8; save the file as UTF-8"
        return [Problem(what, data.count(b"\n", 0, error.start) + 1)]
    if not text.strip():
        return [Problem("it is empty; write at least one question")]
    problems = [
        Problem(
            f"it contains U+{ord(match[0]):04X}, which is not a text character; remove it",
            text.count("\n", 0, match.start()) + 1,
        )
        for match in islice(NO_TEXT.finditer(text), MAX_PROBLEMS)
    ]
    return problems or text


def _item(fields: object, lines: Mapping[Spot, int], row: int | None = None) -> RawItem | Problem:
    """Make an item of fields, without those that are null."""
    if isinstance(fields, dict):
        return RawItem({name: value for name, value in fields.items() if value is not None}, lines, row)
    return Problem(f"{shown(fields)} is not an item; write fields, at least `question`", lines[()], row)


class _Composer(yaml.SafeLoader):
    """Composes YAML nodes. Refuses aliases, with which a few lines expand to millions of items, and deep nesting."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        mark: yaml.Mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # the stubs lack it
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed: write the text out", problem_mark=mark)
        if self.depth == _MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem=f"it has more than {_MAX_DEPTH} levels", problem_mark=mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _YamlWalk:
    """Turns YAML nodes into plain values and records the line of each."""

    def __init__(self) -> None:
        self.lines: dict[Spot, int] = {}
        self.problems: list[Problem] = []

    def plain(self, node: yaml.Node, spot: Spot = ()) -> object:
        self.lines.setdefault(spot, node.start_mark.line + 1)
        match node:
            case yaml.MappingNode(value=pairs):
                return dict(self._fields(pairs, spot))
            case yaml.SequenceNode(value=nodes):
                return [self.plain(inner, (*spot, number)) for number, inner in enumerate(nodes)]
            case _:
                return _scalar(node)

    def _fields(self, pairs: list[tuple[yaml.Node, yaml.Node]], spot: Spot) -> Iterator[tuple[str, object]]:
        for key, value in pairs:
            inner, line = (*spot, key.value), key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem("the name of a field must be a word; write `name: value`", line))
            elif inner in self.lines:
                self.problems.append(Problem(f"{shown(key.value)} appears twice; keep one", line))
            else:
                self.lines[inner] = line
                yield key.value, self.plain(value, inner)


def _scalar(node: yaml.Node) -> object:
    """Return a number, boolean or None; everything else is text, dates included."""
    text: str = node.value
    with suppress(ValueError, KeyError):  # 0x1F, 1:30 and .inf are YAML numbers that no field accepts
        match node.tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return yaml.SafeLoader.bool_values[text.lower()]
            case "int" | "float" as kind:
                return int(text) if kind == "int" else float(text)
    return text


def _read_yaml(text: str) -> RawSuite:
    try:
        root = _Composer(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        what = (
            f"this YAML cannot be read ({error.problem}); correct it: a text with : or # needs quotes or a block (>-)"
        )
        return RawSuite([Problem(what, line)])
    walk = _YamlWalk()
    content = None if root is None else walk.plain(root)
    listed = content.pop("items", None) if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(listed, list):
        line = walk.lines.get(("items",), walk.lines.get((), 1))
        return RawSuite([*walk.problems, Problem("there is no list of items; write `items:` and `- question:`", line)])
    lines: defaultdict[int, dict[Spot, int]] = defaultdict(dict)
    for spot, line in walk.lines.items():
        match spot:
            case ("items", int(number), *rest):
                lines[number][tuple(rest)] = line
    found = (_item(fields, lines[number]) for number, fields in enumerate(listed))
    return RawSuite([*found, *walk.problems], RawItem(content, walk.lines))


def _read_jsonl(text: str) -> Sequence[RawItem | Problem]:
    return [_json_item(line, number) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _json_item(line: str, number: int) -> RawItem | Problem:
    try:
        return _item(json.loads(line, object_pairs_hook=_fields_once), {(): number})
    except json.JSONDecodeError as error:
        what = f"{error.msg}, column {error.colno}"
    except (ValueError, RecursionError) as error:
        what = str(error)
    return Problem(f"this JSON cannot be read ({what}); write one object on each line", number)


def _fields_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if twice := [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]:
        raise ValueError(f"{shown(twice[0])} appears twice")
    return dict(pairs)


def _read_csv(text: str) -> Sequence[RawItem | Problem]:
    """Read a table with columns from COLUMNS; only `question` is required. Empty cells are left out.

    The cell `criteria` has one claim per line. A claim that begins with "! " is critical, one with "- " negative.
    """
    records = _records(text, _MAX_RECORDS)
    if records is None:
        # pandas does not say which record is invalid: find the smallest number of records that cannot be read.
        row = bisect_left(range(1, _MAX_RECORDS), True, key=lambda count: _records(text, count) is None) + 1
        line = 1 + sum(_height(cells) for cells in _records(text, row - 1) or [])
        what = "this row has a quotation mark that is never closed, or far too many cells; correct it"
        return [Problem(what, line, row)]
    if len(records) == _MAX_RECORDS:
        return [Problem(f"it has {len(records)} rows or more, counting blank ones; split it")]
    starts = accumulate((_height(cells) for cells in records), initial=1)
    places = enumerate(zip(records, starts, strict=False), 1)
    rows = [(cells, line, row) for row, (cells, line) in places if any(cell.strip() for cell in cells)]
    if not rows:
        return []
    cells, *place = rows[0]
    header = [cell.strip() for cell in cells]
    while not header[-1]:
        header.pop()
    problems = [Problem(what, *place) for what in _header_problems(header)]
    return problems or [_csv_item(header, *row) for row in rows[1:]]


def _records(text: str, limit: int) -> list[list[str]] | None:
    """Return the cells of the first `limit` records, blank ones included; None if one of them is invalid."""
    options: dict[str, Any] = {"dtype": str, "keep_default_na": False, "skip_blank_lines": False}
    try:
        table = pd.read_csv(StringIO(text), header=None, names=range(_MAX_CELLS), nrows=limit, **options)
    except pd.errors.ParserError:
        return None
    # If the first record has too many cells, pandas turns them into an index.
    cells: list[list[str]] = table.to_numpy().tolist()
    return cells if isinstance(table.index, pd.RangeIndex) else None


def _height(cells: list[str]) -> int:
    return 1 + "".join(cells).count("\n")


def _header_problems(header: list[str]) -> Iterator[str]:
    if "question" not in header:
        yield f"there is no column `question`; the columns can be {', '.join(COLUMNS)}"
    for number, name in enumerate(header):
        if name not in COLUMNS:
            yield f"{shown(name)} is not a column; {nearest(name, COLUMNS)}"
        elif name in header[:number]:
            yield f"the column {shown(name)} appears twice; keep one"


def _csv_item(header: list[str], cells: list[str], line: int, row: int) -> RawItem | Problem:
    if any(cell.strip() for cell in cells[len(header) :]):
        return Problem("this row has more cells than the header; put texts with commas in quotation marks", line, row)
    starts = accumulate((cell.count("\n") for cell in cells), initial=line)
    lines: dict[Spot, int] = {(): line, **{(name,): start for name, start in zip(header, starts, strict=False)}}
    fields: dict[str, object] = {name: cell for name, cell in zip(header, cells, strict=False) if cell.strip()}
    if "criteria" in fields:
        claims = cells[header.index("criteria")].split("\n")
        fields["criteria"] = [_claim(claim.strip()) for claim in claims if claim.strip()]
    return _item(fields, lines, row)


def _claim(claim: str) -> dict[str, object]:
    marks: dict[str, object] = {}
    while (mark := _CLAIM_MARKS.get(claim[:2])) and mark not in marks:
        marks[mark], claim = True, claim[2:].lstrip()
    return {"claim": claim, **marks}
