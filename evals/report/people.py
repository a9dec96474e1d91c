"""Describes the results of people's labels in sentences. Pure."""

from collections.abc import Iterator

from evals.analysis.human_labels import Agreement, Labelling, PersonFindings
from evals.report.numbers import share, share_range
from evals.suite.cases import Language
from evals.texts import texts_in
from llmfirst import Proportion


def labelling_sentences(found: Labelling, language: Language) -> Iterator[str]:
    """Yield the results of each person's labels, and then the agreement of each pair."""
    for person in found.people:
        yield from _person(person, language)
    for agreement in found.agreements:
        yield _agreement(agreement, language)


def _person(found: PersonFindings, language: Language) -> Iterator[str]:
    phrases = texts_in(language).people
    yield phrases.person.format(person=found.person, said=found.said, wanted=found.wanted)
    for model, items in found.items.items():
        rate = _rate(items, language)
        phrase = phrases.items if rate else phrases.none_decided
        yield phrase.format(person=found.person, model=model, passed=items.passed, total=items.total, rate=rate)


def _agreement(found: Agreement, language: Language) -> str:
    phrases = texts_in(language).people
    kappa = phrases.no_kappa
    if found.kappa is not None:
        interval = found.kappa.interval
        kappa = phrases.kappa.format(value=found.kappa.value, low=interval.low, high=interval.high)
    phrase = phrases.with_judge if found.second is None else phrases.with_person
    meanings = phrases.judge_meanings if found.second is None else phrases.person_meanings
    return phrase.format(
        meaning=meanings[found.strength].format(first=found.first),
        first=found.first,
        second=found.second,
        same=found.same.passed,
        total=found.same.total,
        rate=_rate(found.same, language),
        kappa=kappa,
    )


def _rate(found: Proportion, language: Language) -> str:
    if found.rate is None or found.interval is None:
        return ""
    return f"{share(found.rate, language)} ({share_range(found.interval, language)})"
