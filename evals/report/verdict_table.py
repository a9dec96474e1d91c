"""Lays out the models of an evaluation as one table: models in columns, targets in rows. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from evals.analysis.scorecard import Scorecard
from evals.analysis.target_checks import FIRST_TEXT_SHARE, SILENCE_SECONDS, Finding, TargetCheck, TargetName
from evals.report.numbers import seconds, seconds_or_dash, share, share_range, whole
from evals.report.view import SIGNS, Sign
from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import TIERS, Interval

_TIMED: Final[tuple[TargetName, ...]] = ("first_text", "total")
_WHOLE: Final[tuple[TargetName, ...]] = ("llm_first", "streaming")


@dataclass(frozen=True)
class TierMark:
    """Whether one tier's target is met, as a sign with its words."""

    tier: int
    sign: Sign
    said: str


@dataclass(frozen=True)
class TableCell:
    """What one model reached of one target."""

    value: str
    small: str = ""
    """Interval and count."""
    marks: tuple[TierMark, ...] = ()
    """One for each tier; none for what has no target."""
    is_word: bool = False
    """Whether the value is a word in place of a figure."""


@dataclass(frozen=True)
class TableRow:
    """One target for all models."""

    name: str
    target: str
    cells: tuple[TableCell, ...]


def verdict_rows(cards: Sequence[Scorecard], language: Language) -> tuple[TableRow, ...]:
    """Return the rows of the table: the tiers first, then each target, then what has no target."""
    return tuple(_rows(cards, language))


def _rows(cards: Sequence[Scorecard], language: Language) -> Iterator[TableRow]:
    texts = texts_in(language)
    words, targets, times = texts.verdict, texts.names.targets, texts.names.times
    wanted = _wanted(language)
    yield TableRow(words.tier, "", tuple(TableCell("", marks=_tiers(card, language)) for card in cards))
    yield TableRow(targets["quality"], wanted["quality"], tuple(_quality(card, language) for card in cards))
    for name in _TIMED:
        yield TableRow(targets[name], wanted[name], tuple(_time(card, name, language) for card in cards))
    yield TableRow(texts.report.in_target, "", tuple(_on_time(card, language) for card in cards))
    for name in _WHOLE:
        yield TableRow(targets[name], wanted[name], tuple(_whole(card, name, language) for card in cards))
    plain: dict[str, list[str]] = {
        times["first_token"]: [seconds_or_dash(_first_token(card), language) for card in cards],
        times["thought"]: [seconds_or_dash(card.thought_median, language) for card in cards],
        words.tokens_per_second: ["–" if (rate := card.tokens_per_second) is None else f"{rate:.1f}" for card in cards],
    }
    for label, values in plain.items():
        if any(value != "–" for value in values):
            yield TableRow(
                label, "", tuple(TableCell(value, words.typical if value != "–" else "") for value in values)
            )


def _wanted(language: Language) -> dict[TargetName, str]:
    """Return the targets of all tiers in words."""
    every, means = (
        [f"{tier.total_seconds:g}" for tier in TIERS if tier.total_is == kind] for kind in ("every answer", "mean")
    )
    numbers = texts_in(language).numbers
    figures = {
        "qualities": " / ".join(f"{100 * tier.quality:g}" for tier in TIERS) + numbers.per_cent,
        "share": f"{100 * FIRST_TEXT_SHARE:g}{numbers.per_cent}",
        "firsts": " / ".join(f"{tier.first_text_seconds:g}" for tier in TIERS) + numbers.second,
        "every": " / ".join(every) + numbers.second,
        "means": " / ".join(means) + numbers.second,
        "silence": whole(SILENCE_SECONDS, language),
    }
    return {name: text.format(**figures) for name, text in texts_in(language).verdict.targets.items()}


def _quality(card: Scorecard, language: Language) -> TableCell:
    rate, names = card.quality.rate, texts_in(language).names
    marks = _marks(card, "quality", language)
    if rate is None:
        said = names.no_judge if _row(card, "quality").reason == "no_judge" else names.trust[card.quality.trust]
        return TableCell(said, marks=marks, is_word=True)
    return TableCell(share(rate.value, language), _small(rate.interval, card.quality.passed.total, language), marks)


def _on_time(card: Scorecard, language: Language) -> TableCell:
    rate = card.on_time_and_passed
    if rate is None:
        return TableCell("–")
    return TableCell(share(rate.value, language), _small(rate.interval, card.quality.passed.total, language))


def _time(card: Scorecard, name: TargetName, language: Language) -> TableCell:
    """Return the median, and beside it the share of answers within the time of the first tier."""
    row, limits = _row(card, name), card.tiers[0].tier
    median = card.first_text_median if name == "first_text" else card.total_median
    limit = limits.first_text_seconds if name == "first_text" else limits.total_seconds
    small = ""
    if row.value is not None:
        words = texts_in(language).verdict
        small = words.within.format(
            share=share(row.value, language),
            limit=whole(limit, language),
            small=_small(row.interval, row.count, language),
        )
    return TableCell(seconds_or_dash(median, language), small, _marks(card, name, language))


def _whole(card: Scorecard, name: TargetName, language: Language) -> TableCell:
    row = _row(card, name)
    if row.value is None:
        return TableCell("–")
    value = share(row.value, language) if row.unit == "share" else seconds(row.value, language)
    return TableCell(value, _small(row.interval, row.count, language), _marks(card, name, language))


def _first_token(card: Scorecard) -> float | None:
    """Return the median of the first token of any kind, where it is not that of the first text."""
    return None if card.first_token_median == card.first_text_median else card.first_token_median


def _row(card: Scorecard, name: TargetName) -> TargetCheck:
    return next(row for row in card.tiers[0].rows if row.name == name)


def _tiers(card: Scorecard, language: Language) -> tuple[TierMark, ...]:
    return tuple(_mark(one.tier.number, one.finding, language) for one in card.tiers)


def _marks(card: Scorecard, name: TargetName, language: Language) -> tuple[TierMark, ...]:
    """Return what each tier finds of a target."""
    found = [(tier.tier.number, row.finding) for tier in card.tiers for row in tier.rows if row.name == name]
    return tuple(_mark(number, finding, language) for number, finding in found)


def _mark(number: int, finding: Finding, language: Language) -> TierMark:
    texts = texts_in(language)
    said = texts.verdict.marked.format(
        tier=texts.common.tier.format(number=number), finding=texts.names.findings[finding]
    )
    return TierMark(number, SIGNS[finding], said)


def _small(interval: Interval | None, count: int, language: Language) -> str:
    counted = texts_in(language).common.count.format(count=count)
    return counted if interval is None else f"{share_range(interval, language)}, {counted}"
