"""A section of running text ends with a sentence early; a list and a quotation are not torn apart."""

import pytest

from llmfirst.engine.landing import landing_point


@pytest.mark.parametrize(
    ("shown", "chunk", "ended"),
    [
        ("The sky is ", "blue. Air scatters light. Then", "blue."),
        ("하늘은 ", "파랗습니다. 빛이 흩어집니다.", "파랗습니다."),
        ("## Sky\n\n", "Air scatters light. Then", "Air scatters light."),
        ("1. One thing. ", "It is small. And", None),
        ("> He said so. ", "He left. And", None),
        ("- One thing. ", "It is small.\n- Two", "It is small."),
        ("Steps:\n\n1. One thing. ", "It is small.\n\nAt last. Then", "It is small."),
        ("```python\nx = 1. \n", "y = 2. \n", None),
    ],
)
def test_a_sentence_ends_a_section_only_outside_lists_and_quotations(shown: str, chunk: str, ended: str | None) -> None:
    point = landing_point(shown, chunk, at="prose")
    assert (None if point is None else chunk[:point]) == ended
