"""What the Compare tab draws beside the answers: values in, escaped HTML out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from evals.records.local_time import local_time
from evals.report.numbers import size
from evals.sessions.archive import SessionUnreadable
from evals.sessions.rounds import Round, Turn
from evals.sessions.session import Entrant, Session, SessionQuestion
from evals.texts import CompareTexts, texts_in
from evals.ui.compare_setup import LETTERS
from evals.ui.render import refusal_html
from llmfirst import Language, LlmfirstError, QuestionRefused, problem_html, refusal_words, visible


@dataclass(frozen=True)
class SessionEntry:
    """A session in the list."""

    session: Session | SessionUnreadable
    questions: int = 0
    votes: int = 0


@dataclass(frozen=True)
class QuestionLine:
    """The question that is shown, among the others of its session."""

    session: Session
    questions: Sequence[SessionQuestion]
    asked: frozenset[str]
    """The ids of the questions that have been put to somebody."""
    question_id: str
    round: Round | None
    """None where nobody has asked it since the program started."""
    is_hidden: bool
    is_busy: bool
    """Whether it is being answered."""
    is_whole: bool
    """Whether each entrant has an answer."""


def entrant_name(entrant: Entrant, language: Language) -> str:
    """Return the model with the settings that it competes with, in words."""
    return visible(" · ".join([entrant.model.model, *_settings(entrant, language)]))


def who_html(number: int, entrant: Entrant, language: Language) -> str:
    """Return the head of a column: its letter, the model, its settings and what cannot be set."""
    model = entrant.model
    facts = [*_settings(entrant, language), model.parameters, model.quantization]
    facts.append(None if model.size_bytes is None else size(model.size_bytes))
    told = " · ".join(escape(visible(fact)) for fact in facts if fact)
    return f'<h3>{_letter(number)} <b>{escape(visible(model.model))}</b> <span class="facts">{told}</span></h3>'


def hidden_who_html(number: int, language: Language) -> str:
    """Return the head of a column whose name is hidden."""
    words = texts_in(language).compare.entrant.format(letter="").strip()
    return f'<h3><span class="sr">{escape(words)} </span>{_letter(number)}</h3>'


def waiting_words(turn: Turn | None, language: Language) -> str:
    """Return what a column waits for before its run has begun."""
    texts = texts_in(language).compare
    match turn:
        case None:
            return texts.not_asked
        case Turn(stage="loading"):
            return texts.loading
        case Turn(stage="stopped"):
            return texts.stopped
        case Turn(expected_seconds=float() as seconds) if seconds >= 1:
            return f"{texts.waiting}, {texts.expected.format(seconds=seconds)}"
        case _:
            return texts.waiting


def hidden_words(round: Round, language: Language) -> str:
    """Return how many answers there are, and nothing else of them."""
    done = sum(turn.is_over for turn in round.turns)
    return texts_in(language).compare.hidden.format(done=done, count=len(round.turns))


def loaded_html(seconds: float | None, language: Language) -> str:
    """Return how long the model was loaded before it was asked."""
    if seconds is None or seconds < 0.1:
        return ""
    return f'<p class="apart">{escape(texts_in(language).compare.loaded.format(seconds=seconds))}</p>'


def bar_html(session: Session, language: Language) -> str:
    """Return the head of a session: the way back, its title, and how it is held."""
    texts = texts_in(language).compare
    badges = [texts.fairnesses[session.fairness], texts.orders[session.order]]
    badges += [texts.is_blind] if session.is_blind else []
    said = "".join(f'<span class="badge">{escape(badge)}</span>' for badge in badges)
    name = escape(session.session_id, quote=True)
    return (
        f'<div class="session"><button type="button" data-act="home">← {escape(texts.back)}</button>'
        f'<input data-act="rename" data-id="{name}" value="{escape(session.title, quote=True)}" maxlength="200" '
        f'aria-label="{escape(texts.rename, quote=True)}">'
        f'<span class="badges">{said}</span>'
        f'<a href="?standings={quote(session.session_id)}">{escape(texts_in(language).standings.title)}</a></div>'
    )


def line_html(line: QuestionLine, language: Language) -> str:
    """Return the question, the order of those who answer it, and the way to the other questions."""
    texts = texts_in(language).compare
    question = next((one for one in line.questions if one.question_id == line.question_id), None)
    unasked = any(one.question_id not in line.asked for one in line.questions)
    text = "" if question is None else escape(question.text)
    again = "" if line.is_busy or line.is_whole or question is None else _button(texts.again, "again")
    return (
        f'<div class="round" data-stage="{"busy" if line.is_busy else "session"}" data-next="{str(unasked).lower()}">'
        f'<div class="asked-row"><h2 class="asked" dir="auto">{text}</h2>{_chips(line, texts)}</div>'
        f'<p class="order" role="status">{escape(_order_words(line, language))}</p>'
        f"{again}{_pager(line, language)}</div>"
    )


def listing_html(entries: Sequence[SessionEntry], language: Language) -> str:
    """Return the sessions, the newest first."""
    texts = texts_in(language).compare
    if not entries:
        return f'<p class="nothing">{escape(texts.none_yet)}</p>'
    return f'<ol class="sessions">{"".join(_entry(entry, texts) for entry in entries)}</ol>'


def refused_html(error: LlmfirstError, language: Language) -> str:
    """Return why something cannot be done, in the words of the evaluations or else of the page."""
    known = texts_in(language).tab.refusals
    is_of_page = isinstance(error, QuestionRefused)  # what the evaluations say of a question is about a whole suite
    if not is_of_page and (error.problem is not None or any(kind.__name__ in known for kind in type(error).__mro__)):
        return refusal_html(error, language)
    return problem_html(refusal_words(error, language))


def _entry(entry: SessionEntry, texts: CompareTexts) -> str:
    session = entry.session
    if isinstance(session, SessionUnreadable):
        return f"<li><span>{escape(visible(session.session_id))} · {escape(texts.unreadable)}</span></li>"
    names = texts.versus.join(dict.fromkeys(visible(one.model.model) for one in session.entrants))
    if session.is_blind:
        names = texts.model_count.format(count=len(session.entrants))
    title = visible(session.title) or names
    facts = [
        names,
        texts.question_count.format(count=entry.questions),
        texts.vote_count.format(count=entry.votes),
        *([texts.is_blind] if session.is_blind else []),
        local_time(session.created_at),
    ]
    name, about = escape(session.session_id, quote=True), escape(title, quote=True)
    return (
        f'<li><button type="button" class="open" data-act="open" data-id="{name}">{escape(title)}</button>'
        f'<span class="facts">{escape(" · ".join(facts))}</span>'
        f'<button type="button" class="delete" data-act="delete" data-id="{name}" data-about="{about}">'
        f"{escape(texts.delete)}</button></li>"
    )


def _order_words(line: QuestionLine, language: Language) -> str:
    texts, session = texts_in(language).compare, line.session
    is_in_turn = session.order == "one_at_a_time" if line.round is None else line.round.is_in_turn
    if not is_in_turn:
        return texts.together
    if line.is_hidden:
        return texts.in_turn_blind
    turns = session.turns(line.question_id)
    said = texts.in_turn.format(names=" → ".join(entrant_name(one, language) for one in turns))
    writing = None if line.round is None else next((one for one in line.round.turns if one.stage == "asked"), None)
    if writing is None:
        return said
    now = next(one for one in session.entrants if one.key == writing.entrant)
    return f"{said} {texts.writing_now.format(name=entrant_name(now, language))}"


def _chips(line: QuestionLine, texts: CompareTexts) -> str:
    if len(line.questions) < 2:
        return ""
    items = []
    for number, question in enumerate(line.questions, 1):
        state = ' aria-current="true"' if question.question_id == line.question_id else ""
        kind = "chip asked" if question.question_id in line.asked else "chip"
        label = escape(texts.place.format(number=number, count=len(line.questions)), quote=True)
        items.append(
            f'<li><button type="button" class="{kind}" data-act="show" '
            f'data-id="{escape(question.question_id, quote=True)}" aria-label="{label}"{state}>{number}</button></li>'
        )
    return f'<nav aria-label="{escape(texts.questions, quote=True)}"><ol class="chips">{"".join(items)}</ol></nav>'


def _pager(line: QuestionLine, language: Language) -> str:
    """Return what chooses the column that a narrow page shows."""
    texts, session = texts_in(language).compare, line.session
    entrants = session.columns(line.question_id) if session.is_blind else session.entrants
    turns = []
    for number, entrant in enumerate(entrants):
        name = "" if line.is_hidden else f" {escape(visible(entrant.model.model))}"
        checked = " checked" if number == 0 else ""
        turns.append(
            f'<label><input type="radio" name="compare-page" value="{number}"{checked}>{_letter(number)}{name}</label>'
        )
    return f'<fieldset class="pager"><legend class="sr">{escape(texts.show_column)}</legend>{"".join(turns)}</fieldset>'


def _settings(entrant: Entrant, language: Language) -> list[str]:
    texts, settings = texts_in(language), entrant.settings
    told = [] if settings.profile is None else [texts.compare.profiles[settings.profile]]
    if settings.think is not None:
        told.append(f"{texts.compare.think}: {texts.compare.thinks[settings.think]}")
    if settings.seed is not None:
        told.append(f"{texts.compare.seed}: {settings.seed}")
    for name, words in texts.compare.options.items():
        value = getattr(settings, name)
        if value is not None:
            told.append(f"{words}: {visible(value) if isinstance(value, str) else f'{value:,}'}")
    return told


def _button(words: str, act: str) -> str:
    return f'<button type="button" data-act="{act}">{escape(words)}</button>'


def _letter(number: int) -> str:
    return f'<span class="letter">{LETTERS[number]}</span>'
