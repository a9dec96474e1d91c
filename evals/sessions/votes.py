"""Votes on two answers to one question, by people and by a judge."""

import hashlib
import json
from dataclasses import dataclass
from random import Random
from typing import Annotated, Literal

from pydantic import Field

from evals.records.evaluation import Stored
from evals.suite.cases import Language
from llmfirst import Instant, Label, Span

Choice = Literal["left", "right", "tie", "both_bad"]
VoterKind = Literal["person", "judge"]


class Vote(Stored):
    """What one voter said about two answers. A later vote of the same voter on the same pair replaces it."""

    voter: Annotated[str, Field(min_length=1, max_length=100)]
    """The name of a person, or the key of a judge."""
    kind: VoterKind
    question_id: Label
    left: Label
    """The run whose answer stood left; for a judge, the first."""
    right: Label
    choice: Choice
    words: Annotated[str, Field(max_length=500)] = ""
    """Why, in the voter's words."""
    margin: float | None = None
    """By how much a judge finds the left answer better, in log-odds."""
    is_sure: bool = True
    """Whether it counts: False for a judge's vote with too small a margin (evals/sessions/judging.py)."""
    is_blind: bool
    """Whether the names were hidden until the vote."""
    saw_speed: bool = False
    """Whether the voter saw the answers being written, at their own pace. Such votes count apart."""
    is_early: bool = False
    """Whether an answer was still being written."""
    cut_seconds: Span | None = None
    """The second after which the answers were cut off; None: they were whole."""
    voted_at: Instant

    @property
    def key(self) -> str:
        """What a later vote of the same voter on the same pair has in common with this one."""
        seen = [self.kind, self.voter, self.question_id, *sorted([self.left, self.right]), self.cut_seconds]
        return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


@dataclass(frozen=True)
class Pair:
    """Two answers to one question that can be voted on. They come from a session or from an evaluation."""

    source: str
    """The id of the session or the evaluation."""
    question_id: str
    question: str
    language: Language | None
    category: str | None
    left: str
    """The run of the left answer."""
    right: str
    entrants: tuple[str, str]
    """The keys of who wrote the left and the right answer; no voter sees them before the vote."""


@dataclass(frozen=True)
class Battle:
    """A pair and one vote on it."""

    pair: Pair
    vote: Vote

    @property
    def left_share(self) -> float:
        """What the left entrant won: 1, 0.5 for a tie or two bad answers, or 0."""
        return {"left": 1.0, "right": 0.0}.get(self.vote.choice, 0.5)


def drawn_sides(seed: str, runs: tuple[str, str]) -> tuple[str, str]:
    """Return the runs of a pair with the left one first, drawn for this pair alone."""
    left, right = Random(f"{seed}:{sorted(runs)}").sample(sorted(runs), 2)
    return left, right
