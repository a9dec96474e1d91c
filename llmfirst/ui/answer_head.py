"""Draw the header of an answer as HTML: its question, who answered and when. Pure; everything is escaped."""

from html import escape

from llmfirst.answer import Answer
from llmfirst.events import Language
from llmfirst.texts import texts_in
from llmfirst.visible_text import visible


def answer_head(answer: Answer, language: Language) -> str:
    """Return whose answer this is, read from its own events; empty without an answer."""
    submitted, texts = answer.submitted, texts_in(language)
    if submitted is None:
        return ""
    asked_at = submitted.submitted_at.isoformat(timespec="seconds")
    facts = [f"<b>{escape(visible(submitted.model))}</b>", escape(submitted.provider)]
    facts += [] if submitted.profile is None else [escape(texts.head.profiles[submitted.profile])]
    # The browser knows the clock of its reader: `head.js` writes the time anew.
    facts.append(f'<time datetime="{asked_at}">{submitted.submitted_at:%Y-%m-%d %H:%M} UTC</time>')
    return (
        f'<h2 class="asked"><span class="sr">{escape(texts.shared.question)}: </span>{escape(submitted.question)}</h2>'
        f'<p class="by">{" · ".join(facts)}</p>'
    )
