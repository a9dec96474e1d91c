import pytest

from llmfirst.engine.landing import at_block_end


@pytest.mark.parametrize(
    "text",
    [
        "하늘은 파랗습니다.\n\n",
        "1. one\n2. two\n\n",
        "```python\nx = 1\n\ny = 2\n```\n\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
    ],
)
def test_a_whole_block_has_ended(text: str) -> None:
    assert at_block_end(text)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "Half a sentence", "One line\n", "```python\nx = 1\n\n", "1. one\n2. two\n", "~~~\n\n"]
)
def test_inside_a_block_or_before_the_first_it_has_not(text: str) -> None:
    assert not at_block_end(text)
