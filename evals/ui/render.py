"""What the Evaluate tab draws: values in, escaped HTML out. Pure."""

from collections.abc import Sequence
from html import escape
from typing import Final

from evals.analysis.compare import ModelComparison
from evals.analysis.human_labels import Labelling
from evals.analysis.scorecard import Scorecard, TierCard
from evals.analysis.summary import Summary
from evals.analysis.target_checks import Finding
from evals.analysis.trust import JudgeEvidence
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import Decided, Scored, Unscored
from evals.records.evaluation import Evaluation, Machine
from evals.records.progress import Progress
from evals.report.numbers import seconds, share, share_range, size
from evals.report.people import labelling_sentences
from evals.report.refusals import suite_refusal
from evals.report.sentences import comparison_sentence, finding_sentence, trust_sentences
from evals.report.trust_card import trust_card, trust_title
from evals.suite.problems import SuiteError
from evals.texts import TabTexts, texts_in
from llmfirst import Language, LlmfirstError, problem_html, shared_texts

# Shapes as well as colours.
_SIGNS: Final[dict[Finding, str]] = {"pass": "✔", "fail": "✘", "cannot tell": "?", "not measured": "–"}
_CLASSES: Final[dict[Finding, str]] = {"pass": "pass", "fail": "fail", "cannot tell": "open", "not measured": "open"}
_MOST_CHANGES: Final = 12
_MINUTE: Final = 60


def progress_html(progress: Progress | None, language: Language) -> str:
    """Return how far an evaluation is, in words and as a bar."""
    texts = texts_in(language).tab
    if progress is None:
        return ""
    parts = [f"<b>{texts.stages[progress.stage]}</b>"]
    if progress.now:
        parts.append(escape(progress.now))
    if progress.answers or progress.readings:
        parts.append(_counts(progress, texts))
    if progress.remaining_seconds and progress.stage not in ("done", "stopped", "failed"):
        parts.append(texts.left.format(time=duration(progress.remaining_seconds, texts)))
    bar = ""
    if (progress.answers or progress.readings) and progress.stage not in ("done", "failed"):
        done, steps = progress.answered + progress.judged, progress.answers + progress.readings
        bar = f'<progress max="{steps}" value="{done}" aria-label="{texts.stages[progress.stage]}"></progress>'
    message = f'<div class="notice" role="alert">{escape(progress.message)}</div>' if progress.message else ""
    return f'<div class="evaluating" role="status">{bar}<span>{" · ".join(parts)}</span></div>{message}'


def duration(amount: float, texts: TabTexts) -> str:
    """Write seconds as a person would: minutes from two on."""
    if amount >= 2 * _MINUTE:
        return texts.minutes.format(count=amount / _MINUTE)
    return texts.seconds.format(count=amount)


def _counts(progress: Progress, texts: TabTexts) -> str:
    if not progress.answers:
        return texts.read.format(judged=progress.judged, readings=progress.readings)
    return texts.counts.format(
        answered=progress.answered, answers=progress.answers, judged=progress.judged, readings=progress.readings
    )


def scorecard_html(summary: Summary, language: Language) -> str:
    """Return the three tiers of every model side by side, and what they rest on."""
    texts, evaluation, overhead = texts_in(language).tab, summary.evaluation, summary.overhead
    mark = f' <span class="mark">{texts_in(language).common.baseline}</span>' if summary.is_baseline else ""
    suite = f"{escape(evaluation.suite.title)} · {evaluation.created_at:%Y-%m-%d %H:%M} UTC{mark}"
    again = f" · {texts.again.format(count=summary.given_up)}" if summary.given_up else ""
    place = escape(_machine(evaluation.machine, language))
    if overhead is not None:
        again += f" · {texts.harness.format(milliseconds=overhead.first_median * 1000, count=overhead.count)}"
    body = "".join(_card(evaluation, card, language) for card in summary.scorecards)
    head = f'<h2>{suite}</h2><p class="quiet">{texts.measured_on}: {place}{again}</p>'
    return f'<section class="cards">{head}{body}</section>'


def _machine(machine: Machine, language: Language) -> str:
    labels = texts_in(language).report
    parts = [machine.name, machine.processor or machine.system, labels.cores.format(count=machine.cores)]
    if machine.memory_bytes is not None:
        parts.append(labels.memory.format(size=size(machine.memory_bytes)))
    return ", ".join(parts)


def _card(evaluation: Evaluation, card: Scorecard, language: Language) -> str:
    common, texts = texts_in(language).common, texts_in(language).tab
    model = evaluation.model(card.model)
    about = [model.parameters, model.quantization]
    about += [None if model.size_bytes is None else size(model.size_bytes)]
    about += [None if model.digest is None else model.digest[:19]]
    about += [f"{texts_in(language).report.profile} {', '.join(card.profiles)}" if card.profiles else None]
    notes = [texts.errors.format(count=card.errors) if card.errors else ""]
    notes.append(texts.cold.format(count=card.cold) if card.cold else "")
    notes.append(common.abstained.format(count=card.quality.abstained) if card.quality.abstained else "")
    trust = ""
    if evaluation.judge is not None:
        who = f"{common.judge}: {escape(evaluation.judge.key)}"
        self_judged = f" · {texts.self_judged}" if card.is_self_judged else ""
        state, meaning = trust_sentences(card.quality, language)
        trust = f'<p class="trust"><b>{state}</b> {escape(meaning)} {who}{self_judged}</p>'
    found, in_target = card.in_target, ""
    if found is not None and found.rate is not None and found.interval is not None:
        figure = f"{share(found.rate, language)} ({share_range(found.interval, language)}, n = {found.total})"
        in_target = f"<p>{texts.in_target}: <b>{figure}</b></p>"
    tiers = "".join(_tier(one, language) for one in card.tiers)
    facts = " · ".join(escape(part) for part in [*about, *notes] if part)
    return (
        f'<article class="card"><h3>{escape(card.model)}</h3><p class="quiet">n = {card.attempts}'
        f'{" · " if facts else ""}{facts}</p><div class="tiers">{tiers}</div>{in_target}{trust}</article>'
    )


def _tier(card: TierCard, language: Language) -> str:
    rows = "".join(
        f'<li class="{_CLASSES[row.finding]}"><span aria-hidden="true">{_SIGNS[row.finding]}</span>'
        f"{escape(finding_sentence(row, card.tier, language))}</li>"
        for row in card.rows
    )
    title = texts_in(language).common.tier.format(number=card.tier.number)
    finding = texts_in(language).names.findings[card.finding]
    return (
        f'<div class="tier {_CLASSES[card.finding]}"><h4>{title}: '
        f'<span aria-hidden="true">{_SIGNS[card.finding]}</span> {finding}</h4><ul>{rows}</ul></div>'
    )


def comparison_html(comparing: ModelComparison, names: tuple[str, str], language: Language) -> str:
    """Return a comparison: one sentence, then what changed, regressions first."""
    kinds = texts_in(language).names.changes
    changes = [change for change in comparing.changes if change.kind != "same"][:_MOST_CHANGES]
    items = "".join(
        f"<li><b>{kinds[change.kind]}</b> {escape(change.case_id)}"
        f"{'' if change.seconds is None else f' ({change.seconds:+.1f} s)'}</li>"
        for change in changes
    )
    sentence = escape(comparison_sentence(comparing, names, language))
    return f'<section class="comparison" role="status"><p>{sentence}</p><ul>{items}</ul></section>'


def labelling_html(found: Labelling, language: Language) -> str:
    """Return what people's labels come to; nothing where nobody labelled."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in labelling_sentences(found, language))
    if not items:
        return ""
    return f'<section class="people"><h3>{texts_in(language).common.labels}</h3><ul>{items}</ul></section>'


def column_names(language: Language) -> list[str]:
    """Return the heads of the table's columns, in the order of `table_rows`."""
    shared, texts = shared_texts(language), texts_in(language)
    common, words, in_seconds = texts.common, texts.names, texts.tab.in_seconds
    times = [in_seconds.format(name=words.targets["first_text"]), in_seconds.format(name=shared.total)]
    about = [common.item, words.groupings["category"], shared.model, common.outcome]
    return [*about, *times, texts.tab.rate, words.targets["quality"]]


def table_rows(answers: Sequence[JudgedAnswer], language: Language) -> list[list[object]]:
    """Return the table's cells; what was not measured is an empty cell."""
    words = texts_in(language).names
    return [
        [
            one.case.id,
            words.categories.get(one.case.category, one.case.category),
            one.model,
            words.outcomes[one.attempt.outcome],
            _cell(one.timing.first_text_seconds),
            _cell(one.timing.total_seconds),
            _cell(one.timing.metrics.tokens_per_second),
            "" if one.item is None else words.items[one.item],
        ]
        for one in answers
    ]


def _cell(value: float | None) -> object:
    return "" if value is None else round(value, 2)


def refusal_html(error: LlmfirstError, language: Language) -> str:
    """Return what went wrong, in the reader's language where there are words for it, with the error's own sentence."""
    if isinstance(error, SuiteError):
        return problem_html(suite_refusal(error, language))
    known = texts_in(language).tab.refusals
    words = next((known[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in known), None)
    return problem_html(str(error) if words is None else f"{words} ({error})")


def detail_html(summary: Summary, number: int, language: Language) -> str:
    """Return one answer with all that was said of it; a judge that is not believed decides nothing here either."""
    common, texts, words = texts_in(language).common, texts_in(language).tab, texts_in(language).names
    result = summary.answers[number]
    attempt, case, is_believed = result.attempt, result.case, summary.believed[number].item == result.item
    item = "" if result.item is None or not is_believed else f" · {words.items[result.item]}"
    head = f"{escape(case.id)} · {escape(result.model)} · {words.outcomes[attempt.outcome]}{item}"
    times = [
        f"{name}: {seconds(value, language)}"
        for name, value in (
            (words.targets["first_text"], result.timing.first_text_seconds),
            (words.targets["total"], result.timing.total_seconds),
        )
        if value is not None
    ]
    error = f'<p class="notice">{escape(attempt.error)}</p>' if attempt.error else ""
    checks = "".join(
        _marked(is_passed=check.passed, text=f"{words.checks[check.name]}: {escape(check.found)}")
        for check in result.checks
    )
    criteria = "".join(_criterion(result, number, language, is_believed) for number in range(len(case.criteria)))
    doubt = "" if result.item is None or is_believed else f'<p class="quiet">{texts.not_believed}</p>'
    return (
        f'<section class="detail"><h3>{head}</h3><p class="quiet">{" · ".join(times)} · '
        f'<a href="?run={escape(attempt.run_id)}" target="_blank" rel="noopener">{texts.open_answer}</a></p>{error}'
        f"{_quoted(shared_texts(language).question, case.question)}{_quoted(common.answer, attempt.text)}"
        f"{_quoted(common.reference, case.reference or '')}"
        f"{_flags(result, language)}<h4>{common.criteria}</h4>{doubt}<ul>{checks}{criteria}</ul></section>"
    )


def _marked(*, is_passed: bool, text: str) -> str:
    sign, look = ("✔", "pass") if is_passed else ("✘", "fail")
    return f'<li class="{look}"><span aria-hidden="true">{sign}</span>{text}</li>'


def _flags(result: JudgedAnswer, language: Language) -> str:
    if not result.to_the_judge:
        return ""
    places = "".join(f"<li>{escape(place)}</li>" for place in result.to_the_judge)
    return f'<div class="notice"><b>{texts_in(language).report.to_the_judge}</b><ul>{places}</ul></div>'


def trust_card_html(known: JudgeEvidence, judge: str, language: Language, *, is_open: bool) -> str:
    """Return how far a judge can be believed; closed where it stands beside other things."""
    paragraphs = "".join(f"<p>{escape(one)}</p>" for one in trust_card(known, language))
    summary = f"<summary>{trust_title(language)} ({escape(judge)})</summary>"
    return f'<details class="trust-card"{" open" if is_open else ""}>{summary}{paragraphs}</details>'


def _criterion(result: JudgedAnswer, number: int, language: Language, is_believed: bool) -> str:
    common, words = texts_in(language).common, texts_in(language).names
    criterion = result.case.criteria[number]
    kind = f"[{common.critical}] " if criterion.critical else ""
    kind += f"[{common.negative}] " if criterion.negative else ""
    match result.verdicts.get(number):
        case Scored(passed=passed, score=score, good_anchor=good, bad_anchor=bad):
            sign, look = ("✔", "pass") if passed else ("✘", "fail")
            look = look if is_believed else "open"
            said = f"{score:+.2f} ({bad:+.2f} … {good:+.2f})"
        case Decided(passed=passed, figures=figures):
            sign, look = ("✔", "pass") if passed else ("✘", "fail")
            said = texts_in(language).report.by_code.format(found=figures)
        case Unscored(cause=cause, figures=figures):
            sign, look, said = "?", "open", f"{words.causes[cause]} {figures}"
        case None:
            sign, look, said = "–", "open", ""
    return (
        f'<li class="{look}"><span aria-hidden="true">{sign}</span>{kind}{escape(criterion.claim)} '
        f'<span class="quiet">{escape(said)}</span></li>'
    )


def _quoted(title: str, text: str) -> str:
    return f"<h4>{title}</h4><pre>{escape(text)}</pre>" if text else ""
