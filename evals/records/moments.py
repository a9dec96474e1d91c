"""The moments at which a reader may stop reading, and what there was of an answer at each."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from llmfirst import SECTIONS, AnswerEvent, Phase, Value, fold

MOMENTS: Final = (10.0, 20.0, 30.0, 60.0)
"""The seconds after which an answer can be cut off."""


def _check_moment(seconds: float) -> float:
    if seconds not in MOMENTS:
        raise ValueError(f"it is none of {', '.join(f'{one:g}' for one in MOMENTS)} seconds")
    return seconds


Moment = Annotated[float, AfterValidator(_check_moment)]
"""One of the MOMENTS."""


class AskedMoments(Value):
    """The moments at which the answers of an evaluation are judged as they stood then, besides at their end."""

    seconds: tuple[Moment, ...] = Field(max_length=len(MOMENTS))


def moments_before(deadline_seconds: float) -> tuple[float, ...]:
    """Return the moments at which an answer with this deadline may not have ended yet."""
    return tuple(seconds for seconds in MOMENTS if seconds < deadline_seconds)


def sections_at(events: Sequence[AnswerEvent], seconds: float | None = None) -> tuple[tuple[Phase, str], ...]:
    """Return the sections that had text so many seconds after the click, in their order; None: at the end."""
    seen = events if seconds is None else [event for event in events if event.elapsed_seconds <= seconds]
    answer = fold(seen)
    return tuple((phase, text) for phase in SECTIONS if (text := answer.text(phase).strip()))


def shown_at(events: Sequence[AnswerEvent], seconds: float | None = None) -> str:
    """Return the sections as a reader saw them then, separated by blank lines."""
    return "\n\n".join(text for _, text in sections_at(events, seconds))
