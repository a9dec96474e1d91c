"""How long the answers of models took in the last evaluation of each."""

from collections.abc import Sequence
from typing import Final

from evals.records.archive import Archive

FIRST_ANSWER_SHARE: Final = 0.6  # of the deadline: the guess where no answer was measured


def earlier_seconds(archive: Archive, models: Sequence[str], *, but_of: str | None = None) -> dict[str, list[float]]:
    """Return the seconds of each model's answers in its newest evaluation with any. Blocks its thread.

    `but_of` is an evaluation that does not count: the one that is being carried out.
    """
    found: dict[str, list[float]] = {key: [] for key in models}
    for evaluation in archive.all():
        open_ones = [one.key for one in evaluation.models if one.key in found and not found[one.key]]
        if not open_ones or evaluation.evaluation_id == but_of:
            continue
        for attempt in archive.attempts(evaluation.evaluation_id):
            if attempt.trial.model in open_ones and attempt.timing.total_seconds is not None:
                found[attempt.trial.model].append(attempt.timing.total_seconds)
    return found
