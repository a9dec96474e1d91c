"""Draw the header of an answer as HTML: its question, who answered and when. Pure; everything is escaped."""

from html import escape

from llmfirst.answer import Answer
from llmfirst.events import Language
from llmfirst.texts import texts_in
from llmfirst.ui.replays import Playback
from llmfirst.visible_text import visible


def answer_head(answer: Answer, language: Language, playback: Playback | None = None) -> str:
    """Return whose answer this is, read from its own events, and whether it is a replay; empty without an answer."""
    submitted, texts = answer.submitted, texts_in(language)
    if submitted is None:
        return ""
    asked_at = submitted.submitted_at.isoformat(timespec="seconds")
    facts = [f"<b>{escape(visible(submitted.model))}</b>", escape(texts.head.providers[submitted.provider])]
    facts += [] if submitted.profile is None else [escape(texts.head.profiles[submitted.profile])]
    if playback is not None and (machine := playback.machine) is not None:
        words = texts.replay.machine.format(processor=visible(machine.processor), cores=machine.cores)
        facts.append(escape(words))
    badge = "" if playback is None else f'<strong class="badge">{escape(texts.replay.badge)}</strong>'
    # The browser knows the clock of its reader: `head.js` writes the time anew.
    facts.append(f'<time datetime="{asked_at}">{submitted.submitted_at:%Y-%m-%d %H:%M} UTC</time>')
    label, question = escape(texts.shared.question), escape(submitted.question)
    return (
        f'{badge}<h2 class="asked"><span class="sr">{label}: </span>{question}</h2>'
        f'<p class="by">{" · ".join(facts)}</p>'
    )
