"""Describes target checks, comparisons and suites in sentences. Pure."""

from evals.analysis.compare import ComparedMetric, Delta, ModelComparison
from evals.analysis.scorecard import Scorecard
from evals.analysis.target_checks import LEAST_ATTEMPTS, TargetCheck
from evals.analysis.trust import Quality, Trust
from evals.report.numbers import (
    seconds,
    seconds_or_dash,
    seconds_range,
    share,
    share_range,
    signed,
    signed_range,
    whole,
)
from evals.suite.cases import Language, Suite
from evals.texts import texts_in
from llmfirst import TIERS, Auc, Tier, items_needed, passes_needed


def row_title(row: TargetCheck, tier: Tier, language: Language) -> str:
    """Return what a row checks, with the tier's limit if the check counts answers within it."""
    phrases = texts_in(language).sentences
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
    """Return the value with interval and count, for example "96.7 % (88.6 to 99.1 %, n = 60)", or why there is none."""
    phrases = texts_in(language).sentences
    count = texts_in(language).common.count.format(count=row.count)
    if row.value is None:
        why = texts_in(language).names.no_rate if row.name == "quality" else phrases.some_failed
        return f"{why} ({count})" if row.count else texts_in(language).names.findings["not measured"]
    is_share = row.unit == "share"
    value = share(row.value, language) if is_share else seconds(row.value, language)
    if row.interval is None:
        return f"{value} ({count})"
    between = share_range(row.interval, language) if is_share else seconds_range(row.interval, language)
    return f"{value} ({between}, {count})"


def row_target(row: TargetCheck, language: Language) -> str:
    """Return the target of the value or, for quality, of the lower end of its interval."""
    phrases = texts_in(language).sentences
    if row.unit == "seconds":
        return phrases.at_most.format(target=whole(row.target, language))
    target = share(row.target, language).replace(".0", "")
    phrase = phrases.lower_end if row.name == "quality" else phrases.all_of_it if row.target == 1 else phrases.at_least
    return phrase.format(target=target)


def row_reason(row: TargetCheck, language: Language) -> str:
    """Return the reason for the finding; if nothing was missed, the upper bound of the miss rate."""
    phrases = texts_in(language).sentences
    if row.bound is not None:
        return phrases.bound.format(bound=share(row.bound, language))
    if row.name == "llm_first" and row.finding == "fail" and row.value == 1:
        return phrases.unbacked
    return texts_in(language).names.reasons[row.reason]


def finding_sentence(row: TargetCheck, tier: Tier, language: Language) -> str:
    """Return a row as one sentence: its title, value, target, finding and reason."""
    phrases, words = texts_in(language).sentences, texts_in(language).names
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
    """Return in one line how the second differs from the first: each difference with its interval and count."""
    phrases = texts_in(language).sentences
    deltas = " ".join(_delta_sentence(delta, language) for delta in comparing.deltas)
    left_out = phrases.left_out.format(count=len(comparing.left_out)) if comparing.left_out else ""
    return f"{phrases.against.format(first=names[0], second=names[1])}{deltas}{left_out}"


def is_of_quality(measure: ComparedMetric) -> bool:
    """Return whether a figure is a share of passed answers."""
    return measure in ("quality", "on_time_and_passed")


def figure_name(measure: ComparedMetric, language: Language) -> str:
    """Return what a difference is about."""
    texts = texts_in(language)
    match measure:
        case "first_token":
            return texts.names.times["first_token"]
        case "on_time_and_passed":
            return texts.comparison.on_time_and_passed
        case _:
            return texts.names.targets[measure]


def _delta_sentence(delta: Delta, language: Language) -> str:
    """Return the sentence of one difference; its count is of questions, because the bootstrap resamples questions."""
    texts = texts_in(language)
    phrases, words = texts.sentences, texts.names
    difference = delta.difference
    measure = figure_name(delta.measure, language)
    if difference is None:
        phrase = phrases.not_judged if is_of_quality(delta.measure) else phrases.not_paired
        return phrase.format(measure=measure)
    factor, unit = (100, phrases.points) if is_of_quality(delta.measure) else (1, texts.numbers.second)
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
    """Return which tiers the suite has enough items to pass, if all are good and the judge can be trusted."""
    phrases = texts_in(language).sentences
    count = sum(case.is_judged for case in suite.cases)
    few = phrases.few_times.format(needed=LEAST_ATTEMPTS) if len(suite.cases) < LEAST_ATTEMPTS else ""
    if count == 0 or not has_judge:
        return (phrases.no_judge if count else phrases.times_only) + few
    items = phrases.one_item if count == 1 else phrases.items.format(count=count)
    if unanchored := sum(case.is_judged and not case.has_own_anchors for case in suite.cases):
        unconfirmed = sum(case.is_judged and bool(case.unconfirmed) for case in suite.cases)
        without = phrases.without_anchors.format(items=items, count=unanchored)
        return without + _unconfirmed(unconfirmed, language) + few
    within = [tier for tier in TIERS if items_needed(tier.quality) <= count]
    needed = ", ".join(
        phrases.tier_needs.format(tier=tier.number, needed=items_needed(tier.quality))
        for tier in TIERS
        if tier not in within
    )
    if not within:
        return phrases.smoke_test.format(items=items, needed=needed) + few
    phrase, best = phrases.can_pass if needed else phrases.all_tiers, within[-1]
    passes = passes_needed(count, best.quality)
    return phrase.format(items=items, count=count, tier=best.number, passes=passes, needed=needed) + few


def trust_meaning(trust: Trust, unanchored: int, language: Language) -> str:
    """Return what a state of trust means; for "unproven", whether missing anchors are the cause."""
    texts = texts_in(language)
    meaning = texts.names.trust_meaning[trust]
    return texts.sentences.unanchored.format(count=unanchored) if trust == "unproven" and unanchored else meaning


def trust_sentences(quality: Quality, language: Language) -> tuple[str, str]:
    """Return the name of the state of trust, and what it means together with the judge's known errors."""
    phrases, words = texts_in(language).sentences, texts_in(language).names
    meaning = trust_meaning(quality.trust, quality.unanchored, language)
    wrong = quality.known_wrong
    if wrong is not None:
        meaning = f"{phrases.known_wrong.format(passed=wrong.passed, total=wrong.total)} {meaning}"
    canaries = quality.canaries
    if canaries is not None and canaries.passed:
        meaning = f"{phrases.canaries.format(passed=canaries.passed, total=canaries.total)} {meaning}"
    return words.trust[quality.trust], meaning + _unconfirmed(quality.unconfirmed, language)


def _unconfirmed(items: int, language: Language) -> str:
    """Say in how many items a model wrote an anchor that nobody has confirmed."""
    return f" {texts_in(language).sentences.unconfirmed.format(count=items)}" if items else ""


def as_judged_sentence(quality: Quality, language: Language) -> str:
    """Return the count behind the quality, before the correction for the judge's errors."""
    counted = quality.passed
    return texts_in(language).report.as_judged.format(passed=counted.passed, total=counted.total)


def on_time_sentence(card: Scorecard, language: Language) -> str:
    """Return the share of items that were on time and passed, corrected like the quality, and its count as judged."""
    rate, counted, texts = card.on_time_and_passed, card.in_target, texts_in(language)
    if rate is None or counted is None:
        return texts.names.findings["not measured"]
    return texts.report.on_time_and_passed.format(
        rate=share(rate.value, language),
        range=share_range(rate.interval, language),
        count=texts.common.count.format(count=card.quality.passed.total),
        passed=counted.passed,
        total=counted.total,
    )


def self_knowledge_sentence(found: Auc, language: Language) -> str:
    """Say how well a model's own verdicts agree with the judge's."""
    interval = found.interval
    return texts_in(language).report.self_knowledge.format(
        area=found.area, low=interval.low, high=interval.high, passed=found.good, failed=found.bad
    )


def firsts_sentence(card: Scorecard, language: Language) -> str:
    """Return the medians of the first text and, beside it, of the first token of any kind."""
    return texts_in(language).report.firsts.format(
        text=seconds_or_dash(card.first_text_median, language), token=seconds_or_dash(card.first_token_median, language)
    )


def thinks_sentence(median: float, language: Language) -> str:
    """Say how long a model thinks per answer, by the median."""
    return texts_in(language).report.thinks.format(seconds=seconds(median, language))
