"""What is wrong with a model or with the service that runs it, so that a reader is told it in any language."""

from typing import Annotated, Literal

from pydantic import AfterValidator

from llmfirst.values import Value
from llmfirst.visible_text import visible

ProblemCode = Literal[
    # The service.
    "absent",
    "ollama_absent",
    "not_ollama",
    "silent",
    "broke_off",
    "cut_short",
    "too_much",
    "unreadable",
    "web_page",
    "compressed",
    "moved",
    "circle",
    "no_access",
    "busy",
    "failed",
    "refused",
    "too_long",
    "no_list",
    # The model.
    "missing",
    "too_large",
    "not_here",
    "embedded_ended",
    "embedded_not_loaded",
    "not_downloaded",
    "no_disk",
    "ollama_no_disk",
    "bad_name",
    "not_in_registry",
    "registry_away",
    "registry_refused",
    "ollama_old",
    "in_use",
    # The program.
    "internal",
    "program_ended",
]
Shown = Annotated[str, AfterValidator(visible)]


class ModelProblem(Value):
    """A code with what its sentence is filled with; the English sentence is the message of the error."""

    code: ProblemCode
    service: Shown = ""
    """What answers, or should: Ollama, or the host and port of a server."""

    place: Shown = ""
    """An address or a file."""

    model: Shown = ""
    status: Shown = ""
    """The status of a reply or of a process that ended."""

    said: Shown = ""
    """The service's own words."""

    @property
    def may_pass(self) -> bool:
        """Whether it is over as soon as the service is there and has time."""
        return self.code in ("absent", "ollama_absent", "busy")
