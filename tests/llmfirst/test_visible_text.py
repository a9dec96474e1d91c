"""What a service or a file names is shown so that no sign in it acts on a terminal or hides from a reader."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.errors import LlmfirstError, TooManyRuns
from llmfirst.visible_text import some_of, visible, visible_stream


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("하늘 blue – ☂\u00a0\u3000👍🏽", "하늘 blue – ☂\u00a0\u3000👍🏽"),
        ("\x1b]0;mine\x07\x1b[2J", r"\x1b]0;mine\x07\x1b[2J"),
        ("a\r\nb\tc\x00", r"a\r\nb\tc\x00"),
        ("\x9b2J\x85\x7f", r"\u009b2J\u0085\u007f"),
        ("gnp.\u202egpj\u2066\u200b\ufeff\u00ad", r"gnp.\u202egpj\u2066\u200b\ufeff\u00ad"),
        ("a\u2028b\u2029\ud800", r"a\u2028b\u2029\ud800"),
        ("\U000e0041", r"\udb40\udc41"),
        ("", ""),
    ],
)
def test_what_acts_or_hides_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert str(LlmfirstError(text)) == str(TooManyRuns(text, 1)) == shown


@given(st.text())
def test_json_stays_the_same_json(text: str) -> None:
    document = json.dumps({"text": text}, ensure_ascii=False, indent=2)
    assert json.loads(visible(document, keep="\n")) == {"text": text}


def test_a_terminal_keeps_its_lines_and_progress_bars_and_nothing_else() -> None:
    terminal = io.StringIO()
    stream = visible_stream(terminal)
    assert stream.write("a\tb\n\r 10%\x1b[2J") == 13
    assert terminal.getvalue() == "a\tb\n\r 10%\\x1b[2J"
    assert stream.isatty() is False


def test_many_names_are_the_first_ones_and_a_number() -> None:
    assert some_of(["a", "b"]) == "a, b"
    assert some_of([str(number) for number in range(25)]).endswith("18, 19 and 5 more")
