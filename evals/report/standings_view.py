"""Builds the view of standings: all that page and report show of them, as text in one language. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.plots.strengths import SIGNS, StrengthPoint, TimeAxis, win_range, win_share
from evals.plots.theme import styles
from evals.report.judgement import judgement_lines
from evals.report.numbers import seconds, seconds_range, share, share_range, size, whole
from evals.report.standings_sentences import (
    agreement_sentences,
    facts,
    finding,
    method_sentence,
    part_name,
    short_names,
    speed_sentence,
    verdict_sentence,
    with_interval,
)
from evals.report.templates import drawn
from evals.sessions.sources import Field, Source
from evals.sessions.standings import (
    ELECTORATES,
    LEAST_QUESTIONS,
    WHOLE,
    Duel,
    Group,
    PartStandings,
    Standings,
    Tally,
    electorate_of,
)
from evals.sessions.times import Median
from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import TIERS, Strength


@dataclass(frozen=True)
class Cell:
    """A figure, and in smaller type its interval or what else belongs to it."""

    value: str
    small: str = ""


@dataclass(frozen=True)
class EntrantView:
    """The row of an entrant."""

    name: str
    key: str
    sign: str
    colour: str
    cells: tuple[tuple[str, Cell], ...]
    """Each with the head of its column."""
    legend: str
    """What the figure shows of it; empty if it is not in the figure."""


@dataclass(frozen=True)
class DuelView:
    """Two entrants on the questions of a part."""

    part: str
    first: str
    second: str
    won: str
    range: str
    low: float
    """Where the interval begins, in per cent; `high` and `at` are its end and the measured share."""
    high: float
    at: float
    level: int
    is_decided: bool
    finding: str


@dataclass(frozen=True)
class ElectorateView:
    """What the votes of an electorate come to."""

    name: str
    sentence: str
    method: str
    """How differences were looked for; empty while there are too few votes to look."""
    duels: tuple[DuelView, ...]
    """On all questions, and on parts with enough questions to tell anybody apart."""
    duels_left_out: str
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    """Of each language and category the strengths of its entrants, or what is missing."""
    facts: tuple[str, ...]


@dataclass(frozen=True)
class StandingsView:
    """Everything that is shown of standings."""

    entrants: tuple[EntrantView, ...]
    electorates: tuple[ElectorateView, ...]
    speed: str
    agreements: tuple[str, ...]
    judgements: tuple[str, ...]
    """How much a judge may decide, and how that was found."""
    cut: str
    meaning: str


def standings_view(field: Field, found: Tally, language: Language) -> StandingsView:
    """Return the view of the standings of a field."""
    phrases = texts_in(language).standings
    keys = _in_order(field, found)
    names, look = short_names(keys), styles(list(field.models))
    return StandingsView(
        entrants=tuple(
            EntrantView(
                name=names[key],
                key=key,
                sign=SIGNS[look[key].symbol],
                colour=look[key].colour,
                cells=tuple(_cells(key, field, found, language)),
                legend=_legend(key, field, found, language),
            )
            for key in keys
        ),
        electorates=tuple(_electorate(one, names, language) for one in found.standings),
        speed=speed_sentence(field.times, names, language) if len(keys) > 1 else "",
        agreements=tuple(agreement_sentences(found, language)),
        judgements=tuple(line for one in field.judgements for line in judgement_lines(one, language)),
        cut=phrases.cut.format(count=found.cut) if found.cut else "",
        meaning=phrases.strength_meaning.format(
            first=whole(TIERS[0].first_text_seconds, language), total=whole(TIERS[0].total_seconds, language)
        ),
    )


def standings_html(view: StandingsView, template: str, language: Language) -> str:
    """Return a part of the standings as HTML: `verdict`, `entrants`, `legend` or `details`."""
    return drawn(f"standings_{template}.html.j2", language, view=view)


def strength_points(field: Field, found: Tally, axis: TimeAxis) -> tuple[StrengthPoint, ...]:
    """Return the entrants whose strength and time are known; strengths are those of the first electorate with any."""
    names = short_names(list(field.models))
    points = []
    for strength in _shown_strengths(found):
        times = field.times.get(strength.name)
        time = None if times is None else times.total if axis == "total" else times.first_text
        if time is not None:
            points.append(StrengthPoint(strength.name, names[strength.name], strength, time))
    return tuple(points)


def _shown_strengths(found: Tally) -> Sequence[Strength]:
    """Return the strengths of the largest group that has any, by the first electorate that has."""
    groups = [group for one in found.standings for group in one.whole.groups if group.strengths]
    return groups[0].strengths if groups else ()


def sources_html(sources: Sequence[Source], language: Language) -> str:
    """Return the sessions and evaluations from which standings come, with their votes, as HTML with links."""
    phrases = texts_in(language).standings

    def votes_of(source: Source) -> str:
        counts = Counter(electorate_of(battle.vote) for battle in source.battles)
        told = [
            f"{phrases.electorates[one]} {phrases.votes.format(count=counts[one])}"
            for one in ELECTORATES
            if counts[one]
        ]
        return ", ".join(told) or phrases.votes.format(count=0)

    return drawn("standings_sources.html.j2", language, sources=sources, votes_of=votes_of)


def _legend(key: str, field: Field, found: Tally, language: Language) -> str:
    strength = next((one for one in _shown_strengths(found) if one.name == key), None)
    total = field.times[key].total if key in field.times else None
    if strength is None or total is None:
        return ""
    return f"{share(win_share(strength.value), language)} · {seconds(total.value, language)}"


def _in_order(field: Field, found: Tally) -> list[str]:
    """Return all entrants: the strongest first, then those that are not placed, in the order of the field."""
    placed = [strength.name for one in found.standings for group in one.whole.groups for strength in group.strengths]
    return list(dict.fromkeys([*placed, *field.models]))


def _cells(key: str, field: Field, found: Tally, language: Language) -> list[tuple[str, Cell]]:
    phrases = texts_in(language).standings
    cells = [(phrases.electorates[one.electorate], _strength(key, one, language)) for one in found.standings]
    times, model = field.times.get(key), field.models[key]
    if times is not None:
        failed = phrases.failed.format(count=times.failed) if times.failed else ""
        cells += [
            (phrases.first_text, _median(times.first_text, language)),
            (phrases.total, _median(times.total, language)),
            (phrases.rate, Cell("–" if times.tokens_per_second is None else f"{times.tokens_per_second:.1f}")),
            (phrases.in_time, Cell(f"{times.in_time.passed}/{times.in_time.total}" if times.answers else "–", failed)),
        ]
    about = ", ".join(part for part in (model.parameters, model.quantization) if part)
    cells.append((phrases.size, Cell("–" if model.size_bytes is None else size(model.size_bytes), about)))
    return cells


def _strength(key: str, found: Standings, language: Language) -> Cell:
    group = next((group for group in found.whole.groups if key in group.entrants), None)
    if group is None:
        return Cell("–")
    value, between = _strength_of(key, group, language)
    apart = "" if group is found.whole.groups[0] else texts_in(language).standings.apart
    return Cell(value, " ".join(part for part in (between, apart) if part))


def _strength_of(key: str, group: Group, language: Language) -> tuple[str, str]:
    """Return the strength of an entrant with its interval, or how many votes are missing."""
    phrases = texts_in(language).standings
    if group.votes_missing:
        return "–", phrases.votes_missing.format(count=group.votes_missing)
    if group.questions_missing:
        return "–", phrases.questions_missing.format(count=group.questions_missing)
    strength = next(one for one in group.strengths if one.name == key)
    between = "" if strength.interval is None else share_range(win_range(strength.interval), language)
    votes = phrases.votes.format(count=strength.contests)
    return share(win_share(strength.value), language), ", ".join(part for part in (between, votes) if part)


def _median(found: Median | None, language: Language) -> Cell:
    if found is None:
        return Cell("–")
    return Cell(
        seconds(found.value, language), "" if found.interval is None else seconds_range(found.interval, language)
    )


def _electorate(found: Standings, names: Mapping[str, str], language: Language) -> ElectorateView:
    phrases = texts_in(language).standings
    duels = [duel for part in found.parts for duel in part.duels]
    shown = [duel for duel in duels if duel.part == WHOLE or duel.won.total >= LEAST_QUESTIONS]
    left_out = len(duels) - len(shown)
    return ElectorateView(
        name=phrases.electorates[found.electorate],
        sentence=verdict_sentence(found, names, language),
        method=method_sentence(found, language) if found.tested else "",
        duels=tuple(_duel(duel, names, language) for duel in shown),
        duels_left_out=phrases.duels_left_out.format(count=left_out, least=LEAST_QUESTIONS) if left_out else "",
        parts=tuple(
            (part_name(part.part, language), tuple(_placed(part, names, language)))
            for part in found.parts[1:]
            if not part.part.is_crossed
        ),
        facts=tuple(facts(found, language)),
    )


def _placed(part: PartStandings, names: Mapping[str, str], language: Language) -> list[tuple[str, str]]:
    placed = []
    for group in part.groups:
        keys = [strength.name for strength in group.strengths] or group.entrants
        for key in keys:
            value, small = _strength_of(key, group, language)
            placed.append((names[key], value if value != "–" and not small else f"{value} ({small})"))
    return placed


def _duel(duel: Duel, names: Mapping[str, str], language: Language) -> DuelView:
    won, interval = duel.won, duel.won.interval
    return DuelView(
        part=part_name(duel.part, language),
        first=names[duel.first],
        second=names[duel.second],
        won=f"{won.passed}/{won.total}",
        range=with_interval(won, language),
        low=0.0 if interval is None else 100 * interval.low,
        high=100.0 if interval is None else 100 * interval.high,
        at=50.0 if won.rate is None else 100 * won.rate,
        level=duel.level,
        is_decided=duel.is_decided,
        finding=finding(duel, language),
    )
