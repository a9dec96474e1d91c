"""One person's votes on the answers to one question of a session, as they stand beside each other."""

from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from evals.sessions.archive import SessionArchive
from evals.sessions.session import Session
from evals.sessions.votes import Choice, Vote
from evals.sessions.voting import MOST_WORDS_CHARACTERS

Columns = tuple[int, int]
"""Two columns of the page, from 0; the first one is the left one of a vote."""


@dataclass(frozen=True)
class QuestionVotes:
    """The pairs of columns, each of which is voted on in turn. Every method blocks its thread."""

    archive: SessionArchive
    session: Session
    question_id: str
    voter: str

    def runs(self) -> dict[int, str]:
        """Return the last run of each column that was asked."""
        entrants = self.session.columns(self.question_id) if self.session.is_blind else self.session.entrants
        asks = self.archive.asks(self.session.session_id)
        latest = {ask.entrant: ask.run_id for ask in asks if ask.question_id == self.question_id}
        return {number: latest[one.key] for number, one in enumerate(entrants) if one.key in latest}

    def votes(self) -> dict[Columns, Vote | None]:
        """Return each pair of columns in turn, with what this voter has said of it."""
        said = {
            frozenset((vote.left, vote.right)): vote
            for vote in self.archive.votes(self.session.session_id)
            if (vote.kind, vote.voter, vote.cut_seconds) == ("person", self.voter, None)
        }
        return {
            (left, right): said.get(frozenset((left_run, right_run)))
            for (left, left_run), (right, right_run) in combinations(self.runs().items(), 2)
        }

    def next_pair(self) -> Columns | None:
        """Return the first pair without a vote."""
        return next((pair for pair, vote in self.votes().items() if vote is None), None)

    def vote(self, choice: Choice, words: str, at: datetime, *, is_early: bool) -> None:
        """Keep a vote on the next pair. After the last pair of the question, its names are no longer hidden."""
        pair, runs = self.next_pair(), self.runs()
        if pair is None:
            return
        session_id = self.session.session_id
        vote = Vote(
            voter=self.voter,
            kind="person",
            question_id=self.question_id,
            left=runs[pair[0]],
            right=runs[pair[1]],
            choice=choice,
            words=" ".join(words.split())[:MOST_WORDS_CHARACTERS],
            is_blind=self.session.is_blind and not self.archive.is_unveiled(session_id, self.question_id),
            saw_speed=self.session.shows_speed,
            is_early=is_early,
            voted_at=at,
        )
        self.archive.keep_vote(session_id, vote)
        if self.next_pair() is None:
            self.archive.unveil(session_id, self.question_id)

    def take_back(self) -> None:
        """Delete the last vote of this voter on the question."""
        given = [vote for vote in self.votes().values() if vote is not None]
        if given:
            self.archive.take_back(self.session.session_id, max(given, key=lambda vote: vote.voted_at))
