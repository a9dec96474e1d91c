"""Plain sentences from values: what a row found, what a comparison says, what a suite can prove. Pure."""

from dataclasses import dataclass
from typing import Final

from evals.analysis.compare import Delta, ModelComparison
from evals.analysis.target_checks import LEAST_ATTEMPTS, TargetCheck
from evals.analysis.trust import Quality
from evals.report.numbers import seconds, seconds_range, share, share_range, signed, signed_range, whole
from evals.report.words import WORDS, Words
from evals.suite.cases import Language, Suite
from llmfirst import TIERS, Tier, items_needed, passes_needed


@dataclass(frozen=True)
class _Phrases:
    """The sentences of one language; braces are filled with figures."""

    first_text: str
    every_total: str
    mean_total: str
    quality: str
    llm_first: str
    streaming: str
    some_failed: str
    unbacked: str
    count: str
    all_of_it: str
    at_least: str
    at_most: str
    lower_end: str
    bound: str
    row: str
    unmeasured: str
    because: str
    delta: str
    not_paired: str
    not_judged: str
    points: str
    second_unit: str
    against: str
    left_out: str
    times_only: str
    no_judge: str
    one_item: str
    items: str
    smoke_test: str
    can_pass: str
    all_tiers: str
    tier_needs: str
    few_times: str


_PHRASES: Final[dict[Language, _Phrases]] = {
    "ko": _Phrases(
        first_text="{limit} 안에 첫 글자",
        every_total="{limit} 안에 끝난 답변",
        mean_total="평균 전체 시간",
        quality="통과한 문항(품질)",
        llm_first="LLM First(모델이 썼다고 확인된 글자)",
        streaming="설명 없이 멈춘 가장 긴 시간",
        some_failed="답변이 실패하여 평균 없음",
        unbacked="기록된 호출이 없는 결정이 있음",
        count="n = {count}",
        all_of_it="목표 {target}",
        at_least="목표 {target} 이상",
        at_most="목표 {target} 이하",
        lower_end="하한 목표 {target} 이상",
        bound="실제 초과율은 단측 95% 상한으로 {bound} 미만",
        row="{title}: {value}, {target}: {finding}{because}.",
        unmeasured="{title}: {finding}{because}.",
        because=" ({reason})",
        delta="{measure} {value} ({range}n = {count}): {verdict}.",
        not_paired="{measure}: 양쪽에서 함께 측정된 질문이 없음.",
        not_judged="{measure}: 양쪽 모두 믿을 수 있는 판정이 나온 질문이 없음.",
        points="%p",
        second_unit="초",
        against="{first} 대비 {second}: ",
        left_out=" 비교하지 못한 질문: {count}개.",
        times_only="판정 항목이 있는 문항이 없어 시간만 잴 수 있습니다.",
        no_judge="심사 모델이 없어 시간만 잴 수 있고, 품질은 측정되지 않습니다.",
        one_item="심사 문항 1개",
        items="심사 문항 {count}개",
        smoke_test="{items}로는 동작만 확인할 수 있습니다. {needed}가 필요합니다.",
        can_pass="{items}로 {tier}단계까지 통과할 수 있습니다({count}개 중 {passes}개가 통과할 때). "
        "{needed}가 필요합니다.",
        all_tiers="{items}로 모든 단계를 통과할 수 있습니다({tier}단계는 {count}개 중 {passes}개가 통과할 때).",
        tier_needs="{tier}단계에는 {needed}개",
        few_times=" 첫 글자 목표를 판단하려면 답변이 {needed}개 이상 필요합니다.",
    ),
    "en": _Phrases(
        first_text="First text within {limit}",
        every_total="Answers complete within {limit}",
        mean_total="Mean total time",
        quality="Quality (items passed)",
        llm_first="LLM First (characters proved to be the model's)",
        streaming="Longest silence without a named state",
        some_failed="no mean, because an answer failed",
        unbacked="a decision has no recorded call behind it",
        count="n = {count}",
        all_of_it="target {target}",
        at_least="target {target} or more",
        at_most="target {target} or less",
        lower_end="target {target} at the lower end",
        bound="true rate of misses below {bound} by the one-sided 95 % bound",
        row="{title}: {value}, {target}: {finding}{because}.",
        unmeasured="{title}: {finding}{because}.",
        because=" ({reason})",
        delta="{measure} {value} ({range}n = {count}): {verdict}.",
        not_paired="{measure}: no question was measured on both sides.",
        not_judged="{measure}: no question was decided on both sides by a judge that is believed.",
        points=" points",
        second_unit=" s",
        against="{second} against {first}: ",
        left_out=" Questions that could not be paired: {count}.",
        times_only="No item has criteria to judge by: only times can be measured.",
        no_judge="There is no judge: times can be measured, quality cannot.",
        one_item="1 judged item",
        items="{count} judged items",
        smoke_test="{items} can only smoke-test: {needed}.",
        can_pass="{items} can pass tier {tier} ({passes} of {count} must pass); {needed}.",
        all_tiers="{items} can pass every tier ({passes} of {count} must pass for tier {tier}).",
        tier_needs="tier {tier} needs {needed}",
        few_times=" Whether the first text is in time needs {needed} answers.",
    ),
}


def row_title(row: TargetCheck, tier: Tier, language: Language) -> str:
    """Return what a row measures, with the tier's limit where it belongs to the question."""
    phrases = _PHRASES[language]
    match row.name:
        case "first_text":
            return phrases.first_text.format(limit=whole(tier.first_text_seconds, language))
        case "total" if row.unit == "share":
            return phrases.every_total.format(limit=whole(tier.total_seconds, language))
        case "total":
            return phrases.mean_total
        case "quality":
            return phrases.quality
        case "llm_first":
            return phrases.llm_first
        case "streaming":
            return phrases.streaming


def row_value(row: TargetCheck, language: Language) -> str:
    """Return the figure with its interval and its count, as "96.7 % (88.6 to 99.1 %, n = 60)"; the finding if none."""
    phrases = _PHRASES[language]
    count = phrases.count.format(count=row.count)
    if row.value is None:
        why = WORDS[language].no_rate if row.name == "quality" else phrases.some_failed
        return f"{why} ({count})" if row.count else WORDS[language].findings["not measured"]
    is_share = row.unit == "share"
    value = share(row.value, language) if is_share else seconds(row.value, language)
    if row.interval is None:
        return f"{value} ({count})"
    between = share_range(row.interval, language) if is_share else seconds_range(row.interval, language)
    return f"{value} ({between}, {count})"


def row_target(row: TargetCheck, language: Language) -> str:
    """Return what the figure, or for quality the lower end of its interval, has to reach."""
    phrases = _PHRASES[language]
    if row.unit == "seconds":
        return phrases.at_most.format(target=whole(row.target, language))
    target = share(row.target, language).replace(".0", "")
    phrase = phrases.lower_end if row.name == "quality" else phrases.all_of_it if row.target == 1 else phrases.at_least
    return phrase.format(target=target)


def row_reason(row: TargetCheck, language: Language) -> str:
    """Return why the finding is what it is, with the bound of the misses where none was seen."""
    phrases = _PHRASES[language]
    if row.bound is not None:
        return phrases.bound.format(bound=share(row.bound, language))
    if row.name == "llm_first" and row.finding == "fail" and row.value == 1:
        return phrases.unbacked
    return WORDS[language].reasons[row.reason]


def finding_sentence(row: TargetCheck, tier: Tier, language: Language) -> str:
    """Return one sentence: what was measured, how sure it is, what was asked for, and what that comes to."""
    phrases, words = _PHRASES[language], WORDS[language]
    is_plain = row.finding == "pass" and row.bound is None
    phrase = phrases.unmeasured if row.finding == "not measured" else phrases.row
    return phrase.format(
        title=row_title(row, tier, language),
        value=row_value(row, language),
        target=row_target(row, language),
        finding=words.findings[row.finding],
        because="" if is_plain else phrases.because.format(reason=row_reason(row, language)),
    )


def comparison_sentence(comparing: ModelComparison, names: tuple[str, str], language: Language) -> str:
    """Return in one line what the second is, compared with the first: each difference with its interval and count."""
    phrases, words = _PHRASES[language], WORDS[language]
    said = " ".join(_delta_sentence(delta, phrases, words, language) for delta in comparing.deltas)
    left_out = phrases.left_out.format(count=len(comparing.left_out)) if comparing.left_out else ""
    return f"{phrases.against.format(first=names[0], second=names[1])}{said}{left_out}"


def _delta_sentence(delta: Delta, phrases: _Phrases, words: Words, language: Language) -> str:
    """`n` counts questions, for those are what is drawn again."""
    measure, difference = words.measures[delta.measure], delta.difference
    if difference is None:
        phrase = phrases.not_judged if delta.measure == "quality" else phrases.not_paired
        return phrase.format(measure=measure)
    factor, unit = (100, phrases.points) if delta.measure == "quality" else (1, phrases.second_unit)
    between = ""
    if difference.interval is not None:
        low, high = difference.interval.low, difference.interval.high
        between = f"{signed_range(factor * low, factor * high, language)}, "
    return phrases.delta.format(
        measure=measure,
        value=f"{signed(factor * difference.mean)}{unit}",
        range=between,
        count=difference.clusters,
        verdict=words.comparisons[delta.verdict],
    )


def proves_sentence(suite: Suite, has_judge: bool, language: Language) -> str:
    """Return which tiers so many items can pass, all of them good and by a judge that can be believed."""
    phrases = _PHRASES[language]
    count = sum(case.is_judged for case in suite.cases)
    few = phrases.few_times.format(needed=LEAST_ATTEMPTS) if len(suite.cases) < LEAST_ATTEMPTS else ""
    if count == 0 or not has_judge:
        return (phrases.no_judge if count else phrases.times_only) + few
    within = [tier for tier in TIERS if items_needed(tier.quality) <= count]
    needed = ", ".join(
        phrases.tier_needs.format(tier=tier.number, needed=items_needed(tier.quality))
        for tier in TIERS
        if tier not in within
    )
    items = phrases.one_item if count == 1 else phrases.items.format(count=count)
    if not within:
        return phrases.smoke_test.format(items=items, needed=needed) + few
    phrase, best = phrases.can_pass if needed else phrases.all_tiers, within[-1]
    passes = passes_needed(count, best.quality)
    return phrase.format(items=items, count=count, tier=best.number, passes=passes, needed=needed) + few


def trust_sentences(quality: Quality, language: Language) -> tuple[str, str]:
    """Return the state of trust in one word or two, and what it means, with the judge's known errors."""
    words = WORDS[language]
    meaning = words.trust_meaning[quality.trust]
    wrong = quality.known_wrong
    if wrong is not None:
        meaning = f"{words.known_wrong.format(passed=wrong.passed, total=wrong.total)} {meaning}"
    canaries = quality.canaries
    if canaries is not None and canaries.passed:
        meaning = f"{words.canaries.format(passed=canaries.passed, total=canaries.total)} {meaning}"
    return words.trust[quality.trust], meaning
