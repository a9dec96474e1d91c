"""A model's text as HTML: nothing that was written vanishes or changes, and nothing of it runs."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llmfirst.markdown.text import LONGEST_BLOCK, MOST_HTML, MarkdownText, markdown_html
from tests.browser.payloads import payloads
from tests.read_html import elements, letters_and_digits, shown

# Signs that mean something in Markdown, HTML or LaTeX, and words that stand between them.
_SIGNS = [*"*_~`<>[]()|$\\#-+.:!&\"'{}=^%,/@", "**", "~~", "```", "$$", "\\(", "\\)", "\\[", "\\]", "](", "- ", "> "]
_WORDS = ["a", "10", "20", "한국", "어", "List", "<b>", "</b>", "String", "&amp;", "&#65;", "1. ", "12) ", "007. "]
_WORDS += ["https://a.kr/b_c", "[서울](https://a.kr/(b))", "![c](d)", "<e@f.gh>", "|-|-|\n", "frac{1}{2}", "\\text{km}"]
_SPACES = [" ", "  ", "    ", "\n", "\n", "\n\n", "\t"]
_TEXTS = st.lists(st.sampled_from([*_SIGNS, *_WORDS, *_SPACES]) | st.characters(codec="utf-8"), max_size=60).map(
    "".join
)
_TEXT_ELEMENTS = "div p br hr strong em s code pre a span ul ol li blockquote table thead tbody tr th td h3 h4 h5 h6"
_FORMULA_ELEMENTS = (
    "math semantics annotation mrow mi mn mo mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom msub msup"
    " msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mtd menclose"
)


@settings(max_examples=400, deadline=None)
@given(_TEXTS)
@example("회의는 10~20명, 방은 30~40개입니다.")
@example("Use List<String> or a Map<K, V> here, then call it.")
@example("1. a\n1. b\n9. c\n\n007. d")
@example("| a | b |\n|---|---|\n| c | d | e | f |")
@example("[a]: https://b.kr\n\n[a]")
@example("\\( 10%20 \\) $x^{2}_1$ \\[ \\frac12 \\hspace{3cm} \\]")
@example("Open C:\\new\\_folder\\*.txt and \\[x\\] there.")
def test_every_letter_and_digit_is_shown_as_it_was_written(text: str) -> None:
    assert letters_and_digits(shown(markdown_html(text))) == letters_and_digits(text)


@settings(max_examples=200, deadline=None)
@given(_TEXTS, st.integers(1, 7))
def test_a_text_that_grows_ends_as_the_one_that_came_at_once(text: str, step: int) -> None:
    growing = MarkdownText()
    for end in range(0, len(text), step):
        growing = growing.grown(text[:end])
    assert growing.grown(text).html == markdown_html(text)


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_only_elements_of_text_and_formulas_are_made_and_links_lead_to_pages_or_mail(text: str) -> None:
    assert_harmless(markdown_html(text))


@pytest.mark.parametrize("text", payloads("https://there.example"))
def test_a_hostile_text_makes_no_element_of_its_own(text: str) -> None:
    html = markdown_html(text)
    assert_harmless(html)
    assert letters_and_digits(shown(html)) == letters_and_digits(text)


def assert_harmless(html: str) -> None:
    for name, attributes in elements(html):
        assert name in f"{_TEXT_ELEMENTS} {_FORMULA_ELEMENTS}".split()
        assert not any(attribute.startswith("on") for attribute in attributes)
        if name in _TEXT_ELEMENTS.split():
            assert set(attributes) <= {"class", "href", "target", "rel", "start", "value", "style", "tabindex"}
        assert (attributes.get("href", "https://") or "").startswith(("https://", "http://", "mailto:"))
        assert attributes.get("style", "text-align:left") in {
            f"text-align:{side}" for side in ("left", "center", "right")
        }


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ('이것은 **"핵심"**처럼 중요합니다.', "<p>이것은 <strong>&quot;핵심&quot;</strong>처럼 중요합니다.</p>"),
        ("**서울(Seoul)**의 날씨", "<p><strong>서울(Seoul)</strong>의 날씨</p>"),
        ("그는*(정말)*갔다", "<p>그는<em>(정말)</em>갔다</p>"),
        ("~~옛 값(10)~~은 20", "<p><s>옛 값(10)</s>은 20</p>"),
        ('a**"b"**c and snake_case_name', "<p>a**&quot;b&quot;**c and snake_case_name</p>"),
        ("10~20 and ~a~", "<p>10~20 and ~a~</p>"),
        ("one\ntwo", "<p>one<br />\ntwo</p>"),
        ("1990. was good", '<ol class="long" start="1990"><li value="1990">was good</li>\n</ol>'),
        ("It was $5 and then $10, US$3-$4.", "<p>It was $5 and then $10, US$3-$4.</p>"),
        ("# A\n\n##### B", "<h3>A</h3>\n<h6>B</h6>"),
        ("C:\\new\\_folder", "<p>C:\\new_folder</p>"),
        ("![c](https://a.kr/x.png)", "<p>![c](https://a.kr/x.png)</p>"),
    ],
)
def test_a_text_is_drawn_as_it_is_meant(text: str, html: str) -> None:
    assert markdown_html(text) == f'<div class="md">{html}\n</div>'


def test_an_address_stands_after_a_link_that_is_called_otherwise() -> None:
    assert shown(markdown_html("[my bank](https://evil.example/x_(y)).")) == "my bank (https://evil.example/x_(y)).\n"


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("\\(\\frac{1}{2}\\)", "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>"),
        ("값은 $\\pi r^2$이다", "<mi>π</mi><msup><mi>r</mi><mn>2</mn></msup>"),
        ("$$\nx\n- y\n= z\n$$", "<mi>x</mi><mo>−</mo><mi>y</mi><mo>=</mo><mi>z</mi>"),
        ("\\[ \\begin{align} a &= 1 \\end{align} \\]", "<mo>=</mo><mn>1</mn></mtd></mtr>"),
    ],
)
def test_a_formula_is_drawn(text: str, drawn: str) -> None:
    assert drawn in markdown_html(text)


@pytest.mark.parametrize(
    "formula",
    [
        "\\(10%20\\)",
        "\\(\\hspace{2cm}\\)",
        "\\(\\def\\x{\\x\\x}\\x\\)",
        "\\(\\left( x\\)",
        f"\\({'{' * 100}{'}' * 100}\\)",
        f"\\({'x + ' * 400}y\\)",
    ],
)
def test_a_formula_that_cannot_be_drawn_whole_is_shown_as_it_is_written(formula: str) -> None:
    assert shown(markdown_html(formula)).strip() == formula


@pytest.mark.parametrize(
    "text",
    [
        *("> " * 10_000, "- " * 10_000, "[" * 20_000, "[a](" * 5_000, "*a_" * 7_000, "`a``" * 5_000, "<a" * 10_000),
        *("$$\n\n" * 10_000, "\\(" * 10_000, "- a\n" * 10_000, "|a|b|\n|-|-|\n" + "|a|\n" * 10_000),
        *("".join(f"{'  ' * (deep % 40)}- a\n" for deep in range(2_000)), f"\\({'^' * 500}\\)", "~~a" * 7_000),
    ],
    ids=lambda text: text[:6].replace("\n", "/"),
)
def test_a_hostile_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    began = time.thread_time()
    html = markdown_html(text)
    assert time.thread_time() - began < 1.5  # measured: at most 0.3 s; a square of the length would be minutes
    assert letters_and_digits(shown(html)) == letters_and_digits(text)


def test_a_block_beyond_every_limit_is_shown_as_it_is_written() -> None:
    text = "Before.\n\n" + "- a **b**\n" * 2_000
    html = markdown_html(text)
    assert html.startswith('<div class="md"><p>Before.</p>\n<div class="plain">- a **b**\n')


@pytest.mark.parametrize("levels", [8, 9, 16, 17, 100, 10_000])
@pytest.mark.parametrize("unit", ["> ", "- ", "1. ", "> - ", "- > 1) "])
def test_text_inside_any_number_of_lists_and_quotes_is_shown(unit: str, levels: int) -> None:
    text = f"{unit * levels}inside\n{unit * levels}again\n\nafter"
    html = markdown_html(text)
    assert letters_and_digits(shown(html)) == letters_and_digits(text)
    assert len(elements(html)) < 60


def test_rows_without_cells_are_not_filled_up_without_end() -> None:
    text = f"|{'a|' * 900}\n|{'-|' * 900}\n{'|' * 3}\n" + "|b\n" * 600
    html = markdown_html(text)
    assert len(elements(html)) < 5_000
    assert letters_and_digits(shown(html)) == letters_and_digits(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "> " * 50_000,
            "- " * 50_000,
            "- a\n" * 25_000,
            "a\n\n" * 10_000,
            "x" * 100_000,
            "**a" * 30_000,
            "\r" * 9_999,
        ),
        *(
            "|a|b|\n|-|-|\n" * 2_500,
            "```\n" * 9_000,
            "$x^2$ " * 5_000,
            "\\frac" * 9_000,
            '"&<' * 30_000,
            "\0" * 9_999,
        ),
        *("a\r\n\r" * 6_000, "- a\n  - b\n    - c\n" * 3_000, "`" * 50_000, "$$" + "{" * 50_000, "한**글**이" * 9_000),
    ],
    ids=lambda value: repr(value)[1:9],
)
def test_a_hostile_text_that_grows_is_drawn_once_and_a_browser_can_bear_it(text: str) -> None:
    growing, began = MarkdownText(), time.thread_time()
    for end in range(1_000, len(text), 1_000):
        growing = growing.grown(text[:end])
    growing = growing.grown(text)
    assert time.thread_time() - began < 3  # measured: at most 0.4 s
    assert growing.html == markdown_html(text)
    assert growing.html.count("<") < 120_000
    assert len(growing.html) < MOST_HTML + 6 * len(text)
    assert letters_and_digits(shown(growing.html)) == letters_and_digits(text)


def test_a_text_of_many_small_blocks_is_shown_as_written_from_where_a_browser_has_enough() -> None:
    growing = MarkdownText()
    for end in range(30_000, 150_000, 30_000):
        growing = growing.grown('"\n\n' * (end // 3))
    assert growing.html == markdown_html(growing.text)
    assert growing.is_plain
    assert growing.html.count("<") < 100_000


def test_what_follows_a_block_beyond_a_limit_is_only_added() -> None:
    beyond = MarkdownText().grown("x" * (LONGEST_BLOCK + 1))
    more = beyond.grown(beyond.text + "\n\n<b>")
    assert more.is_plain
    assert more.settled_html == f"{beyond.settled_html}\n\n&lt;b&gt;"
