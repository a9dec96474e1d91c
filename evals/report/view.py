"""Builds the views of models: everything that report and page show of one, as text in one language. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from evals.analysis.scorecard import Scorecard
from evals.analysis.target_checks import Finding, TargetCheck
from evals.judge.verdicts import ItemVerdict
from evals.records.evaluation import Evaluation
from evals.report.numbers import seconds, seconds_or_dash, seconds_range, size
from evals.report.sentences import (
    as_judged_sentence,
    finding_sentence,
    firsts_sentence,
    on_time_sentence,
    row_reason,
    row_target,
    row_title,
    row_value,
    self_knowledge_sentence,
    thinks_sentence,
    trust_sentences,
)
from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import Tier

Sign = Literal["pass", "fail", "unsure", "absent"]
SIGNS: Final[dict[Finding, Sign]] = {
    "pass": "pass",
    "fail": "fail",
    "cannot tell": "unsure",
    "not measured": "absent",
}
ITEM_SIGNS: Final[dict[ItemVerdict | None, Sign]] = {
    "passed": "pass",
    "failed": "fail",
    "abstained": "unsure",
    None: "absent",
}


@dataclass(frozen=True)
class Marked:
    """A finding as a word, with the sign that is drawn beside it."""

    sign: Sign
    word: str
    said: Sign | None = None
    """The sign of a verdict that cannot be trusted; `sign` is then `unsure`."""


@dataclass(frozen=True)
class RowView:
    """One target of a tier, in parts and as a sentence."""

    name: str
    found: Marked
    reason: str
    value: str
    title: str
    target: str
    sentence: str


@dataclass(frozen=True)
class TierView:
    """One tier of one model."""

    name: str
    found: Marked
    rows: tuple[RowView, ...]


@dataclass(frozen=True)
class ModelView:
    """The results of one model."""

    key: str
    about: tuple[str, ...]
    """Facts about the model itself, such as its size."""
    trust: tuple[tuple[str, str], ...]
    """States of trust, each with its meaning."""
    tiers: tuple[TierView, ...]
    in_target: str
    """The share of answers that were in time and passed."""
    thinks: str
    """How long the model thinks per answer; empty if it does not."""
    facts: tuple[str, ...]
    """Counts and statistics beside the targets."""

    @property
    def lines(self) -> tuple[tuple[RowView, ...], ...]:
        """For each target the rows of all tiers, or a single row if they are equal."""
        lines = zip(*(tier.rows for tier in self.tiers), strict=True)
        return tuple(rows[:1] if len(set(rows)) == 1 else rows for rows in lines)


def model_view(evaluation: Evaluation, card: Scorecard, language: Language) -> ModelView:
    """Return the view of one model; unknown facts are left out."""
    labels, words, common = texts_in(language).report, texts_in(language).names, texts_in(language).common
    model = evaluation.model(card.model)
    about = [
        f"{labels.parameters} {model.parameters}" if model.parameters else "",
        f"{labels.quantization} {model.quantization}" if model.quantization else "",
        f"{labels.size} {size(model.size_bytes)}" if model.size_bytes is not None else "",
        f"{labels.digest} {model.digest}" if model.digest else "",
        f"{labels.profile} {', '.join(card.profiles)}" if card.profiles else "",
        f"{labels.told} {', '.join(card.thinks)}" if card.thinks else "",
    ]
    trust = [(words.no_judge, labels.no_judge_meaning)]
    if evaluation.judge is not None:
        trust = [trust_sentences(card.quality, language)]
        trust += [(words.self_judged, common.self_judged_meaning)] if card.is_self_judged else []
    return ModelView(
        key=card.model,
        about=tuple(part for part in about if part),
        trust=tuple(trust),
        tiers=tuple(
            TierView(
                common.tier.format(number=card_tier.tier.number),
                _marked(card_tier.finding, language),
                tuple(_row(row, card_tier.tier, language) for row in card_tier.rows),
            )
            for card_tier in card.tiers
        ),
        in_target=on_time_sentence(card, language),
        thinks="" if card.thought_median is None else thinks_sentence(card.thought_median, language),
        facts=tuple(_facts(card, language)),
    )


def _row(row: TargetCheck, tier: Tier, language: Language) -> RowView:
    return RowView(
        name=texts_in(language).names.targets[row.name],
        found=_marked(row.finding, language),
        reason="" if row.finding == "pass" and row.bound is None else row_reason(row, language),
        value="" if row.finding == "not measured" else row_value(row, language),
        title=row_title(row, tier, language),
        target=row_target(row, language),
        sentence=finding_sentence(row, tier, language),
    )


def _marked(finding: Finding, language: Language) -> Marked:
    return Marked(SIGNS[finding], texts_in(language).names.findings[finding])


def _facts(card: Scorecard, language: Language) -> Iterator[str]:
    """Yield statistics and counts; counts of zero are left out."""
    texts, labels = texts_in(language), texts_in(language).report
    yield firsts_sentence(card, language)
    if card.quality.rate is not None:
        yield as_judged_sentence(card.quality, language)
    if card.first_text_p95 is not None:
        interval = card.first_text_p95_interval
        certainty = labels.too_few if interval is None else seconds_range(interval, language)
        warm = card.attempts - card.cold
        yield f"{labels.p95}: {seconds(card.first_text_p95, language)} ({certainty}, n = {warm})"
        yield f"{labels.token_p95}: {seconds_or_dash(card.first_token_p95, language)}"
    yield f"{texts.common.answers}: {card.attempts}"
    counted = {
        texts.names.outcomes["failed"]: card.errors,
        labels.cold: card.cold,
        labels.shortened: card.shortened,
        labels.cached: card.cached,
        labels.form_failed: card.form_failed,
        labels.abstained: card.quality.abstained,
    }
    yield from (f"{label}: {count}" for label, count in counted.items() if count)
    if card.self_knowledge is not None:
        yield self_knowledge_sentence(card.self_knowledge, language)
