import pytest

from llmfirst.events import Language
from llmfirst.store import Guarantee
from llmfirst.ui.guarantee import guarantee_panel


@pytest.mark.parametrize(
    ("counted", "words"),
    [
        (Guarantee(300, 0), "Last 300 answers: 300 inside 120 s · true miss rate below 1.0 % (95 %)"),
        (Guarantee(300, 1), "Last 300 answers: 299 inside 120 s · true miss rate below 1.6 % (95 %)"),
        (Guarantee(5, 0), "Answers so far: 5, inside 120 s: 5 · true miss rate below 45.1 % (95 %)"),
        (Guarantee(1, 1), "Answers so far: 1, inside 120 s: 0 · true miss rate below 100.0 % (95 %)"),
        (Guarantee(), "No answer has ended yet."),
    ],
)
def test_the_line_says_what_so_many_answers_prove(counted: Guarantee, words: str) -> None:
    assert words in guarantee_panel(counted, "en")


@pytest.mark.parametrize("language", ["ko", "en"])
def test_what_is_counted_apart_is_named_and_the_slowest_answer_is_a_link(language: Language) -> None:
    counted = Guarantee(40, 0, stopped=3, failed=2, faulted=1, slowest="a<b", slowest_seconds=61.25)
    html = guarantee_panel(counted, language)
    assert html.count("<li>") == 5
    assert '<a href="?run=a&lt;b">' in html
    assert "61.2" in html
    assert "clopper" in html.lower() or "클로퍼" in html
