"""The definition of an evaluation: its suite, models, judge and machine, and the trials that follow from them."""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import ConfigDict, Field, ValidationError, model_validator

from evals.suite.cases import Case, Suite
from llmfirst import (
    AnswerSettings,
    Count,
    Instant,
    Label,
    LlmfirstError,
    ModelOptions,
    ProviderKind,
    SetupError,
    Size,
    Span,
    Think,
    Value,
)

MAX_REPEATS: Final = 1000
MAX_ANSWERS: Final = 100_000  # weeks of answering
Mode = Literal["sequential", "interleaved", "side_by_side"]


class TooManyAnswers(LlmfirstError, ValueError):
    """An evaluation would ask for more answers than it may."""


def check_size(cases: int, models: int, repeats: int) -> None:
    """Raise TooManyAnswers unless an evaluation of this size can be run and shown."""
    answers = cases * models * repeats
    if repeats > MAX_REPEATS:
        raise TooManyAnswers(f"Each question may be asked at most {MAX_REPEATS} times: choose fewer repeats.")
    if answers > MAX_ANSWERS:
        raise TooManyAnswers(
            f"It would ask for {answers} answers, and {MAX_ANSWERS} is the most: choose fewer repeats or models."
        )


class Stored(Value):
    """A value that is written to the store and to exported files.

    A field's alias is its name there; it must not change, so that other versions can read it.
    """

    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)


def entry_key(model_key: str, think: Think | None, settings: AnswerSettings | None = None) -> str:
    """Return the name of a model under test, which with other settings is another one."""
    told = {} if settings is None else settings.model_dump(exclude_defaults=True)
    set_so = [f"{name}={told[name]}" for name in sorted(told) if name != "think"]
    return ":".join([model_key, *([] if think is None else [f"think={think}"]), *set_so])


def split_entry(key: str) -> tuple[str, AnswerSettings]:
    """Return the model of an entry and its settings: of `model:think=on:temperature=0`. Raises SetupError."""
    told: dict[str, str] = {}
    model = key
    while True:
        rest, _, last = model.rpartition(":")
        name, mark, value = last.partition("=")
        if not rest or not mark or name not in AnswerSettings.model_fields:
            break
        told[name], model = value, rest
    if "think" in told and told["think"] not in get_args(Think):
        raise SetupError(f"{key} ends in :think={told['think']}: choose one of {', '.join(get_args(Think))}.")
    try:
        return model, AnswerSettings.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise SetupError(f"{key}: {first['loc'][0]}: {first['msg']}.") from error


class EvaluatedModel(Value):
    """A model under test. A field is None if the service does not report it."""

    provider: ProviderKind
    model: Label
    digest: Label | None = None
    size_bytes: Size | None = None
    parameters: Label | None = None
    quantization: Label | None = None
    think: Think | None = None
    """What it is told about thinking; None: what the settings say."""
    settings: AnswerSettings | None = None
    """What else is set for it; None: nothing."""

    @property
    def key(self) -> str:
        """The name of this entry: one model with thinking and without is two."""
        return entry_key(self.model_key, self.think, self.settings)

    @property
    def name(self) -> str:
        """The same without the provider."""
        return entry_key(self.model, self.think, self.settings)

    @property
    def asked_with(self) -> AnswerSettings:
        """All that is set for it."""
        settings = AnswerSettings() if self.settings is None else self.settings
        return settings.model_copy(update={"think": self.think})

    @property
    def model_key(self) -> str:
        return f"{self.provider}/{self.model}"


class ThoughtLimits(Value):
    """How far a judge may think before each of its words."""

    think: Think
    """What the service is told about thinking."""

    tokens: int = Field(ge=1)
    """The most tokens of a thought and its word together."""

    seconds: float = Field(gt=0)
    """The most seconds of both."""


class JudgeCard(Value):
    """The identity of a judge. If any field changes, it is another judge, and calibrations do not apply to it."""

    provider: ProviderKind
    model: Label
    digest: Label | None
    """The digest of the weights; None if the service does not report it."""
    address: Label | None
    """The URL of the judge's own server without credentials; None if the settings name none."""
    prompt_sha256: Label
    """The hash of the wording with which the judge is asked."""
    build: Label | None = None
    """The version of the program that runs the model; None if the service does not report it."""
    thought: ThoughtLimits | None = None
    """How far it may think before each word; None: it does not think, and its first token is the word."""

    @property
    def key(self) -> str:
        return f"{self.provider}/{self.model}"

    @property
    def sha256(self) -> str:
        unset = {"thought"} if self.thought is None else set()  # so that readings from before it was a field count
        return hashlib.sha256(self.model_dump_json(exclude=unset).encode()).hexdigest()


class JudgeCheck(Stored):
    """A judge and when it was checked on the gold set of this machine."""

    judge: JudgeCard
    checked_at: Instant


class Machine(Value):
    """The machine and the programs of a measurement. A field is None if the system does not report it."""

    name: Label
    system: Label
    processor: Label | None
    cores: Count
    memory_bytes: Size | None
    python: Label
    packages: Annotated[dict[Label, Label], Field(max_length=500)]
    """Versions of installed packages, by name."""
    revision: Label | None
    """The commit of llmfirst, shortened; None if it does not run from a checkout."""


class Trial(Stored):
    """One question to one model, once. An evaluation is a sequence of trials."""

    case_id: Label
    model: Annotated[str, Field(alias="target", max_length=600)]
    repeat: int = Field(ge=0, lt=MAX_REPEATS)

    @property
    def key(self) -> str:
        return f"{self.case_id}|{self.model}|{self.repeat}"


class Evaluation(Stored):
    """Everything that determines what is measured. It does not change after the evaluation has started."""

    evaluation_id: Label
    suite: Suite
    models: tuple[EvaluatedModel, ...] = Field(alias="targets", min_length=1, max_length=100)
    judge: JudgeCard | None
    repeats: int = Field(ge=1, le=MAX_REPEATS)
    mode: Mode
    deadline_seconds: Span
    created_at: Instant
    machine: Machine
    options: ModelOptions | None = None
    """What the models are asked with where an entry sets nothing; None in older evaluations."""

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        check_size(len(self.suite.cases), len(self.models), self.repeats)
        return self

    def trials(self) -> Iterator[Trial]:
        """Yield the trials in the order in which they are asked.

        - sequential: all questions to one model, then to the next.
        - interleaved: each question to all models before the next question. The first model rotates from question to
          question, so that no model always finds the machine in the same state.
        - side_by_side: in the order of sequential. As many answers as there are slots run at the same time; they share
          the machine, so their times are longer.
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
