"""Exports answers as CSV for spreadsheets and as JSONL for programs. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import pandas as pd

from evals.analysis.scorecard import Scorecard
from evals.judge.judged_answers import JudgedAnswer
from llmfirst import PHASES, SelfQuestion

# A spreadsheet evaluates a cell that begins like this as a formula, and a formula in an answer could send data away.
# A Korean or Japanese Excel treats the full-width signs like the others.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
# Without it, a spreadsheet reads the file in its local code page and garbles Korean.
_BYTE_ORDER_MARK: Final = "\ufeff"
# The names of the columns, in the files' order. Other programs read them, so they never change. Times are in seconds.
COLUMNS: Final[Mapping[str, Callable[[JudgedAnswer], object]]] = {
    "run_id": lambda answer: answer.attempt.run_id,
    "case_id": lambda answer: answer.case.id,
    "question": lambda answer: answer.case.question,
    "category": lambda answer: answer.case.category,
    "language": lambda answer: answer.case.language,
    "target": lambda answer: answer.model,
    "repeat": lambda answer: answer.attempt.trial.repeat,
    "attempt": lambda answer: answer.attempt.attempt,
    "asked_at": lambda answer: answer.attempt.asked_at.isoformat(),
    "outcome": lambda answer: answer.attempt.outcome,
    "error": lambda answer: answer.attempt.error,
    "is_error": lambda answer: answer.attempt.is_error,
    "first_text": lambda answer: answer.timing.first_text_seconds,
    "core_first_text": lambda answer: answer.timing.core_first_text_seconds,
    "total": lambda answer: answer.timing.total_seconds,
    "ttft": lambda answer: answer.timing.metrics.ttft,
    "core_ttft": lambda answer: answer.timing.metrics.core_ttft,
    "total_time": lambda answer: answer.timing.metrics.total_time,
    "queued": lambda answer: answer.timing.queued_seconds,
    "loading": lambda answer: answer.timing.metrics.loading,
    "prefill": lambda answer: answer.timing.prefill_seconds,
    "rest": lambda answer: answer.timing.rest_seconds,
    "phases": lambda answer: answer.timing.metrics.phases,
    "phase_first_text": lambda answer: answer.timing.phase_first_text_seconds,
    "tokens": lambda answer: answer.timing.metrics.tokens,
    "tokens_per_second": lambda answer: answer.timing.metrics.tokens_per_second,
    "itl_mean": lambda answer: answer.timing.token_seconds,
    "longest_gap": lambda answer: answer.timing.longest_gap_seconds,
    "unnamed_silence": lambda answer: answer.timing.unnamed_silence_seconds,
    "was_cold": lambda answer: answer.timing.metrics.cold,
    "cached_share": lambda answer: answer.timing.cached_share,
    "load_average": lambda answer: answer.attempt.load_average,
    "item": lambda answer: answer.item,
    "criteria_passed": lambda answer: answer.criteria_passed,
    "criteria_decided": lambda answer: answer.criteria_decided,
    "criteria_total": lambda answer: len(answer.case.criteria),
    "failed_checks": lambda answer: answer.failed_checks,
    "accounted_share": lambda answer: answer.attempt.accounted_share,
    "unbacked_decisions": lambda answer: answer.attempt.unbacked_decisions,
    "guards": lambda answer: answer.attempt.guards,
    "text": lambda answer: answer.attempt.text,
    "review": lambda answer: answer.timing.metrics.review,
    "quality": lambda answer: answer.quality,
    "self_asked": lambda answer: _said(answer, "asked"),
    "self_language": lambda answer: _said(answer, "language"),
    "self_core": lambda answer: _said(answer, "core"),
    "self_by": lambda answer: None if (verdict := answer.timing.metrics.self_verdict) is None else verdict.by,
    "self_verdict": lambda answer: answer.timing.metrics.self_verdict_seconds,
    "first_token": lambda answer: answer.timing.first_token_seconds,
    "any_ttft": lambda answer: answer.timing.metrics.any_ttft,
    "thought": lambda answer: answer.timing.metrics.thought_seconds,
    "energy_joules": lambda answer: answer.timing.metrics.energy_joules,
}
_BY_PHASE: Final = ("phases", "phase_first_text")


def answers_csv(answers: Sequence[JudgedAnswer]) -> str:
    """Return a CSV with a header and one record per answer; values that were not measured are empty.

    It opens in Excel without further steps: it begins with a byte order mark, rows end as on Windows, and texts that
    Excel would evaluate as formulas get a leading apostrophe.
    """
    table = pd.DataFrame([_cells(answer) for answer in answers], columns=_wide(), dtype=object)
    return _BYTE_ORDER_MARK + table.to_csv(index=False, lineterminator="\r\n")


def answers_jsonl(answers: Sequence[JudgedAnswer]) -> str:
    """Return one line of JSON per answer; values that were not measured are null."""
    return "".join(f"{json.dumps(answer_json(answer), ensure_ascii=False, allow_nan=False)}\n" for answer in answers)


def answer_json(answer: JudgedAnswer) -> dict[str, Any]:
    """Return an answer as JSON-serializable values, by column."""
    return {name: value_of(answer) for name, value_of in COLUMNS.items()}


def scorecard_json(card: Scorecard) -> dict[str, Any]:
    """Return a scorecard as JSON-serializable values; `target` is the key of its model."""
    figures = asdict(card)
    tiers = [
        {"tier": card_tier.tier.number, "finding": card_tier.finding, "rows": list(map(asdict, card_tier.rows))}
        for card_tier in card.tiers
    ]
    return {"target": figures.pop("model")} | figures | {"tiers": tiers}


def _said(answer: JudgedAnswer, question: SelfQuestion) -> float | None:
    """Return the model's own probability of yes."""
    verdict = answer.timing.metrics.self_verdict
    return None if verdict is None else verdict.yes.get(question)


def _wide() -> list[str]:
    """Return the columns of the CSV: a value per phase becomes one column for each phase."""
    columns = ([f"{name}_{phase}" for phase in PHASES] if name in _BY_PHASE else [name] for name in COLUMNS)
    return [name for names in columns for name in names]


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
