"""Prints the results of an evaluation and chooses the exit code."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from evals.analysis.compare import ModelComparison
from evals.analysis.scorecard import Scorecard
from evals.analysis.summary import Summary
from evals.report.export import scorecard_json
from evals.report.sentences import (
    as_judged_sentence,
    finding_sentence,
    firsts_sentence,
    on_time_sentence,
    self_knowledge_sentence,
    thinks_sentence,
    trust_sentences,
)
from evals.report.value import value_json, value_view
from evals.report.verdict import verdict
from evals.texts import texts_in
from llmfirst import visible

PASSED: Final = 0
FAILED: Final = 1
USAGE: Final = 2
CANNOT_TELL: Final = 3
JUDGE_NOT_TRUSTWORTHY: Final = 4


def printed(given: argparse.Namespace, summary: Summary) -> int:
    """Print the scorecards as text or, with `--json`, as JSON; return the exit code for the tier in `given`."""
    if given.json:
        sys.stdout.write(json.dumps(scorecards_json(summary), ensure_ascii=False, indent=2) + "\n")
    else:
        for card in summary.scorecards:
            sys.stdout.write(card_text(card) + "\n")
        sys.stdout.write(f"{texts_in('en').common.firsts_meaning}\n")
        sys.stdout.write(value_text(summary))
    return exit_code(summary.scorecards, given.tier)


def exit_code(cards: Sequence[Scorecard], tier: int) -> int:
    """Return the exit code for a tier: first whether the judge is untrustworthy, then whether any model fails."""
    if any(card.quality.trust == "not_trustworthy" for card in cards):
        return JUDGE_NOT_TRUSTWORTHY
    findings = {one.finding for card in cards for one in card.tiers if one.tier.number == tier}
    if "fail" in findings:
        return FAILED
    return PASSED if findings == {"pass"} else CANNOT_TELL


def card_text(card: Scorecard) -> str:
    """Return a scorecard as English text."""
    lines = [f"{visible(card.model)}: {card.attempts} answers, {card.errors} errors, {card.cold} cold"]
    lines.append(f"  {verdict(card, 'en').sentence}")
    lines.append(f"  {': '.join(trust_sentences(card.quality, 'en'))}")
    lines += [f"  {thinks_sentence(card.thought_median, 'en')}"] if card.thought_median is not None else []
    lines.append(f"  {firsts_sentence(card, 'en')}")
    if card.quality.rate is not None:
        lines.append(f"  {as_judged_sentence(card.quality, 'en')}")
        lines.append(f"  {texts_in('en').report.in_target}: {on_time_sentence(card, 'en')}")
    if card.is_self_judged:
        lines.append("  self-judged: the model under test judges its own answers")
    if card.self_knowledge is not None:
        lines.append(f"  {self_knowledge_sentence(card.self_knowledge, 'en')}")
    for one in card.tiers:
        lines.append(f"  tier {one.tier.number}: {one.finding}")
        lines += [f"    {finding_sentence(row, one.tier, 'en')}" for row in one.rows]
    return "\n".join(lines)


def value_text(summary: Summary) -> str:
    """Return what answers are worth to a reader who stops, as English text; empty if no moment was asked for."""
    view = value_view(summary, "en")
    if view is None:
        return ""
    lines = [f"  {visible(view.sentence)}"] if view.sentence else []
    for moment, cells in view.rows:
        parts = zip(view.models, cells, strict=True)
        told = [f"{visible(model)} {cell.value}{f' ({cell.small})' if cell.small else ''}" for model, cell in parts]
        lines.append(f"  {moment}: {'; '.join(told)}")
    for moment, sentences in view.people:
        lines += [f"  {moment}:", *(f"    {visible(sentence)}" for sentence in sentences)]
    lines += [f"  {view.method}"] if view.method else []
    return "\n".join([texts_in("en").value.title, *lines, ""])


def scorecards_json(summary: Summary) -> dict[str, Any]:
    """Return the scorecards as JSON-serializable values."""
    evaluation = summary.evaluation
    return {
        "evaluation": evaluation.evaluation_id,
        "suite": {"name": evaluation.suite.name, "sha256": evaluation.suite.sha256},
        "judge": None if evaluation.judge is None else evaluation.judge.model_dump(mode="json"),
        "models": [scorecard_json(card) for card in summary.scorecards],
        "value": value_json(summary),
    }


def comparison_json(comparing: ModelComparison) -> dict[str, Any]:
    """Return a comparison as JSON-serializable values."""
    return {
        "deltas": [asdict(delta) for delta in comparing.deltas],
        "changes": [
            {
                "case": one.case_id,
                "kind": one.kind,
                "quality": one.quality,
                "seconds": one.seconds,
                "pace": one.pace,
                "first_run": one.first.attempt.run_id,
                "second_run": one.second.attempt.run_id,
            }
            for one in comparing.changes
        ],
        "left_out": comparing.left_out,
    }
