"""Battles made by hand."""

from collections.abc import Sequence
from typing import Any

from evals.sessions.votes import Battle, Choice, Pair, Vote
from tests.evals.made import START

CHOICES: dict[str, Choice] = {"l": "left", "r": "right", "t": "tie", "b": "both_bad"}


def battle(
    choice: Choice, question: str = "why?", *, left: str = "a", right: str = "b", number: int = 0, **changes: Any
) -> Battle:
    """Return a blind vote of one person on the answers of two entrants; `changes` are those of pair or vote."""
    of_pair = {name: changes.pop(name) for name in ("source", "language", "category") if name in changes}
    runs = f"{number:x}-{question}-{left}", f"{number:x}-{question}-{right}"
    pair = Pair(
        **{"source": "one", "language": None, "category": None, **of_pair},
        question_id=question,
        question=question,
        left=runs[0],
        right=runs[1],
        entrants=(left, right),
    )
    vote = Vote(
        **{"voter": "ann", "kind": "person", "is_blind": True, "voted_at": START, **changes},
        question_id=question,
        left=runs[0],
        right=runs[1],
        choice=choice,
    )
    return Battle(pair, vote)


def battles(choices: str, name: str = "q", **changes: Any) -> list[Battle]:
    """Return one battle for each letter (l, r, t, b), each on a question of its own; sides change in turn."""
    found = []
    for number, letter in enumerate(choices):
        first, second, choice = "a", "b", CHOICES[letter]
        if number % 2:
            first, second = second, first
            choice = {"left": "right", "right": "left"}.get(choice, choice)  # type: ignore[assignment]
        found.append(battle(choice, f"{name}{number}", left=first, right=second, **changes))
    return found


def joined(*parts: Sequence[Battle]) -> list[Battle]:
    return [one for part in parts for one in part]
