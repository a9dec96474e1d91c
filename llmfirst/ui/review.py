"""Draw the model's review of its own answer as HTML, beside the answer and never in it. Pure; everything is escaped."""

from html import escape

from llmfirst.answer import Answer, ReviewText
from llmfirst.events import SUPPLEMENT_BREAK, Language
from llmfirst.texts import Texts, texts_in


def review_panel(answer: Answer, language: Language) -> str:
    """Return what the model said of its answer, what followed and how long it took. Empty before the review begins."""
    review, texts = answer.review, texts_in(language)
    if review is None:
        return ""
    took = "" if review.seconds is None else f' <span class="took">{escape(_seconds(review.seconds, texts))}</span>'
    said = f'<p class="said">{escape(review.text)}</p>' if review.text.strip() else ""
    added = sum(call.ended_seconds - call.started_seconds for call in answer.calls if call.purpose == "supplement")
    notes = "".join(f"<p>{escape(note)}</p>" for note in _notes(review, added, texts))
    return f'<section class="review"><h2>{escape(texts.review.title)}{took}</h2>{said}{notes}</section>'


def _notes(review: ReviewText, added_seconds: float, texts: Texts) -> list[str]:
    notes = [] if review.ending is None else [texts.review.endings[review.ending]]
    if review.judged is not None and review.judged.yes is None:
        notes.append(texts.review.undecided)
    elif review.judged is not None:
        notes.append(texts.review.missing if review.judged.is_missing else texts.review.nothing_missing)
    added = len(review.supplement.removeprefix(SUPPLEMENT_BREAK))
    if added and review.ending is not None:
        notes.append(texts.review.supplement.format(count=added, seconds=_seconds(added_seconds, texts)))
    return [note for note in notes if note]


def _seconds(seconds: float, texts: Texts) -> str:
    return texts.shared.seconds.format(seconds=seconds)
