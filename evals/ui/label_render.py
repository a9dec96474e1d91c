"""What label mode draws: values in, escaped HTML out. Pure."""

from collections.abc import Sequence
from html import escape

from evals.analysis.human_labels import Labelled, Labelling, LabelTask
from evals.report.people import labelling_sentences
from evals.texts import texts_in
from llmfirst import Language, markdown_html, shared_texts, visible


def intro_html(language: Language) -> str:
    """Return what label mode is, and its keys."""
    texts = texts_in(language).label_mode
    return f'<h2>{escape(texts.open)}</h2><p>{escape(texts.intro)}</p><p class="quiet">{escape(texts.keys)}</p>'


def people_html(people: Sequence[Labelled], language: Language) -> str:
    """Return who labelled how much; nothing where nobody did."""
    texts = texts_in(language).label_mode
    lines = "".join(
        f'<tr><th scope="row">{escape(visible(one.person))}</th><td>{_progress(one)}</td>'
        f"<td>{escape(texts.progress.format(said=one.said, wanted=one.wanted))}</td></tr>"
        for one in people
    )
    return f"<table><caption>{escape(texts.people)}</caption>{lines}</table>" if lines else ""


def _progress(one: Labelled) -> str:
    return f'<progress max="{one.wanted}" value="{one.said}" aria-hidden="true"></progress>'


def head_html(of: Labelled, language: Language) -> str:
    """Return how far a person is, in words and as a bar."""
    texts = texts_in(language).label_mode
    place = escape(texts.progress.format(said=of.said, wanted=of.wanted))
    return (
        f'<p class="place" role="status"><b>{place}</b> <span>{escape(visible(of.person))}</span></p>'
        f'<div class="done"><span style="width:{100 * of.said / of.wanted:.1f}%"></span></div>'
    )


def answer_html(task: LabelTask, language: Language) -> str:
    """Return the question and the answer, in a part that scrolls by itself."""
    answer = texts_in(language).common.answer
    return (
        f'<article class="read" tabindex="0" role="region" aria-label="{escape(answer)}">'
        f"<h3>{escape(shared_texts(language).question)}</h3>"
        f'<p class="asked" dir="auto">{escape(visible(task.case.question))}</p><h3>{escape(answer)}</h3>'
        f'<div class="written" dir="auto">{markdown_html(task.text, first_heading=4)}</div></article>'
    )


def claim_id(key: str) -> str:
    """Return what the page knows a claim by: the hash of what stands on the screen, which tells nothing else."""
    return key[:12]


def claim_html(task: LabelTask, language: Language) -> str:
    """Return the claim that is to be decided."""
    texts = texts_in(language).label_mode
    claim = escape(visible(task.criterion.claim))
    return (
        f'<h3>{escape(texts.claim)}</h3><p class="claim" data-claim="{claim_id(task.key)}" dir="auto" '
        f'aria-live="polite">{claim}</p>'
    )


def done_html(found: Labelling, language: Language) -> str:
    """Return what the labels come to, once everything is decided."""
    done = f'<div role="status"><h2>{escape(texts_in(language).label_mode.done)}</h2></div>'
    return f'<article class="read" tabindex="0">{done}{found_html(found, language)}</article>'


def found_html(found: Labelling, language: Language) -> str:
    """Return what the labels come to, sentence by sentence."""
    sentences = "".join(f"<li>{escape(visible(one))}</li>" for one in labelling_sentences(found, language))
    return f'<ul class="found-by-people">{sentences}</ul>'
