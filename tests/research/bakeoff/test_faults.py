import pytest

from research.bakeoff.faults import faults_of
from research.bakeoff.tasks import INSTRUCTIONS
from tests.research.bakeoff.scripted_model import PLAIN, record

KOREAN = (
    "하늘이 파란 이유는 공기가 파란빛을 더 많이 흩뜨리기 때문입니다. 해 질 녘에는 빛이 지나는 길이 길어져 "
    "붉은빛이 남습니다."
)


@pytest.mark.parametrize(
    ("question_id", "text", "faults"),
    [
        ("en-1", PLAIN, []),
        ("ko-1", KOREAN, []),
        (
            "ko-1",
            f"{KOREAN}\n\n```python\nprint('a long line of code in Latin letters', 1, 2, 3)\n```\n\n끝입니다.",
            [],
        ),
        ("ko-1", PLAIN, ["wrong language"]),
        ("en-1", f"{PLAIN} {KOREAN}", ["wrong language"]),
        ("ko-1", f"{KOREAN} 이것은 大気 때문입니다.", ["stray letters"]),
        ("en-1", f"{PLAIN}\n\n{PLAIN}", ["loop"]),
        ("en-1", f"{PLAIN}\n\nReply with one word: yes or no.", ["leak"]),
        ("en-1", f"{PLAIN}\n\n1. First.\n2.", ["dangling marker"]),
        ("en-1", f"{PLAIN}\n\n- ", ["dangling marker"]),
        ("en-1", f"{PLAIN}\n\n```python\nprint(1)\n", ["open fence"]),
        ("en-1", f"{PLAIN} And then the", ["open end"]),
        ("en-1", " ", ["empty"]),
    ],
)
def test_faults_of_form_are_counted(question_id: str, text: str, faults: list[str]) -> None:
    assert faults_of(record(text, question_id=question_id)) == faults


def test_a_section_that_says_an_earlier_one_again_is_repeated_content() -> None:
    again = "In short, air scatters the short waves of blue light much more than the long red ones."
    assert faults_of(record(sections={"core": PLAIN, "details": again})) == ["repeated content"]


def test_every_instruction_is_looked_for() -> None:
    for instruction in INSTRUCTIONS:
        assert "leak" in faults_of(record(f"{PLAIN}\n\n{instruction}"))
