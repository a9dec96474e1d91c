"""Asks a model whether a statement about a text is true and reads the probabilities of yes and no."""

import asyncio
import hashlib
from contextlib import aclosing
from typing import Final

from evals.judge.injection import neutral
from evals.records.evaluation import JudgeCard, ThoughtLimits
from evals.records.opinions import YesNo
from llmfirst import (
    FirstToken,
    LlmfirstError,
    Message,
    ModelManager,
    Provider,
    Think,
    TokenLogprob,
    ask_one_token,
    fenced,
    greedy_request,
)

# The statement is last, so that all statements about one text share their prompt up to there in the KV cache.
# The prompt does not contain the item's reference: a weak judge mistakes it for the answer (docs/decisions/0010).
_SYSTEM: Final = "You read a text and decide whether a statement about it is true. Reply with one word: Yes or No."
_ASKED: Final = "Statement: {statement}\nTrue? Yes or No."
_HOSTILE: Final = (
    "<|im_start|> [INST] <start_of_turn> \u200b ~~~~"  # so that prompt_sha256 also changes with neutral() and the fence
)
Words = tuple[tuple[str, ...], tuple[str, ...]]
"""The spellings of the two possible replies."""
# A small model that is asked "True? Yes or No." sometimes replies True or False.
YES_OR_NO: Final[Words] = (("yes", "true"), ("no", "false"))
# A judge that thinks may do so this long before each word; what exceeds it is no verdict.
THOUGHT_TOKENS: Final = 1024
THOUGHT_SECONDS: Final = 120.0
_LEAST_THINKING: Final[tuple[Think, ...]] = ("low", "on")
_TRIAL: Final = ("What is 3 + 4?", "3 + 4 is 7.", "The answer says that 3 + 4 is 7.")
_TRIAL_TOKENS: Final = 8  # a tag of a template may take three


class JudgeRefused(LlmfirstError):
    """This model cannot judge; the message says why."""


def no_log_probabilities(key: str, provider: Provider) -> JudgeRefused:
    """Return the error for a judge whose service reports no log-probabilities for it, or impossible ones."""
    return JudgeRefused(
        f"{key} cannot judge: {provider.name} reports no log-probabilities for it that can be used. Choose another "
        "judge (Ollama 0.12.11 or newer, vLLM, llama.cpp and the embedded model report them)."
    )


class Judge:
    """A model that replies with one of two words. It stores nothing."""

    def __init__(self, provider: Provider, card: JudgeCard) -> None:
        self._provider = provider
        self.card = card

    async def bring(self) -> None:
        """Download the judge's model if it is not on this machine, and see that it can judge as its card says.

        Raises ProviderError, or JudgeRefused.
        """
        if await is_here(self._provider, self.card.model):
            return
        assert isinstance(self._provider, ModelManager)
        async with aclosing(self._provider.pull(self.card.model)) as steps:
            async for _ in steps:
                pass
        if self.card.thought != await thought_limits(self._provider, self.card.key, self.card.model):
            raise JudgeRefused(
                f"{self.card.key} thinks before it answers, which could not be known before it was downloaded: start "
                "again, and it judges behind its thinking."
            )

    async def prepare(self) -> None:
        """Load the judge's model into memory. Raises ProviderError."""
        await self._provider.warm(self.card.model)

    async def read(self, question: str, text: str, statement: str) -> YesNo:
        """Return the probabilities of yes and no for a statement about a text. Raises the same errors as `ask`."""
        return await self.ask(prompt(question, text, statement))

    async def ask(self, messages: tuple[Message, ...], words: Words = YES_OR_NO) -> YesNo:
        """Return the probabilities of the two words as first token of the text, before sampling.

        Raises ProviderError, or JudgeRefused if the service reports no log-probabilities.
        """
        limits, model = self.card.thought, self.card.model
        first, reply, has_thought = (
            await ask_one_token(self._provider, model, messages)
            if limits is None
            else await _ask_behind_thought(self._provider, model, messages, limits)
        )
        if first is None and not reply:
            return YesNo(yes=0, no=0, only_thought=has_thought)  # the reply is empty
        if first is None:
            raise no_log_probabilities(self.card.key, self._provider)
        return yes_no_of(first, words)

    async def write(self, messages: tuple[Message, ...], max_tokens: int) -> str:
        """Return a reply as text, written at temperature 0. Raises ProviderError."""
        limits = self.card.thought
        request = greedy_request(self.card.model, messages, max_tokens=max_tokens)
        if limits is not None:
            request = request.model_copy(update={"max_tokens": max_tokens + limits.tokens, "think": limits.think})
        async with aclosing(self._provider.stream(request)) as chunks:
            return "".join([chunk.text async for chunk in chunks])


async def is_here(provider: Provider, model: str) -> bool:
    """Return whether a model need not be downloaded first. Raises ProviderError."""
    return not isinstance(provider, ModelManager) or (await provider.show(model)).is_here


async def thought_limits(provider: Provider, key: str, model: str) -> ThoughtLimits | None:
    """Find out how a model judges: with its first token (None), or behind its thinking.

    Loads it and asks for a few tokens. Raises ProviderError, or JudgeRefused if it can do neither.
    """
    await provider.warm(model)
    told = provider.capabilities(model).think
    asked = prompt(*_TRIAL)
    if not told or "off" in told:
        first = await ask_one_token(provider, model, asked, max_tokens=_TRIAL_TOKENS)
        if first.reply and not first.has_thought:
            if first.token is None:
                raise no_log_probabilities(key, provider)
            return None
    think = next((one for one in _LEAST_THINKING if one in told), "auto")
    limits = ThoughtLimits(think=think, tokens=THOUGHT_TOKENS, seconds=THOUGHT_SECONDS)
    first = await _ask_behind_thought(provider, model, asked, limits)
    if first.token is not None:
        return limits
    if first.reply:
        what = f"{provider.name} gives no log-probabilities behind its thinking"
    else:
        what = f"it came to no word within {limits.tokens:,} tokens and {limits.seconds:g} seconds"
    raise JudgeRefused(
        f"{key} cannot judge: it thinks before it answers, which cannot be switched off, and {what}. Choose a judge "
        "that does not think or can be told not to, such as qwen2.5:7b."
    )


async def _ask_behind_thought(
    provider: Provider, model: str, messages: tuple[Message, ...], limits: ThoughtLimits
) -> FirstToken:
    """Ask for the first token behind a thought; there is none if the limits are exceeded. Raises ProviderError."""
    try:
        async with asyncio.timeout(limits.seconds):
            return await ask_one_token(provider, model, messages, max_tokens=limits.tokens, think=limits.think)
    except TimeoutError:
        return FirstToken(None, "", has_thought=True)


def prompt(question: str, text: str, statement: str) -> tuple[Message, ...]:
    """Return the prompt of the judge; only the quoted texts and the statement vary."""
    parts = [
        quoted("Question:", question),
        quoted("Answer:", text),
        _ASKED.format(statement=statement),
    ]
    return (Message(role="system", content=_SYSTEM), Message(role="user", content="\n\n".join(parts)))


def prompt_sha256() -> str:
    """Return the hash of the judge's wording, of how texts are quoted, and of the words that count as replies."""
    wording = "\n".join([*(message.content for message in prompt("", _HOSTILE, "")), *YES_OR_NO[0], *YES_OR_NO[1]])
    return hashlib.sha256(wording.encode()).hexdigest()


def quoted(label: str, text: str) -> str:
    """Return a text in a fence that it cannot close, without chat template markers and invisible characters."""
    return fenced(label, neutral(text))


def yes_no_of(first: TokenLogprob, words: Words = YES_OR_NO) -> YesNo:
    """Return the probability of each word among the alternatives of a token, ignoring case and spaces."""
    return YesNo(yes=first.mass_of(*words[0]), no=first.mass_of(*words[1]))
