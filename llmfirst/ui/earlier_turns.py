"""Draw the earlier turns of a conversation, each as one line that opens. Pure; everything is escaped or sanitised."""

from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from llmfirst.answer import Answer
from llmfirst.events import SECTIONS, AnswerFailed, AnswerFinished, Language
from llmfirst.markdown.text import markdown_html
from llmfirst.texts import texts_in
from llmfirst.visible_text import visible


def earlier_turns(answers: Sequence[Answer], language: Language) -> str:
    """Return the turns before the present one, the oldest first; nothing without any."""
    if not answers:
        return ""
    title = texts_in(language).conversation.title
    turns = "".join(_turn(answer, language) for answer in answers)
    return f'<section class="turns" aria-label="{escape(title)}">{turns}</section>'


def _turn(answer: Answer, language: Language) -> str:
    texts, submitted = texts_in(language), answer.submitted
    if submitted is None:
        return ""
    outcome = ""
    if isinstance(answer.end, AnswerFinished):
        outcome = texts.run.outcomes[answer.end.outcome]
    elif isinstance(answer.end, AnswerFailed):
        outcome = texts.run.failed
    facts = " · ".join(fact for fact in (visible(submitted.model), outcome) if fact)
    sections = "".join(
        f"<h3>{escape(texts.shared.phases[phase])}</h3>{markdown_html(text, first_heading=4)}"
        for phase in SECTIONS
        if (text := answer.text(phase)).strip()
    )
    link = f'<a href="?run={quote(submitted.run_id)}">{escape(texts.conversation.open)}</a>'
    return (
        f'<details><summary><span class="asked">{escape(submitted.question)}</span> '
        f'<span class="facts">{escape(facts)}</span></summary>{sections}<p>{link}</p></details>'
    )
