"""Writes the report of an evaluation: one HTML file that contains its data and figures and needs no network."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from math import isfinite
from typing import Any

from plotly.offline import get_plotlyjs

from evals.analysis.compare import USUAL, Matters
from evals.analysis.summary import Summary
from evals.analysis.trend import TrendRow
from evals.judge.judged_answers import JudgedAnswer
from evals.plots import NamedFigure, figures
from evals.records.evaluation import Evaluation
from evals.records.local_time import local_time
from evals.report.answer_view import answer_view
from evals.report.comparison import model_comparisons
from evals.report.export import answer_json, scorecard_json
from evals.report.numbers import size, whole
from evals.report.people import labelling_sentences
from evals.report.sentences import proves_sentence
from evals.report.templates import FOLDER, drawn
from evals.report.trust_card import judge_name, trust_card, trust_title
from evals.report.value import value_json, value_view
from evals.report.verdict import verdict
from evals.report.view import model_view
from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import markdown_css

_STYLES = ("style.css", "figures.css")
_SCRIPTS = ("report.js", "legend.js")


def report_html(summary: Summary, trend: Sequence[TrendRow], language: Language, matters: Matters = USUAL) -> str:
    """Return the report as HTML.

    Questions, answers and names are escaped. The page's policy allows only its own two scripts, by their hashes.
    """
    evaluation = summary.evaluation
    own = "".join((FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    scripts = [script_text(get_plotlyjs()), script_text(own)]
    shown = figures(summary, trend, language)
    answers = [answer_view(summary, number, language) for number in range(len(summary.answers))]
    return drawn(
        "page.html.j2",
        language,
        policy=content_policy(scripts),
        style=markdown_css() + "".join((FOLDER / name).read_text(encoding="utf-8") for name in _STYLES),
        scripts=scripts,
        evaluation=evaluation,
        caption=summary.caption,
        verdicts=[verdict(card, language) for card in summary.scorecards],
        models=[model_view(evaluation, card, language) for card in summary.scorecards],
        proves=proves_sentence(evaluation.suite, evaluation.judge is not None, language),
        given_up=summary.given_up,
        trust_title=trust_title(language),
        trust_card=() if evaluation.judge is None else trust_card(summary.evidence, language),
        value=value_view(summary, language),
        in_report=True,
        comparisons=model_comparisons(summary, _places(summary), language, matters),
        people=tuple(labelling_sentences(summary.labelling, language)),
        fingerprint=tuple(_fingerprint(evaluation, language)),
        answers=answers,
        shown=shown,
        figures=as_json(
            {
                "figures": [_figure_json(named) for named in shown],
                "answers": {
                    answer.attempt.run_id: view.anchor for answer, view in zip(summary.answers, answers, strict=True)
                },
            }
        ),
        data=as_json(_data(summary)),
    )


def _places(summary: Summary) -> Callable[[JudgedAnswer], str]:
    """Return where an answer is in the report."""
    places = {answer.attempt.run_id: number for number, answer in enumerate(summary.answers, 1)}
    return lambda answer: f"answer-{places[answer.attempt.run_id]}"


def script_text(source: str) -> str:
    """Return a script with the line ends that a browser uses when it computes the hash."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def content_policy(scripts: Sequence[str]) -> str:
    """Return the content security policy: nothing is loaded, and only these scripts run."""
    digests = [b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def as_json(value: object) -> str:
    """Return JSON that is safe inside a script element: no text in it can close the element."""
    text = json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _finite(value: Any) -> Any:
    """Return a copy in which infinite and undefined numbers are None."""
    match value:
        case dict():
            return {key: _finite(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_finite(inner) for inner in value]
        case float():
            return value if isfinite(value) else None
        case _:
            return value


def _figure_json(named: NamedFigure) -> dict[str, Any]:
    return {"name": named.name, "figure": json.loads(named.figure.to_json())}


def _data(summary: Summary) -> dict[str, Any]:
    return {
        "evaluation": summary.evaluation.model_dump(mode="json", by_alias=True),
        "scorecards": [scorecard_json(card) for card in summary.scorecards],
        "value": value_json(summary),
        "answers": [
            answer_json(answer)
            | {"verdicts": {number: verdict.model_dump(mode="json") for number, verdict in answer.verdicts.items()}}
            for answer in summary.answers
        ],
        "disturbed": summary.given_up,
    }


def _fingerprint(evaluation: Evaluation, language: Language) -> Iterator[tuple[str, str]]:
    """Yield labels and values of everything that another evaluation must share to be comparable, where known."""
    labels, common, words = texts_in(language).report, texts_in(language).common, texts_in(language).names
    suite, machine, judge = evaluation.suite, evaluation.machine, evaluation.judge
    yield labels.evaluation, evaluation.evaluation_id
    yield labels.created_at, local_time(evaluation.created_at)
    yield common.suite, f"{suite.name}, {labels.items.format(count=len(suite.cases))}, SHA-256 {suite.sha256}"
    yield texts_in(language).tab.models, ", ".join(model.key for model in evaluation.models)
    if evaluation.options is not None:
        told = evaluation.options.model_dump(exclude_none=True)
        yield labels.options, ", ".join(f"{name} {value}" for name, value in told.items())
    yield common.repeats, str(evaluation.repeats)
    yield common.mode, words.modes[evaluation.mode]
    yield labels.deadline, whole(evaluation.deadline_seconds, language)
    if judge is None:
        yield common.judge, words.no_judge
    else:
        wording = labels.judge_prompt.format(digest=judge.prompt_sha256[:12])
        digest = None if judge.digest is None else f"{labels.digest} {judge.digest}"
        parts = [judge_name(judge, language), digest, judge.address, wording]
        yield common.judge, ", ".join(part for part in parts if part)
    parts = [
        machine.name,
        machine.system,
        machine.processor,
        labels.cores.format(count=machine.cores),
        None if machine.memory_bytes is None else labels.memory.format(size=size(machine.memory_bytes)),
    ]
    yield labels.machine, ", ".join(part for part in parts if part)
    packages = [f"{name} {version}" for name, version in machine.packages.items()]
    yield labels.packages, ", ".join([f"Python {machine.python}", *packages])
    if machine.revision is not None:
        yield labels.revision, machine.revision
