"""The trust card: how far a judge can be believed, in plain sentences of both languages. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from evals.analysis.trust import JudgeEvidence
from evals.calibration.answers import GOLD_LANGUAGES, Defect
from evals.calibration.calibration import Calibration, Rule, RuleName
from evals.suite.cases import Language


@dataclass(frozen=True)
class _Phrases:
    title: str
    languages: dict[Language, str]
    unchecked: str
    decided: str
    all_decided: str
    good: str
    bad: str
    passed_defects: str
    passed_none: str
    believed: str
    not_believed: str
    rules: dict[RuleName, str]
    needed: str
    unmeasured: str
    defects: dict[Defect, str]
    canaries: str
    ways_on: str


_PHRASES: Final[dict[Language, _Phrases]] = {
    "ko": _Phrases(
        title="이 심사 모델을 얼마나 믿을 수 있나",
        languages={"ko": "한국어", "en": "영어"},
        unchecked="{language}: 좋은지 틀렸는지 미리 아는 답으로 확인하지 않았습니다.",
        decided="{language}: 좋은지 틀렸는지 미리 아는 답 {answers}개 가운데 {decided}개를 판정하고 나머지는 "
        "보류했습니다.",
        all_decided="{language}: 좋은지 틀렸는지 미리 아는 답 {answers}개를 모두 판정했습니다.",
        good="좋은 답은 {passed}개를 통과시키고 {failed}개를 떨어뜨렸습니다.",
        bad="틀린 답은 {failed}개를 떨어뜨리고 {passed}개를 통과시켰습니다.",
        passed_defects="통과시킨 틀린 답: {kinds}.",
        passed_none="어떤 종류의 틀린 답도 통과시키지 않았습니다.",
        believed="조건을 모두 지켰으므로 이 언어에서는 판정을 믿습니다.",
        not_believed="다음 조건을 지키지 못해 이 언어에서는 판정을 믿지 않습니다: {rules}.",
        rules={
            "sensitivity": "좋은 답을 알아보는 비율의 하한",
            "specificity": "틀린 답을 알아보는 비율의 하한",
            "auc": "좋은 답이 틀린 답보다 높은 점수를 받는 비율(AUC)",
            "kappa": "우연을 뺀 일치도(카파)",
            "coverage": "판정한 답의 비율",
            "beats_length": "길이만 보고 고르는 것보다 나은 정도의 하한",
            "beats_always_yes": "무조건 통과시키는 것보다 나은 정도의 하한",
            "verdict_mass": "예나 아니요로 답한 비율",
        },
        needed="{rule} {value} (필요한 값 {target})",
        unmeasured="측정 안 됨",
        defects={
            "fluent_wrong": "그럴듯하지만 틀림",
            "wrong_number": "수가 틀림",
            "injected": "심사 모델에게 말을 걺",
            "truncated": "중간에 끊김",
            "off_topic": "다른 이야기",
            "wrong_language": "다른 언어",
            "too_long": "너무 긺",
            "empty": "내용 없음",
        },
        canaries="다만 이번 평가에서는 답이 아닌 글 {total}개 중 {passed}개를 통과시켜, 이 판정은 믿지 않습니다.",
        ways_on="다른 길은 두 가지입니다. ‘직접 판정하기’로 사람이 판정하거나, 더 큰 심사 모델을 쓰세요: "
        "qwen2.5:7b (4.7 GB), exaone3.5:7.8b (4.8 GB), qwen3:14b (9.3 GB). 쓰기 전에 같은 방법으로 확인하세요.",
    ),
    "en": _Phrases(
        title="How far this judge can be believed",
        languages={"ko": "Korean", "en": "English"},
        unchecked="{language}: not checked on answers that are known to be good or bad.",
        decided="{language}: of {answers} answers known to be good or bad it decided {decided}; from the rest it "
        "abstained.",
        all_decided="{language}: it decided all of {answers} answers known to be good or bad.",
        good="Of the good ones it passed {passed} and failed {failed}.",
        bad="Of the bad ones it failed {failed} and passed {passed}.",
        passed_defects="Bad answers that it passed: {kinds}.",
        passed_none="It passed no bad answer of any kind.",
        believed="All conditions hold: in this language its verdicts are believed.",
        not_believed="In this language its verdicts are not believed, because of: {rules}.",
        rules={
            "sensitivity": "good answers recognised, lower end",
            "specificity": "bad answers recognised, lower end",
            "auc": "how often a good answer outscores a bad one (AUC)",
            "kappa": "agreement beyond chance (kappa)",
            "coverage": "share of answers decided",
            "beats_length": "ahead of judging by length alone, lower end",
            "beats_always_yes": "ahead of passing everything, lower end",
            "verdict_mass": "replies that were yes or no",
        },
        needed="{rule} {value} (needed {target})",
        unmeasured="not measured",
        defects={
            "fluent_wrong": "fluent but wrong",
            "wrong_number": "a wrong number",
            "injected": "talks to the judge",
            "truncated": "cut off",
            "off_topic": "off topic",
            "wrong_language": "wrong language",
            "too_long": "too long",
            "empty": "nothing in it",
        },
        canaries="But in this evaluation it passed {passed} of {total} texts that are no answer: its verdicts "
        "here are not believed.",
        ways_on="Two ways on: label by hand (“Label by hand”), or a larger judge: qwen2.5:7b (4.7 GB), exaone3.5:7.8b "
        "(4.8 GB), qwen3:14b (9.3 GB). Check it the same way before you believe it.",
    ),
}


def trust_title(language: Language) -> str:
    """Return the heading of the card."""
    return _PHRASES[language].title


def trust_card(known: JudgeEvidence, language: Language) -> tuple[str, ...]:
    """Return the card's paragraphs: each language of the gold set, the evaluation's own test, and the ways on."""
    calibrations, canaries = known.calibrations, known.canaries
    phrases = _PHRASES[language]
    found = [" ".join(_sentences(one, calibrations.get(one), phrases)) for one in GOLD_LANGUAGES]
    is_fine = all(one in calibrations and calibrations[one].is_trustworthy for one in GOLD_LANGUAGES)
    if canaries is not None and canaries.passed:
        is_fine = False
        found.append(phrases.canaries.format(passed=canaries.passed, total=canaries.total))
    return (*found, *([] if is_fine else [phrases.ways_on]))


def _sentences(judged: Language, found: Calibration | None, phrases: _Phrases) -> Iterator[str]:
    name = phrases.languages[judged]
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
    broken = [_broken(rule, phrases) for rule in found.rules if not rule.holds]
    yield phrases.not_believed.format(rules="; ".join(broken)) if broken else phrases.believed


def _broken(rule: Rule, phrases: _Phrases) -> str:
    value = phrases.unmeasured if rule.value is None else f"{rule.value:.2f}"
    if rule.value is not None and f"{rule.value:.2f}" == f"{rule.target:.2f}":
        value = f"{rule.value:.3f}"
    return phrases.needed.format(rule=phrases.rules[rule.name], value=value, target=f"{rule.target:.2f}")
