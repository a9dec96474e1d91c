"""What a judge and people said of an answer: values only."""

from typing import Literal

from pydantic import Field

from llmfirst import Value


class YesNo(Value):
    """What the judge's first token said to one statement about one text; probabilities before sampling."""

    yes: float = Field(ge=0, le=1)
    no: float = Field(ge=0, le=1)

    @property
    def mass(self) -> float:
        return self.yes + self.no


# What a person says of a claim about an answer.
Said = Literal["yes", "no", "unsure"]


class HumanLabel(Value):
    """What one person said of one claim about one text; `key` is that of the judge's reading of the claim."""

    person: str = Field(min_length=1, max_length=40)
    key: str = Field(pattern=r"^[0-9a-f]{64}$")
    said: Said
