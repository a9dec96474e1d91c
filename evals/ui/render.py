"""What the Evaluate tab draws: values in, escaped HTML out. Pure."""

from collections.abc import Iterator
from html import escape
from typing import Final

from evals.analysis.human_labels import Labelling
from evals.analysis.summary import Summary
from evals.records.evaluation import Evaluation, Machine
from evals.records.expected import Expected
from evals.records.progress import Progress
from evals.report.numbers import size
from evals.report.people import labelling_sentences
from evals.report.refusals import suite_refusal
from evals.report.templates import drawn
from evals.report.verdict import verdict
from evals.report.verdict_table import verdict_rows
from evals.report.view import model_view
from evals.suite.problems import SuiteError
from evals.texts import TabTexts, texts_in
from llmfirst import Language, LlmfirstError, problem_html, problem_words

_MINUTE: Final = 60
_NARROW: Final = 1.25
"""A range whose upper end is less than so many times its lower end is not told."""


def progress_html(progress: Progress | None, language: Language, *, is_pausing: bool = False) -> str:
    """Return how far an evaluation is, in words and as a bar; or that it will pause after the current step."""
    texts = texts_in(language).tab
    if progress is None:
        return ""
    parts = [f"<b>{texts.pausing if is_pausing else texts.stages[progress.stage]}</b>"]
    if progress.now:
        parts.append(escape(progress.now))
    if progress.answers or progress.readings:
        parts.append(_counts(progress, texts))
    if progress.left and progress.left.seconds and progress.stage not in ("done", "stopped", "failed"):
        parts.append(texts.left.format(time=expected_words(progress.left, texts)))
    bar = ""
    if (progress.answers or progress.readings) and progress.stage not in ("done", "failed"):
        done, steps = progress.answered + progress.judged, progress.answers + progress.readings
        bar = f'<progress max="{steps}" value="{done}" aria-label="{texts.stages[progress.stage]}"></progress>'
    why = "" if progress.error is None else refusal_html(progress.error, language)
    return f'<div class="evaluating" role="status">{bar}<span>{" · ".join(parts)}</span></div>{why}'


def recorded_html(evaluation: Evaluation, language: Language) -> str:
    """Return what stands above a recorded evaluation: that it is one, and where and when it was made."""
    texts, machine = texts_in(language).recorded, evaluation.machine
    about = texts.about.format(
        machine=machine.processor or machine.system, cores=machine.cores, date=f"{evaluation.created_at:%Y-%m-%d}"
    )
    return (
        f'<p class="recorded" role="note"><strong class="badge">{texts.badge}</strong> {escape(about)} '
        f"{texts.read_only}</p>"
    )


def duration(amount: float, texts: TabTexts) -> str:
    """Write seconds as a person would: minutes from two on."""
    if amount >= 2 * _MINUTE:
        return texts.minutes.format(count=amount / _MINUTE)
    return texts.seconds.format(count=amount)


def expected_words(expected: Expected, texts: TabTexts) -> str:
    """Write how long something will take, with its range where that is wide enough to matter."""
    time, (low, high) = duration(expected.seconds, texts), expected.range
    ends = duration(low, texts), duration(high, texts)
    return (
        time
        if high < _NARROW * low or ends[0] == ends[1]
        else texts.between.format(time=time, low=ends[0], high=ends[1])
    )


def _counts(progress: Progress, texts: TabTexts) -> str:
    if not progress.answers:
        return texts.read.format(judged=progress.judged, readings=progress.readings)
    return texts.counts.format(
        answered=progress.answered, answers=progress.answers, judged=progress.judged, readings=progress.readings
    )


def scorecard_html(summary: Summary, language: Language) -> str:
    """Return the verdict on every model, one table of all, and closed below it what they rest on."""
    evaluation = summary.evaluation
    return drawn(
        "scorecards.html.j2",
        language,
        evaluation=evaluation,
        caption=summary.caption,
        is_baseline=summary.is_baseline,
        measured=tuple(_measured(summary, language)),
        verdicts=[verdict(card, language) for card in summary.scorecards],
        rows=verdict_rows(summary.scorecards, language),
        models=[model_view(evaluation, card, language) for card in summary.scorecards],
    )


def _measured(summary: Summary, language: Language) -> Iterator[str]:
    """Say where it was measured, by whom it was judged, and what disturbed it."""
    texts, evaluation, overhead = texts_in(language).tab, summary.evaluation, summary.overhead
    yield f"{texts.measured_on}: {_machine(evaluation.machine, language)}"
    if evaluation.judge is not None:
        yield f"{texts_in(language).common.judge}: {evaluation.judge.key}"
    if summary.given_up:
        yield texts.again.format(count=summary.given_up)
    if overhead is not None:
        yield texts.harness.format(milliseconds=overhead.first_median * 1000, count=overhead.count)


def _machine(machine: Machine, language: Language) -> str:
    labels = texts_in(language).report
    parts = [machine.name, machine.processor or machine.system, labels.cores.format(count=machine.cores)]
    if machine.memory_bytes is not None:
        parts.append(labels.memory.format(size=size(machine.memory_bytes)))
    return ", ".join(parts)


def labelling_html(found: Labelling, language: Language) -> str:
    """Return what people's labels come to; nothing where nobody labelled."""
    sentences = tuple(labelling_sentences(found, language))
    is_over = all(person.said == person.wanted for person in found.people)
    return drawn("people.html.j2", language, sentences=sentences, is_open=is_over) if sentences else ""


def refusal_html(error: LlmfirstError, language: Language) -> str:
    """Return what went wrong, in the reader's language where there are words for it, with the error's own sentence."""
    if isinstance(error, SuiteError):
        return problem_html(suite_refusal(error, language))
    if error.problem is not None:
        return problem_html(problem_words(error.problem, str(error), language))
    known = texts_in(language).tab.refusals
    words = next((known[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in known), None)
    return problem_html(str(error) if words is None else f"{words} ({error})")
