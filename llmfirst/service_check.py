"""Whether the service that runs the models answers now: one small question, whoever wants to know."""

import asyncio
import math
from typing import Final

from llmfirst.errors import NoModelList, ProviderError
from llmfirst.providers.base import Provider

_FRESH_SECONDS: Final = 2.0


class ServiceCheck:
    """Asks a service for its list of models, which loads nothing. All who ask within two seconds share one look."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._looking: asyncio.Task[ProviderError | None] | None = None
        self._looked_at = -math.inf
        self.found: ProviderError | None = None
        """What the last look found; None: the service answers."""

    async def look(self) -> ProviderError | None:
        """Return what is wrong with the service now, or None. Who leaves takes the look from nobody else."""
        if self._looking is None and asyncio.get_running_loop().time() - self._looked_at < _FRESH_SECONDS:
            return self.found
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def aclose(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    async def _look(self) -> ProviderError | None:
        try:
            await self._provider.models()
            self.found = None
        except NoModelList:  # it answers
            self.found = None
        except ProviderError as error:
            self.found = error
        finally:
            self._looked_at, self._looking = asyncio.get_running_loop().time(), None
        return self.found
