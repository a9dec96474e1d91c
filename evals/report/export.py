"""Answers as files for other programs: CSV for a spreadsheet, JSONL for code. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, Final

import pandas as pd

from evals.analysis.rows import AnswerRow
from llmfirst import PHASES

# A spreadsheet takes a cell that begins so for a formula, and a formula in a model's answer may send data away.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
# Without it a spreadsheet reads Korean in its country's code page.
_BYTE_ORDER_MARK: Final = "\ufeff"
_BY_PHASE: Final = ("phases", "phase_first_text")


def answers_csv(rows: Sequence[AnswerRow]) -> str:
    """Return a head line and one record for each answer; what was not measured is empty, times are seconds.

    A text that a spreadsheet would take for a formula has an apostrophe before it. A byte order mark comes first.
    """
    table = pd.DataFrame([_cells(row) for row in rows], columns=_columns(), dtype=object)
    return _BYTE_ORDER_MARK + table.to_csv(index=False, lineterminator="\n")


def answers_jsonl(rows: Sequence[AnswerRow]) -> str:
    """Return one JSON object a line for each answer; what was not measured is null."""
    return "".join(f"{json.dumps(answer_json(row), ensure_ascii=False, allow_nan=False)}\n" for row in rows)


def answer_json(row: AnswerRow) -> dict[str, Any]:
    """Return an answer as values that JSON knows; times are seconds."""
    return asdict(row) | {"asked_at": row.asked_at.isoformat(), "quality": row.quality}


def _columns() -> list[str]:
    names = [field.name for field in fields(AnswerRow)]
    wide = ([f"{name}_{phase}" for phase in PHASES] if name in _BY_PHASE else [name] for name in names)
    return [*(name for some in wide for name in some), "quality"]


def _cells(row: AnswerRow) -> dict[str, object]:
    cells: dict[str, object] = {}
    for name, value in answer_json(row).items():
        if name in _BY_PHASE and isinstance(value, Mapping):
            cells |= {f"{name}_{phase}": value.get(phase) for phase in PHASES}
        elif isinstance(value, tuple):
            cells[name] = _guarded("; ".join(value))
        else:
            cells[name] = _guarded(value) if isinstance(value, str) else value
    return cells


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
