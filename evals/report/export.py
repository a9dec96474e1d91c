"""Answers as files for other programs: CSV for a spreadsheet, JSONL for code. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import pandas as pd

from evals.analysis.scorecard import Scorecard
from evals.judge.judged_answers import JudgedAnswer
from llmfirst import PHASES

# A spreadsheet takes a cell that begins so for a formula, and a formula in a model's answer may send data away.
# The full-width signs are the same to an Excel whose language is Korean or Japanese.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
# Without it a spreadsheet reads Korean in its country's code page.
_BYTE_ORDER_MARK: Final = "\ufeff"
# The files' own words: programs of others read them, so they stay where a name in the code changes. Times are seconds.
COLUMNS: Final[Mapping[str, Callable[[JudgedAnswer], object]]] = {
    "run_id": lambda one: one.attempt.run_id,
    "case_id": lambda one: one.case.id,
    "question": lambda one: one.case.question,
    "category": lambda one: one.case.category,
    "language": lambda one: one.case.language,
    "target": lambda one: one.model,
    "repeat": lambda one: one.attempt.trial.repeat,
    "attempt": lambda one: one.attempt.attempt,
    "asked_at": lambda one: one.attempt.asked_at.isoformat(),
    "outcome": lambda one: one.attempt.outcome,
    "error": lambda one: one.attempt.error,
    "is_error": lambda one: one.attempt.is_error,
    "first_text": lambda one: one.timing.first_text_seconds,
    "core_first_text": lambda one: one.timing.core_first_text_seconds,
    "total": lambda one: one.timing.total_seconds,
    "ttft": lambda one: one.timing.metrics.ttft,
    "core_ttft": lambda one: one.timing.metrics.core_ttft,
    "total_time": lambda one: one.timing.metrics.total_time,
    "queued": lambda one: one.timing.queued_seconds,
    "loading": lambda one: one.timing.metrics.loading,
    "prefill": lambda one: one.timing.prefill_seconds,
    "rest": lambda one: one.timing.rest_seconds,
    "phases": lambda one: one.timing.metrics.phases,
    "phase_first_text": lambda one: one.timing.phase_first_text_seconds,
    "tokens": lambda one: one.timing.metrics.tokens,
    "tokens_per_second": lambda one: one.timing.metrics.tokens_per_second,
    "itl_mean": lambda one: one.timing.token_seconds,
    "longest_gap": lambda one: one.timing.longest_gap_seconds,
    "unnamed_silence": lambda one: one.timing.unnamed_silence_seconds,
    "was_cold": lambda one: one.timing.metrics.cold,
    "cached_share": lambda one: one.timing.cached_share,
    "load_average": lambda one: one.attempt.load_average,
    "item": lambda one: one.item,
    "criteria_passed": lambda one: one.criteria_passed,
    "criteria_decided": lambda one: one.criteria_decided,
    "criteria_total": lambda one: len(one.case.criteria),
    "failed_checks": lambda one: one.failed_checks,
    "accounted_share": lambda one: one.attempt.accounted_share,
    "unbacked_decisions": lambda one: one.attempt.unbacked_decisions,
    "guards": lambda one: one.attempt.guards,
    "text": lambda one: one.attempt.text,
    "review": lambda one: one.timing.metrics.review,
    "quality": lambda one: one.quality,
}
_BY_PHASE: Final = ("phases", "phase_first_text")


def answers_csv(answers: Sequence[JudgedAnswer]) -> str:
    """Return a head line and one record for each answer; what was not measured is empty.

    It opens in Excel as it is: a byte order mark comes first, rows end as on Windows, and a text that Excel would take
    for a formula has an apostrophe before it.
    """
    table = pd.DataFrame([_cells(one) for one in answers], columns=_wide(), dtype=object)
    return _BYTE_ORDER_MARK + table.to_csv(index=False, lineterminator="\r\n")


def answers_jsonl(answers: Sequence[JudgedAnswer]) -> str:
    """Return one JSON object a line for each answer; what was not measured is null."""
    return "".join(f"{json.dumps(answer_json(one), ensure_ascii=False, allow_nan=False)}\n" for one in answers)


def answer_json(answer: JudgedAnswer) -> dict[str, Any]:
    """Return an answer as values that JSON knows."""
    return {name: value_of(answer) for name, value_of in COLUMNS.items()}


def scorecard_json(card: Scorecard) -> dict[str, Any]:
    """Return a scorecard as values that JSON knows; `target` is the key of its model."""
    figures = asdict(card)
    tiers = [
        {"tier": one.tier.number, "finding": one.finding, "rows": list(map(asdict, one.rows))} for one in card.tiers
    ]
    return {"target": figures.pop("model")} | figures | {"tiers": tiers}


def _wide() -> list[str]:
    """Return the columns of a table; a figure of each phase has one for each."""
    wide = ([f"{name}_{phase}" for phase in PHASES] if name in _BY_PHASE else [name] for name in COLUMNS)
    return [name for some in wide for name in some]


def _cells(answer: JudgedAnswer) -> dict[str, object]:
    cells: dict[str, object] = {}
    for name, value in answer_json(answer).items():
        if isinstance(value, Mapping):
            cells |= {f"{name}_{phase}": value.get(phase) for phase in PHASES}
        elif isinstance(value, tuple):
            cells[name] = _guarded("; ".join(value))
        else:
            cells[name] = _guarded(value) if isinstance(value, str) else value
    return cells


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
