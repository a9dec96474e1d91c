"""Writes the trust card, which says in sentences how far a judge can be trusted. Pure."""

from collections.abc import Iterator

from evals.analysis.trust import JudgeEvidence
from evals.calibration.answers import GOLD_LANGUAGES
from evals.calibration.calibration import Calibration, Rule
from evals.records.evaluation import JudgeCard
from evals.report.numbers import whole
from evals.suite.cases import Language
from evals.texts import Texts, texts_in


def trust_title(language: Language) -> str:
    """Return the heading of the card."""
    return texts_in(language).trust_card.title


def judge_name(judge: JudgeCard, language: Language) -> str:
    """Return the key of a judge and, if it thinks before each word, how far it may."""
    if judge.thought is None:
        return judge.key
    seconds = whole(judge.thought.seconds, language)
    return (
        f"{judge.key} ({texts_in(language).common.judge_thinks.format(tokens=judge.thought.tokens, seconds=seconds)})"
    )


def trust_card(known: JudgeEvidence, language: Language) -> tuple[str, ...]:
    """Return the card's paragraphs: one per gold language, passed canaries, and what to do if trust is missing."""
    calibrations, texts = known.calibrations, texts_in(language)
    paragraphs = [" ".join(_sentences(gold, calibrations.get(gold), texts)) for gold in GOLD_LANGUAGES]
    is_unchecked = any(gold not in calibrations for gold in GOLD_LANGUAGES)
    advice = trust_advice(known, language)
    return (*paragraphs, *advice) if advice or not is_unchecked else (*paragraphs, texts.trust_card.ways_on)


def trust_advice(known: JudgeEvidence, language: Language) -> tuple[str, ...]:
    """Return how many canaries a judge passed, and what to do if it is not believed; nothing while all is well."""
    phrases, canaries = texts_in(language).trust_card, known.canaries
    passed: list[str] = []
    if canaries is not None and canaries.passed:
        passed.append(phrases.canaries.format(passed=canaries.passed, total=canaries.total))
    is_believed = all(found.is_trustworthy for found in known.calibrations.values())
    return (*passed, *([] if is_believed and not passed else [phrases.ways_on]))


def _sentences(judged: Language, found: Calibration | None, texts: Texts) -> Iterator[str]:
    phrases, name = texts.trust_card, texts.names.languages[judged]
    if found is None:
        yield phrases.unchecked.format(language=name)
        return
    phrase = phrases.all_decided if found.decided == found.answers else phrases.decided
    yield phrase.format(language=name, answers=found.answers, decided=found.decided)
    table = found.confusion
    yield phrases.good.format(passed=table.true_yes, failed=table.false_no)
    yield phrases.bad.format(passed=table.false_yes, failed=table.true_no)
    kinds = [
        f"{phrases.defects[defect]} {share.passed}/{share.total}"
        for defect, share in found.passed_bad.items()
        if share.passed
    ]
    yield phrases.passed_defects.format(kinds=", ".join(kinds)) if kinds else phrases.passed_none
    broken = [_broken(rule, texts) for rule in found.rules if not rule.holds]
    yield phrases.not_believed.format(rules="; ".join(broken)) if broken else phrases.believed


def _broken(rule: Rule, texts: Texts) -> str:
    phrases = texts.trust_card
    value = texts.names.findings["not measured"] if rule.value is None else f"{rule.value:.2f}"
    if rule.value is not None and f"{rule.value:.2f}" == f"{rule.target:.2f}":
        value = f"{rule.value:.3f}"
    return phrases.needed.format(rule=phrases.rules[rule.name], value=value, target=f"{rule.target:.2f}")
