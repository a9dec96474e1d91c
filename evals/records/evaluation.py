"""What an evaluation is and what it asks: values only."""

import hashlib
from collections.abc import Iterator
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from evals.suite.cases import Case, Suite
from llmfirst import ProviderKind, Value

Mode = Literal["sequential", "interleaved", "side_by_side"]


class Stored(Value):
    """A value of stored documents and exported files.

    Where a field has an alias, that is its name there: each version can read what another has written.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)


class EvaluatedModel(Value):
    """A model under test; None where its service does not tell."""

    provider: ProviderKind
    model: str
    digest: str | None = None
    size_bytes: int | None = None
    parameters: str | None = None
    quantization: str | None = None

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.model}"


class JudgeCard(Value):
    """Who judges: its service, model, the program that runs it, and the wording that it is asked with.

    The address is without its credentials. What changes one of these makes another judge of it, that nobody checked.
    """

    provider: ProviderKind
    model: str
    digest: str | None
    address: str | None
    prompt_sha256: str
    build: str | None = None

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Machine(Value):
    """Where it was measured, and with which programs; None where the system does not tell."""

    name: str
    system: str
    processor: str | None
    cores: int
    memory_bytes: int | None
    python: str
    packages: dict[str, str]
    revision: str | None


class Trial(Stored):
    """One question to one model, once: what an evaluation consists of."""

    case_id: str
    model: str = Field(alias="target")
    repeat: int = Field(ge=0)

    @property
    def key(self) -> str:
        return f"{self.case_id}|{self.model}|{self.repeat}"


class Evaluation(Stored):
    """All that decides what is measured; it never changes after its start."""

    evaluation_id: str
    suite: Suite
    models: tuple[EvaluatedModel, ...] = Field(alias="targets", min_length=1)
    judge: JudgeCard | None
    repeats: int = Field(ge=1)
    mode: Mode
    deadline_seconds: float
    created_at: AwareDatetime
    machine: Machine

    def trials(self) -> Iterator[Trial]:
        """Yield what is to be asked, in order.

        Sequential: one model after the other. Interleaved: each question to all models before the next, and who is
        asked first changes from question to question, so that none has the quieter machine. Side by side: as
        sequential, but as many at once as there are slots, so that each shares the machine and its times are longer.
        """
        keys = [model.key for model in self.models]
        if self.mode != "interleaved":
            for key in keys:
                for repeat in range(self.repeats):
                    for case in self.suite.cases:
                        yield Trial(case_id=case.id, model=key, repeat=repeat)
            return
        for repeat in range(self.repeats):
            for number, case in enumerate(self.suite.cases):
                first = (number + repeat) % len(keys)
                for key in [*keys[first:], *keys[:first]]:
                    yield Trial(case_id=case.id, model=key, repeat=repeat)

    def case(self, case_id: str) -> Case:
        return next(case for case in self.suite.cases if case.id == case_id)

    def model(self, key: str) -> EvaluatedModel:
        return next(model for model in self.models if model.key == key)
