"""Plain sentences from values."""

from math import inf

import pytest

from evals.analysis.compare import Delta, ModelComparison
from evals.analysis.target_checks import (
    TargetCheck,
    first_text_check,
    llm_first_check,
    quality_check,
    streaming_check,
    total_check,
)
from evals.report.sentences import comparison_sentence, finding_sentence, proves_sentence
from evals.suite.cases import Language, Suite
from evals.texts import texts_in
from llmfirst.stats import Difference, Interval
from llmfirst.targets import TIERS
from tests.evals.made import quality
from tests.evals.report.made import LANGUAGES, case

FIRST, SECOND, THIRD = TIERS


def rows() -> list[TargetCheck]:
    """Return a row of every name with every finding that it can have."""
    return [
        first_text_check([1.0] * 20, FIRST),
        first_text_check([9.0] * 20, FIRST),
        first_text_check([1.0], FIRST),
        first_text_check([], FIRST),
        total_check([50.0] * 40, FIRST),
        total_check([50.0, inf], FIRST),
        total_check([], FIRST),
        total_check([50.0, 52.0, 51.0, 49.0, 48.0, 55.0], THIRD),
        total_check([70.0, 72.0, 71.0, 69.0, 78.0, 75.0], THIRD),
        total_check([50.0], THIRD),
        total_check([50.0, inf], THIRD),
        quality_check(quality(19, 20), FIRST, has_judge=True),
        quality_check(quality(3, 4, "unproven"), FIRST, has_judge=True),
        quality_check(quality(0, 0, "not_measured"), FIRST, has_judge=False),
        llm_first_check([1.0, 1.0], 0),
        llm_first_check([1.0, 0.99999], 0),
        llm_first_check([1.0], 2),
        streaming_check([0.4, 1.3]),
        streaming_check([7.0]),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_is_one_sentence_that_ends_in_its_finding(language: Language) -> None:
    words = texts_in(language).names
    for row in rows():
        sentence = finding_sentence(row, THIRD if row.unit == "seconds" and row.name == "total" else FIRST, language)
        assert words.findings[row.finding] in sentence.rpartition(":")[2], sentence
        assert sentence.endswith(".")
        assert "{" not in sentence
        assert "None" not in sentence
        assert "nan" not in sentence


def test_a_share_has_its_interval_its_count_and_its_target() -> None:
    row = first_text_check([1.0] * 58 + [9.0, 9.0], FIRST)
    assert finding_sentence(row, FIRST, "en") == (
        "First text within 5 s: 96.7 % (88.6 to 99.1 %, n = 60), target 95 % or more: pass."
    )
    assert finding_sentence(row, FIRST, "ko") == "5초 안에 첫 글자: 96.7% (88.6~99.1%, n = 60), 목표 95% 이상: 통과."


def test_the_limit_is_that_of_the_tier() -> None:
    assert "3 s" in finding_sentence(first_text_check([1.0] * 20, THIRD), THIRD, "en")


def test_no_miss_is_printed_with_the_bound_that_it_proves() -> None:
    sentence = finding_sentence(total_check([50.0] * 40, FIRST), FIRST, "en")
    assert "100 % (91.2 to 100 %, n = 40), target 100 %: pass" in sentence
    assert "below 7.2 % by the one-sided 95 % bound" in sentence


def test_a_failed_answer_leaves_no_mean() -> None:
    assert "no mean, because an answer failed (n = 2)" in finding_sentence(total_check([50.0, inf], THIRD), THIRD, "en")


def test_a_share_below_one_never_reads_as_all() -> None:
    assert "99.9 %" in finding_sentence(llm_first_check([1.0, 0.99999], 0), FIRST, "en")


def test_a_decision_without_a_call_is_named_where_every_character_is_accounted_for() -> None:
    assert "a decision has no recorded call" in finding_sentence(llm_first_check([1.0], 2), FIRST, "en")


def test_what_was_not_measured_has_no_figure() -> None:
    sentence = finding_sentence(quality_check(quality(0, 0, "not_measured"), FIRST, has_judge=False), FIRST, "en")
    assert sentence == "Quality (items passed): not measured (there is no judge)."


def test_an_unproven_judge_is_the_reason() -> None:
    sentence = finding_sentence(quality_check(quality(20, 20, "unproven"), FIRST, has_judge=True), FIRST, "en")
    assert "target 80 % at the lower end: cannot tell (the judge is unproven)." in sentence


def comparing(*deltas: Delta, left_out: tuple[str, ...] = ()) -> ModelComparison:
    return ModelComparison(deltas, (), left_out)


QUALITY = Delta("quality", Difference(0.031, Interval(-0.01, 0.072), 20, 20), "cannot tell")
TOTAL = Delta("total", Difference(-8.4, Interval(-10.1, -6.6), 20, 20), "better")


def test_a_comparison_is_one_line_with_deltas_intervals_and_verdicts() -> None:
    said = comparing(QUALITY, TOTAL)
    assert comparison_sentence(said, ("one", "two"), "en") == (
        "two against one: Quality +3.1 points (-1.0 to +7.2, n = 20): cannot tell. "
        "Total time -8.4 s (-10.1 to -6.6, n = 20): better."
    )
    assert comparison_sentence(said, ("one", "two"), "ko") == (
        "one 대비 two: 품질 +3.1%p (-1.0 ~ +7.2, n = 20): 판단 불가. 전체 시간 -8.4초 (-10.1 ~ -6.6, n = 20): 더 좋음."
    )


def test_too_few_questions_have_a_difference_without_an_interval() -> None:
    few = Delta("total", Difference(-8.4, None, 2, 2), "cannot tell")
    assert "Total time -8.4 s (n = 2): cannot tell." in comparison_sentence(comparing(few), ("one", "two"), "en")


def test_what_has_no_pair_is_said() -> None:
    nothing = comparing(Delta("quality", None, "cannot tell"), left_out=("a", "b"))
    sentence = comparison_sentence(nothing, ("one", "two"), "en")
    assert "Quality: no question was decided on both sides by a judge that is believed." in sentence
    korean = comparison_sentence(nothing, ("one", "two"), "ko")
    assert "품질: 양쪽 모두 믿을 수 있는 판정이 나온 질문이 없음." in korean
    untimed = comparison_sentence(comparing(Delta("total", None, "cannot tell")), ("one", "two"), "en")
    assert "Total time: no question was measured on both sides." in untimed
    assert sentence.endswith("could not be paired: 2.")


def test_a_difference_that_rounds_to_nothing_has_no_sign() -> None:
    same = Delta("total", Difference(-0.01, Interval(-0.04, 1.0), 20, 20), "cannot tell")
    assert "Total time 0.0 s (0.0 to +1.0" in comparison_sentence(comparing(same), ("one", "two"), "en")


def suite_of(count: int) -> Suite:
    return Suite(name="made", title="Made", cases=tuple(case(number) for number in range(count)))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 judged item can only smoke-test: tier 1 needs 16, tier 2 needs 22, tier 3 needs 35."),
        (15, "15 judged items can only smoke-test"),
        (16, "16 judged items can pass tier 1 (16 of 16 must pass); tier 2 needs 22, tier 3 needs 35."),
        (20, "20 judged items can pass tier 1 (20 of 20 must pass); tier 2 needs 22, tier 3 needs 35."),
        (22, "22 judged items can pass tier 2 (22 of 22 must pass); tier 3 needs 35."),
        (84, "84 judged items can pass every tier (81 of 84 must pass for tier 3)."),
    ],
)
def test_a_suite_says_what_so_many_items_can_prove(count: int, said: str) -> None:
    assert proves_sentence(suite_of(count), True, "en").startswith(said)


def test_fewer_than_twenty_items_say_what_the_first_text_needs() -> None:
    assert "first text is in time needs 20 answers" in proves_sentence(suite_of(19), True, "en")
    assert "first text" not in proves_sentence(suite_of(20), True, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_judge_or_criteria_only_times_are_promised(language: Language) -> None:
    timed = Suite(name="timed", title="Timed", cases=(case(criteria=[]),))
    unjudged = [proves_sentence(suite_of(20), False, language), proves_sentence(timed, True, language)]
    assert all("16" not in sentence for sentence in unjudged)
    assert unjudged[0] != unjudged[1]


def test_four_items_can_only_smoke_test_in_korean_too() -> None:
    assert "문항 4개로는 동작만 확인할 수 있습니다. 1단계에는 16개," in proves_sentence(suite_of(4), True, "ko")


def test_a_suite_without_anchors_promises_verdicts_and_no_rate() -> None:
    bare = [one.model_copy(update={"good": None}) for one in suite_of(20).cases]
    said = {
        language: proves_sentence(Suite(name="s", title="s", cases=tuple(bare)), True, language)
        for language in LANGUAGES
    }
    assert said["en"].startswith("20 judged items; without `good` or `bad`: 20.")
    assert "없는 문항이 20개 있습니다" in said["ko"]
    assert not any("tier" in one or "단계" in one for one in said.values())
