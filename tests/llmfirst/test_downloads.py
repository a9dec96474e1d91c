"""Downloads stand in one line, go on from where they were stopped, and tell how fast they are."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from llmfirst.downloads import BegunDownload, Download, Downloads
from llmfirst.errors import ProviderRejected, ProviderUnavailable
from llmfirst.providers.base import ModelCard, ProviderKind, Pulled
from tests.clock import run
from tests.scripted import PerSection

TOTAL = 100_000_000


class Registry(PerSection):
    """Gives ten million bytes a second of any model, and goes on from what has come."""

    kind: ProviderKind = "ollama"

    def __init__(self) -> None:
        super().__init__()
        self.have: dict[str, int] = {}
        self.failures: dict[str, Exception] = {}

    def can_pull(self, model: str) -> bool:
        return "/" not in model

    def is_answering(self, model: str) -> bool:
        return False

    async def pull(self, model: str) -> AsyncGenerator[Pulled, None]:
        if (failure := self.failures.pop(model, None)) is not None:
            raise failure
        while self.have.setdefault(model, 0) < TOTAL:
            yield Pulled(stage="downloading", done_bytes=self.have[model], total_bytes=TOTAL)
            await asyncio.sleep(1)
            self.have[model] += TOTAL // 10
        yield Pulled(stage="checking", done_bytes=TOTAL, total_bytes=TOTAL)

    async def discard(self, model: str) -> None: ...

    async def unload(self, model: str) -> None: ...

    async def delete(self, model: str) -> None: ...

    async def show(self, model: str) -> ModelCard:
        return ModelCard(name=model)


def stages(downloads: Downloads) -> list[tuple[str, str]]:
    return [(download.model, download.stage) for download in downloads.all()]


def test_downloads_stand_in_line_and_one_that_is_awaited_does_not() -> None:
    async def main() -> None:
        downloads = Downloads({"ollama": Registry()})
        for model in ("one", "two", "two"):
            downloads.begin("ollama", model)
        downloads.begin("ollama", "three")
        await asyncio.sleep(1.5)
        assert stages(downloads) == [("one", "downloading"), ("two", "waiting"), ("three", "waiting")]
        downloads.begin("ollama", "three", is_awaited=True)
        await asyncio.sleep(1)
        assert dict(stages(downloads)) == {"one": "downloading", "two": "waiting", "three": "downloading"}
        await asyncio.sleep(30)
        assert {stage for _, stage in stages(downloads)} == {"done"}
        await downloads.aclose()

    run(main())


def test_the_speed_and_the_time_left_are_those_of_the_last_seconds() -> None:
    async def main() -> None:
        downloads = Downloads({"ollama": Registry()})
        downloads.begin("ollama", "one")
        steps = [download async for download in downloads.followed("ollama/one")]
        measured = [step for step in steps if step.stage == "downloading" and step.bytes_per_second]
        assert {step.bytes_per_second for step in measured} == {TOTAL / 10}
        assert measured[-1].seconds_left == 1.0
        assert (steps[-1].stage, steps[-1].bytes_per_second, steps[-1].seconds_left) == ("done", None, None)

    run(main())


def test_a_stopped_download_goes_on_from_where_it_was_behind_the_others() -> None:
    async def main() -> None:
        registry = Registry()
        downloads = Downloads({"ollama": registry})
        downloads.begin("ollama", "one")
        downloads.begin("ollama", "two")
        await asyncio.sleep(4.5)
        await downloads.stop("ollama/one")
        assert downloads.find("ollama/one") == Download("ollama", "one", "stopped", 40_000_000, TOTAL)
        downloads.begin("ollama", "one")
        await asyncio.sleep(1)
        assert stages(downloads) == [("two", "downloading"), ("one", "waiting")]
        await downloads.forget("ollama/two")  # it goes on
        steps = [download async for download in downloads.followed("ollama/one")]
        assert min(step.done_bytes for step in steps) == 40_000_000
        await downloads.forget("ollama/two")
        assert stages(downloads) == [("one", "done")]
        await downloads.stop("ollama/one")
        assert stages(downloads) == [("one", "done")]

    run(main())


def test_one_that_fails_says_why_lets_the_next_one_go_on_and_can_be_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        registry = Registry()
        registry.failures = {"one": ProviderUnavailable("Ollama does not answer."), "bug": ZeroDivisionError()}
        downloads = Downloads({"ollama": registry})
        for model in ("one", "bug", "two"):
            downloads.begin("ollama", model)
        await asyncio.sleep(20)
        one, bug, two = downloads.all()
        assert (str(one.error), two.stage) == ("Ollama does not answer.", "done")
        assert bug.error is not None
        assert bug.error.problem is not None
        assert bug.error.problem.code == "internal"
        downloads.begin("ollama", "one")
        assert [step.stage async for step in downloads.followed("ollama/one")][-1] == "done"

    run(main())
    assert "the download of ollama/bug met an error" in caplog.text


def test_what_is_no_name_is_not_begun() -> None:
    async def main() -> None:
        downloads = Downloads({"ollama": Registry()})
        with pytest.raises(ProviderRejected, match="no name of a model"):
            downloads.begin("ollama", "../up")
        assert downloads.all() == ()

    run(main())


class Begun:
    """What is stored, as the archive keeps it."""

    def __init__(self) -> None:
        self.kept: dict[str, BegunDownload] = {}

    def begun(self) -> list[BegunDownload]:
        return [*self.kept.values()]

    def keep(self, key: str, download: BegunDownload) -> None:
        self.kept[key] = download

    def drop(self, key: str) -> None:
        self.kept.pop(key, None)


def test_what_the_end_of_the_program_cut_is_on_the_list_after_the_next_start_and_goes_on() -> None:
    async def main() -> None:
        registry, begun = Registry(), Begun()
        registry.failures = {"absent": ProviderUnavailable("Ollama does not answer.")}
        downloads = Downloads({"ollama": registry}, begun)
        for model in ("absent", "stopped", "cut"):
            downloads.begin("ollama", model)
        await asyncio.sleep(2.5)
        await downloads.stop("ollama/stopped")
        await asyncio.sleep(2)
        await downloads.aclose()
        assert list(begun.kept) == ["ollama/stopped", "ollama/cut"]

        again = Downloads({"ollama": registry}, begun)
        assert again.all()[0] == Download("ollama", "stopped", "stopped", 20_000_000, TOTAL)
        again.begin("ollama", "cut")
        assert [step.stage async for step in again.followed("ollama/cut")][-1] == "done"
        await again.forget("ollama/stopped")
        await asyncio.sleep(1)
        assert begun.kept == {}
        assert Downloads({}, begun).all() == ()

    run(main())
