"""Draws what came of trying an item on a model. Pure; everything is escaped."""

from html import escape

from evals.judge.verdicts import Decided, Scored, Unscored, Verdict
from evals.run.item_help import Trial
from evals.suite.cases import Case
from evals.texts import texts_in
from llmfirst import Language, markdown_html, problem_html, visible


def working_html(words: str, model: str) -> str:
    """Return what a model does now."""
    return f'<p class="remark" role="status">{escape(words.format(model=visible(model)))}</p>'


def trial_html(case: Case, trial: Trial, model: str, language: Language) -> str:
    """Return the answer of a model, and the verdict on each criterion."""
    texts = texts_in(language)
    answer = (
        f"<h3>{escape(texts.common.answer)} · {escape(visible(model))}</h3>"
        f'<div class="written" dir="auto">{markdown_html(trial.text, first_heading=4)}</div>'
        if trial.text
        else ""
    )
    return (
        f'<section class="trial">{_state(trial, model, language)}{answer}{_verdicts(case, trial, language)}</section>'
    )


def _state(trial: Trial, model: str, language: Language) -> str:
    texts = texts_in(language)
    words = texts.suites
    match trial.stage:
        case "loading":
            return working_html(words.now_loading, model)
        case "answering":
            return working_html(words.now_answering, model)
        case "judging":
            said = words.now_judging.format(judged=trial.judged, readings=trial.readings)
            return f'<p class="remark" role="status">{escape(said)}</p>'
        case "interrupted":
            return problem_html(words.was_interrupted)
        case "done" if trial.error:
            return problem_html(trial.error)
        case "done":
            took = "" if trial.seconds is None else words.took.format(seconds=trial.seconds)
            item = (
                "" if trial.item is None else f'<b class="{trial.item}">{escape(texts.names.items[trial.item])}</b> · '
            )
            return f'<p role="status">{item}{escape(took)}</p>'


def _verdicts(case: Case, trial: Trial, language: Language) -> str:
    if trial.stage != "done" or trial.error:
        return ""
    texts = texts_in(language)
    lines = [
        _line(verdict, case.criteria[number].claim, language) for number, verdict in sorted(trial.verdicts.items())
    ]
    for check in trial.checks:
        word = texts.names.items["passed" if check.passed else "failed"]
        kind = "passed" if check.passed else "failed"
        shown = f"{texts.names.checks[check.name]}: {visible(check.found)}"
        lines.append(f'<li class="{kind}"><b>{escape(word)}</b><span>{escape(shown)}</span></li>')
    return f"<ul>{''.join(lines)}</ul>" if lines else ""


def _line(verdict: Verdict, claim: str, language: Language) -> str:
    names = texts_in(language).names
    match verdict:
        case Scored(passed=passed) | Decided(passed=passed):
            kind, why = ("passed" if passed else "failed"), ""
        case Unscored(cause=cause):
            kind, why = "abstained", f" ({names.causes[cause]})"
    word = next(shown for name, shown in names.items.items() if name == kind)
    return f'<li class="{kind}"><b>{escape(word)}</b><span>{escape(claim)}{escape(why)}</span></li>'
