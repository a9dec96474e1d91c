"""Writes the verdict on each model: whether it is fast and good, which tier it reaches, and what to do next. Pure."""

from dataclasses import dataclass
from typing import assert_never

from evals.analysis.scorecard import Scorecard, TierCard
from evals.analysis.target_checks import LEAST_ATTEMPTS, Finding, TargetCheck
from evals.report.numbers import seconds, share, whole
from evals.suite.cases import Language
from evals.texts import VerdictTexts, texts_in


@dataclass(frozen=True)
class Verdict:
    """One model in one or two sentences."""

    model: str
    headline: str
    """Fast? Good?"""
    tiers: str
    """Which tier is reached, and what the next one misses."""
    next_step: str
    """What to do next; empty if there is nothing to do."""

    @property
    def sentence(self) -> str:
        return " ".join(part for part in (self.headline, self.tiers, self.next_step) if part)


def verdict(card: Scorecard, language: Language) -> Verdict:
    """Return the verdict on one model."""
    words = texts_in(language).verdict
    rows = {row.name: row for row in card.tiers[0].rows}
    headline = words.headline.format(
        speed=words.speed[_worst(rows["first_text"].finding, rows["total"].finding)],
        quality=words.quality[rows["quality"].finding],
    )
    reached = [one for one in card.tiers if one.finding == "pass"]
    ahead = next((one for one in card.tiers if one.finding != "pass"), None)
    if ahead is None:
        return Verdict(card.model, headline, words.every_tier, "")
    misses = sorted((row for row in ahead.rows if row.finding != "pass"), key=lambda row: row.finding != "fail")
    tiers = (words.missed if ahead.finding == "fail" else words.unproved).format(
        reached=words.reached.format(tier=reached[-1].tier.number) if reached else "",
        tier=ahead.tier.number,
        why=words.between.join(_miss(row, ahead, language) for row in misses),
    )
    steps = dict.fromkeys(_next_step(row, words) for row in misses if row.finding == misses[0].finding)
    return Verdict(card.model, headline, tiers, " ".join(step for step in steps if step))


def _worst(*findings: Finding) -> Finding:
    order: tuple[Finding, ...] = ("fail", "cannot tell", "not measured", "pass")
    return min(findings, key=order.index)


def _miss(row: TargetCheck, tier: TierCard, language: Language) -> str:
    """Return what one row misses, with its numbers."""
    texts = texts_in(language)
    words, name = texts.verdict, texts.names.targets[row.name]
    if row.finding == "not measured" or (row.name == "quality" and row.interval is None):
        return words.no_figure.format(name=name, reason=texts.names.reasons[row.reason])
    if row.value is None:
        return words.no_figure.format(name=name, reason=texts.sentences.some_failed)
    limits = tier.tier
    match row.name:
        case "quality":
            assert row.interval is not None
            target = share(row.target, language).replace(".0", "")
            if row.finding == "fail":
                return words.quality_below.format(high=share(row.interval.high, language), target=target)
            return words.quality_open.format(low=share(row.interval.low, language), target=target)
        case "first_text" if row.reason == "too_few":
            return words.few_answers.format(count=row.count, needed=LEAST_ATTEMPTS)
        case "first_text":
            return words.first_text.format(
                limit=whole(limits.first_text_seconds, language),
                value=share(row.value, language),
                target=share(row.target, language).replace(".0", ""),
            )
        case "total" if row.unit == "share":
            return words.total.format(limit=whole(limits.total_seconds, language), value=share(row.value, language))
        case "total":
            return words.mean.format(limit=whole(limits.total_seconds, language), value=seconds(row.value, language))
        case "llm_first":
            return words.llm_first.format(value=share(row.value, language))
        case "streaming":
            return words.streaming.format(value=seconds(row.value, language), limit=whole(row.target, language))
        case _:
            assert_never(row.name)


def _next_step(row: TargetCheck, words: VerdictTexts) -> str:
    match row.reason:
        case "too_few" | "interval_reaches_over" if row.more is not None:
            return (words.more_items if row.name == "quality" else words.more_answers).format(count=row.more)
        case "too_few" | "interval_reaches_over":
            return words.too_close
        case "missed" if row.name == "quality":
            return words.better_model
        case "missed" if row.name in ("first_text", "total"):
            return words.faster_model
        case "judge_unproven" | "judge_not_trustworthy" | "no_judge" | "harness_late":
            return words.ways[row.reason]
        case _:
            return ""
