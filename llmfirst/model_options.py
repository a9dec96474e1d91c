"""The options of a model: how its words are drawn, how much it can see at once, and what it is told first.

Their bounds are here and nowhere else: the settings of the program, the page, the API and the evaluations share them.
"""

import unicodedata
from typing import Annotated, Final, Literal

from pydantic import Field

from llmfirst.errors import QuestionRefused
from llmfirst.values import Value

OptionName = Literal["temperature", "top_p", "top_k", "repeat_penalty", "seed", "context_tokens", "system_prompt"]

USUAL_CONTEXT_TOKENS: Final = 8192
SYSTEM_PROMPT_LIMIT: Final = 2000  # characters: a slow machine reads them for half a minute
MOST_CONTEXT_TOKENS: Final = 32_768  # that an asker may want; its memory is taken from everybody
_SHARE_OF_CONTEXT: Final = 0.5  # the rest is for the question, its instructions and the answer
# They would end the system's message, and what follows would be read as somebody else's.
_MARKS_OF_TEMPLATES: Final = (
    *("<|", "|>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>", "<s>", "</s>"),
    *("<start_of_turn>", "<end_of_turn>", "<bos>", "<eos>", "<think>", "</think>"),
)

Temperature = Annotated[float, Field(ge=0, le=2)]
TopP = Annotated[float, Field(gt=0, le=1)]
TopK = Annotated[int, Field(ge=0, le=1000)]
RepeatPenalty = Annotated[float, Field(ge=0.5, le=2)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]
ContextTokens = Annotated[int, Field(ge=1024, le=MOST_CONTEXT_TOKENS)]
SystemPrompt = Annotated[str, Field(max_length=SYSTEM_PROMPT_LIMIT)]


Refusal = Literal["signs", "template", "no_room"]


class SystemPromptRefused(QuestionRefused):
    """The system prompt cannot be used: change it. `detail` is the sign in the way, or the room in characters."""

    def __init__(self, message: str, cause: Refusal, detail: str) -> None:
        super().__init__(message)
        self.cause = cause
        self.detail = detail


class ModelOptions(Value):
    """What a model is asked with, beside its prompts."""

    temperature: Temperature = 0.7
    top_p: TopP = 0.8
    top_k: TopK = 20
    repeat_penalty: RepeatPenalty = 1.1
    seed: Seed | None = None
    """None: another one each time."""
    context_tokens: Annotated[int, Field(ge=1024)] | None = USUAL_CONTEXT_TOKENS
    """None: the service decides."""
    system_prompt: SystemPrompt | None = None
    """What stands before the program's own instructions, in every prompt; empty like None: nothing."""

    def changed(self) -> frozenset[OptionName]:
        """Return what is not as it is where nobody sets anything."""
        usual = ModelOptions()
        return frozenset(name for name in _SENT if getattr(self, name) != getattr(usual, name))


# Those that a service is sent as they are.
_SENT: Final[tuple[OptionName, ...]] = ("temperature", "top_p", "top_k", "repeat_penalty", "seed")


def check_system_prompt(text: str | None, context_tokens: int | None) -> None:
    """Raise SystemPromptRefused where a text breaks a prompt by its form, or leaves no room in the context for one."""
    if not text:
        return
    unfit = next((sign for sign in text if unicodedata.category(sign) == "Cc" and sign not in "\n\r\t"), None)
    if unfit is not None:
        code = f"U+{ord(unfit):04X}"
        raise SystemPromptRefused(f"The system prompt contains a control character ({code}): remove it.", "signs", code)
    mark = next((mark for mark in _MARKS_OF_TEMPLATES if mark in text), None)
    if mark is not None:
        raise SystemPromptRefused(
            f"The system prompt contains {mark}, which chat templates use to end a message: remove it.",
            "template",
            mark,
        )
    room = None if context_tokens is None else int(context_tokens * _SHARE_OF_CONTEXT)
    if room is not None and len(text) > room:
        raise SystemPromptRefused(
            f"The system prompt has {len(text):,} characters, and this context has room for {room:,}: shorten it, or "
            "choose a longer context.",
            "no_room",
            f"{room:,}",
        )
