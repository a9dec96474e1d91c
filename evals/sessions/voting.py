"""Voting: one person at one deck. Names are in no value that is made before the vote."""

import hashlib
import json
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from evals.sessions.archive import SessionArchive
from evals.sessions.blind import BlindAnswer, Unveiled, blind_answer, unveiled
from evals.sessions.decks import Deck
from evals.sessions.votes import Battle, Choice, Pair, Vote
from llmfirst import LOCAL, Owner, may_see

MOST_VOTER_CHARACTERS: Final = 40
MOST_WORDS_CHARACTERS: Final = 500


@dataclass(frozen=True)
class Ballot:
    """One pair as a voter sees it."""

    number: int
    """From 0."""
    question: str
    left: BlindAnswer
    right: BlindAnswer
    vote: Vote | None
    """What this voter has said."""
    unveiled: tuple[Unveiled, Unveiled] | None
    """None as long as this voter is not to be told."""


@dataclass(frozen=True)
class Voting:
    """The ballots of a deck for one voter. Every method blocks its thread."""

    archive: SessionArchive
    """As the owner of the deck sees it."""
    deck: Deck
    pairs: tuple[Pair, ...]
    voter: str
    asking: Owner
    """Whose login it is; once the owner of the deck is told, the answers come into the owner's history."""

    def votes(self) -> dict[int, Vote]:
        """Return what this voter has said, by the number of the pair."""
        said = {
            _runs(vote.left, vote.right): vote
            for source in {pair.source for pair in self.pairs}
            for vote in self.archive.votes(source)
            if (vote.kind, vote.voter, vote.cut_seconds) == ("person", self.voter, self.deck.cut_seconds)
        }
        return {
            number: said[runs]
            for number, pair in enumerate(self.pairs)
            if (runs := _runs(pair.left, pair.right)) in said
        }

    def ballot(self, number: int) -> Ballot:
        """Return a pair with what this voter may know of it. Being told who wrote it ends its blindness for good."""
        pair, votes = self.pairs[number], self.votes()
        events = self.archive.events(pair.source, pair.left), self.archive.events(pair.source, pair.right)
        left, right = (blind_answer(one, self.deck.cut_seconds) for one in events)
        told = None
        if self._may_tell(number, votes):
            self._keep_told(pair)
            told = unveiled(events, pair.entrants, self.archive.models(pair.source))
        return Ballot(number, pair.question, left, right, votes.get(number), told)

    def vote(self, number: int, choice: Choice, words: str, at: datetime) -> None:
        """Keep what this voter says of a pair."""
        pair = self.pairs[number]
        vote = Vote(
            voter=self.voter,
            kind="person",
            question_id=pair.question_id,
            left=pair.left,
            right=pair.right,
            choice=choice,
            words=" ".join(words.split())[:MOST_WORDS_CHARACTERS],
            is_blind=not self._was_told(pair),
            cut_seconds=self.deck.cut_seconds,
            voted_at=at,
        )
        self.archive.keep_vote(pair.source, vote)

    def explain(self, number: int, words: str) -> None:
        """Put other words to a vote that is there."""
        vote = self.votes().get(number)
        if vote is not None:
            told = " ".join(words.split())[:MOST_WORDS_CHARACTERS]
            self.archive.keep_vote(self.pairs[number].source, vote.model_copy(update={"words": told}))

    def take_back(self, number: int) -> None:
        """Delete what this voter said of a pair."""
        vote = self.votes().get(number)
        if vote is not None:
            self.archive.take_back(self.pairs[number].source, vote)

    def open_after(self, number: int | None) -> int | None:
        """Return the next pair without a vote, from the beginning again after the last one; None if there is none."""
        said = self.votes()
        wanted = [one for one in range(len(self.pairs)) if one not in said]
        return next((one for one in wanted if number is None or one > number), next(iter(wanted), None))

    def may_tell(self, number: int) -> bool:
        """Return whether nothing is left to be voted on that the names of this pair would tell about."""
        return self._may_tell(number, self.votes())

    def _may_tell(self, number: int, votes: Container[int]) -> bool:
        asked = range(len(self.pairs)) if self.deck.unveiling == "at_end" else self._of_one_question(number)
        return all(one in votes for one in asked)

    def result(self) -> tuple[Battle, ...]:
        """Return all votes with who was voted on, once there is one on each pair; before that nothing."""
        votes = self.votes()
        if len(votes) < len(self.pairs):
            return ()
        for pair in self.pairs:
            self._keep_told(pair)
        return tuple(Battle(pair, votes[number]) for number, pair in enumerate(self.pairs))

    def _of_one_question(self, number: int) -> list[int]:
        pair = self.pairs[number]
        return [
            one
            for one, other in enumerate(self.pairs)
            if (other.source, other.question_id) == (pair.source, pair.question_id)
        ]

    def _keep_told(self, pair: Pair) -> None:
        self.archive.keep_told(pair.source, _told_key(self.voter, pair))
        if may_see(self.deck.owner, self.asking):
            self.archive.unveil(pair.source, pair.question_id)

    def _was_told(self, pair: Pair) -> bool:
        return self.archive.was_told(pair.source, _told_key(self.voter, pair))


def voter_named(typed: str | None, login: Owner) -> str:
    """Return the name of a voter, "" where there is none. With a login nobody votes in the name of another login."""
    name = " ".join((typed or "").split())[:MOST_VOTER_CHARACTERS]
    if login == LOCAL or name == login:
        return name
    return f"{name} ({login})" if name else login


def _runs(left: str, right: str) -> frozenset[str]:
    return frozenset((left, right))


def _told_key(voter: str, pair: Pair) -> str:
    seen = [voter, pair.question_id, *sorted([pair.left, pair.right])]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()
