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
    "first_token": "first_token_seconds",
}
_OF_METRICS: Final = {"total": "since_submit", "was_cold": "cold", "thought": "thought_seconds"}
# A warm answer in time for every target, but for its phases.
WARM_ANSWER: Final[Mapping[str, Any]] = {
    "first_text": 2.0,
    "core_first_text": 6.0,
    "total": 50.0,
    "ttft": 1.5,
    "core_ttft": 5.5,
    "total_time": 49.5,
    "queued": 0.1,
    "loading": 0.4,
    "prefill": 1.0,
    "rest": 0.5,
    "tokens": 700,
    "tokens_per_second": 20.0,
    "longest_gap": 1.0,
    "unnamed_silence": 0.5,
    "was_cold": False,
    "cached_share": 0.1,
}
_NOTHING: Final[dict[str, Any]] = dict.fromkeys(Metrics.model_fields) | {"phases": {}}


def made_timing(columns: Mapping[str, Any]) -> Timing:
    """Return the times of an answer that does not think; what is left out was not measured."""
    given = {"first_token": columns.get("first_text"), **columns}
    queued = given.pop("queued", None)
    timing: dict[str, Any] = {field: given.pop(name, None) for name, field in _OF_TIMING.items()}
    metrics = _NOTHING | {_OF_METRICS.get(name, name): value for name, value in given.items()}
    if queued is not None:
        metrics["waited"] = queued + metrics["loading"]
    timing["phase_first_text_seconds"] = timing["phase_first_text_seconds"] or {}
    return Timing(metrics=Metrics(**metrics), **timing)
