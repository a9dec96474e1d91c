"""Writes the report of a session: one HTML file that contains its answers, votes and figures and needs no network."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from plotly.offline import get_plotlyjs

from evals.plots.strengths import TIME_AXES, strength_figure
from evals.plots.theme import styles
from evals.records.attempts import Attempt
from evals.records.evaluation import Machine
from evals.records.local_time import local_time
from evals.report.numbers import seconds_or_dash, size, whole
from evals.report.page import as_json, content_policy, script_text
from evals.report.standings_view import EntrantView, standings_view, strength_points
from evals.report.templates import FOLDER, drawn
from evals.sessions.session import Session, SessionQuestion
from evals.sessions.summary import SessionSummary
from evals.sessions.votes import Battle
from evals.suite.cases import Language
from evals.texts import Blindness, texts_in
from llmfirst import markdown_css, shared_texts

_STYLES = ("style.css", "standings.css", "session.css")


@dataclass(frozen=True)
class AnswerColumn:
    """An answer to a question, as one of its columns."""

    entrant: EntrantView
    text: str
    """Empty where there is no answer."""
    missing: str
    """Why there is none."""
    facts: tuple[str, ...]


@dataclass(frozen=True)
class QuestionView:
    """A question with its answers side by side and the votes on them."""

    text: str
    about: str
    columns: tuple[AnswerColumn, ...]
    votes: tuple[str, ...]


def session_report_html(summary: SessionSummary, language: Language) -> str:
    """Return the report as HTML, with questions, answers, votes and names escaped."""
    session, words = summary.session, texts_in(language).session_report
    view = standings_view(summary.field, summary.tally, language)
    look = styles(list(summary.field.models))
    figures = [
        {
            "name": axis,
            "figure": json.loads(
                strength_figure(strength_points(summary.field, summary.tally, axis), axis, look, language).to_json()
            ),
        }
        for axis in TIME_AXES
    ]
    scripts = [script_text(get_plotlyjs()), script_text((FOLDER / "report.js").read_text(encoding="utf-8"))]
    return drawn(
        "session.html.j2",
        language,
        policy=content_policy(scripts),
        style=markdown_css() + "".join((FOLDER / name).read_text(encoding="utf-8") for name in _STYLES),
        scripts=scripts,
        session=session,
        view=view,
        axes=TIME_AXES,
        how=(words.fairness[session.fairness], words.orders[session.order], words.blind[_blindness(session)]),
        questions=tuple(_question(one, summary, view.entrants, language) for one in summary.questions),
        fingerprint=tuple(_fingerprint(session, language)),
        figures=as_json({"figures": figures, "answers": {}}),
        data=as_json(session_data(summary)),
    )


def report_name(session: Session) -> str:
    """Return a name for the file of a report: title and day."""
    title = "-".join("".join(char if char.isalnum() else " " for char in session.title).split())[:60]
    return f"{title or session.session_id}-{session.created_at.astimezone():%Y-%m-%d}.html"


def _blindness(session: Session) -> Blindness:
    if not session.is_blind:
        return "open"
    return "watched" if session.shows_speed else "blind"


def _question(
    question: SessionQuestion, summary: SessionSummary, entrants: tuple[EntrantView, ...], language: Language
) -> QuestionView:
    texts = texts_in(language)
    named = texts.names.languages[question.language] if question.language is not None else ""
    category = texts.names.categories.get(question.category or "", question.category or "")
    by_key = {entrant.key: entrant for entrant in entrants}
    keys, is_hidden = [entrant.key for entrant in summary.session.entrants], summary.is_hidden(question.question_id)
    return QuestionView(
        text=question.text,
        about=" · ".join(part for part in (named, category) if part),
        columns=tuple(
            _column(by_key[key], summary.answers.get((question.question_id, key)), language, is_hidden=is_hidden)
            for key in keys
        ),
        votes=tuple(_vote(one, by_key, language) for one in summary.battles_on(question.question_id)),
    )


def _column(entrant: EntrantView, attempt: Attempt | None, language: Language, *, is_hidden: bool) -> AnswerColumn:
    words = texts_in(language).session_report
    if is_hidden:
        return AnswerColumn(entrant, "", words.hidden, ())
    if attempt is None:
        return AnswerColumn(entrant, "", words.not_asked, ())
    if not attempt.is_answer:
        return AnswerColumn(entrant, "", words.failed.format(error=attempt.error or "–"), ())
    timing, phrases = attempt.timing, texts_in(language).standings
    tokens = timing.metrics.tokens
    facts = (
        f"{phrases.first_text} {seconds_or_dash(timing.first_text_seconds, language)}",
        f"{phrases.total} {seconds_or_dash(timing.total_seconds, language)}",
        words.tokens.format(count=tokens) if tokens is not None else "",
        texts_in(language).names.outcomes[attempt.outcome] if attempt.outcome != "complete" else "",
    )
    return AnswerColumn(entrant, attempt.text, "", tuple(fact for fact in facts if fact))


def _vote(battle: Battle, entrants: Mapping[str, EntrantView], language: Language) -> str:
    words, vote = texts_in(language).session_report, battle.vote
    left, right = (entrants[key].name if key in entrants else key for key in battle.pair.entrants)
    said = words.choices[vote.choice].format(left=left, right=right)
    why = words.why.format(words=vote.words) if vote.words else ""
    cut = words.cut.format(seconds=whole(vote.cut_seconds, language)) if vote.cut_seconds is not None else ""
    voter = words.judge.format(name=vote.voter) if vote.kind == "judge" else vote.voter
    unsure = "" if vote.is_sure else words.unsure
    return f"{voter}: {said}{cut}{unsure}{why}"


def _fingerprint(session: Session, language: Language) -> Iterator[tuple[str, str]]:
    """Yield labels and values of everything that another session must share to be comparable, where known."""
    labels, words = texts_in(language).report, texts_in(language).session_report
    yield words.session, session.session_id
    yield labels.created_at, local_time(session.created_at)
    for number, entrant in enumerate(session.entrants, start=1):
        model, told = entrant.model, entrant.settings.model_dump(exclude_defaults=True)
        parts = [
            model.key,
            f"{labels.digest} {model.digest}" if model.digest else "",
            f"{labels.parameters} {model.parameters}" if model.parameters else "",
            f"{labels.quantization} {model.quantization}" if model.quantization else "",
            f"{labels.size} {size(model.size_bytes)}" if model.size_bytes is not None else "",
            *(f"{name} {value}" for name, value in sorted(told.items())),
        ]
        yield f"{shared_texts(language).model} {number}", ", ".join(part for part in parts if part)
    yield labels.deadline, whole(session.deadline_seconds, language)
    yield words.seed, str(session.seed)
    yield from _machine(session.machine, language)


def _machine(machine: Machine, language: Language) -> Iterator[tuple[str, str]]:
    labels = texts_in(language).report
    memory = None if machine.memory_bytes is None else labels.memory.format(size=size(machine.memory_bytes))
    parts = [machine.name, machine.system, machine.processor, labels.cores.format(count=machine.cores), memory]
    yield labels.machine, ", ".join(part for part in parts if part)
    packages = [f"{name} {version}" for name, version in machine.packages.items()]
    yield labels.packages, ", ".join([f"Python {machine.python}", *packages])
    if machine.revision is not None:
        yield labels.revision, machine.revision


def session_data(summary: SessionSummary) -> dict[str, Any]:
    """Return a session and what came of it as JSON-serializable values."""
    return {
        "session": summary.session.model_dump(mode="json", by_alias=True),
        "questions": [question.model_dump(mode="json", by_alias=True) for question in summary.questions],
        "answers": [
            answer.model_dump(mode="json", by_alias=True)
            for (asked, _), answer in summary.answers.items()
            if not summary.is_hidden(asked)
        ],
        "votes": [battle.vote.model_dump(mode="json", by_alias=True) for battle in summary.source.battles],
        "standings": [asdict(one) for one in summary.tally.standings],
        "times": {key: asdict(times) for key, times in summary.field.times.items()},
    }
