"""What judges and people say about answers."""

from typing import Annotated, Literal

from pydantic import Field

from evals.records.moments import Moment
from llmfirst import Span, Value


class YesNo(Value):
    """A judge's reply to one statement about one text: the probabilities of its first token, before sampling.

    Of a judge that thinks before, it is the first token behind the thought.
    """

    yes: float = Field(ge=0, le=1)
    no: float = Field(ge=0, le=1)
    only_thought: bool = False
    """Whether the judge came to no word within the limits of its thinking; both are 0 then."""

    @property
    def mass(self) -> float:
        """The probability that the reply is one of the two words at all."""
        return self.yes + self.no


class Durations(Value):
    """How long a judge's last readings took."""

    seconds: Annotated[tuple[Span, ...], Field(max_length=1000)]


Said = Literal["yes", "no", "unsure"]
"""A person's reply to a claim about an answer."""


class HumanLabel(Value):
    """One person's reply to one claim about one text."""

    person: str = Field(min_length=1, max_length=40)
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    """The `yes_no_key` of the question, text and claim; the judge's reading of this claim has the same key."""
    said: Said
    cut_seconds: Moment | None = None
    """The moment at which the text was cut off; None: it was whole. Labels of both are kept apart."""
