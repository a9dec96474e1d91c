"""Decks: pairs of stored answers that people vote on, found again by an id that tells nothing of them."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from evals.records.evaluation import Stored
from llmfirst import DocumentStore, Instant, Label, LlmfirstError, Owner, Span, may_see

Unveiling = Literal["after_each", "at_end"]
"""When a voter is told the names: after each question, or once everything is voted on."""
_DECKS: Final = "decks"


class DeckUnknown(LlmfirstError):
    """There is no deck with this id, or it is not open to the visitor."""


class Deck(Stored):
    """What is voted on, and how it is shown."""

    deck_id: Label
    owner: Annotated[str, Field(max_length=200)]
    """Whose answers these are. Only the owner opens the deck to others, and closes it."""
    source: Label | None
    """The id of a session or an evaluation; None: everything that the owner has."""
    cut_seconds: Span | None = None
    """The second after which the answers are cut off; None: they are whole."""
    unveiling: Unveiling = "after_each"
    is_open: bool = False
    """Whether everybody whom the server lets in may vote."""
    created_at: Instant


class Decks:
    """Stores and loads decks. Every method blocks its thread."""

    def __init__(self, documents: DocumentStore, now: Callable[[], datetime]) -> None:
        self._documents = documents
        self._now = now

    def of(self, owner: Owner, source: str | None, cut_seconds: float | None, unveiling: Unveiling) -> Deck:
        """Return the owner's deck of these answers; it is the same one each time."""
        for body in self._documents.all(_DECKS).values():
            deck = _read(body)
            if deck and (deck.owner, deck.source, deck.cut_seconds, deck.unveiling) == (
                owner,
                source,
                cut_seconds,
                unveiling,
            ):
                return deck
        deck = Deck(
            deck_id=secrets.token_hex(8),
            owner=owner,
            source=source,
            cut_seconds=cut_seconds,
            unveiling=unveiling,
            created_at=self._now(),
        )
        return self._kept(deck)

    def load(self, deck_id: str, asking: Owner) -> Deck:
        """Return a deck that belongs to whoever asks or is open to all. Raises DeckUnknown."""
        body = self._documents.get(_DECKS, deck_id)
        deck = None if body is None else _read(body)
        if deck is None or not (deck.is_open or may_see(deck.owner, asking)):
            raise DeckUnknown("There is no deck at this address, or its owner has closed it.")
        return deck

    def open(self, deck_id: str, owner: Owner, *, is_open: bool) -> Deck:
        """Let everybody in whom the server lets in, or nobody but the owner. Raises DeckUnknown."""
        deck = self.load(deck_id, owner)
        if not may_see(deck.owner, owner):
            raise DeckUnknown("Only the owner of a deck opens or closes it.")
        return self._kept(deck.model_copy(update={"is_open": is_open}))

    def _kept(self, deck: Deck) -> Deck:
        self._documents.put(_DECKS, deck.deck_id, deck.model_dump_json(by_alias=True))
        return deck


def _read(body: str) -> Deck | None:
    try:
        return Deck.model_validate_json(body)
    except ValidationError:  # from a newer version: it stays as it is
        return None
