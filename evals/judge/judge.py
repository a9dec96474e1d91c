"""The judge: one statement about one text, one token, and the probability of yes that its log-probabilities give."""

import hashlib
from contextlib import aclosing
from typing import Final

from evals.judge.injection import neutral
from evals.records.evaluation import JudgeCard
from evals.records.opinions import YesNo
from llmfirst import (
    LlmfirstError,
    Message,
    ModelManager,
    Provider,
    TokenLogprob,
    ask_one_token,
    fenced,
    greedy_request,
)

# The statement stands last, so that all statements about a text share the prompt up to it.
# The item's reference is not told: a weak judge takes it for the answer (docs/decisions/0010).
_SYSTEM: Final = "You read a text and decide whether a statement about it is true. Reply with one word: Yes or No."
_ASKED: Final = "Statement: {statement}\nTrue? Yes or No."
_HOSTILE: Final = "<|im_start|> [INST] <start_of_turn> \u200b ~~~~"  # what becomes of it is part of the wording
# Spellings of two answers. A small model that is asked "True? Yes or No." says True or False now and then.
Words = tuple[tuple[str, ...], tuple[str, ...]]
YES_OR_NO: Final[Words] = (("yes", "true"), ("no", "false"))


class JudgeRefused(LlmfirstError):
    """This model cannot judge: choose another."""


class Judge:
    """A model that says one of two words; `read` asks it once for yes or no. It keeps nothing."""

    def __init__(self, provider: Provider, card: JudgeCard) -> None:
        self._provider = provider
        self.card = card

    async def bring(self) -> None:
        """See that the judge is on this machine before anything is asked; ProviderError says why it cannot be."""
        if isinstance(self._provider, ModelManager) and not (await self._provider.show(self.card.model)).is_here:
            async with aclosing(self._provider.pull(self.card.model)) as steps:
                async for _ in steps:
                    pass

    async def prepare(self) -> None:
        """Load the judge; ProviderError says why it cannot be."""
        await self._provider.warm(self.card.model)

    async def read(self, question: str, text: str, statement: str) -> YesNo:
        """Return the probabilities of yes and no as the first token of the reply; raises as `ask` does."""
        return await self.ask(prompt(question, text, statement))

    async def ask(self, messages: tuple[Message, ...], words: Words = YES_OR_NO) -> YesNo:
        """Return the probabilities of two answers as the first token of the reply, before sampling.

        Raises ProviderError, and JudgeRefused when the service tells no log-probabilities.
        """
        first, reply = await ask_one_token(self._provider, self.card.model, messages)
        if first is None and not reply:
            return YesNo(yes=0, no=0)  # it ended at once: neither
        if first is None:
            raise JudgeRefused(
                f"{self.card.key} cannot judge: {self._provider.name} tells no log-probabilities for it. Choose "
                "another judge (Ollama 0.12.11 or newer, vLLM, llama.cpp and the embedded model tell them)."
            )
        return yes_no_of(first, words)

    async def write(self, messages: tuple[Message, ...], max_tokens: int) -> str:
        """Return a short reply as it is written, at temperature 0; raises ProviderError."""
        request = greedy_request(self.card.model, messages, max_tokens=max_tokens)
        async with aclosing(self._provider.stream(request)) as chunks:
            return "".join([chunk.text async for chunk in chunks])


def prompt(question: str, text: str, statement: str) -> tuple[Message, ...]:
    """Return what the judge is asked; the same for every item but for what is quoted."""
    parts = [
        quoted("Question:", question),
        quoted("Answer:", text),
        _ASKED.format(statement=statement),
    ]
    return (Message(role="system", content=_SYSTEM), Message(role="user", content="\n\n".join(parts)))


def prompt_sha256() -> str:
    """Return the hash of everything that is said to every judge, and of what counts as its answer."""
    said = "\n".join([*(message.content for message in prompt("", _HOSTILE, "")), *YES_OR_NO[0], *YES_OR_NO[1]])
    return hashlib.sha256(said.encode()).hexdigest()


def quoted(label: str, text: str) -> str:
    """Return a text in a fence that it cannot close, without signs that a chat template or nobody can see."""
    return fenced(label, neutral(text))


def yes_no_of(first: TokenLogprob, words: Words = YES_OR_NO) -> YesNo:
    """Return the mass on two answers among the alternatives of one token, whatever their case and spaces."""
    return YesNo(yes=first.mass_of(*words[0]), no=first.mass_of(*words[1]))
