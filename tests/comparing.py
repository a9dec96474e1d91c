"""A scripted service with several models, each of which writes at its own pace."""

import asyncio
from collections.abc import AsyncGenerator, Mapping

from llmfirst.providers.base import Capabilities, Chunk, ModelCard, Request, Usage
from tests.scripted import PerSection


class PacedProvider(PerSection):
    """Each model writes its sentences with a pause before each piece; nothing is loaded."""

    can = Capabilities(prefill=False, logprobs=True)

    def __init__(self, pauses: Mapping[str, float], sentences: int = 3) -> None:
        super().__init__()
        self.pauses = dict(pauses)
        self._sentences = sentences
        self.asked: list[str] = []
        """The model of each request, in order."""

    async def models(self) -> tuple[ModelCard, ...]:
        return tuple(ModelCard(name=name, parameters="1B", quantization="Q4_K_M") for name in self.pauses)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        self.asked.append(request.model)
        self.opened += 1
        call = self.opened
        try:
            for number in range(self._sentences):
                for word in f"Sentence {number + 1} of call {call} by {request.model}. ".split(" "):
                    await asyncio.sleep(self.pauses[request.model])
                    yield Chunk(text=f"{word} ")
            yield Chunk(finish_reason="stop", usage=Usage(prompt_tokens=10, completion_tokens=self._sentences * 8))
        finally:
            self.closed += 1
