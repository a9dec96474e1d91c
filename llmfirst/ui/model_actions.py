"""What can be done with a model that is here, or could be: buttons that the card of the downloads listens to."""

from html import escape
from typing import Literal

from llmfirst.events import Language
from llmfirst.offers import Offer
from llmfirst.texts import texts_in
from llmfirst.visible_text import visible

ModelAct = Literal["download", "load", "unload", "delete", "stop", "resume", "discard", "dismiss"]


def model_actions(offer: Offer, language: Language) -> str:
    """Return the buttons of a model as HTML; nothing where its service keeps its models itself."""
    if offer.provider == "openai":
        return ""
    card = offer.card
    if not card.is_here:
        return acts_html(("download",), offer.key, card.name, language)
    acts: tuple[ModelAct, ...] = ("unload" if card.is_loaded else "load", "delete")
    return acts_html(acts, offer.key, card.name, language, size_bytes=card.size_bytes)


def acts_html(
    acts: tuple[ModelAct, ...], key: str, name: str, language: Language, *, size_bytes: int | None = None
) -> str:
    """Return buttons; each names its model to who cannot see the line it stands in."""
    words = texts_in(language).bring
    about = visible(name)
    if size_bytes is not None:
        about = words.frees.format(model=about, size=size_words(size_bytes))
    buttons = "".join(
        f'<button type="button" data-model-act="{act}" data-model="{escape(key)}" data-about="{escape(about)}" '
        f'aria-label="{escape(words.act_name.format(act=words.acts[act], model=visible(name)))}">'
        f"{escape(words.acts[act])}</button>"
        for act in acts
    )
    return f'<span class="model-acts">{buttons}</span>'


def size_words(size_bytes: int) -> str:
    """Return a size as people read it."""
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:,.0f} MB"
