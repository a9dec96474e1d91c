"""Says what votes come to in sentences that claim no more than their intervals hold. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

from evals.analysis.human_labels import Agreement
from evals.report.numbers import seconds, seconds_range, share, share_range
from evals.sessions.standings import LEAST_QUESTIONS, LEAST_VOTES, MOST_VOTES_AHEAD, WHOLE, Duel, Part, Standings, Tally
from evals.sessions.times import EntrantTimes
from evals.suite.cases import Language
from evals.texts import StandingsTexts, texts_in
from llmfirst import Proportion

Names = Mapping[str, str]
"""What an entrant is called, by its key."""
_MOST_TOLD: Final = 3
_MOST_OPEN: Final = 1
_MOST_AGREEMENTS: Final = 6


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """Return the names of entrants without their services and the settings that all have, where they still differ."""
    settings = [{part for part in key.split(":") if "=" in part} for key in keys]
    shared = set[str]().union(*settings).intersection(*settings)
    models = {key: key.partition("/")[2] or key for key in keys}
    short = {key: ":".join(part for part in model.split(":") if part not in shared) for key, model in models.items()}
    return short if len(set(short.values())) == len(short) else {key: key for key in keys}


def verdict_sentence(found: Standings, names: Names, language: Language) -> str:
    """Return the one sentence that says who is better where, and what cannot be told yet."""
    phrases = texts_in(language).standings
    group = next((one for one in found.whole.groups if one.strengths), found.whole.groups[0])
    if missing := group.votes_missing:
        return f"{phrases.few.format(count=group.votes, least=LEAST_VOTES, missing=missing)}."
    if missing := group.questions_missing:
        return f"{phrases.few_questions.format(count=group.questions, least=LEAST_QUESTIONS, missing=missing)}."
    told, untold = _told(found), _untold(found)
    is_alone = len({name for duel in (*told, *untold) for name in (duel.first, duel.second)}) == 2
    clauses = [_better(duel, names, language) for duel in told[:_MOST_TOLD]]
    clauses += [_untold_clause(duel, names, language, is_short=is_alone and bool(told)) for duel in untold[:_MOST_OPEN]]
    if more := len(told[_MOST_TOLD:]) + len(untold[_MOST_OPEN:]):
        clauses.append(phrases.more_duels.format(count=more))
    sentence = f"{'; '.join(clauses)}."
    return sentence if told else sentence[0].upper() + sentence[1:]  # one about a winner begins with its name


def _told(found: Standings) -> list[Duel]:
    """Return the decided duels, the broadest first; one that a broader duel tells already is left out."""
    decided = sorted((duel for part in found.parts for duel in part.duels if duel.is_decided), key=_breadth)
    told: list[Duel] = []
    for duel in decided:
        if not any(
            (one.first, one.second) == (duel.first, duel.second) and _is_within(duel.part, one.part) for one in told
        ):
            told.append(duel)
    return told


def _untold(found: Standings) -> list[Duel]:
    """Return for each two entrants the broadest open duel; of parts the one that needs the fewest votes."""
    untold = []
    placed = sorted({name for group in found.whole.groups if group.strengths for name in group.entrants})
    for pair in combinations(placed, 2):
        of_pair = [duel for part in found.parts for duel in part.duels if {duel.first, duel.second} == set(pair)]
        still = [duel for duel in of_pair if not duel.is_decided and not duel.part.is_crossed]
        untold += sorted(still, key=lambda duel: (duel.part != WHOLE, _ahead(duel)))[:1]
    return sorted(untold, key=lambda duel: (duel.part != WHOLE, _ahead(duel)))


def _breadth(duel: Duel) -> tuple[bool, bool, float]:
    return duel.part.is_crossed, duel.part != WHOLE, duel.p_value or 0.0


def _ahead(duel: Duel) -> float:
    return float("inf") if duel.votes_ahead is None else duel.votes_ahead


def _is_within(part: Part, other: Part) -> bool:
    return other.language in (None, part.language) and other.category in (None, part.category)


def _better(duel: Duel, names: Names, language: Language) -> str:
    assert duel.won.interval is not None, "a decided duel has an interval"
    return texts_in(language).standings.better.format(
        first=names[duel.first],
        second=names[duel.second],
        part=_part_phrase(duel.part, language),
        won=duel.won.passed,
        total=duel.won.total,
        range=share_range(duel.won.interval, language),
    )


def _untold_clause(duel: Duel, names: Names, language: Language, *, is_short: bool) -> str:
    phrases = texts_in(language).standings
    first, second, part = names[duel.first], names[duel.second], _part_phrase(duel.part, language)
    if duel.won.total == 0:
        return phrases.level.format(first=first, second=second, part=part, count=duel.level)
    phrase = phrases.open_part if is_short and duel.part != WHOLE else phrases.open
    return phrase.format(
        first=first,
        second=second,
        part=part.lstrip() if phrase == phrases.open_part else part,
        won=duel.won.passed,
        total=duel.won.total,
        votes=votes_ahead(duel, phrases),
    )


def finding(duel: Duel, language: Language) -> str:
    """Say in a few words whether a duel is decided, and if not, about how many votes are missing."""
    phrases = texts_in(language).standings
    if duel.is_decided:
        return phrases.told
    return f"{phrases.not_told}: {votes_ahead(duel, phrases)}" if duel.won.total else phrases.not_told


def votes_ahead(duel: Duel, phrases: StandingsTexts) -> str:
    """Say about how many votes are missing to tell two entrants apart."""
    if duel.votes_ahead is None:
        return phrases.far.format(count=MOST_VOTES_AHEAD)
    return phrases.about.format(count=duel.votes_ahead)


def _part_phrase(part: Part, language: Language) -> str:
    texts = texts_in(language)
    named = texts.names.languages[part.language] if part.language is not None else ""
    category = texts.names.categories.get(part.category or "", part.category or "")
    if part.is_crossed:
        return texts.standings.in_both.format(language=named, category=category)
    if part.language is not None:
        return texts.standings.in_language.format(language=named)
    return texts.standings.in_category.format(category=category) if part.category is not None else ""


def part_name(part: Part, language: Language) -> str:
    """Return the name of a part, for a table."""
    texts = texts_in(language)
    named = "" if part.language is None else texts.names.languages[part.language]
    category = "" if part.category is None else texts.names.categories.get(part.category, part.category)
    if part.is_crossed:
        return texts.standings.both.format(language=named, category=category)
    return named or category or texts.standings.all_questions


def speed_sentence(times: Mapping[str, EntrantTimes], names: Names, language: Language) -> str:
    """Say who answers fastest, if the intervals of the median times hold that."""
    phrases = texts_in(language).standings
    known = sorted((one.total.value, key) for key, one in times.items() if one.total is not None)
    if len(known) >= 2:
        (_, fastest), (_, next_one) = known[:2]
        first, others = times[fastest].total, [times[key].total for _, key in known[1:]]
        if (
            first is not None
            and first.interval is not None
            and all(
                one is not None and one.interval is not None and one.interval.low > first.interval.high
                for one in others
            )
        ):
            return phrases.fastest.format(
                first=names[fastest],
                seconds=seconds(first.value, language),
                range=seconds_range(first.interval, language),
                second=names[next_one],
                other=seconds(known[1][0], language),
            )
    return phrases.no_fastest


def method_sentence(found: Standings, language: Language) -> str:
    """Say how the sentence was found."""
    return texts_in(language).standings.method.format(count=found.tested, least=LEAST_QUESTIONS)


def facts(found: Standings, language: Language) -> Iterator[str]:
    """Yield what is to be known about the votes themselves; what did not happen is left out."""
    phrases, choices = texts_in(language).standings, found.whole.choices
    yield phrases.voters.format(count=len(found.voters))
    yield phrases.choices_meaning.format(
        left=choices["left"], right=choices["right"], tie=choices["tie"], both_bad=choices["both_bad"]
    )
    if found.left_won.interval is not None and found.electorate != "judge":
        yield phrases.side.format(
            won=found.left_won.passed,
            total=found.left_won.total,
            range=share_range(found.left_won.interval, language),
            finding=phrases.side_matters if found.has_side else phrases.side_does_not,
        )
    if found.early:
        yield phrases.early.format(count=found.early)
    if found.unblind and found.electorate != "judge":
        yield phrases.unblind.format(count=found.unblind)


def agreement_sentences(found: Tally, language: Language) -> Iterator[str]:
    """Yield how far people agree with each other and with the judge; most pairs in common first."""
    phrases = texts_in(language).standings
    for agreement in found.agreements[:_MOST_AGREEMENTS]:
        phrase = phrases.with_judge if agreement.second is None else phrases.with_person
        yield phrase.format(
            first=agreement.first,
            second=agreement.second,
            same=agreement.same.passed,
            total=agreement.same.total,
            rate=with_interval(agreement.same, language),
            kappa=_kappa(agreement, phrases),
        )
    if more := len(found.agreements[_MOST_AGREEMENTS:]):
        yield phrases.more_agreements.format(count=more)


def _kappa(agreement: Agreement, phrases: StandingsTexts) -> str:
    kappa = agreement.kappa
    if kappa is None:
        return phrases.no_kappa
    return phrases.kappa.format(value=kappa.value, low=kappa.interval.low, high=kappa.interval.high, count=kappa.pairs)


def with_interval(found: Proportion, language: Language) -> str:
    """Write a share with its interval; a dash where nothing was measured."""
    if found.rate is None or found.interval is None:
        return "–"
    return f"{share(found.rate, language)} ({share_range(found.interval, language)})"
