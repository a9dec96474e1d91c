"""The list of models of an OpenAI-compatible server, in the forms that servers give it."""

from typing import Annotated, Any

from pydantic import BaseModel, StringConstraints, ValidationError

from llmfirst.providers.base import Count, ModelCard, Size
from llmfirst.providers.openai_request import Dialect
from llmfirst.providers.told import Positive, Usable
from llmfirst.providers.words import parsed

_NAME_KEYS = ("id", "name", "model")


class _Meta(BaseModel):
    size: Usable[Size] = None
    n_params: Usable[Positive] = None
    n_ctx_train: Usable[Count] = None


class _Served(BaseModel):
    id: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    owned_by: Usable[str] = None
    max_model_len: Usable[Count] = None
    aliases: Usable[list[str]] = None
    meta: Usable[_Meta] = None
    supported_parameters: Usable[list[str]] = None

    def card(self, dialect: Dialect) -> ModelCard:
        count = None if self.meta is None else self.meta.n_params
        return ModelCard(
            name=self.id,
            size_bytes=None if self.meta is None else self.meta.size,
            parameters=None if count is None else f"{count / 1e9:.2f}B",
            is_loaded=None if dialect == "generic" else True,
            context_tokens=self.max_model_len or (None if self.meta is None else self.meta.n_ctx_train),
        )


class ServedList:
    """The models that a server lists; empty where it lists none."""

    def __init__(self, served: list[_Served]) -> None:
        self._served = served

    @classmethod
    def read(cls, text: str) -> "ServedList":
        """Read a list under `data` or `models`, or a bare one, of objects or of names; ValueError for anything else."""
        value = parsed(text)
        if isinstance(value, dict) and not value.get("error"):
            value = next((value[key] or [] for key in ("data", "models") if key in value), None)
        if not isinstance(value, list):
            raise ValueError("this is no list of models")
        return cls([served for one in value if (served := _served_of(one)) is not None])

    def __len__(self) -> int:
        return len(self._served)

    def names(self) -> list[str]:
        return list(dict.fromkeys(name for model in self._served for name in (model.id, *(model.aliases or ()))))

    def parameter_counts(self) -> dict[str, int]:
        """Return the number of parameters of each model, by all its names; llama.cpp is the one that tells it."""
        told = [(model, model.meta.n_params) for model in self._served if model.meta is not None]
        return {
            name: count for model, count in told if count is not None for name in (model.id, *(model.aliases or ()))
        }

    def taking_reasoning(self) -> set[str]:
        """Return the models of which the server says that they take OpenRouter's field `reasoning`."""
        return {model.id for model in self._served if "reasoning" in (model.supported_parameters or ())}

    def cards(self, dialect: Dialect) -> tuple[ModelCard, ...]:
        return tuple(model.card(dialect) for model in self._served)

    def dialect(self) -> Dialect:
        """Return which server this is, by whom it says its models are owned by."""
        if any(model.owned_by == "llamacpp" for model in self._served):
            return "llama.cpp"
        if any(model.owned_by == "vllm" or model.max_model_len is not None for model in self._served):
            return "vllm"
        return "generic"


def _served_of(value: Any) -> _Served | None:
    """Read one entry; None for one without a name."""
    if isinstance(value, str):
        value = {"id": value}
    if not isinstance(value, dict):
        return None
    name = next((value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)), None)
    try:
        return _Served.model_validate({**value, "id": name})
    except ValidationError:
        return None
