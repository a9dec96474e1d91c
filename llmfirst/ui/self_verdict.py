"""Draw the model's verdict on its own answer as one quiet line of HTML. Pure; everything is escaped."""

from html import escape

from llmfirst.answer import Answer
from llmfirst.events import Language
from llmfirst.texts import texts_in


def self_verdict_line(answer: Answer, language: Language) -> str:
    """Return what the model thinks of its answer, as its own probabilities. Empty before its first verdict."""
    verdict, texts = answer.self_verdict, texts_in(language).shared.self_verdict
    if verdict is None:
        return ""
    parts = [f"{texts.questions[question]} {yes:.0%}" for question, yes in verdict.yes.items()]
    left_out = dict.fromkeys(verdict.left_out.values())
    for cause in left_out:
        names = ", ".join(texts.questions[question] for question, why in verdict.left_out.items() if why == cause)
        parts.append(f"{names}: {texts.left_out[cause]}")
    if verdict.by == "word":
        parts.append(texts.by_word)
    taken = answer.metrics().self_verdict_seconds
    took = "" if taken is None else f" ({texts_in(language).shared.seconds.format(seconds=taken)})"
    return f'<p class="self-verdict">{escape(texts.title + took)}: {escape(" · ".join(parts))}</p>'
