"""What a judge may decide of the pairs of a session or an evaluation, as it is stored."""

from typing import Annotated

from pydantic import Field

from evals.records.evaluation import Stored
from evals.suite.cases import Language
from llmfirst import Instant

Count = Annotated[int, Field(ge=0)]


class JudgedLanguage(Stored):
    """What a judge may decide in a language, and on what pairs this was found."""

    language: Language
    gold: Count
    """Pairs of a good and a bad answer of the gold set."""
    voted: Count
    """Pairs of which most people preferred one answer."""
    right: Count
    """How many of both the judge chose right, however sure it was."""
    threshold: float | None
    """The least margin, in log-odds, with which it decides; None: there is none that is seldom enough wrong."""
    sure: Count
    """How many of the pairs whose better answer is known have such a margin."""
    sure_wrong: Count
    pairs: Count = 0
    """The pairs of the session in this language."""
    decided: Count = 0


class Judgement(Stored):
    """What a judge made of the pairs of a session or an evaluation. Its votes are stored apart."""

    judge: Annotated[str, Field(min_length=1, max_length=100)]
    languages: tuple[JudgedLanguage, ...]
    pairs: Count
    """The pairs that it read."""
    decided: Count
    """Those of which its choice counts."""
    left_to_people: Count
    """The pairs with an answer that addresses the judge; it did not read them."""
    judged_at: Instant
    is_self_judged: bool = False
    """Whether the judge is one of the models whose answers it compared."""

    @property
    def may_decide(self) -> bool:
        """Whether there is a language in which it may decide anything."""
        return any(one.threshold is not None for one in self.languages)
