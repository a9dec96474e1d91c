"""How sure a classifier has to be so that what it decides is seldom wrong: selective classification."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from llmfirst.stats.proportions import Proportion, miss_rate_bound, proportion


@dataclass(frozen=True)
class Selection:
    """The decisions that are sure enough."""

    threshold: float
    """The least confidence of a decision that counts."""
    decided: int
    wrong: int
    """How many of the decided ones were wrong."""
    total: int

    @property
    def share(self) -> Proportion:
        """The share of the cases that is decided."""
        return proportion(self.decided, self.total)


def selection(decisions: Sequence[tuple[float, bool]], most_wrong: float, confidence: float = 0.95) -> Selection | None:
    """Return the lowest threshold above which at most a share of `most_wrong` is wrong; None if none can be proved.

    A decision is its confidence and whether it was right. From the surest on, ever more decisions are taken together,
    beginning with as many as can prove the share if all of them are right (29 for 10 %). The threshold is the last one
    before the exact upper bound of the share of wrong ones exceeds `most_wrong`. The thresholds are tested in a fixed
    order up to the first that fails, so their number needs no correction: for a classifier that is the more often right
    the surer it is, the true share exceeds `most_wrong` in at most 1 - `confidence` of all samples. This holds for
    cases that are drawn like those of the sample, independently.

    Raises ValueError unless 0 < most_wrong < 1 and 0 < confidence < 1.
    Source: fixed-sequence testing of Angelopoulos et al., Learn then Test, arXiv 2110.01052, with the bound of Clopper
    and Pearson. SCOPE (arXiv 2602.13110) keeps the mean over all samples below `most_wrong` instead.
    """
    if not 0 < most_wrong < 1:
        raise ValueError(f"The share of wrong decisions must be between 0 and 1: {most_wrong}")
    found: Selection | None = None
    decided = wrong = 0
    for threshold, equals in groupby(sorted(decisions, reverse=True), key=lambda decision: decision[0]):
        rights = [is_right for _, is_right in equals]
        decided, wrong = decided + len(rights), wrong + rights.count(False)
        if not _proves(0, decided, most_wrong, confidence):
            continue
        if not _proves(wrong, decided, most_wrong, confidence):
            break
        found = Selection(threshold, decided, wrong, len(decisions))
    return found


def _proves(wrong: int, decided: int, most_wrong: float, confidence: float) -> bool:
    bound = miss_rate_bound(wrong, decided, confidence)
    return bound is not None and bound <= most_wrong
