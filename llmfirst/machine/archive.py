"""Stores what was measured of the machine, and what was predicted before it was measured."""

from typing import Final

from pydantic import Field, ValidationError

from llmfirst.machine.prediction import Prediction
from llmfirst.store import DocumentStore
from llmfirst.values import Value

_MACHINE: Final = "machine"
_PREDICTIONS: Final = "predictions"
_LONGEST_KEY: Final = 128


class MeasuredMachine(Value):
    """What the short measurement found."""

    bytes_per_second: float
    """How fast all processors together read the memory."""
    token_seconds: dict[str, float] = Field(default_factory=dict)
    """Seconds per written token of models that were tried for it, by `Offer.key`."""
    read_seconds: dict[str, float] = Field(default_factory=dict)
    """The same per token of a prompt."""


class MachineArchive:
    """Reads and writes these documents. Each method blocks its thread."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents

    def measured(self) -> MeasuredMachine | None:
        """Return the newest measurement; None before the first."""
        body = self._documents.get(_MACHINE, "measured")
        try:
            return None if body is None else MeasuredMachine.model_validate_json(body)
        except ValidationError:  # of another version: measure again
            return None

    def keep_measured(self, measured: MeasuredMachine) -> None:
        self._documents.put(_MACHINE, "measured", measured.model_dump_json())

    def predictions(self) -> dict[str, Prediction]:
        """Return the last prediction for each model from before its first answer here."""
        found: dict[str, Prediction] = {}
        for key, body in self._documents.all(_PREDICTIONS).items():
            try:
                found[key] = Prediction.model_validate_json(body)
            except ValidationError:  # of another version
                continue
        return found

    def keep_prediction(self, key: str, prediction: Prediction) -> None:
        self._documents.put(_PREDICTIONS, prediction_key(key), prediction.model_dump_json())


def prediction_key(key: str) -> str:
    """Return the key of a model's prediction."""
    return key[-_LONGEST_KEY:]
