import pytest

from llmfirst.engine.plan import instructions_in
from llmfirst.events import SECTIONS


@pytest.mark.parametrize(
    ("plan", "parts"),
    [
        ("", []),
        ("\n\n", []),
        ("---\n\n```\ncode\n", []),
        ("왜 파란지 말한다.", ["왜 파란지 말한다."]),
        ("One.\n\nTwo.\n\nThree.", ["One.", "Two.", "Three."]),
        ("One.\nTwo.\nThree.", ["One.", "Two.", "Three."]),
        ("One.\n\nTwo", ["One.", "Two"]),
        ("1. One.\n2. Two.\n3. Three.", ["One.", "Two.", "Three."]),
        ("The plan:\n\n- One.\n  - and more\n- Two.\n- Three.\n\nThat is all.", ["One. and more", "Two.", "Three."]),
        ("# Plan\n\nOne.\n\nTwo\nlines.\n\nThree.\n\nFour.", ["One.", "Two lines.", "Three."]),
        ("- only one item", ["only one item"]),
        ("1. 하나\n2. 둘\n3.", ["하나", "둘"]),
    ],
)
def test_each_section_has_its_part_of_the_plan_by_its_place(plan: str, parts: list[str]) -> None:
    assert instructions_in(plan) == dict(zip(SECTIONS, parts, strict=False))
