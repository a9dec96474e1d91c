"""Strengths from contests of two, against published ones."""

import pytest

from llmfirst.stats import Contest, bradley_terry, generator

# Baseball, American League East 1987: wins of the row over the column. Agresti, Categorical Data Analysis (2002), 10.6.
_TEAMS = ("Milwaukee", "Detroit", "Toronto", "New York", "Boston", "Cleveland", "Baltimore")
_WINS = (
    (0, 7, 9, 7, 7, 9, 11),
    (6, 0, 7, 5, 11, 9, 9),
    (4, 6, 0, 7, 7, 8, 12),
    (6, 8, 6, 0, 6, 7, 10),
    (6, 2, 6, 7, 0, 7, 12),
    (4, 4, 5, 6, 6, 0, 6),
    (2, 4, 1, 3, 1, 7, 0),
)
_PUBLISHED = {
    "Milwaukee": 1.581,
    "Detroit": 1.436,
    "Toronto": 1.294,
    "New York": 1.248,
    "Boston": 1.108,
    "Cleveland": 0.684,
    "Baltimore": 0.0,
}


def season(times: int) -> list[Contest]:
    return [
        Contest(_TEAMS[row], _TEAMS[column], 1.0, f"{row}-{column}-{game}")
        for row, wins in enumerate(_WINS)
        for column, count in enumerate(wins)
        for game in range(count * times)
    ]


def test_strengths_are_the_published_ones_of_a_baseball_season() -> None:
    found = {one.name: one.value for one in bradley_terry(season(30), generator(1), resamples=20)}
    assert list(found) == list(_PUBLISHED)
    for name, published in _PUBLISHED.items():
        assert found[name] - found["Baltimore"] == pytest.approx(published, abs=0.005)


def test_the_intervals_hold_the_strengths_and_say_how_many_contests_there_were() -> None:
    for one in bradley_terry(season(1), generator(1)):
        assert one.interval is not None
        assert one.interval.low < one.value < one.interval.high
        assert one.contests == 78


def test_who_won_everything_has_a_finite_strength() -> None:
    first, second = bradley_terry([Contest("a", "b", 1.0, str(number)) for number in range(10)], generator(1))
    assert first.name == "a"
    assert 1 < first.value < 5
    assert second.value == pytest.approx(-first.value)


def test_ties_make_equals_and_few_questions_no_interval() -> None:
    found = bradley_terry([Contest("a", "b", 0.5, "one"), Contest("b", "a", 0.5, "one")], generator(1))
    assert [one.value for one in found] == [0.0, 0.0]
    assert [one.interval for one in found] == [None, None]


def test_nothing_has_no_strengths_and_nonsense_is_refused() -> None:
    assert bradley_terry([], generator(1)) == ()
    with pytest.raises(ValueError, match="two different names"):
        bradley_terry([Contest("a", "a", 1.0, "one")], generator(1))
    with pytest.raises(ValueError, match="two different names"):
        bradley_terry([Contest("a", "b", 2.0, "one")], generator(1))


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_where_all_questions_say_the_same_there_is_no_interval_instead_of_one_without_width(share: float) -> None:
    found = bradley_terry([Contest("a", "b", share, str(number)) for number in range(30)], generator(1))
    assert [one.interval for one in found] == [None, None]
