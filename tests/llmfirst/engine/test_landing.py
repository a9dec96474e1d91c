from collections.abc import Iterator
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmfirst.engine.landing import ends_whole, landing_point
from tests.conftest import tries

At = Literal["block", "sentence"]

# In each text `¶` is where a block may end, `·` where only a sentence may: everything else is no place to land.
MARKED = {
    "korean list with titles, sub-lists and a table": """## 핵심

1. **레일리 산란(Rayleigh scattering)**은 빛이 퍼지는 현상입니다.· 파장이 짧을수록 3.14배 강합니다.¶
   - 파란빛: 약 450nm¶
   - 빨간빛: 약 700nm¶
2. **하늘의 색**¶
3. "왜 파란가?"라고 묻습니다.· 답은 이렇습니다:

| 항목 | 값 |
|---|---|
| 파장. 길이 | 3. 다음 |
| 색 | 파랑 |¶

정리하면 다음과 같습니다:

- **굵은 문장.**· 그리고 끝입니다!· 😊¶

5. 다섯""",
    "code that looks like text": """Run this first:

```python
# Done. Next
---

print("Hello. World")
```¶

~~~
One. Two.

~~~~¶

    indented = 1.  # A sentence. Another.

    more.¶

The `git. Add` command **is. Done** here.¶

""",
    "formulas": """식은 다음과 같습니다:

\\[
E = mc^2. A

B. C
\\]¶

$$
x = 1. Y
$$¶

여기서 \\( a. B \\)와 $x. Y$를 씁니다.· 값은 $5입니다.· 끝.¶

The price is $5. The rest is $y = 2. Z$ here.¶

""".replace("$5. The", "$5.· The"),
    "english letter": """Dear Sir or Madam,

Thank you (really.)· He said "Yes." Then [a link. Foo](http://x.y/a.b) was e.g. this one.¶

It is:

- one¶
- two
  - three¶
  - four¶
- **five**¶

Yours sincerely,

""".replace('"Yes." Then', '"Yes."· Then'),
    "titles as lists of one item": """1. **First**

The first one.¶

2. **Second**
- It has no indentation¶
- Nor this¶

<div>
Some. Html.
</div>

> Quoted. Twice.¶

# Title. Done

""".replace("Quoted. ", "Quoted.· "),
    "poem": """Roses are red
Violets are blue

장미는 붉고
제비꽃은 푸르다

이것으로 시를 마칩니다.¶

""",
    "chinese and japanese": """天空是蓝色的。·因为光会散射。·他问：“什么？”他说。¶

空は青いです。·光が散乱します。¶

""",
    "markers that the parser does not know": """가. 첫째 항목을 봅니다.¶

Text goes on
5. Five
B. Bee is here.· A | b

| Name. | Value. |
""",
    "bold around a bracket": """이것은 **산란(scattering)**은 아닙니다.·
그러나 **이 문장은 끝나지. 않았습니다 그리고** 이어집니다.¶

""",
}


def unmarked(marked: str) -> str:
    return marked.replace("¶", "").replace("·", "")


def marked_places(marked: str, signs: str) -> set[str]:
    return {unmarked(marked[:offset]) for offset, sign in enumerate(marked) if sign in signs}


def landings(text: str, sizes: Iterator[int], at: At) -> Iterator[str]:
    """Yield what a section would end with, for each chunk at which it could land."""
    shown = ""
    while len(shown) < len(text):
        chunk = text[len(shown) : len(shown) + next(sizes)]
        point = landing_point(shown, chunk, at=at)
        if point is not None:
            assert 0 <= point <= len(chunk)
            yield (shown + chunk[:point]).rstrip()
        shown += chunk


def repeated(sizes: list[int]) -> Iterator[int]:
    while True:
        yield from sizes


@pytest.mark.parametrize(("at", "signs"), [("block", "¶"), ("sentence", "¶·")])
@pytest.mark.parametrize("marked", MARKED.values(), ids=MARKED)
def test_with_the_rest_in_sight_a_section_lands_at_each_end_and_nowhere_else(marked: str, at: At, signs: str) -> None:
    text = unmarked(marked)
    points = [(shown, landing_point(text[:shown], text[shown:], at=at)) for shown in range(len(text))]
    assert {text[: shown + point].rstrip() for shown, point in points if point is not None} == marked_places(
        marked, signs
    )


@pytest.mark.parametrize("marked", MARKED.values(), ids=MARKED)
@given(sizes=st.lists(st.integers(1, 12), min_size=1, max_size=20))
@settings(deadline=None, max_examples=tries(15))
def test_however_the_text_is_cut_into_chunks_no_other_place_is_found(marked: str, sizes: list[int]) -> None:
    text = unmarked(marked)
    assert set(landings(text, repeated(sizes), "block")) <= marked_places(marked, "¶")
    assert set(landings(text, repeated(sizes), "sentence")) <= marked_places(marked, "¶·")


@pytest.mark.parametrize("marked", MARKED.values(), ids=MARKED)
def test_letter_by_letter_every_paragraph_end_is_found(marked: str) -> None:
    text = unmarked(marked)
    paragraphs = {place for place in marked_places(marked, "¶") if text[len(place) :].startswith("\n\n")}
    ended = {place for place in paragraphs if ends_whole(place)}
    assert ended <= set(landings(text, repeated([1]), "block"))


@pytest.mark.parametrize(
    ("shown", "chunk", "point"),
    [
        ("하늘은 파랗습니다.", " 다음", 0),
        ("하늘은 파랗습니다. ", "다음", 0),
        ("하늘은 파랗", "습니다. 다음", 4),
        ("하늘은 파랗", "습니다. ", None),
        ("The value is 3.", "14 in all", None),
        ("The value is 3.", " It", 0),
        ("The value is about 3. ", "5", None),
        ("This is approx. ", "five", None),
        ("It is **bold.", "** Next", 2),
        ("It is **bold. ", "Next", None),
        ("It is (not. ", "Yet", None),
        ("“It is. ", "Not", None),
        ("It’s fine. ", "Yes", 0),
        ("1. One is done.\n\n5.", "\n", None),
        ("One is done.\n\n5.", " Five", None),
        ("天空是蓝色的", "。因为", 1),
    ],
)
def test_a_sentence_end_needs_what_comes_next_as_its_proof(shown: str, chunk: str, point: int | None) -> None:
    assert landing_point(shown, chunk, at="sentence") == point


@pytest.mark.parametrize(
    ("shown", "chunk", "point"),
    [
        ("하늘은 파랗습니다.", "\n\n", 0),
        ("하늘은 파랗습니다.\n\n", "", 0),
        ("하늘은 파랗습니다.\n", "\n", 0),
        ("하늘은 파랗습니다.", "\n", None),
        ("Here is why:", "\n\nBecause", None),
        ("## Title.", "\n\nText", None),
        ("1. **One**\n", "2", 0),
        ("1. **One**\n", "3", None),
        ("1. **One**\n2", ". ", None),
        ("- **One**\n", "-", 0),
        ("- **One**\n", "  -", None),
        ("1. **One**\n\n", "   ", None),
        ("9. **Nine**\n", "1", 0),
        ("```\ncode\n```", "\n", 0),
        ("```\ncode\n", "\n\n", None),
        ("1. Do\n   ```\n   code.\n", "\n", None),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "| 3", None),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "\n", 0),
        ("", "\n\n", None),
    ],
)
def test_a_block_end_needs_what_comes_next_as_its_proof(shown: str, chunk: str, point: int | None) -> None:
    assert landing_point(shown, chunk, at="block") == point


@given(before=st.integers(0, 40), marked=st.sampled_from(sorted(MARKED.values())))
@settings(deadline=None, max_examples=tries(40))
def test_a_long_text_before_it_changes_no_place(before: int, marked: str) -> None:
    text = unmarked(marked)
    long = "- One of many items that stand before.\n  - It has one below.\n" * before + "\nThen it goes on.\n\n"
    for shown in range(0, len(text), 7):
        alone = landing_point(f"Then it goes on.\n\n{text[:shown]}", text[shown:], at="sentence")
        assert landing_point(long + text[:shown], text[shown:], at="sentence") == alone


@given(
    text=st.text(max_size=30) | st.text('aB가.?。:\r\n -*_`#>|$\\()[]"1 ~=\0\f', max_size=60), cut=st.integers(0, 60)
)
@settings(deadline=None, max_examples=tries(300))
def test_any_text_has_an_answer(text: str, cut: int) -> None:
    shown, chunk = text[:cut], text[cut:]
    for at in ("block", "sentence"):
        point = landing_point(shown, chunk, at=at)
        assert point is None or 0 <= point <= len(chunk)
    assert ends_whole(text) in (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "하늘은 파랗습니다.",
        "하늘은 파랗습니다! 😊\n",
        'He said "Yes."',
        "It is **bold.**",
        "1. One.\n2. Two.",
        "```python\nx = 1\n```",
        "So:\n\n$$\nx\n$$",
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n",
        "이것은 **산란(scattering)**은 아닙니다.",
    ],
)
def test_a_text_may_end_whole_as_it_stands(text: str) -> None:
    assert ends_whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "Half a sentence",
        "Here is why:",
        "Done.\n\n5.",
        "Done.\n\n- ",
        "Done.\n\n## Next.",
        "Done.\n\n---",
        "Done.\n\n**",
        "It is **bold.",
        "It is (not.",
        "See `this.",
        "Done \\( x.",
        "```python\nDone.\n",
        "1. One:\n   ```\n   Done.",
        "| a | b |\n|---|---|\n| 1. | 2. |",
        "$$\nx.",
    ],
)
def test_a_text_that_is_cut_does_not_end_whole(text: str) -> None:
    assert not ends_whole(text)
