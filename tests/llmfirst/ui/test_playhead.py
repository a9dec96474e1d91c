import pytest

from llmfirst.ui.playhead import Command, Playhead

START = Playhead(total_seconds=60, since=100)


@pytest.mark.parametrize(
    ("speed", "after", "seconds"),
    [("1", 0, 0), ("1", 10, 10), ("4", 10, 40), ("4", 20, 60), ("instant", 0, 60)],
)
def test_a_replay_moves_with_the_clock_at_its_speed_and_no_further_than_the_end(
    speed: str, after: float, seconds: float
) -> None:
    command = Command.model_validate({"speed": speed})
    assert START.told(command, now=100).at(100 + after) == seconds


def test_a_pause_stands_and_playing_goes_on_from_there() -> None:
    paused = START.told(Command(is_playing=False), now=105)
    assert (paused.at(500), paused.is_moving(500)) == (5, False)
    again = paused.told(Command(is_playing=True), now=500)
    assert (again.at(502), again.is_moving(502)) == (7, True)


def test_another_speed_changes_no_place() -> None:
    faster = START.told(Command(speed="4"), now=110)
    assert (faster.at(110), faster.at(112)) == (10, 18)
    assert not faster.told(Command(is_playing=False), now=112).told(Command(speed="1"), now=113).is_moving(114)


def test_a_moved_handle_plays_on_from_there_or_stands_there_as_before() -> None:
    moved = START.told(Command(seconds=30), now=101)
    assert (moved.at(101), moved.at(103)) == (30, 32)
    standing = START.told(Command(is_playing=False), now=101).told(Command(seconds=99), now=102)
    assert (standing.at(200), standing.is_moving(200)) == (60, False)


def test_at_its_end_it_stands_goes_back_without_playing_and_plays_again_from_the_beginning() -> None:
    assert not START.is_moving(160)
    assert not START.told(Command(seconds=20), now=200).is_moving(201)
    assert START.told(Command(is_playing=True), now=200).at(203) == 3


def test_a_moved_handle_of_an_instant_replay_stands_where_it_was_left() -> None:
    instant = START.told(Command(speed="instant"), now=100)
    assert (instant.told(Command(seconds=20), now=101).at(300), instant.is_moving(100)) == (20, False)
    assert instant.told(Command(speed="1"), now=101).told(Command(is_playing=True), now=102).at(104) == 2
