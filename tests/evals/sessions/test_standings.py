"""What votes come to: never more than they hold."""

from collections.abc import Sequence
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from evals.sessions.standings import LEAST_VOTES, WHOLE, Duel, Part, Standings, tally
from evals.sessions.votes import Battle, Choice
from llmfirst import generator
from tests.evals.sessions.battles import battle, battles, joined


def read(cast: Sequence[Battle]) -> Standings:
    found = tally(cast).of("readers")
    assert found is not None
    return found


def duel(of: Standings, part: Part = WHOLE) -> Duel:
    (found,) = next(one for one in of.parts if one.part == part).duels
    return found


def test_without_votes_there_are_no_standings() -> None:
    found = tally([])
    assert (found.standings, found.agreements, found.cut) == ((), (), 0)


def test_one_vote_says_only_how_many_are_missing() -> None:
    (group,) = read([battle("left")]).whole.groups
    assert (group.strengths, group.votes_missing, group.questions_missing) == ((), 19, 5)
    assert not duel(read([battle("left")])).is_decided


def test_what_a_judge_is_not_sure_enough_of_counts_nowhere() -> None:
    judge: dict[str, Any] = {"voter": "ollama/j", "kind": "judge"}
    unsure = battles("rrr", "other", is_sure=False, **judge)
    found = tally(joined(battles("ll", **judge), unsure, battles("l", "other")))
    judged = found.of("judge")
    assert judged is not None
    assert (judged.whole.votes, judged.whole.choices["left"] + judged.whole.choices["right"]) == (2, 2)
    assert found.agreements == ()
    assert found.cut == 0
    assert tally(unsure).standings == ()


def test_strengths_come_with_twenty_votes() -> None:
    choices = "lllrlltllrlllblllrl"
    assert read(battles(choices)).whole.groups[0].strengths == ()
    strongest, weakest = read(battles(choices + "l")).whole.groups[0].strengths
    assert (strongest.name, weakest.name) == ("a", "b")
    assert strongest.interval is not None
    assert weakest.interval is not None
    assert strongest.interval.low > weakest.interval.high


def test_many_votes_on_few_questions_are_not_enough() -> None:
    cast = [battle("left", f"q{number % 5}", voter=f"person {number}") for number in range(40)]
    (group,) = read(cast).whole.groups
    assert (group.strengths, group.votes_missing, group.questions_missing) == ((), 0, 1)


def test_a_question_counts_once_by_the_majority_of_its_votes() -> None:
    cast = joined(
        [battle("left", "one", voter=voter) for voter in ("ann", "ben", "cho")],
        [battle("left", "two"), battle("right", "two", voter="ben")],
        [battle("right", "three"), battle("tie", "three", voter="ben")],
    )
    found = duel(read(cast))
    assert (found.first, found.won.passed, found.won.total, found.level) == ("a", 1, 2, 1)


def test_all_ties_tell_nothing_apart() -> None:
    found = read(battles("tb" * 15))
    assert (duel(found).won.total, duel(found).level) == (0, 30)
    assert not duel(found).is_decided
    assert found.whole.choices == {"left": 0, "right": 0, "tie": 15, "both_bad": 15}
    assert [one.interval for one in found.whole.groups[0].strengths] == [None, None]


def test_fourteen_of_eighteen_are_told_apart_and_fewer_say_how_many_are_missing() -> None:
    told = duel(read(battles("llllrllllrllllrllr" + "tt")))
    assert (told.won.passed, told.won.total, told.level, told.is_decided, told.votes_ahead) == (14, 18, 2, True, None)
    assert told.won.interval is not None
    assert (round(told.won.interval.low, 2), round(told.won.interval.high, 2)) == (0.55, 0.91)
    open_duel = duel(read(battles("llrllrllrl")))
    assert not open_duel.is_decided
    assert open_duel.votes_ahead is not None
    assert 10 < open_duel.votes_ahead < 80
    early = duel(read(battles("l" * 19)))  # told apart by the test alone, but nothing is said below twenty votes
    assert (early.is_decided, early.p_value, early.votes_ahead) == (False, None, 1)


def test_parts_are_told_apart_only_with_all_looks_at_them_counted() -> None:
    korean = battles("llllrllllrllllrllrtt", "ko", language="ko", category="business")
    english = battles("lrlrlrlrlr", "en", language="en", category="code")
    alone, together = read(korean), read(joined(korean, english))
    assert [one.part for one in alone.parts] == [WHOLE]
    assert [one.part for one in together.parts] == [WHOLE, Part(language="ko"), Part(language="en")]
    assert together.tested == 3
    for_korean, before = duel(together, Part(language="ko")), duel(alone)
    assert for_korean.p_value is not None
    assert before.p_value is not None
    assert for_korean.p_value > before.p_value
    assert not duel(together, Part(language="en")).is_decided


def test_who_never_met_is_not_compared() -> None:
    apart = joined(battles("l" * 15 + "r" * 6), [battle("left", f"c{one}", left="c", right="d") for one in range(3)])
    first, second = read(apart).whole.groups
    assert (first.entrants, len(first.strengths)) == (("a", "b"), 2)
    assert (second.entrants, second.strengths, second.votes_missing) == (("c", "d"), (), LEAST_VOTES - 3)
    met = [*apart, battle("tie", "bridge", left="b", right="c")]
    (group,) = read(met).whole.groups
    assert len(group.strengths) == 4


def test_readers_watchers_and_judges_are_never_mixed_and_cut_answers_are_left_out() -> None:
    cast = joined(
        battles("lll"),
        battles("rr", saw_speed=True),
        battles("t", kind="judge", voter="ollama/j"),
        battles("llll", cut_seconds=20),
    )
    found = tally(cast)
    assert {one.electorate: one.whole.votes for one in found.standings} == {"readers": 3, "watchers": 2, "judge": 1}
    assert found.cut == 4


def test_the_side_is_told_from_chance_only_where_it_is_not_chance() -> None:
    always_left = read([battle("left", f"q{one}", left="ab"[one % 2], right="ba"[one % 2]) for one in range(20)])
    assert (always_left.left_won.passed, always_left.has_side) == (20, True)
    by_name = read(battles("l" * 20))
    assert (by_name.left_won.passed, by_name.left_won.total, by_name.has_side) == (10, 20, False)


def test_people_agree_on_what_both_voted_on_whichever_side_it_stood() -> None:
    ann, ben = battles("lllrt"), battles("llrrl", voter="ben")
    judge = battles("lrl", kind="judge", voter="ollama/j")
    between, *with_judge = tally(joined(ann, ben, judge)).agreements
    assert (between.first, between.second, between.same.passed, between.same.total) == ("ann", "ben", 3, 5)
    assert between.kappa is not None
    assert between.kappa.pairs == 4
    assert [(one.first, one.second, one.same.passed) for one in with_judge] == [("ann", None, 2), ("ben", None, 1)]


CHOSEN: tuple[Choice, ...] = get_args(Choice)


@st.composite
def votes(draw: st.DrawFn) -> list[Battle]:
    cast = []
    for number in range(draw(st.integers(0, 40))):
        left, right, *_ = draw(st.permutations("abcd"))
        language, category = draw(st.sampled_from([None, "ko", "en"])), draw(st.sampled_from([None, "code", "poem"]))
        question = f"{language}{category}{number // 2}"
        choice = draw(st.sampled_from(CHOSEN))
        cast.append(
            battle(choice, question, left=left, right=right, number=number, language=language, category=category)
        )
    return cast


@settings(max_examples=15, deadline=None)
@given(votes())
def test_no_claim_goes_beyond_its_interval_and_no_strength_comes_before_its_votes(cast: list[Battle]) -> None:
    for found in tally(cast).standings:
        assert found.whole.votes == len(cast)
        for part in found.parts:
            assert sum(group.votes for group in part.groups) in (0, part.votes)
            for group in part.groups:
                assert bool(group.strengths) == (group.votes >= LEAST_VOTES and group.questions >= 6)
            for one in part.duels:
                assert one.won.passed * 2 >= one.won.total
                assert one.votes_ahead is None or (not one.is_decided and one.votes_ahead > 0)
                if one.is_decided:
                    assert one.won.interval is not None
                    assert one.won.interval.low > 0.5


def test_of_equals_at_most_one_in_twenty_sessions_claims_anything() -> None:
    rng, claims = generator(3), 0
    for _ in range(150):
        choices = "".join("lr"[bit] for bit in rng.integers(0, 2, 19))
        cast = joined(battles(choices[:9], "ko", language="ko"), battles(choices[9:], "en", language="en"))
        claims += any(one.is_decided for part in read(cast).parts for one in part.duels)
    assert claims <= 12
