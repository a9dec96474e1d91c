"""Writes a suite as a file that is read back as it was: YAML, JSON lines or a table."""

import csv
import json
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final, Literal

from evals.suite.cases import Case, Suite
from evals.suite.table_file import COLUMNS, FORMULA_STARTS, criteria_in
from evals.suite.yaml_file import write_yaml

FileKind = Literal["yaml", "jsonl", "csv"]
# Without it, a spreadsheet reads the file in its local code page and garbles Korean.
_BYTE_ORDER_MARK: Final = "\ufeff"
_EXACT_FLOAT: Final = 2**53


def suite_file(suite: Suite, kind: FileKind) -> str:
    """Return the text of the file. Only YAML has a place for the name and the title of the suite."""
    items = [fields_of(case) for case in suite.cases]
    match kind:
        case "yaml":
            return write_yaml({"suite": suite.name, "title": suite.title, "items": items})
        case "jsonl":
            return "".join(f"{_json(item)}\n" for item in items)
        case "csv":
            return _BYTE_ORDER_MARK + _table(items)


def fields_of(case: Case) -> dict[str, Any]:
    """Return the fields of a case as a file has them, without those that say nothing."""
    fields = case.model_dump(mode="json", exclude_defaults=True)
    plain: dict[str, Any] = _with_whole_numbers({"id": case.id, **fields})
    return plain


def _with_whole_numbers(value: Any) -> Any:
    """Write 1800 and not 1800.0."""
    match value:
        case float() if value.is_integer() and abs(value) < _EXACT_FLOAT:
            return int(value)
        case dict():
            return {name: _with_whole_numbers(inner) for name, inner in value.items()}
        case list():
            return [_with_whole_numbers(inner) for inner in value]
        case _:
            return value


def _table(items: Sequence[Mapping[str, Any]]) -> str:
    """Return a table with the columns that any item needs, as a spreadsheet opens it without further steps."""
    columns = [name for name in COLUMNS if any(name in item for item in items)]
    file = StringIO()
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(columns)
    rows.writerows([_guarded(_cell(name, item.get(name))) for name in columns] for item in items)
    return file.getvalue()


def _cell(column: str, value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if column == "criteria":
        lines = "\n".join(
            f"{'! ' * one.get('critical', False)}{'- ' * one.get('negative', False)}{one['claim']}" for one in value
        )
        return lines if criteria_in(lines) == value else _json(value)
    return _json(value)


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA_STARTS) else cell


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
