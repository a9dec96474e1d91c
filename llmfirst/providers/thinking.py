"""Takes the thinking out of replies whose service left it in the text, between the tags of the model's template.

The tags are data (`thinking_tags.toml`). They count at the very beginning of a reply. A closing tag alone counts too,
because many templates write the opening tag themselves.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, Literal

from pydantic import Field

from llmfirst.providers.base import Chunk, TokenLogprob
from llmfirst.values import Value

# Where a reply is: before its first letter, in its thinking, between that and its text, in text that a closing tag may
# still end as thinking, or in text in which no tag counts any more.
_Place = Literal["beginning", "thought", "after_thought", "open_text", "text"]
_MOST_HELD: Final = 200  # blanks before a tag, or tokens; a template writes one or two


class ThinkingTags(Value):
    """The pair of tags of a template, and where it is documented."""

    opens: str = Field(min_length=2)
    closes: str = Field(min_length=2)
    source: str = Field(min_length=1)


class _TagFile(Value):
    tags: tuple[ThinkingTags, ...]


@cache
def thinking_tags() -> tuple[ThinkingTags, ...]:
    """Return the known tags."""
    text = resources.files("llmfirst.providers").joinpath("thinking_tags.toml").read_text(encoding="utf-8")
    return _TagFile.model_validate(tomllib.loads(text)).tags


class TemplatesThatOpen:
    """The models of one service whose template writes the opening tag, as far as it is known."""

    def __init__(self) -> None:
        self._models: set[str] = set()
        self._rendered: set[str] = set()

    def is_rendered(self, model: str) -> bool:
        """Return whether the service was asked for a prompt of the model."""
        return model in self._rendered

    def note_prompt(self, model: str, prompt: str) -> None:
        """Take note of a prompt as the service renders it, empty where it does not tell: replies begin at its end."""
        self._rendered.add(model)
        if prompt.rstrip().endswith(tuple(pair.opens for pair in thinking_tags())):
            self._models.add(model)

    def opens(self, model: str) -> bool:
        """Return whether the template of the model opens its thinking."""
        return model in self._models

    def note(self, model: str, *, opens: bool) -> None:
        """Take note of what a reply of the model shows."""
        (self._models.add if opens else self._models.discard)(model)

    def reply_of(self, model: str, *, is_continued: bool) -> "ThinkingApart":
        """Return what reads the next reply of a model; a message that is continued is past its thinking."""
        return ThinkingApart(self, model, begins_in_thought=model in self._models and not is_continued)


class ThinkingApart:
    """Reads one reply chunk by chunk. It holds back only what may be the beginning of a tag, a few letters at most."""

    def __init__(self, templates: TemplatesThatOpen, model: str, *, begins_in_thought: bool) -> None:
        self._templates = templates
        self._model = model
        self._place: _Place = "beginning"
        self._is_guess = begins_in_thought
        """Whether the reply counts as thinking up to a closing tag, because the template writes the opening one."""
        self._is_apart = False
        """Whether the service has taken thinking out of this reply itself."""
        self._closes = tuple(pair.closes for pair in thinking_tags())
        self._opens = tuple(pair.opens for pair in thinking_tags())
        self._last_given = ""
        """The last letter that was given as text; empty before the first."""
        self._held = ""
        self._held_logprobs: tuple[TokenLogprob, ...] = ()

    def read(self, chunk: Chunk) -> Chunk:
        """Return the chunk with its thinking apart from its text; log-probabilities of thinking are left out."""
        if chunk.thought:  # the service takes it apart itself
            if self._place in ("beginning", "thought") and not self._held:
                self._place = "after_thought"
            self._is_guess, self._is_apart = False, True
            self._templates.note(self._model, opens=False)
        thought, text = self._split(chunk.text) if chunk.text else ("", "")
        thought = chunk.thought + thought
        self._last_given = text[-1:] or self._last_given
        told: dict[str, Any] = {"thought": thought, "text": text, "logprobs": (), "unused": chunk.unused}
        is_of_a_tag = not chunk.text and self._is_apart  # Ollama tells the tokens of a tag that it took out
        if thought or is_of_a_tag or self._place in ("thought", "after_thought"):
            self._held_logprobs = ()
            if text and chunk.logprobs:  # which of them are of the text cannot be told
                told["unused"] = (*chunk.unused, "logprobs")
        elif not text and (chunk.text or self._place == "beginning"):
            self._held_logprobs = (*self._held_logprobs, *chunk.logprobs)[:_MOST_HELD]
        else:
            told["logprobs"], self._held_logprobs = self._held_logprobs + chunk.logprobs, ()
        return chunk.model_copy(update=told)

    def rest(self, *, is_whole: bool) -> Chunk:
        """Return what was held back when the reply ends; `is_whole`: the model ended it."""
        held, self._held = self._held, ""
        if self._place != "thought":
            return Chunk(text=held, logprobs=self._held_logprobs if held else ())
        if self._is_guess and is_whole:  # it wrote no closing tag, so the template did not write the opening one
            self._templates.note(self._model, opens=False)
        return Chunk(thought=held)

    def _split(self, text: str) -> tuple[str, str]:
        """Return how much more thinking and how much more text the reply has with these letters."""
        text, self._held = self._held + text, ""
        thoughts: list[str] = []
        if self._place == "beginning":
            text = self._begun(text)
        if self._place == "open_text":
            thought, text = self._until_closed_alone(text)
            thoughts.append(thought)
        while self._place in ("thought", "after_thought") and text:
            if self._place == "after_thought":
                text = self._after_thought(text)
            else:
                thought, text = self._until_closed(text)
                thoughts.append(thought)
        return "".join(thoughts), text

    def _begun(self, text: str) -> str:
        """Find out what the reply begins with; return what is left to read."""
        letters = text.lstrip()
        if len(text) - len(letters) <= _MOST_HELD:
            for pair in thinking_tags():
                if letters.startswith(pair.opens):
                    self._place, self._closes, self._is_guess = "thought", (pair.closes,), False
                    return letters.removeprefix(pair.opens)
            if any(opening.startswith(letters) for opening in self._opens):
                self._held = text
                return ""
        self._place = "thought" if self._is_guess else "open_text"
        return text

    def _until_closed(self, text: str) -> tuple[str, str]:
        """Return the thinking in a text, and what follows its closing tag."""
        at, tag = _first_of(self._closes, text)
        if not tag:
            return self._all_but_a_begun_tag(text, self._closes), ""
        self._place, self._is_guess, self._closes = "after_thought", False, (tag,)
        return text[:at], text[at + len(tag) :]

    def _after_thought(self, text: str) -> str:
        """Find out what follows the thinking; return what is left to read.

        Small models open or close it once more. Tags of another template are a text about tags.
        """
        letters = text.lstrip()
        pairs = [pair for pair in thinking_tags() if pair.closes in self._closes]
        for pair in pairs:
            if letters.startswith(pair.opens):
                self._place, self._closes = "thought", (pair.closes,)
                return letters.removeprefix(pair.opens)
            if letters.startswith(pair.closes):
                return letters.removeprefix(pair.closes)
        tags = [tag for pair in pairs for tag in (pair.opens, pair.closes)]
        if letters and any(tag.startswith(letters) for tag in tags):
            self._held = letters
            return ""
        self._place = "text" if letters else "after_thought"
        return letters

    def _until_closed_alone(self, text: str) -> tuple[str, str]:
        """Look for a closing tag that stands alone: what comes before it is thinking, and the template opened it.

        What was given as text before stays text, and the next reply is read right. A text that has an opening tag in
        it, or a closing one in the middle of a line, is a text about tags.
        """
        at, tag = _first_of((*self._closes, *self._opens), text)
        if not tag:
            return "", self._all_but_a_begun_tag(text, (*self._closes, *self._opens))
        before, after = text[:at], text[at + len(tag) :]
        begins_line = (self._last_given + before)[-1:] in ("", "\n")
        if tag in self._closes and not begins_line and not after:  # the next letter decides
            self._held = text[at:]
            return "", before
        if tag in self._opens or not (begins_line or after.startswith(("\n", "\r"))):
            self._place = "text"
            return "", text
        self._templates.note(self._model, opens=True)
        if self._last_given:
            self._place = "text"
            return "", before + after.lstrip()
        self._place = "after_thought"
        return before, after

    def _all_but_a_begun_tag(self, text: str, tags: Sequence[str]) -> str:
        """Return a text without the beginning of a tag at its end, which is held back."""
        begun = max((_begun_length(text, tag) for tag in tags), default=0)
        self._held = text[len(text) - begun :]
        return text[: len(text) - begun]


def _first_of(tags: Sequence[str], text: str) -> tuple[int, str]:
    """Return where the first tag in a text stands and which it is; an empty one where there is none."""
    found = [(at, tag) for tag in tags if (at := text.find(tag)) >= 0]
    return min(found, default=(-1, ""))


def _begun_length(text: str, tag: str) -> int:
    """Return how many letters at the end of a text are the beginning of a tag."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)
