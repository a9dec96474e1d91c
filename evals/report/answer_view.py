"""Builds the views of answers: everything that report and page show of one, as text in one language. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import exp

from evals.analysis.answer_list import AnswerMark, marks_of
from evals.analysis.summary import Summary
from evals.judge.questions import anchors_of
from evals.judge.verdicts import Decided, Scored, Unscored, Verdict
from evals.records.attempts import Attempt
from evals.records.local_time import local_time
from evals.report.numbers import seconds, seconds_or_dash, share
from evals.report.view import ITEM_SIGNS, Marked
from evals.suite.cases import Case, Criterion, Language
from evals.texts import ReportTexts, TimeName, texts_in
from llmfirst import ending_words, shared_texts


@dataclass(frozen=True)
class CriterionView:
    """One criterion and the verdict on it."""

    claim: str
    tags: tuple[str, ...]
    found: Marked
    detail: str
    """The numbers behind the verdict."""
    sure: str = ""
    """How sure the judge is of what it said of the answer and of both examples; empty where it decided nothing."""
    at: float | None = None
    """Where the answer stands between the bad example (0) and the good one (100); it can stand outside."""


@dataclass(frozen=True)
class AnswerView:
    """One answer: its row in the table and its details. The times of a failed answer are empty."""

    anchor: str
    run_id: str
    case: str
    category: str
    language: str
    model: str
    outcome: str
    first_text: str
    first_token: str
    total: str
    is_cold: bool
    marks: tuple[tuple[AnswerMark, str], ...]
    """What is to be known before reading it, with its word."""
    found: Marked
    is_believed: bool
    """Whether the judge's verdicts on it can be trusted."""
    abstentions: str
    question: str
    error: str | None
    """Why there is no answer, or why it ended early."""
    text: str
    sections: tuple[tuple[str, str], ...]
    """The parts of `text` with their titles."""
    anchors: tuple[tuple[str, str], ...]
    """The answers with which the judge compares, each with its title."""
    reference: str | None
    criteria: tuple[CriterionView, ...]
    checks: tuple[tuple[str, Marked, str], ...]
    times: tuple[tuple[str, str], ...]
    self_verdict: tuple[str, ...]
    """What the model said of its own answer; empty if it gave no verdict."""
    to_the_judge: tuple[str, ...]
    guards: tuple[str, ...]
    origin: str


def answer_view(summary: Summary, number: int, language: Language) -> AnswerView:
    """Return the view of the answer with index `number` in `summary.answers`.

    Verdicts that cannot be trusted are shown without the sign of a pass or a failure.
    """
    labels, words = texts_in(language).report, texts_in(language).names
    evaluation, result = summary.evaluation, summary.answers[number]
    attempt, case, timing = result.attempt, result.case, result.timing
    has_judge = evaluation.judge is not None
    is_believed = summary.believed[number].item == result.item
    causes = Counter(
        verdict.cause for verdict in result.verdicts.values() if isinstance(verdict, Unscored) and has_judge
    )
    repeat = f" #{attempt.trial.repeat + 1}" if evaluation.repeats > 1 else ""
    item = labels.not_judged if result.item is None else words.items[result.item]
    return AnswerView(
        anchor=f"answer-{number + 1}",
        run_id=attempt.run_id,
        case=f"{case.id}{repeat}",
        category=words.categories.get(case.category, case.category),
        language="" if case.language is None else words.languages[case.language],
        model=result.model,
        outcome=words.outcomes[attempt.outcome],
        first_text="" if attempt.is_error else _seconds(timing.first_text_seconds, language),
        first_token="" if attempt.is_error else seconds_or_dash(timing.first_token_seconds, language),
        total="" if attempt.is_error else _seconds(timing.total_seconds, language),
        is_cold=attempt.was_cold,
        marks=tuple((mark, texts_in(language).answer_list.marks[mark]) for mark in sorted(marks_of(result))),
        found=Marked(ITEM_SIGNS[result.item], item) if is_believed else Marked("unsure", words.not_believed),
        is_believed=is_believed,
        abstentions=", ".join(f"{words.causes[cause]} {count}" for cause, count in causes.items()),
        question=case.question,
        error=_reason(attempt, language),
        text=attempt.text,
        sections=tuple((shared_texts(language).phases[phase], text) for phase, text in attempt.sections),
        anchors=_anchors(case, language) if has_judge and case.is_judged else (),
        reference=case.reference,
        criteria=tuple(
            _criterion(criterion, result.verdicts.get(index) if has_judge else None, language, is_believed)
            for index, criterion in enumerate(case.criteria)
        ),
        checks=tuple(
            (words.checks[check.name], _passed(is_passed=check.passed, language=language), check.found)
            for check in result.checks
        ),
        times=tuple(_times(attempt, language)),
        self_verdict=tuple(_self_verdict(attempt, language)),
        to_the_judge=result.to_the_judge,
        guards=attempt.guards,
        origin=_origin(attempt, labels),
    )


def _criterion(criterion: Criterion, verdict: Verdict | None, language: Language, is_believed: bool) -> CriterionView:
    labels, words = texts_in(language).report, texts_in(language).names
    common = texts_in(language).common
    tags = [common.critical] if criterion.critical else []
    tags += [common.negative] if criterion.negative else []
    match verdict:
        case Scored(passed=passed, score=score, good_anchor=good, bad_anchor=bad):
            said = _passed(is_passed=passed, language=language)
            found = said if is_believed else Marked("unsure", said.word, said.sign)
            anchors = labels.anchors.format(good=f"{good:+.2f}", bad=f"{bad:+.2f}")
            detail = f"{labels.score.format(score=f'{score:+.2f}')} ({anchors})"
            sure = _sure(verdict, criterion, language)
            at = 100 * (score - bad) / (good - bad)
            return CriterionView(criterion.claim, tuple(tags), found, detail, sure, at)
        case Decided(passed=passed, figures=figures):
            found, detail = _passed(is_passed=passed, language=language), labels.by_code.format(found=figures)
        case Unscored(cause=cause, figures=figures):
            found = Marked("unsure", labels.undecided)
            detail = f"{words.causes[cause]} ({figures})" if figures else words.causes[cause]
        case None:
            found, detail = Marked("absent", labels.not_judged), ""
    return CriterionView(criterion.claim, tuple(tags), found, detail)


def _sure(verdict: Scored, criterion: Criterion, language: Language) -> str:
    """Return the judge's probability of the word that passes, for the answer and for both examples."""
    words = texts_in(language).answer_list
    answer, good, bad = (
        share(1 / (1 + exp(-score)), language) for score in (verdict.score, verdict.good_anchor, verdict.bad_anchor)
    )
    said = words.says_no if criterion.negative else words.says_yes
    return said.format(answer=answer, good=good, bad=bad)


def _anchors(case: Case, language: Language) -> tuple[tuple[str, str], ...]:
    words, (good, bad) = texts_in(language).answer_list, anchors_of(case)
    return (words.good, good), (words.bad, bad)


def _reason(attempt: Attempt, language: Language) -> str | None:
    """Return why an answer failed or ended early, in the reader's language where there are words for it."""
    if attempt.end is None:
        return attempt.error
    return ending_words(attempt.end, language) or None


def _passed(*, is_passed: bool, language: Language) -> Marked:
    items = texts_in(language).names.items
    return Marked("pass", items["passed"]) if is_passed else Marked("fail", items["failed"])


def _times(attempt: Attempt, language: Language) -> Iterator[tuple[str, str]]:
    timing = attempt.timing
    metrics = timing.metrics
    for phase, taken in metrics.phases.items():
        yield shared_texts(language).phases[phase], seconds(taken, language)
    times: dict[TimeName, float | None] = {
        "first_token": timing.first_token_seconds,
        "any_ttft": metrics.any_ttft,
        "ttft": metrics.ttft,
        "thought": metrics.thought_seconds,
        "core_first_text": timing.core_first_text_seconds,
        "review": metrics.review,
        "total_time": metrics.total_time,
        "queued": timing.queued_seconds,
        "loading": metrics.loading,
        "prefill": timing.prefill_seconds,
        "rest": timing.rest_seconds,
        "longest_gap": timing.longest_gap_seconds,
        "unnamed_silence": timing.unnamed_silence_seconds,
    }
    for name, label in texts_in(language).names.times.items():
        value = times[name]
        if value is not None:
            yield label, seconds(value, language)
    if metrics.tokens_per_second is not None:
        yield texts_in(language).tab.rate, f"{metrics.tokens_per_second:.1f}"


def _self_verdict(attempt: Attempt, language: Language) -> Iterator[str]:
    verdict, words = attempt.timing.metrics.self_verdict, shared_texts(language).self_verdict
    if verdict is None:
        return
    yield from (f"{words.questions[question]} {share(yes, language)}" for question, yes in verdict.yes.items())
    yield from (f"{words.questions[question]}: {words.left_out[cause]}" for question, cause in verdict.left_out.items())
    if verdict.by == "word":
        yield words.by_word


def _seconds(value: float | None, language: Language) -> str:
    return "" if value is None else seconds(value, language)


def _origin(attempt: Attempt, labels: ReportTexts) -> str:
    return f"{labels.asked_at} {local_time(attempt.asked_at, with_seconds=True)} · {labels.run} {attempt.run_id}"
