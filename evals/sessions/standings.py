"""What votes on pairs of answers come to: strengths, duels, the effect of the position, agreement. Pure.

Votes on one question do not stand for as many questions. So a duel counts each question once, by the majority of its
votes, and the intervals of strengths come from whole questions.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal, get_args

from evals.analysis.human_labels import Agreement
from evals.sessions.votes import Battle, Choice, Pair, Vote
from evals.suite.cases import Language
from llmfirst import (
    Contest,
    Proportion,
    Strength,
    bradley_terry,
    cohen_kappa,
    cross_table,
    generator,
    holm,
    mcnemar,
    proportion,
)

Electorate = Literal["readers", "watchers", "judge"]
"""Whose votes: people who read the answers, people who also saw how fast they came, or a judge. Never mixed."""
ELECTORATES: Final[tuple[Electorate, ...]] = get_args(Electorate)
LEAST_VOTES: Final = 20  # below, strengths would be guesses
LEAST_QUESTIONS: Final = 6  # the fewest that can tell two entrants apart: 6 of 6 has p = 0.03
LEVEL: Final = 0.05
MOST_VOTES_AHEAD: Final = 300
_SEED: Final = 22


@dataclass(frozen=True)
class Part:
    """The questions of a language, of a category, or of both; all of them without either."""

    language: Language | None = None
    category: str | None = None

    @property
    def is_crossed(self) -> bool:
        return self.language is not None and self.category is not None

    def has(self, pair: Pair) -> bool:
        return self.language in (None, pair.language) and self.category in (None, pair.category)


WHOLE: Final = Part()


@dataclass(frozen=True)
class Duel:
    """Two entrants on the questions of a part."""

    part: Part
    first: str
    """The one ahead, or the first by name."""
    second: str
    won: Proportion
    """The questions that the first won, out of those that one of both won."""
    level: int
    """The questions that nobody won: ties, two bad answers, or as many votes for each."""
    p_value: float | None = None
    """That both are equal, adjusted for the number of duels looked at; None if there is too little to tell."""
    votes_ahead: int | None = None
    """About how many more votes would tell them apart; None if they are told apart, or if that is out of sight."""

    @property
    def is_decided(self) -> bool:
        """Whether the first is better: by the test and by the interval."""
        interval = self.won.interval
        return self.p_value is not None and self.p_value <= LEVEL and interval is not None and interval.low > 0.5


@dataclass(frozen=True)
class Group:
    """Entrants that met each other, directly or through others. Strengths of two groups cannot be compared."""

    entrants: tuple[str, ...]
    votes: int
    questions: int
    strengths: tuple[Strength, ...]
    """Strongest first; empty while votes are missing."""

    @property
    def votes_missing(self) -> int:
        return max(0, LEAST_VOTES - self.votes)

    @property
    def questions_missing(self) -> int:
        return max(0, LEAST_QUESTIONS - self.questions)


@dataclass(frozen=True)
class PartStandings:
    """The standings on the questions of a part."""

    part: Part
    choices: Mapping[Choice, int]
    groups: tuple[Group, ...]
    duels: tuple[Duel, ...]

    @property
    def votes(self) -> int:
        return sum(self.choices.values())


@dataclass(frozen=True)
class Standings:
    """What the votes of an electorate on whole answers come to."""

    electorate: Electorate
    voters: tuple[str, ...]
    parts: tuple[PartStandings, ...]
    """All questions first, then by language, by category, and by both."""
    tested: int
    """The number of duels with enough votes and questions; their p values are adjusted for it."""
    left_won: Proportion
    """The pairs whose left answer won, out of those that either side won."""
    early: int
    """Votes before both answers were whole."""
    unblind: int
    """Votes with the names in sight."""

    @property
    def whole(self) -> PartStandings:
        return self.parts[0]

    @property
    def has_side(self) -> bool:
        """Whether the side on which an answer stood made a difference that is not chance."""
        p_value = mcnemar(self.left_won.passed, self.left_won.total - self.left_won.passed)
        return p_value is not None and p_value <= LEVEL


@dataclass(frozen=True)
class Tally:
    """What all votes come to."""

    standings: tuple[Standings, ...]
    """One of each electorate that voted."""
    agreements: tuple[Agreement, ...]
    """Between two people, and of people with the judge; most pairs in common first."""
    cut: int
    """Votes on answers that were cut off at a second: they are about something else and not counted here."""

    def of(self, electorate: Electorate) -> Standings | None:
        return next((found for found in self.standings if found.electorate == electorate), None)


def tally(battles: Sequence[Battle]) -> Tally:
    """Return what votes come to; those of which a judge is not sure enough do not count."""
    counted = [battle for battle in battles if battle.vote.is_sure]
    whole = [battle for battle in counted if battle.vote.cut_seconds is None]
    by_electorate = {one: [battle for battle in whole if electorate_of(battle.vote) == one] for one in ELECTORATES}
    return Tally(
        standings=tuple(_standings(one, cast) for one, cast in by_electorate.items() if cast),
        agreements=_agreements(whole),
        cut=len(counted) - len(whole),
    )


def electorate_of(vote: Vote) -> Electorate:
    if vote.kind == "judge":
        return "judge"
    return "watchers" if vote.saw_speed else "readers"


def _standings(electorate: Electorate, battles: Sequence[Battle]) -> Standings:
    parts = [_part_standings(part, [one for one in battles if part.has(one.pair)]) for part in _parts(battles)]
    duels = [duel for part in parts for duel in part.duels]
    group_of = {name: group for group in parts[0].groups for name in group.entrants}
    testable = [duel for duel in duels if group_of[duel.first].strengths and duel.won.total >= LEAST_QUESTIONS]
    known = _tested(duels, testable, group_of)
    return Standings(
        electorate=electorate,
        voters=tuple(dict.fromkeys(battle.vote.voter for battle in battles)),
        parts=tuple(replace(part, duels=tuple(next(known) for _ in part.duels)) for part in parts),
        tested=len(testable),
        left_won=_left_won(battles),
        early=sum(battle.vote.is_early for battle in battles),
        unblind=sum(not battle.vote.is_blind for battle in battles),
    )


def _parts(battles: Sequence[Battle]) -> Iterator[Part]:
    """Yield the parts of the questions; of those that hold the same votes only the broadest."""
    languages = dict.fromkeys(battle.pair.language for battle in battles)
    categories = dict.fromkeys(battle.pair.category for battle in battles)
    named = [Part(language=one) for one in languages if one] + [Part(category=one) for one in categories if one]
    crossed = [Part(language, category) for language in languages for category in categories if language and category]
    seen: set[tuple[int, ...]] = set()
    for part in (WHOLE, *named, *crossed):
        held = tuple(number for number, battle in enumerate(battles) if part.has(battle.pair))
        if held and held not in seen:
            seen.add(held)
            yield part


def _part_standings(part: Part, battles: Sequence[Battle]) -> PartStandings:
    counts = Counter(battle.vote.choice for battle in battles)
    return PartStandings(
        part=part,
        choices={choice: counts[choice] for choice in get_args(Choice)},
        groups=() if part.is_crossed else tuple(_groups(battles)),
        duels=tuple(_duels(part, battles)),
    )


def _groups(battles: Sequence[Battle]) -> Iterator[Group]:
    groups: list[set[str]] = []
    for battle in battles:
        met = [group for group in groups if group & set(battle.pair.entrants)]
        groups = [group for group in groups if group not in met] + [set(battle.pair.entrants).union(*met)]
    by_votes = [[battle for battle in battles if battle.pair.entrants[0] in names] for names in groups]
    for names, cast in sorted(zip(groups, by_votes, strict=True), key=lambda one: -len(one[1])):
        group = Group(tuple(sorted(names)), len(cast), len({battle.pair.question for battle in cast}), ())
        if not group.votes_missing and not group.questions_missing:
            group = replace(group, strengths=bradley_terry([_contest(battle) for battle in cast], generator(_SEED)))
        yield group


def _contest(battle: Battle) -> Contest:
    return Contest(*battle.pair.entrants, battle.left_share, battle.pair.question)


def _duels(part: Part, battles: Sequence[Battle]) -> Iterator[Duel]:
    names = sorted({name for battle in battles for name in battle.pair.entrants})
    for first, second in combinations(names, 2):
        shares: dict[str, list[float]] = {}
        for battle in battles:
            if set(battle.pair.entrants) == {first, second}:
                share = battle.left_share if battle.pair.entrants[0] == first else 1 - battle.left_share
                shares.setdefault(battle.pair.question, []).append(share)
        if shares:
            yield _duel(part, first, second, [sum(cast) / len(cast) for cast in shares.values()])


def _duel(part: Part, first: str, second: str, shares: Sequence[float]) -> Duel:
    wins, losses = sum(share > 0.5 for share in shares), sum(share < 0.5 for share in shares)
    if losses > wins:
        first, second, wins, losses = second, first, losses, wins
    return Duel(part, first, second, proportion(wins, wins + losses), len(shares) - wins - losses)


def _tested(duels: Sequence[Duel], testable: Sequence[Duel], group_of: Mapping[str, Group]) -> Iterator[Duel]:
    """Yield the duels, the testable ones with their p values, by Holm over all of them.

    The others could not tell their entrants apart whatever the votes said, so they need no adjustment (Tarone, 1990).
    """
    adjusted = dict(zip(testable, holm([_p_value(duel.won.passed, duel.won.total) for duel in testable]), strict=True))
    for duel in duels:
        tested = replace(duel, p_value=adjusted.get(duel))
        ahead = None if tested.is_decided else _votes_ahead(duel, len(testable), group_of[duel.first])
        yield replace(tested, votes_ahead=ahead)


def _p_value(won: int, total: int) -> float:
    found = mcnemar(won, total - won)
    return 1.0 if found is None else found


def _votes_ahead(duel: Duel, tests: int, group: Group) -> int | None:
    """Return about how many more votes, each on a further question, would tell two entrants apart.

    The share of wins is taken to stay as it is, drawn towards one half where there are few.
    """
    won, total = duel.won.passed, duel.won.total
    share = (won + 1) / (total + 2)
    of_votes = (total + 1) / (total + duel.level + 1)
    for more in range(1, MOST_VOTES_AHEAD):
        then = total + more
        if _p_value(min(then, won + round(share * more)), then) * max(1, tests) <= LEVEL:
            votes = max(group.votes_missing, round(more / of_votes))
            return votes if votes <= MOST_VOTES_AHEAD else None
    return None


def _left_won(battles: Iterable[Battle]) -> Proportion:
    shares: dict[tuple[str, str], list[float]] = {}
    for battle in battles:
        shares.setdefault((battle.vote.left, battle.vote.right), []).append(battle.left_share)
    means = [sum(cast) / len(cast) for cast in shares.values()]
    return proportion(sum(mean > 0.5 for mean in means), sum(mean != 0.5 for mean in means))


def _agreements(battles: Sequence[Battle]) -> tuple[Agreement, ...]:
    """Return how far voters agree on the pairs that both voted on."""
    votes: dict[str | None, dict[frozenset[str], str | None]] = {}
    for battle in battles:
        voter = battle.vote.voter if battle.vote.kind == "person" else None
        votes.setdefault(voter, {})[frozenset((battle.vote.left, battle.vote.right))] = _winner(battle.vote)
    people = [voter for voter in votes if voter is not None]
    found = [_agreement(first, second, votes[first], votes[second]) for first, second in combinations(people, 2)]
    if None in votes:
        found += [_agreement(person, None, votes[person], votes[None]) for person in people]
    return tuple(sorted((one for one in found if one.same.total), key=lambda one: -one.same.total))


def _winner(vote: Vote) -> str | None:
    return {"left": vote.left, "right": vote.right}.get(vote.choice)


def _agreement(
    first: str,
    second: str | None,
    by_first: Mapping[frozenset[str], str | None],
    by_second: Mapping[frozenset[str], str | None],
) -> Agreement:
    """Compare two voters: the share over all their common pairs, kappa over those where both chose a side."""
    both = [(pair, by_first[pair], by_second[pair]) for pair in by_first if pair in by_second]
    sided = [(one == min(pair), other == min(pair)) for pair, one, other in both if one and other]
    same = proportion(sum(one == other for _, one, other in both), len(both))
    return Agreement(first, second, same, cohen_kappa(cross_table(sided)))
