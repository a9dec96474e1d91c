"""One answer as an HTML file that needs no network: drawn by the same functions as the page."""

from collections.abc import Sequence
from datetime import tzinfo
from html import escape
from importlib import resources
from typing import Final

from llmfirst.answer import Answer, fold
from llmfirst.events import PHASES, AnswerEvent, Language
from llmfirst.local_time import offset_at
from llmfirst.markdown.text import markdown_css, markdown_html
from llmfirst.proof import verify
from llmfirst.runs.history import RunEntry
from llmfirst.texts import texts_in
from llmfirst.ui.history_render import outcome_words, rating_words
from llmfirst.ui.render import notice, timing_strip
from llmfirst.version import llmfirst_version
from llmfirst.visible_text import visible

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def answer_file(entry: RunEntry, events: Sequence[AnswerEvent], language: Language, zone: tzinfo) -> tuple[str, str]:
    """Return the name of the file, and a run as a whole HTML document.

    What people and models wrote is escaped, or drawn as on the page.
    """
    return f"llmfirst-{entry.submitted_at.astimezone(zone):%Y-%m-%d-%H%M}.html", _document(
        entry, events, language, zone
    )


def _document(entry: RunEntry, events: Sequence[AnswerEvent], language: Language, zone: tzinfo) -> str:
    texts = texts_in(language)
    answer = fold(events)
    style = resources.files("llmfirst.ui").joinpath("answer_file.css").read_text(encoding="utf-8") + markdown_css()
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(visible(entry.question[:120]))}</title><style>{style}</style></head><body><main>"
        f"<h1>{escape(entry.question)}</h1>{_facts(entry, answer, language, zone)}{notice(answer, language)}"
        f"{''.join(_section(phase, texts.shared.phases[phase], answer.text(phase)) for phase in PHASES)}"
        f"{_review(answer, language)}"
        f"{_section_of('timing', texts.answer_file.timings, timing_strip(answer.metrics(), language))}"
        f"{_proof(events, language)}"
        f"<footer>{escape(texts.answer_file.written_by.format(version=llmfirst_version()))}</footer>"
        "</main></body></html>\n"
    )


def _facts(entry: RunEntry, answer: Answer, language: Language, zone: tzinfo) -> str:
    texts = texts_in(language)
    words = texts.answer_file
    at = entry.submitted_at.astimezone(zone)
    digest = "" if entry.model_digest is None else f" · {entry.model_digest.removeprefix('sha256:')[:12]}"
    profile = None if answer.submitted is None else answer.submitted.profile
    facts = (
        (texts.shared.model, visible(f"{entry.model} ({entry.provider}){digest}")),
        (words.asked_at, f"{at:%Y-%m-%d %H:%M} {offset_at(at, zone)}"),
        (words.outcome, outcome_words(entry, language)),
        (words.profile, None if profile is None else texts.why.profiles[profile]),
        (words.rating, rating_words(entry, language)),
        (words.run, entry.run_id),
    )
    return f'<dl class="facts">{"".join(_fact(name, value) for name, value in facts if value)}</dl>'


def _fact(name: str, value: str) -> str:
    return f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div> "


def _section(kind: str, title: str, text: str) -> str:
    return _section_of(kind, title, markdown_html(text)) if text.strip() else ""


def _section_of(kind: str, title: str, html: str) -> str:
    return f'<section><h2 class="{kind}">{escape(title)}</h2>{html}</section>'


def _review(answer: Answer, language: Language) -> str:
    if answer.review is None or not answer.review.text.strip():
        return ""
    title = texts_in(language).review.title
    return _section_of("review", title, f'<p class="said">{escape(answer.review.text)}</p>')


def _proof(events: Sequence[AnswerEvent], language: Language) -> str:
    """Return whether every character was written by the model, with the whole hash at the head of the ledger."""
    texts = texts_in(language)
    proof = verify(events)
    if proof.head is None:
        return ""
    why = texts.why
    if proof.holds:
        calls = sum(event.type == "call_finished" for event in events)
        said = why.proved.format(shown=proof.shown_characters, calls=calls, head=proof.head[:12])
    else:
        said = why.not_proved.format(shown=proof.shown_characters, accounted=proof.accounted_characters)
    head = escape(texts.answer_file.proof_head.format(head=proof.head))
    return _section_of("proof", texts.answer_file.proof, f'<p>{escape(said)}</p><p class="quiet">{head}</p>')
