"""The blind deck: pairs of stored answers to vote on without waiting for a model.

pairs = deck(archive.seen_by(owner), seed=1, voter="kim", cut_seconds=10)
card = card_of(archive.seen_by(owner), pairs[0], cut_seconds=10)
archive.keep_vote(card.pair.source, vote)
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from random import Random
from typing import Final

from evals.records.evaluation import Evaluation
from evals.sessions.archive import SessionArchive
from evals.sessions.blind import blind_answer
from evals.sessions.session import Session
from evals.sessions.votes import Pair
from llmfirst import AnswerEvent

_MOST_SOURCES: Final = 30  # the newest; each answer of theirs is read once


@dataclass(frozen=True)
class Card:
    """Two answers as a voter sees them: nothing in the texts says who wrote them but what the models wrote."""

    pair: Pair
    left: str
    right: str
    cut_seconds: float | None
    """The second after which both were cut off; None: they are whole."""


def deck(
    archive: SessionArchive,
    *,
    seed: int,
    sources: Sequence[str] | None = None,
    voter: str | None = None,
    cut_seconds: float | None = None,
) -> tuple[Pair, ...]:
    """Return the pairs to vote on, the least voted first, in the order and on the sides of a seed.

    They come from the sessions and evaluations that the archive's owner may see, or from `sources` alone. A pair that
    `voter` has voted on is left out. Raises SessionUnknown for a source.
    """
    pairs: list[tuple[int, float, Pair]] = []
    for source in _newest(archive) if sources is None else sources:
        votes = [vote for vote in archive.votes(source) if vote.kind == "person" and vote.cut_seconds == cut_seconds]
        counts = Counter(frozenset((vote.left, vote.right)) for vote in votes)
        seen = {frozenset((vote.left, vote.right)) for vote in votes if vote.voter == voter}
        for pair in archive.pairs(source):
            runs = frozenset((pair.left, pair.right))
            if runs not in seen:
                draw = Random(f"{seed}:{sorted(runs)}")
                pairs.append((counts[runs], draw.random(), pair if draw.random() < 0.5 else _turned(pair)))
    return tuple(pair for _, _, pair in sorted(pairs, key=lambda one: one[:2]))


def card_of(archive: SessionArchive, pair: Pair, *, cut_seconds: float | None = None) -> Card | None:
    """Return the two answers of a pair; None if nobody can judge them: neither has text yet, or they are the same.

    Raises RunUnknown if an answer has been deleted, and RunUnreadable.
    """
    left, right = (text_at(archive.events(pair.source, run_id), cut_seconds) for run_id in (pair.left, pair.right))
    return None if left == right else Card(pair, left, right, cut_seconds)


def text_at(events: Sequence[AnswerEvent], cut_seconds: float | None) -> str:
    """Return the sections of an answer as they stood so many seconds after its admission; None: at its end."""
    return "\n\n".join(text for _, text in blind_answer(events, cut_seconds).sections)


def _newest(archive: SessionArchive) -> list[str]:
    """Return the ids of the newest sessions, and of the newest evaluations of several models."""
    several = [one for one in archive.evaluations.all() if len(one.models) > 1]
    found: list[Session | Evaluation] = sorted([*archive.all(), *several], key=lambda one: one.created_at, reverse=True)
    return [one.session_id if isinstance(one, Session) else one.evaluation_id for one in islice(found, _MOST_SOURCES)]


def _turned(pair: Pair) -> Pair:
    left, right = pair.entrants
    return replace(pair, left=pair.right, right=pair.left, entrants=(right, left))
