"""Times of an answer, given by the names of their columns in an export."""

from collections.abc import Mapping
from typing import Any, Final

from evals.records.timing import Timing
from llmfirst import Metrics

_OF_TIMING: Final = {
    "first_text": "first_text_seconds",
    "core_first_text": "core_first_text_seconds",
    "prefill": "prefill_seconds",
    "rest": "rest_seconds",
    "phase_first_text": "phase_first_text_seconds",
    "longest_gap": "longest_gap_seconds",
    "unnamed_silence": "unnamed_silence_seconds",
    "cached_share": "cached_share",
}
_OF_METRICS: Final = {"total": "since_submit", "was_cold": "cold"}
_NOTHING: Final[dict[str, Any]] = dict.fromkeys(Metrics.model_fields) | {"phases": {}}


def made_timing(columns: Mapping[str, Any]) -> Timing:
    """Return the times of an answer; what is left out was not measured."""
    given = dict(columns)
    queued = given.pop("queued", None)
    timing: dict[str, Any] = {field: given.pop(name, None) for name, field in _OF_TIMING.items()}
    metrics = _NOTHING | {_OF_METRICS.get(name, name): value for name, value in given.items()}
    if queued is not None:
        metrics["waited"] = queued + metrics["loading"]
    timing["phase_first_text_seconds"] = timing["phase_first_text_seconds"] or {}
    return Timing(metrics=Metrics(**metrics), **timing)
