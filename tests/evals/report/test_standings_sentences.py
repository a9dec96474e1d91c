"""The sentence on top of standings, in both languages: never more than the intervals hold."""

from collections.abc import Sequence

import pytest

from evals.report.standings_sentences import facts, short_names, speed_sentence, verdict_sentence
from evals.sessions.standings import Standings, tally
from evals.sessions.times import entrant_times
from evals.sessions.votes import Battle
from evals.suite.cases import Language
from tests.evals.made import timing
from tests.evals.report.made import LANGUAGES
from tests.evals.sessions.battles import battle, battles, joined

NAMES = {"a": "alpha", "b": "beta", "c": "gamma"}
KOREAN = battles("l" * 30, "ko", language="ko", category="business")
ENGLISH = battles("lrllrlrl", "en", language="en", category="coding")


def said(cast: Sequence[Battle], language: Language = "en") -> str:
    return verdict_sentence(standings(cast), NAMES, language)


def standings(cast: Sequence[Battle]) -> Standings:
    found = tally(cast).of("readers")
    assert found is not None
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_below_twenty_votes_only_the_number_still_missing_is_said(language: Language) -> None:
    for cast in ([battle("left")], battles("l" * 19)):
        sentence = said(cast, language)
        assert str(20 - len(cast)) in sentence
        assert "alpha" not in sentence


def test_who_is_better_is_said_with_counts_and_interval_and_where_it_cannot_be_told() -> None:
    assert said(joined(KOREAN, ENGLISH)) == (
        "alpha is better than beta: 35 of 38 (79.2 to 97.3 %); "
        "for English questions it cannot be told: 5 of 8, about 136 more votes."
    )
    assert said(joined(KOREAN, ENGLISH), "ko") == (
        "alpha 쪽이 beta보다 낫습니다(질문 38개 중 35개, 79.2~97.3%); "
        "영어 질문에서는 아직 알 수 없습니다(8개 중 5개, 약 136표 더 필요)."
    )


def test_a_part_is_told_where_the_whole_is_not() -> None:
    sentence = said(joined(battles("l" * 16, "ko", language="ko"), battles("r" * 12, "en", language="en")))
    assert sentence == (
        "alpha is better than beta for Korean questions: 16 of 16 (80.6 to 100 %); "
        "beta is better than alpha for English questions: 12 of 12 (75.8 to 100 %); "
        "it cannot be told which of alpha and beta is better: 16 of 28 for alpha, about 294 more votes."
    )


def test_all_ties_are_said_to_be_level() -> None:
    assert said(battles("tb" * 10)) == "Nothing tells alpha and beta apart: all 20 questions are level."


def test_of_three_entrants_those_that_cannot_be_told_apart_are_named() -> None:
    third = [battle("left" if one % 2 else "right", f"t{one}", left="b", right="c") for one in range(12)]
    sentence = said(joined(battles("l" * 20), third))
    assert sentence.startswith("alpha is better than beta: 20 of 20")
    assert "which of beta and gamma is better: 6 of 12 for beta, more than 300 votes away" in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fastest_is_named_only_if_no_interval_reaches_it(language: Language) -> None:
    quick = entrant_times([timing(loading=0.0, total=10.0 + one / 10) for one in range(8)])
    slow = entrant_times([timing(loading=0.0, total=40.0 + one) for one in range(8)])
    assert "alpha" in speed_sentence({"a": quick, "b": slow}, NAMES, language)
    near = entrant_times([timing(loading=0.0, total=8.0 + one) for one in range(8)])
    few = entrant_times([timing(loading=0.0, total=80.0)])
    for other in (near, few):
        assert "alpha" not in speed_sentence({"a": quick, "b": other}, NAMES, language)


def test_ties_sides_and_how_votes_were_cast_are_told() -> None:
    cast = joined(battles("llrtb", is_early=True), battles("l", "open", is_blind=False))
    told = list(facts(standings(cast), "en"))
    assert told[1] == "Votes: 2 for the left answer, 2 for the right one, ties: 1, both bad: 1."
    assert "it cannot be told from chance" in told[2]
    assert told[3:] == [
        "5 votes came before both answers were whole.",
        "1 votes were cast with the names in sight.",
    ]


def test_names_lose_their_service_only_where_they_still_differ() -> None:
    assert short_names(["ollama/a", "embedded/b"]) == {"ollama/a": "a", "embedded/b": "b"}
    cold, warm = "ollama/a:4b:most_tokens=60:temperature=0", "ollama/a:4b:most_tokens=60:temperature=1"
    assert short_names([cold, warm]) == {cold: "a:4b:temperature=0", warm: "a:4b:temperature=1"}
    assert short_names([cold]) == {cold: "a:4b"}
    assert short_names([]) == {}
    assert short_names(["ollama/a", "embedded/a"]) == {"ollama/a": "ollama/a", "embedded/a": "embedded/a"}
