"""Builds the view of a comparison: a row for each figure, and the questions that changed. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from evals.analysis.compare import USUAL, Change, ComparedVerdict, Delta, Matters, ModelComparison, compare
from evals.analysis.summary import Summary
from evals.judge.judged_answers import JudgedAnswer
from evals.report.numbers import signed, signed_range, whole
from evals.report.sentences import figure_name, is_of_quality
from evals.report.view import Marked, Sign
from evals.suite.cases import Language
from evals.texts import texts_in

MOST_CHANGES: Final = 20
_SIGNS: Final[dict[ComparedVerdict, Sign]] = {
    "better": "pass",
    "worse": "fail",
    "same": "absent",
    "cannot tell": "unsure",
}


@dataclass(frozen=True)
class Side:
    """One model's answers, what they are called, and where each can be read."""

    name: str
    label: str
    """Its name where there is little room."""
    answers: Sequence[JudgedAnswer]
    place: Callable[[JudgedAnswer], str]


@dataclass(frozen=True)
class DifferenceRow:
    """How one figure differs."""

    name: str
    value: str
    """The mean difference with its sign and unit; a dash where there is none."""
    interval: str
    count: str
    found: Marked


@dataclass(frozen=True)
class ChangeView:
    """One question of which the answers differ, with the places of both."""

    question: str
    case: str
    first: str
    second: str
    said: str
    """By how much the second took longer."""


@dataclass(frozen=True)
class ChangeGroup:
    """Questions that changed in the same way; the first group is open."""

    title: str
    is_open: bool
    changes: tuple[ChangeView, ...]
    more: int
    """How many others there are."""


@dataclass(frozen=True)
class ComparisonView:
    """Two sets of answers, compared."""

    title: str
    first: str
    second: str
    quality: tuple[DifferenceRow, ...]
    times: tuple[DifferenceRow, ...]
    groups: tuple[ChangeGroup, ...]
    left_out: str
    method: str


def comparison_view(first: Side, second: Side, language: Language, matters: Matters = USUAL) -> ComparisonView:
    """Return the view of the second side against the first: quality and time apart, regressions first."""
    words = texts_in(language).comparison
    comparing = compare(first.answers, second.answers, matters)
    row = partial(_row, language=language)
    rows = {delta.measure: row(delta) for delta in comparing.deltas}
    return ComparisonView(
        title=words.title.format(first=first.name, second=second.name),
        first=first.label,
        second=second.label,
        quality=(rows["quality"], rows["on_time_and_passed"]),
        times=(rows["first_text"], rows["total"]),
        groups=tuple(_groups(comparing, first, second, language, matters)),
        left_out=words.left_out.format(count=len(comparing.left_out)) if comparing.left_out else "",
        method=words.method.format(
            points=f"{100 * matters.share:g}",
            first=whole(matters.first_text_seconds, language),
            total=whole(matters.total_seconds, language),
        ),
    )


def model_comparisons(
    summary: Summary, place: Callable[[JudgedAnswer], str], language: Language, matters: Matters = USUAL
) -> tuple[ComparisonView, ...]:
    """Return how each further model of an evaluation compares with the first one."""
    sides = [Side(model.key, model.key, summary.believed_of(model.key), place) for model in summary.evaluation.models]
    return tuple(comparison_view(sides[0], side, language, matters) for side in sides[1:])


def _row(delta: Delta, language: Language) -> DifferenceRow:
    texts, found = texts_in(language), delta.difference
    is_share = is_of_quality(delta.measure)
    marked = Marked(_SIGNS[delta.verdict], texts.names.comparisons[delta.verdict])
    name = figure_name(delta.measure, language)
    if found is None:
        why = texts.comparison.not_judged if is_share else texts.comparison.not_paired
        return DifferenceRow(name, "–", why, "", marked)
    factor, unit = (100, texts.sentences.points) if is_share else (1, texts.numbers.second)
    interval = "–"
    if found.interval is not None:
        interval = signed_range(factor * found.interval.low, factor * found.interval.high, language)
    count = texts.common.count.format(count=found.clusters)
    return DifferenceRow(name, f"{signed(factor * found.mean)}{unit}", interval, count, marked)


def _groups(
    comparing: ModelComparison, first: Side, second: Side, language: Language, matters: Matters
) -> Iterator[ChangeGroup]:
    words, changes = texts_in(language).comparison, comparing.changes
    by_time = sorted(changes, key=lambda change: -abs(change.seconds or 0.0))
    groups: dict[str, list[Change]] = {
        words.regressed: [change for change in changes if change.kind == "regressed"],
        words.improved: [change for change in changes if change.kind == "improved"],
        words.slower: [change for change in by_time if change.pace == "slower"],
        words.faster: [change for change in by_time if change.pace == "faster"],
    }
    for title, found in groups.items():
        if found:
            said = title.format(
                first=first.label, second=second.label, least=whole(matters.total_seconds, language), count=len(found)
            )
            yield ChangeGroup(
                title=said,
                is_open=title == words.regressed,
                changes=tuple(_change(one, first, second, language) for one in found[:MOST_CHANGES]),
                more=max(0, len(found) - MOST_CHANGES),
            )


def _change(change: Change, first: Side, second: Side, language: Language) -> ChangeView:
    seconds = "" if change.seconds is None else f"{signed(change.seconds)}{texts_in(language).numbers.second}"
    repeat = change.second.attempt.trial.repeat
    return ChangeView(
        question=change.second.case.question,
        case=f"{change.case_id} #{repeat + 1}" if repeat else change.case_id,
        first=first.place(change.first),
        second=second.place(change.second),
        said=seconds,
    )
