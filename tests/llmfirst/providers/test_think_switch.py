"""What a service can be told about the thinking of a model, by its own data and never by the model's name."""

import pytest

from llmfirst.providers.base import Chunk, Think, ThoughtLimit
from llmfirst.providers.ollama_wire import Shown
from llmfirst.providers.think_switch import ThoughtClock, think_values


@pytest.mark.parametrize(
    ("off", "on", "low", "high", "opens", "expected"),
    [
        ("a", "a", "a", "a", False, ()),  # a template without a switch
        ("a<think></think>", "a", "a", "a", False, ("off", "on")),
        ("a<think>", "a<think>", "a<think>", "a<think>", True, ("on",)),  # it cannot be silenced
        ("a", "a", "low a", "high a", False, ("low", "medium", "high")),
        ("a<>", "a", "low a", "high a", False, ("off", "on", "low", "medium", "high")),
    ],
)
def test_what_changes_the_prompt_can_be_told(
    off: str, on: str, low: str, high: str, opens: bool, expected: tuple[Think, ...]
) -> None:
    assert think_values({"off": off, "on": on, "low": low, "high": high}, opens=opens) == expected


@pytest.mark.parametrize(
    ("shown", "opens", "expected"),
    [
        ({}, False, ()),
        ({"capabilities": ["completion"]}, False, ()),
        ({"capabilities": ["completion", "thinking"]}, False, ("off", "on")),
        ({"capabilities": ["completion", "thinking"]}, True, ("on",)),
        ({"thinking": {"values": [False, True], "default": True}}, False, ("off", "on")),
        ({"thinking": {"values": ["low", "medium", "high", "max"]}}, False, ("low", "medium", "high")),
        ({"thinking": {"values": 7}, "capabilities": ["thinking"]}, False, ("off", "on")),
        ({"thinking": []}, False, ()),
    ],
)
def test_what_ollama_shows_of_a_model_can_be_told(
    shown: dict[str, object], opens: bool, expected: tuple[Think, ...]
) -> None:
    assert Shown.model_validate(shown).think_values(opens=opens) == expected


def test_a_thought_is_over_once_and_counts_from_its_first_token() -> None:
    times = iter([5.0, 5.0, 5.5, 6.0])
    clock = ThoughtClock(ThoughtLimit(tokens=9, seconds=1.0), lambda: next(times))
    chunks = [Chunk(), Chunk(thought="a"), Chunk(thought="b"), Chunk(thought="c")]
    assert [clock.is_over(chunk) for chunk in chunks] == [False, False, False, True]
    assert not clock.is_over(Chunk(thought="d"))
    assert not ThoughtClock(None).is_over(Chunk(thought="a"))
