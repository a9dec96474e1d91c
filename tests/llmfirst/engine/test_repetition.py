from collections.abc import Sequence
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmfirst.engine.repetition import RepetitionGuard
from tests.conftest import tries

SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=20)
STEPS = [
    "**준비하기**: 필요한 재료를 모두 미리 꺼내 두고 양을 잽니다.",
    "**반죽하기**: 밀가루와 물을 넣고 매끄러워질 때까지 오래 치댑니다.",
    "**굽기**: 오븐을 충분히 데운 다음 서른 분 동안 천천히 굽습니다.",
]
KOREAN = f"""## 빵을 집에서 굽는 가장 쉬운 방법을 알아봅시다

1. {STEPS[0]}
   - 밀가루: 300g
   - 물: 200g
2. {STEPS[1]}
3. {STEPS[2]}

| 재료 | 양 |
|------|------|
| 밀가루 | 300g |
"""
ENGLISH = """Thank you for your letter of last week, which I read with pleasure.

Roses are red and violets are blue,
sugar is sweet and so are you.

- The first reason is that the light is scattered.
- The second reason is that we see blue better.

```python
print("The same line of code, again and again.")
print("The same line of code, again and again.")
print("The same line of code, again and again.")
print("The same line of code, again and again.")
```

\\[
a + b + c + d + e + f + g + h = 0
a + b + c + d + e + f + g + h = 0
a + b + c + d + e + f + g + h = 0
\\]

| The very same row of a table | 1 |
|------------------------------|---|
| The very same row of a table | 1 |
| The very same row of a table | 1 |
| The very same row of a table | 1 |

-----------------------------------------------------------------------

Yours sincerely,
"""


def fed(guard: RepetitionGuard, text: str, sizes: Sequence[int]) -> str:
    shown, start = "", 0
    for size in cycle(sizes):
        if start >= len(text):
            return shown
        shown += guard.add(text[start : start + size])
        start += size
    raise AssertionError("no sizes")


@given(text=st.sampled_from([KOREAN, ENGLISH, f"{KOREAN}\n{ENGLISH}"]), sizes=SIZES)
@settings(deadline=None, max_examples=tries(30))
def test_without_a_repetition_every_letter_is_shown(text: str, sizes: list[int]) -> None:
    guard = RepetitionGuard()
    assert fed(guard, text, sizes) + guard.rest() == text
    assert not guard.is_repeating


@given(
    earlier=st.text("ab1.- #\n", max_size=80), text=st.text("ab1.- #\r\n`|$>\f", max_size=150) | st.text(), sizes=SIZES
)
@settings(deadline=None, max_examples=tries(200))
def test_what_is_shown_is_the_beginning_of_what_was_added(earlier: str, text: str, sizes: list[int]) -> None:
    guard = RepetitionGuard(earlier)
    shown = fed(guard, text, sizes)
    whole = shown + guard.rest()
    assert text.startswith(whole)
    assert guard.is_repeating or whole == text


@given(text=st.sampled_from([KOREAN, ENGLISH]), sizes=SIZES)
@settings(deadline=None, max_examples=tries(30))
def test_chunks_change_nothing(text: str, sizes: list[int]) -> None:
    again = f"{text}\n\n{text}"
    guard, whole = RepetitionGuard(), RepetitionGuard()
    assert fed(guard, again, sizes) == whole.add(again)
    assert guard.is_repeating
    assert whole.is_repeating


@given(sizes=SIZES)
@settings(deadline=None, max_examples=tries(30))
def test_items_that_come_again_under_other_numbers_are_not_shown(sizes: list[int]) -> None:
    items = [f"{number}. {STEPS[(number - 1) % 3]}\n" for number in range(1, 7)]
    guard = RepetitionGuard()
    assert fed(guard, "".join(items), sizes) == "".join(items[:3])
    assert guard.is_repeating
    assert guard.add("more") == ""
    assert guard.rest() == ""


@pytest.mark.parametrize(
    ("earlier", "text", "shown"),
    [
        (f"1. {STEPS[0]}\n\n", f"- {STEPS[0]}\n", ""),
        (f"{STEPS[0]}\n\n", f"\n   {STEPS[0]}\n", "\n   "),
        (f"{STEPS[0]}\n\n", f"{STEPS[0].replace(' ', '  ')}  \n", ""),
        ("바닷물은 소금이 많아 짜요.\n\n", "바닷물은 소금이 많아 짜요.\n", ""),
        ("The number ①②③ is twenty-four long\n\n", "The number 123 is twenty-four long\n", ""),
        ("## A heading of more than twenty-four letters\n", "### A heading of more than twenty-four letters\n", ""),
        ("Roses are red and\nviolets are blue.\n\n", "So:\n\nRoses are red and\nviolets are blue.\n", "So:\n\n"),
        ("> As somebody has said it long ago\n\n", "> As somebody has said it long ago\n\n", ""),
    ],
)
def test_a_block_is_known_by_its_letters_alone(earlier: str, text: str, shown: str) -> None:
    guard = RepetitionGuard(earlier)
    assert fed(guard, text, [1]) == shown
    assert guard.is_repeating


@pytest.mark.parametrize(
    ("earlier", "text"),
    [
        ("Amen.\n\n", "Amen.\n\n"),
        ("- 물: 200g\n", "- 물: 200g\n- 물: 200g\n"),
        (f"{STEPS[0]}\n\n", f"Again: {STEPS[0]}\n\n"),
        (f"{STEPS[0]}\n\n", f"{STEPS[0]} 그리고 더 씁니다.\n\n"),
        (f"{STEPS[0]}\n\n", f"```\n{STEPS[0]}\n```\n"),
        (f"{STEPS[0]}\n\n", f"Text goes on\n{STEPS[0]}\n"),
        ("Roses are red and\nviolets are blue.\n\n", "Roses are red and\n\nviolets are green.\n"),
        ("Roses are red and\nviolets are blue.\n\n", "Roses are red and\n- violets are blue.\n"),
        ("```\nThe very same line of code here\n```\n", "The very same line of code here\n"),
    ],
)
def test_what_is_short_longer_elsewhere_or_code_may_come_again(earlier: str, text: str) -> None:
    guard = RepetitionGuard(earlier)
    assert fed(guard, text, [1]) + guard.rest() == text
    assert not guard.is_repeating


def test_what_is_held_is_shown_at_the_first_other_letter() -> None:
    guard = RepetitionGuard("The sky is blue because of its air.\n\n")
    assert [guard.add(piece) for piece in ("The sky", " is", " blue", " at noon", ".")] == [
        "",
        "",
        "",
        "The sky is blue at noon",
        ".",
    ]


TOLD = (
    "Last, in one or two sentences: what follows, and what to do first?",
    "끝으로 한두 문장으로 말하세요, 무엇부터 하나요?",
)


@pytest.mark.parametrize("said", [*TOLD, "In one or two sentences: what follows, and what to do first?"])
@pytest.mark.parametrize("marker", ["", "- ", "## "])
def test_what_the_model_was_told_is_not_shown_from_any_of_its_words_on(marker: str, said: str) -> None:
    guard = RepetitionGuard("Some answer.\n\n", told=TOLD)
    assert guard.add(f"It was well.\n\n{marker}{said}\n").removesuffix(marker) == "It was well.\n\n"
    assert guard.is_repeating


@pytest.mark.parametrize("said", ["what to do first?", "In one or two sentences: buy the larger one.", "Last, in one"])
def test_what_only_begins_like_what_the_model_was_told_is_shown(said: str) -> None:
    guard = RepetitionGuard(told=TOLD)
    assert guard.add(said) + guard.rest() == said
    assert not guard.is_repeating


def test_a_marker_is_held_with_its_text_only_once_there_is_an_item_to_repeat() -> None:
    first = RepetitionGuard("Only a paragraph of more than twenty-four letters.\n\n")
    assert [first.add(piece) for piece in ("1", ".", " ", "Now")] == ["1", ".", " ", "Now"]
    second = RepetitionGuard("1. An item of more than twenty-four letters.\n\n")
    assert [second.add(piece) for piece in ("2", ".", " ", "Now")] == ["", "", "", "2. Now"]
    third = RepetitionGuard("1. An item of more than twenty-four letters.\n\n")
    assert [third.add(piece) for piece in ("2", "0", "24년", "에")] == ["", "", "2024년", "에"]


def test_the_first_block_is_never_held() -> None:
    guard = RepetitionGuard()
    assert [guard.add(sign) for sign in STEPS[0]] == list(STEPS[0])


def test_at_the_models_own_end_a_beginning_is_shown_and_a_whole_repetition_is_not() -> None:
    cut, whole = RepetitionGuard(f"{STEPS[0]}\n\n"), RepetitionGuard(f"{STEPS[0]}\n\n")
    assert cut.add(STEPS[0][:-1]) == ""
    assert cut.rest() == STEPS[0][:-1]
    assert not cut.is_repeating
    assert whole.add(STEPS[0]) == ""
    assert whole.rest() == ""
    assert whole.is_repeating


def test_a_text_that_goes_on_in_the_middle_of_a_line_begins_no_block() -> None:
    guard = RepetitionGuard(f"{STEPS[0]}\n\nAs was said: ")
    assert guard.add(f"{STEPS[0]}\n") == f"{STEPS[0]}\n"
    assert not guard.is_repeating


@pytest.mark.parametrize("stretch", ["and then we go on and on, ", "하하", " ".join(STEPS)])
def test_the_third_time_of_a_stretch_is_a_loop(stretch: str) -> None:
    guard = RepetitionGuard()
    shown = guard.add("It begins. " + stretch * 40)
    assert guard.is_repeating
    assert shown.startswith(f"It begins. {stretch}")
    assert len(shown) <= len("It begins. ") + max(3 * len(stretch), 60) + 1


@pytest.mark.parametrize(
    "text", ["=" * 200, "_ " * 100, "네, 네, 네, 맞습니다.", "no, " * 14, "The end. " * 2 + "Not yet."]
)
def test_rules_blanks_and_short_echoes_are_no_loop(text: str) -> None:
    guard = RepetitionGuard()
    assert guard.add(text) == text
    assert not guard.is_repeating


def test_of_a_long_block_its_beginning_is_enough() -> None:
    block = " ".join(f"word{number}" for number in range(100))
    guard = RepetitionGuard(f"{block}\n\n")
    shown = [guard.add(sign) for sign in block[:300]]
    assert guard.is_repeating
    assert "".join(shown) == ""


def test_a_block_is_found_among_thousands_that_begin_alike() -> None:
    blocks = [f"Every one of the blocks begins with the same letters as number {number}." for number in range(3000)]
    guard = RepetitionGuard()
    for block in blocks:
        guard.learn(f"{block}\n\n")
    assert guard.add("Every one of the blocks begins with the same letters as number 12345.\n\n")
    assert not guard.is_repeating
    assert guard.add(f"{blocks[1234]}\n") == ""
    assert guard.is_repeating


@pytest.mark.parametrize("text", ["> " * 2000, "- " * 2000, "- > " * 2000 + "a", ">" * 5000, " " * 5000 + "a"])
@pytest.mark.parametrize("earlier", ["", f"- {STEPS[0]}\n"])
def test_a_line_of_markers_is_not_held_back_for_long(earlier: str, text: str) -> None:
    guard = RepetitionGuard(earlier)
    shown = guard.add(text)
    assert text.startswith(shown)
    assert len(shown) >= len(text) - 160
    assert shown + guard.rest() == text
