from collections.abc import Sequence
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.analysis.scorecard import Scorecard, TierCard, scorecards
from evals.analysis.target_checks import Finding, TargetCheck, TargetName
from evals.analysis.trust import JudgeEvidence
from evals.calibration.calibration import Calibration
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict
from evals.records.attempts import Attempt
from evals.report.sentences import trust_sentences
from evals.suite.cases import Language
from evals.suite.checks import CheckResult
from llmfirst.stats import proportion
from llmfirst.targets import TIERS
from tests.conftest import tries
from tests.evals.made import JUDGE, OTHER, TARGET, attempt, calibrated, case, evaluation, failure, judged, timing, trial

VERDICTS = st.sampled_from(("passed", "failed", "abstained", None))


BELIEVED = JudgeEvidence({"en": calibrated(0.95, 0.95)})


def card_of(results: Sequence[JudgedAnswer], *, has_judge: bool = True, known: JudgeEvidence = BELIEVED) -> Scorecard:
    """Return the card of answers to as many items."""
    apart = [replace(result, case=case(number)) for number, result in enumerate(results)]
    (card,) = scorecards(evaluation(judge=JUDGE if has_judge else None), apart, known)
    return card


def one(item: ItemVerdict | None = "passed", **times: float | bool | None) -> JudgedAnswer:
    """Return an answer with these times in place of good ones."""
    return judged(item, attempt(timed=timing(**times)))


def row(card: Scorecard, name: TargetName, tier: int = 1) -> TargetCheck:
    return next(line for line in card.tiers[tier - 1].rows if line.name == name)


def test_nothing_measured_is_told_as_nothing_and_never_as_zero() -> None:
    card = card_of([])
    assert {line.finding for tier in card.tiers for line in tier.rows} == {"not measured"}
    assert {tier.finding for tier in card.tiers} == {"cannot tell"}
    figures = (card.first_text_median, card.first_text_p95, card.first_text_p95_interval, card.total_median)
    more = (card.total_p95, card.total_max, card.tokens_per_second, card.accounted_share, card.longest_silence)
    assert {*figures, *more, card.quality.rate, card.quality.passed.rate, card.quality.worst.rate, card.in_target} == {
        None
    }
    assert (card.attempts, card.errors, card.cold) == (0, 0, 0)


def test_each_tier_has_the_same_five_rows_with_its_own_targets() -> None:
    card = card_of([one()])
    names = ["first_text", "total", "quality", "llm_first", "streaming"]
    assert [[line.name for line in tier.rows] for tier in card.tiers] == [names] * 3
    assert [tier.tier for tier in card.tiers] == list(TIERS)
    assert [row(card, "total", tier).target for tier in (1, 2, 3)] == [1.0, 90.0, 60.0]
    assert [row(card, "quality", tier).target for tier in (1, 2, 3)] == [0.8, 0.85, 0.9]


def test_one_answer_gives_its_own_figures_without_intervals_that_it_cannot_give() -> None:
    card = card_of([one(first_text=2.0, total=50.0, tokens_per_second=20.0)])
    assert (card.first_text_median, card.first_text_p95, card.total_median, card.total_max) == (2, 2, 50, 50)
    assert (card.tokens_per_second, card.first_text_p95_interval) == (20, None)
    assert row(card, "total").finding == "pass"
    assert row(card, "total", tier=2).finding == "cannot tell"


def test_first_token_and_thinking_stand_beside_the_first_text_that_the_targets_are_on() -> None:
    card = card_of([one(first_text=9.0, first_token=1.0, thought=8.0)] * 3 + [one(first_text=9.0, first_token=1.0)])
    assert (card.first_token_median, card.first_token_p95, card.first_text_median) == (1, 1, 9)
    assert card.thought_median == 8
    assert row(card, "first_text").value == 0


def test_an_evaluation_without_the_first_token_has_its_other_figures() -> None:
    card = card_of([one(first_token=None)])
    assert (card.first_token_median, card.first_token_p95, card.first_text_median) == (None, None, 2)
    assert card.thought_median is None


def test_how_the_model_was_asked_stands_beside_its_figures() -> None:
    asked = [
        judged("passed", attempt(timed=timing(profile=profile))) for profile in ("direct", None, "instructed", "direct")
    ]
    assert card_of(asked).profiles == ("direct", "instructed")
    assert card_of([one()]).profiles == ()


def test_every_model_has_its_own_card_in_the_order_of_the_evaluation() -> None:
    other = judged("failed", attempt(trial(target=OTHER), timed=timing(total=70.0)))
    cards = scorecards(evaluation(models=(OTHER, TARGET)), [one(total=50.0), other])
    assert [(card.model, card.total_median) for card in cards] == [(OTHER.key, 70), (TARGET.key, 50)]
    assert [card.quality.passed.passed for card in cards] == [0, 1]


def test_a_failure_is_a_miss_in_every_figure_of_time_and_quality() -> None:
    card = card_of([*[one()] * 3, judged(made=failure())])
    assert (card.attempts, card.errors) == (4, 1)
    assert row(card, "first_text").value == row(card, "total").value == 0.75
    assert (row(card, "total").finding, row(card, "total", 2).finding) == ("fail", "fail")
    assert (card.quality.passed, card.in_target) == (proportion(3, 4), proportion(3, 4))
    assert (card.total_max, card.total_median) == (None, 50)  # infinite is no figure


def test_an_answer_that_broke_off_in_the_middle_was_not_in_time_either() -> None:
    broken = judged(made=attempt(outcome="interrupted", timed=timing(first_text=1.0, total=2.0)))
    card = card_of([broken])
    assert (row(card, "first_text").value, row(card, "total").value) == (0, 0)
    assert (card.errors, card.first_text_median) == (1, None)


def test_cold_answers_are_counted_apart_and_judged_all_the_same() -> None:
    cold = one(first_text=30.0, total=119.0, was_cold=True, tokens_per_second=1.0)
    card = card_of([*[one()] * 2, cold])
    assert (card.attempts, card.cold) == (3, 1)
    assert (card.first_text_p95, card.total_max, card.tokens_per_second) == (2, 50, 20)
    assert [row(card, name).count for name in ("first_text", "total", "quality", "llm_first")] == [2, 2, 3, 3]
    assert (card.quality.passed, card.in_target) == (proportion(3, 3), proportion(2, 2))


def test_a_model_that_breaks_each_time_that_it_was_loaded_has_missed_its_times() -> None:
    crash = failure(timed=timing(first_text=None, total=9.0, was_cold=True))
    card = card_of([judged(made=crash)] * 3)
    assert (card.errors, card.cold) == (3, 0)
    assert row(card, "total").finding == "fail"
    assert row(card, "first_text").value == 0


def test_a_good_answer_that_came_late_is_not_in_target() -> None:
    card = card_of([one(), one(total=121.0), one(first_text=5.5), one("failed"), one("abstained"), one(None)])
    assert card.in_target == proportion(1, 4)
    assert card.quality.passed == proportion(3, 4)
    assert card.quality.rate is not None
    assert card.on_time_and_passed is not None
    assert card.on_time_and_passed.value == pytest.approx(card.quality.rate.value / 3)
    assert card.on_time_and_passed.interval.low < card.on_time_and_passed.value < card.on_time_and_passed.interval.high


def test_an_item_that_was_asked_several_times_is_on_time_where_most_of_its_answers_are() -> None:
    late, cold = one(total=130.0), one(total=130.0, was_cold=True)
    several = [[one(), one(), late], [one(), late], [one(), cold], [cold]]
    results = [replace(each, case=case(number)) for number, answers in enumerate(several) for each in answers]
    (card,) = scorecards(evaluation(judge=JUDGE), results, BELIEVED)
    assert (card.quality.passed, card.in_target) == (proportion(4, 4), proportion(2, 3))


def test_what_is_undecided_is_in_no_rate_but_in_the_worst_case() -> None:
    card = card_of([one("passed"), one("failed"), *[one("abstained")] * 2])
    assert (card.quality.passed, card.quality.worst, card.quality.abstained) == (proportion(1, 2), proportion(1, 4), 2)


def test_an_item_that_was_asked_several_times_is_one_item_of_the_quality() -> None:
    verdicts: list[list[ItemVerdict | None]] = [
        ["passed", "passed", "failed"],
        ["passed", "failed"],
        ["abstained", "passed"],
        ["abstained", "abstained"],
        [None, None],
    ]
    results = [judged(one, of=case(number)) for number, several in enumerate(verdicts) for one in several]
    (card,) = scorecards(evaluation(judge=JUDGE), results, BELIEVED)
    assert (card.quality.passed, card.quality.worst, card.quality.abstained) == (proportion(2, 3), proportion(2, 4), 1)
    assert row(card, "first_text").count == 11


def test_a_perfect_model_passes_no_tier_by_a_judge_that_nobody_has_proved() -> None:
    card = card_of(perfect(60), known=JudgeEvidence())
    assert {name: row(card, name, 3).finding for name in ("first_text", "total", "llm_first", "streaming")} == {
        "first_text": "pass",
        "total": "pass",
        "llm_first": "pass",
        "streaming": "pass",
    }
    assert (row(card, "quality", 3).finding, row(card, "quality", 3).reason) == ("cannot tell", "judge_unproven")
    assert [tier.finding for tier in card.tiers] == ["cannot tell"] * 3
    assert card.quality.trust == "unproven"


def test_by_a_judge_that_can_be_believed_a_perfect_model_passes_every_tier() -> None:
    card = card_of(perfect(60))
    assert [tier.finding for tier in card.tiers] == ["pass"] * 3
    assert card.quality.trust == "measured"
    assert card.in_target == proportion(60, 60)


def test_a_judge_that_errs_too_much_yields_no_rate_and_says_what_it_passed() -> None:
    card = card_of(perfect(60), known=JudgeEvidence({"en": calibrated(0.95, 0.5)}))
    assert (row(card, "quality").finding, row(card, "quality").reason) == ("cannot tell", "judge_not_trustworthy")
    assert (card.quality.trust, card.quality.rate, card.in_target) == ("not_trustworthy", None, None)
    assert card.quality.known_wrong == proportion(30, 60)


def test_one_language_without_trust_spoils_the_figure_of_both() -> None:
    results = [judged(of=case(number, language="ko" if number % 2 else "en")) for number in range(40)]
    cases: tuple[tuple[dict[Language, Calibration], str], ...] = (
        ({"en": calibrated(0.95, 0.95)}, "unproven"),
        ({"en": calibrated(0.95, 0.95), "ko": calibrated(0.5, 0.95, language="ko")}, "not_trustworthy"),
        ({"en": calibrated(0.95, 0.95), "ko": calibrated(0.9, 0.9, language="ko")}, "measured"),
    )
    for known, trust in cases:
        (card,) = scorecards(evaluation(judge=JUDGE), results, JudgeEvidence(known))
        assert card.quality.trust == trust
        assert (card.quality.rate is not None) == (trust == "measured")


def test_a_judge_that_passes_a_canary_is_not_believed_in_this_evaluation() -> None:
    card = card_of(perfect(60), known=JudgeEvidence(BELIEVED.calibrations, proportion(1, 5)))
    assert (card.quality.trust, card.quality.rate) == ("not_trustworthy", None)
    sentence = trust_sentences(card.quality, "en")[1]
    assert "passed 1 of 5 texts that are no answer" in sentence
    assert (
        card_of(perfect(60), known=JudgeEvidence(BELIEVED.calibrations, proportion(0, 5))).quality.trust == "measured"
    )


def perfect(count: int) -> list[JudgedAnswer]:
    return [one(first_text=1.0 + number / 100, total=50.0 + number / 10) for number in range(count)]


def test_without_a_judge_there_is_no_rate_of_anything_good() -> None:
    card = card_of([one(None)] * 3, has_judge=False)
    assert (row(card, "quality").finding, row(card, "quality").reason) == ("not measured", "no_judge")
    assert (card.quality.rate, card.in_target, card.is_self_judged) == (None, None, False)


def test_a_model_that_judges_itself_is_told() -> None:
    own = JUDGE.model_copy(update={"model": TARGET.model})
    assert [card.is_self_judged for card in scorecards(evaluation(judge=own, models=(TARGET, OTHER)), [])] == [
        True,
        False,
    ]


def test_what_is_not_accounted_for_fails_a_model_in_every_tier() -> None:
    leak = judged(made=attempt(accounted_share=0.99))
    decided = judged(made=attempt(unbacked_decisions=1))
    for results in ([one(), leak], [one(), decided], [one(), one(unnamed_silence=3.5)]):
        assert [tier.finding for tier in card_of(results).tiers] == ["fail"] * 3
    assert card_of([one(), leak]).accounted_share == 0.99
    assert card_of([one(), one(unnamed_silence=3.5)]).longest_silence == 3.5


def test_what_was_shortened_cached_or_wrong_in_form_is_counted() -> None:
    short = judged(made=attempt(outcome="deadline"))
    card = card_of([short, one(cached_share=0.51), one(cached_share=None), one(cached_share=0.5)])
    assert (card.shortened, card.cached, card.form_failed) == (1, 1, 0)
    wrong = JudgedAnswer(attempt(), case(), (CheckResult(name="words", passed=False, found="9"),), {}, "failed")
    assert card_of([wrong]).form_failed == 1


def tier_card(*findings: Finding) -> TierCard:
    rows = tuple(
        TargetCheck("total", finding, "proved", "seconds", value=None, target=1, interval=None, count=0)
        for finding in findings
    )
    return TierCard(TIERS[0], rows)


@pytest.mark.parametrize(
    ("findings", "finding"),
    [
        (("pass", "pass"), "pass"),
        (("pass", "fail"), "fail"),
        (("fail", "not measured", "cannot tell"), "fail"),
        (("pass", "cannot tell"), "cannot tell"),
        (("pass", "not measured"), "cannot tell"),
    ],
)
def test_a_tier_is_passed_when_every_row_is_and_failed_when_one_is(
    findings: tuple[Finding, ...], finding: Finding
) -> None:
    assert tier_card(*findings).finding == finding


def some_attempt(first: float | None, total: float, was_cold: bool) -> Attempt:
    timed = timing(first_text=first, total=total, was_cold=was_cold)
    return attempt(timed=timed) if first is not None else failure(timed=timed)


ATTEMPTS = st.builds(
    some_attempt,
    st.none() | st.floats(min_value=0, max_value=10),
    st.floats(min_value=0, max_value=120),
    st.booleans(),
)


@given(results=st.lists(st.builds(judged, VERDICTS, ATTEMPTS), max_size=12))
@settings(max_examples=tries(50))
def test_no_figure_is_infinite_and_no_count_is_lost(results: list[JudgedAnswer]) -> None:
    card = card_of(results)
    finite = (card.first_text_median, card.first_text_p95, card.total_median, card.total_p95, card.total_max)
    assert inf not in finite
    assert row(card, "total").count == row(card, "first_text").count == card.attempts - card.cold
    quality = card.quality
    assert quality.passed.passed == quality.worst.passed
    assert quality.worst.total == quality.passed.total + quality.abstained
    assert (card.in_target is None) == (quality.worst.total == 0)
    if card.in_target is not None:
        assert quality.worst.passed >= card.in_target.passed
        assert quality.worst.total >= card.in_target.total


def test_items_without_anchors_of_their_own_keep_any_judge_from_being_believed() -> None:
    bare = [replace(one(), case=case(number).model_copy(update={"bad": None})) for number in range(20)]
    (card,) = scorecards(evaluation(judge=JUDGE), [*bare, replace(one(), case=case(20))], BELIEVED)
    assert (card.quality.trust, card.quality.rate, card.quality.unanchored) == ("unproven", None, 20)
    assert "answer of their own: 20" in trust_sentences(card.quality, "en")[1]
    assert "문항: 20개" in trust_sentences(card.quality, "ko")[1]
