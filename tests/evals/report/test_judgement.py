"""How much a judge decides is said with how much of it may be wrong, or that it cannot decide and what to do."""

from typing import Any

import pytest

from evals.report.judgement import judgement_lines, judgement_sentence
from evals.sessions.judgement import JudgedLanguage, Judgement
from evals.texts import texts_in
from tests.evals.made import START
from tests.evals.report.made import LANGUAGES

KNOWN: dict[str, Any] = {"gold": 50, "voted": 10, "right": 54}
SURE = JudgedLanguage(language="en", threshold=1.2, sure=46, sure_wrong=1, pairs=10, decided=7, **KNOWN)
UNSURE = JudgedLanguage(language="ko", threshold=None, sure=0, sure_wrong=0, pairs=2, **KNOWN)


def judgement(*languages: JudgedLanguage, **changes: int) -> Judgement:
    pairs, decided = sum(one.pairs for one in languages), sum(one.decided for one in languages)
    counts = {"pairs": pairs, "decided": decided, "left_to_people": 0, **changes}
    return Judgement(judge="ollama/j", languages=languages, judged_at=START, **counts)


def test_what_it_decides_is_said_with_its_errors_and_on_what_this_was_found() -> None:
    assert [*judgement_lines(judgement(UNSURE, SURE, left_to_people=3), "en")] == [
        "ollama/j decides 7 of 12 pairs (58.3 %). At most 10 % of what it decides is wrong.",
        "Korean: right on 54 of 60 pairs whose better answer is known (50 of the gold set, 10 by votes of people). "
        "No degree of sureness proves that at most 10 % are wrong. Here it decides 0 of 2 pairs.",
        "English: right on 54 of 60 pairs whose better answer is known (50 of the gold set, 10 by votes of people). "
        "It decides where it was as sure as on 46 of them, of which 1 were wrong. Here it decides 7 of 10 pairs.",
        "Left to people, because an answer addresses the judge: 3.",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_judge_that_cannot_decide_is_told_apart_from_one_that_was_not_sure_and_from_nothing_to_judge(
    language: Any,
) -> None:
    unsure = SURE.model_copy(update={"decided": 0})
    said = [judgement_sentence(one, language) for one in (judgement(UNSURE), judgement(unsure), judgement())]
    assert len(set(said)) == 3
    assert all("ollama/j" in one for one in said)
    assert "10" in said[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_judge_that_compares_its_own_answers_is_flagged(language: Any) -> None:
    own = judgement(SURE).model_copy(update={"is_self_judged": True})
    assert [
        line for line in judgement_lines(own, language) if line not in [*judgement_lines(judgement(SURE), language)]
    ]
    assert any(
        "ollama/j" in line and texts_in(language).names.self_judged in line for line in judgement_lines(own, language)
    )
