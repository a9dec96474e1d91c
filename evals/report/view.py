"""Builds the views of models and answers: everything that report and page show, as text in one language. Pure."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from evals.analysis.scorecard import Scorecard
from evals.analysis.summary import Summary
from evals.analysis.target_checks import Finding, TargetCheck
from evals.judge.verdicts import Decided, ItemVerdict, Scored, Unscored, Verdict
from evals.records.attempts import Attempt
from evals.records.evaluation import Evaluation
from evals.records.local_time import local_time
from evals.report.numbers import seconds, seconds_or_dash, seconds_range, share, size
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
from evals.suite.cases import Criterion, Language
from evals.texts import ReportTexts, TimeName, texts_in
from llmfirst import Tier, shared_texts

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


@dataclass(frozen=True)
class CriterionView:
    """One criterion and the verdict on it."""

    claim: str
    tags: tuple[str, ...]
    found: Marked
    detail: str
    """The numbers behind the verdict."""


@dataclass(frozen=True)
class AnswerView:
    """One answer: its row in the table and its details. The times of a failed answer are empty."""

    anchor: str
    run_id: str
    case: str
    category: str
    model: str
    outcome: str
    first_text: str
    first_token: str
    total: str
    is_cold: bool
    found: Marked
    is_believed: bool
    """Whether the judge's verdicts on it can be trusted."""
    abstentions: str
    question: str
    error: str | None
    text: str
    reference: str | None
    criteria: tuple[CriterionView, ...]
    checks: tuple[tuple[str, Marked, str], ...]
    times: tuple[tuple[str, str], ...]
    self_verdict: tuple[str, ...]
    """What the model said of its own answer; empty if it gave no verdict."""
    to_the_judge: tuple[str, ...]
    guards: tuple[str, ...]
    origin: str


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
        model=result.model,
        outcome=words.outcomes[attempt.outcome],
        first_text="" if attempt.is_error else _seconds(timing.first_text_seconds, language),
        first_token="" if attempt.is_error else seconds_or_dash(timing.first_token_seconds, language),
        total="" if attempt.is_error else _seconds(timing.total_seconds, language),
        is_cold=attempt.was_cold,
        found=Marked(ITEM_SIGNS[result.item], item) if is_believed else Marked("unsure", words.not_believed),
        is_believed=is_believed,
        abstentions=", ".join(f"{words.causes[cause]} {count}" for cause, count in causes.items()),
        question=case.question,
        error=attempt.error,
        text=attempt.text,
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
        case Decided(passed=passed, figures=figures):
            found, detail = _passed(is_passed=passed, language=language), labels.by_code.format(found=figures)
        case Unscored(cause=cause, figures=figures):
            found = Marked("unsure", labels.undecided)
            detail = f"{words.causes[cause]} ({figures})" if figures else words.causes[cause]
        case None:
            found, detail = Marked("absent", labels.not_judged), ""
    return CriterionView(criterion.claim, tuple(tags), found, detail)


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
