"""What the card of a judge shows: who it is, when it was checked, and every condition of trust beside what it reached.

The page shows the card wherever it shows a judge. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args

from evals.calibration.answers import GOLD_LANGUAGES
from evals.calibration.calibration import LAST_CONFIDENCE, LEAST_RATE, Calibration, Rule, RuleName
from evals.calibration.checked import CheckedJudge, GoldProgress
from evals.records.local_time import local_time
from evals.report.trust_card import judge_name
from evals.suite.cases import Language
from evals.texts import JudgeState, texts_in
from llmfirst import Proportion, more_needed

_RULES: Final[tuple[RuleName, ...]] = get_args(RuleName)
_DIGEST_CHARACTERS: Final = 12


@dataclass(frozen=True)
class RuleCell:
    """What a judge reached of a condition in one language; `holds` is None where nothing is certain yet."""

    value: str
    about: str
    holds: bool | None


@dataclass(frozen=True)
class RuleRow:
    """A condition with what it needs and what was reached in each language."""

    name: str
    needed: str
    cells: tuple[RuleCell, ...]


@dataclass(frozen=True)
class LanguageView:
    """How far a judge is believed in one language, and what is missing."""

    name: str
    state: JudgeState
    word: str
    sentence: str


@dataclass(frozen=True)
class JudgeCardView:
    """The whole card."""

    name: str
    facts: tuple[str, ...]
    languages: tuple[LanguageView, ...]
    rules: tuple[RuleRow, ...]
    """Empty while nothing is certain in any language."""


def judge_card(checked: CheckedJudge, language: Language) -> JudgeCardView:
    """Return what the card of a judge shows."""
    return JudgeCardView(
        name=judge_name(checked.judge, language),
        facts=tuple(_facts(checked, language)),
        languages=tuple(_language(one, checked.languages[one], language) for one in GOLD_LANGUAGES),
        rules=tuple(_rule_row(name, checked, language) for name in _RULES) if checked.calibrations else (),
    )


def _facts(checked: CheckedJudge, language: Language) -> Iterator[str]:
    """Yield when it was checked, with which weights, and by which program."""
    texts, judge = texts_in(language).judge_card, checked.judge
    if checked.checked_at is not None:
        yield texts.checked_at.format(at=local_time(checked.checked_at))
    elif checked.shipped_on is not None:
        yield texts.shipped.format(machine=checked.shipped_on)
    if judge.digest is None:
        yield texts.no_digest
    else:
        yield texts.weights.format(digest=judge.digest.removeprefix("sha256:")[:_DIGEST_CHARACTERS])
    if judge.build is not None:
        yield texts.build.format(build=judge.build)
    if judge.address is not None:
        yield texts.address.format(address=judge.address)


def _language(of: Language, found: Calibration | GoldProgress, language: Language) -> LanguageView:
    texts = texts_in(language).judge_card
    state = _state(found)
    return LanguageView(texts_in(language).names.languages[of], state, texts.states[state], _sentence(found, language))


def _state(found: Calibration | GoldProgress) -> JudgeState:
    if isinstance(found, GoldProgress):
        return "begun" if found.answers else "unchecked"
    return "believed" if found.is_trustworthy else "not_believed"


def _sentence(found: Calibration | GoldProgress, language: Language) -> str:
    texts = texts_in(language).judge_card
    if isinstance(found, GoldProgress):
        phrase = texts.begun if found.answers else texts.unchecked
        return phrase.format(answers=found.answers, of=found.of_answers, readings=found.readings_left)
    if found.ended == "proved":
        return texts.proved.format(answers=found.answers, of=found.of_answers)
    if found.ended == "lost":
        return texts.lost.format(answers=found.answers, of=found.of_answers)
    if found.is_trustworthy:
        return texts.all_hold.format(answers=found.answers)
    broken = ", ".join(texts.rules[rule.name] for rule in found.rules if not rule.holds)
    missing = _missing(found, language)
    return " ".join([texts.broken.format(rules=broken, answers=found.answers), *missing])


def _missing(found: Calibration, language: Language) -> Iterator[str]:
    """Yield how many more gold answers would prove a rate that is high enough so far."""
    texts = texts_in(language).judge_card
    table = found.confusion
    for phrase, share in ((texts.more_good, table.sensitivity), (texts.more_bad, table.specificity)):
        if more := more_needed(share.passed, share.total, LEAST_RATE, LAST_CONFIDENCE):
            yield phrase.format(more=more)


def _rule_row(name: RuleName, checked: CheckedJudge, language: Language) -> RuleRow:
    texts = texts_in(language).judge_card
    target = next(rule.target for one in checked.calibrations.values() for rule in one.rules if rule.name == name)
    return RuleRow(
        name=texts.rules[name],
        needed=texts.at_least.format(target=f"{target:.2f}") if target else texts.above_zero,
        cells=tuple(_cell(name, checked.calibrations.get(one), language) for one in GOLD_LANGUAGES),
    )


def _cell(name: RuleName, found: Calibration | None, language: Language) -> RuleCell:
    if found is None:
        return RuleCell("–", "", None)
    rule = next(rule for rule in found.rules if rule.name == name)
    return RuleCell(_value(rule), _about(name, found, language), rule.holds)


def _value(rule: Rule) -> str:
    if rule.value is None:
        return "–"
    is_close = not rule.holds and f"{rule.value:.2f}" == f"{rule.target:.2f}"
    return f"{rule.value:.3f}" if is_close else f"{rule.value:.2f}"


def _about(name: RuleName, found: Calibration, language: Language) -> str:
    """Return the counts behind a value."""
    texts = texts_in(language).judge_card
    shares: dict[RuleName, Proportion] = {
        "sensitivity": found.confusion.sensitivity,
        "specificity": found.confusion.specificity,
    }
    if name == "coverage":
        return texts.of.format(passed=found.decided, total=found.answers)
    if name not in shares or (rate := shares[name].rate) is None:
        return ""
    return texts.rate_of.format(rate=f"{rate:.2f}", passed=shares[name].passed, total=shares[name].total)
