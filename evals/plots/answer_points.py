"""What a point that stands for an answer carries: the run that a click opens, and what its hover text says."""

from collections.abc import Iterator
from typing import Final
from unicodedata import east_asian_width

from evals.judge.judged_answers import JudgedAnswer
from evals.plots.theme import plain

_HOVER_PIXELS: Final = 280  # fits a telephone
_HOVER_LINES: Final = 2  # of the question, and of the answer
_LONGEST_WORD: Final = 20  # letters of any width that fit a line


def point(answer: JudgedAnswer) -> tuple[str, str, str, str]:
    """Return the `customdata` of an answer: its run id, its item, its model, and its question with its first words."""
    return (
        answer.attempt.run_id,
        plain(case_label(answer)),
        plain(answer.model),
        "<br>".join([f"<b>{_begun(answer.case.question)}</b>", _begun(answer.attempt.text or "")]).removesuffix("<br>"),
    )


def case_label(answer: JudgedAnswer) -> str:
    """Return the id of the question; from the second repeat on with its number."""
    return (
        answer.case.id if answer.attempt.trial.repeat == 0 else f"{answer.case.id} #{answer.attempt.trial.repeat + 1}"
    )


def hover(value: str, *lines: str) -> str:
    """Return the template of an answer's hover text: question, first words, model, item with `value`, and `lines`."""
    shown = ["%{customdata[3]}", "%{customdata[2]}", f"%{{customdata[1]}} · {value}", *lines]
    return "<br>".join(shown) + "<extra></extra>"


def _begun(text: str) -> str:
    """Return the first lines of an untrusted text, with HTML escaped; Plotly does not wrap text."""
    lines = [""]
    for word in _words(text[: _HOVER_PIXELS * _HOVER_LINES]):
        longer = f"{lines[-1]} {word}".strip()
        if pixels_of(longer) <= _HOVER_PIXELS or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    shown = [plain(line) for line in lines[:_HOVER_LINES]]
    return "<br>".join(shown) + ("…" if len(lines) > _HOVER_LINES else "")


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text; one that is wider than a line comes in pieces."""
    for word in text.split():
        yield from (word[start : start + _LONGEST_WORD] for start in range(0, len(word), _LONGEST_WORD))


def pixels_of(text: str) -> int:
    """Return the approximate width of a text in the font size of the figures."""
    return sum(5 if char == " " else 13 if east_asian_width(char) in "WF" else 8 for char in text)
