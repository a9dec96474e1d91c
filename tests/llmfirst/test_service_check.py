"""A service that goes is seen, and one that comes back; the look costs little and loads nothing."""

import asyncio

from llmfirst.engine.admission import Admission
from llmfirst.errors import NoModelList, ProviderError, ProviderUnavailable
from llmfirst.model_problem import ModelProblem
from llmfirst.models import Models
from llmfirst.providers.base import ModelCard, ProviderKind, Warmth
from llmfirst.readiness import Failed, Preparing, Ready, readiness_of
from tests.clock import run
from tests.scripted import PerSection

ABSENT = ProviderUnavailable("It does not answer: start it.", ModelProblem(code="absent", service="127.0.0.1:8000"))


class Server(PerSection):
    """A server that can go and come back; it counts the looks at it."""

    kind: ProviderKind = "openai"
    address: str | None = "127.0.0.1:8000"

    def __init__(self) -> None:
        super().__init__(load_seconds=1)
        self.error: ProviderError | None = None
        self.looks = 0

    async def models(self) -> tuple[ModelCard, ...]:
        self.looks += 1
        await asyncio.sleep(0.1)
        if self.error is not None:
            raise self.error
        return (ModelCard(name="alpha"),)

    async def warm(self, model: str, context_tokens: int | None = None) -> Warmth:
        if self.error is not None:
            raise self.error
        return await super().warm(model)


class Opened:
    """The models of one such server, the first of which is ready."""

    def __init__(self) -> None:
        self.server, self.admission = Server(), Admission(slots=1, line_limit=1)
        self.models = Models({"openai": self.server}, self.admission)

    async def __aenter__(self) -> "Opened":
        self.key = (await self.models.choose(None, lambda _: None)).offer.key
        self.models.begin(self.key)
        async for _ in readiness_of(self.models, self.key):
            pass
        self.server.looks = 0
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.models.aclose()


def test_a_server_that_goes_is_seen_and_one_that_comes_back_and_nothing_is_loaded() -> None:
    async def main() -> None:
        async with Opened() as opened:
            assert isinstance(await opened.models.checked(opened.key), Ready)
            opened.server.error = ABSENT
            await asyncio.sleep(2)
            gone = await opened.models.checked(opened.key)
            assert gone == Failed(str(ABSENT), problem=ABSENT.problem)
            assert isinstance(opened.models.readiness(opened.key), Ready)  # a question would find out by itself
            opened.server.error = NoModelList("It lists nothing.")
            await asyncio.sleep(2)
            assert isinstance(await opened.models.checked(opened.key), Ready)
            assert opened.server.warms == 1

    run(main())


def test_all_who_look_within_two_seconds_share_one_look_and_none_looks_while_the_machine_is_used() -> None:
    async def main() -> None:
        async with Opened() as opened:
            await asyncio.gather(*[opened.models.checked(opened.key) for _ in range(20)])
            await opened.models.checked(opened.key)
            assert opened.server.looks == 1
            opened.server.error = ABSENT
            await asyncio.sleep(10)
            async with opened.admission.idle.used():
                assert isinstance(await opened.models.checked(opened.key), Ready)
            assert opened.server.looks == 1
            assert isinstance(await opened.models.checked(opened.key), Failed)

    run(main())


def test_a_visitor_who_leaves_takes_the_look_from_nobody_else() -> None:
    async def main() -> None:
        async with Opened() as opened:
            leaving = asyncio.create_task(opened.models.checked(opened.key))
            await asyncio.sleep(0.05)
            leaving.cancel()
            assert isinstance(await opened.models.checked(opened.key), Ready)
            assert opened.server.looks == 1

    run(main())


def test_a_model_whose_server_was_not_there_is_loaded_when_it_comes() -> None:
    async def main() -> None:
        async with Opened() as opened:
            models = Models({"openai": opened.server}, opened.admission)
            key = (await models.choose(None, lambda _: None)).offer.key
            opened.server.error = ABSENT
            models.begin(key)
            states = [state async for state in readiness_of(models, key)]
            assert isinstance(states[-1], Failed)
            await asyncio.sleep(2)
            assert isinstance(await models.checked(key), Failed)
            opened.server.error = None
            await asyncio.sleep(2)
            assert isinstance(await models.checked(key), Preparing)
            assert isinstance([state async for state in readiness_of(models, key)][-1], Ready)
            await models.aclose()

    run(main())
