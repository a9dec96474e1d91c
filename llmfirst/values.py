"""The base class of all immutable values, and what a screen can bear of numbers, times and names."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

_YEARS: Final = range(2000, 2200)  # dates near the ends of the calendar have no local time


def _in_these_centuries(at: datetime) -> datetime:
    if at.year not in _YEARS:
        raise ValueError(f"the year must be from {_YEARS.start} to {_YEARS.stop - 1}")
    return at


Span = Annotated[float, Field(ge=0, le=1e8)]
"""Seconds, at most three years; NaN and infinity are in no range."""
Share = Annotated[float, Field(ge=0, le=1)]
Instant = Annotated[AwareDatetime, AfterValidator(_in_these_centuries)]
Label = Annotated[str, Field(max_length=1000)]
"""A name that stands on a line of a screen."""


class Value(BaseModel):
    """An immutable value; an unknown field is an error. Field docstrings become descriptions in its JSON schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
