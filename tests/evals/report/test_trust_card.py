"""The trust card: plain sentences of what a judge did on answers that are known to be good or bad."""

from dataclasses import replace

import pytest

from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence
from evals.calibration.answers import load_gold
from evals.records.opinions import YesNo
from evals.report.trust_card import trust_card, trust_title
from evals.suite.cases import Language
from llmfirst.stats import proportion
from tests.evals.calibration.made import found, right
from tests.evals.made import NO, YES

LANGUAGES: tuple[Language, ...] = ("ko", "en")
BELIEVED = JudgeEvidence({language: found(right, load_gold(language)) for language in LANGUAGES})


def generous(label: str, defect: str | None, _: int) -> YesNo:
    return YES if label == "good" or defect in ("fluent_wrong", "wrong_number") else NO


def test_a_judge_that_can_be_believed_has_no_way_on_to_be_led() -> None:
    card = trust_card(BELIEVED, "en")
    assert len(card) == 2
    assert all(paragraph.endswith("its verdicts are believed.") for paragraph in card)
    assert card[0].startswith("Korean: it decided all of 120 answers known to be good or bad.")
    assert "나머지" not in trust_card(BELIEVED, "ko")[0]
    assert "Of the bad ones it failed 60 and passed 0. It passed no bad answer of any kind." in card[0]


@pytest.mark.parametrize(
    ("language", "said", "way_on"),
    [("en", "fluent but wrong", "qwen2.5:7b (4.7 GB)"), ("ko", "그럴듯하지만 틀림", "qwen2.5:7b (4.7 GB)")],
)
def test_a_judge_that_passes_wrong_answers_is_told_with_their_kinds_its_broken_rules_and_two_ways_on(
    language: Language, said: str, way_on: str
) -> None:
    card = trust_card(JudgeEvidence({"en": found(generous)}), language)
    assert said in card[1]
    assert "0.70" in card[1]
    assert way_on in card[-1]
    assert trust_title(language)


def test_a_language_that_was_not_checked_is_named() -> None:
    assert trust_card(NO_EVIDENCE, "en")[0] == "Korean: not checked on answers that are known to be good or bad."


@pytest.mark.parametrize(
    ("language", "said"), [("en", "passed 2 of 10 texts that are no answer"), ("ko", "답이 아닌 글 10개 중 2개를 통과")]
)
def test_a_judge_that_passed_what_is_no_answer_is_not_told_as_believed_alone(language: Language, said: str) -> None:
    card = trust_card(replace(BELIEVED, canaries=proportion(2, 10)), language)
    assert said in card[2]
    assert "qwen2.5:7b" in card[3]
    assert trust_card(replace(BELIEVED, canaries=proportion(0, 10)), language) == trust_card(BELIEVED, language)
