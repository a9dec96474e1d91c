"""What people's labels come to, in sentences of both languages. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from evals.analysis.human_labels import Agreement, Labelling, PersonFindings
from evals.report.numbers import share, share_range
from evals.suite.cases import Language
from llmfirst import Proportion


@dataclass(frozen=True)
class _Phrases:
    person: str
    items: str
    none_decided: str
    with_judge: str
    with_person: str
    kappa: str
    no_kappa: str


_PHRASES: Final[dict[Language, _Phrases]] = {
    "ko": _Phrases(
        person="{person}: 판정 항목 {wanted}개 중 {said}개에 답했습니다.",
        items="{person} 기준, {target}: 판정이 끝난 문항 {total}개 중 {passed}개 통과, {rate}.",
        none_decided="{person} 기준, {target}: 판정이 끝난 문항이 아직 없습니다.",
        with_judge="{first}, 심사 모델: 함께 판정한 항목 {total}개 중 {same}개에서 일치, {rate}, {kappa}.",
        with_person="{first}, {second}: 함께 판정한 항목 {total}개 중 {same}개에서 일치, {rate}, {kappa}.",
        kappa="카파 {value:.2f} ({low:.2f}~{high:.2f})",
        no_kappa="한쪽이 모두 같은 답이라 카파 없음",
    ),
    "en": _Phrases(
        person="{person}: {said} of {wanted} claims labelled.",
        items="By {person}, {target}: {passed} of {total} decided items passed, {rate}.",
        none_decided="By {person}, {target}: no item is decided yet.",
        with_judge="{first} and the judge: the same on {same} of {total} claims that both decided, {rate}, {kappa}.",
        with_person="{first} and {second}: the same on {same} of {total} claims that both decided, {rate}, {kappa}.",
        kappa="kappa {value:.2f} ({low:.2f} to {high:.2f})",
        no_kappa="no kappa, for both said one and the same",
    ),
}


def labelling_sentences(found: Labelling, language: Language) -> Iterator[str]:
    """Yield what each person's labels come to, apart from all others', then who agrees with whom."""
    for one in found.people:
        yield from _person(one, language)
    for agreement in found.agreements:
        yield _agreement(agreement, language)


def _person(found: PersonFindings, language: Language) -> Iterator[str]:
    phrases = _PHRASES[language]
    yield phrases.person.format(person=found.person, said=found.said, wanted=found.wanted)
    for model, items in found.items.items():
        rate = _rate(items, language)
        phrase = phrases.items if rate else phrases.none_decided
        yield phrase.format(person=found.person, target=model, passed=items.passed, total=items.total, rate=rate)


def _agreement(found: Agreement, language: Language) -> str:
    phrases = _PHRASES[language]
    kappa = phrases.no_kappa
    if found.kappa is not None:
        interval = found.kappa.interval
        kappa = phrases.kappa.format(value=found.kappa.value, low=interval.low, high=interval.high)
    phrase = phrases.with_judge if found.second is None else phrases.with_person
    return phrase.format(
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
