"""Models on their way to this machine, for all visitors together: one after the other, stopped and resumed."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from llmfirst.errors import LlmfirstError, ProviderRejected, StoreUnavailable
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import ModelManager, Provider, ProviderKind, Pulled
from llmfirst.values import Value

logger = logging.getLogger(__name__)

DownloadStage = Literal["waiting", "downloading", "checking", "stopped", "failed", "done"]
_RATE_SECONDS: Final = 5.0
_LEAST_RATE_SECONDS: Final = 0.5


@dataclass(frozen=True)
class Download:
    """How far one model is."""

    provider: ProviderKind
    model: str
    stage: DownloadStage
    done_bytes: int = 0
    total_bytes: int | None = None
    """None where the size is not known yet."""
    bytes_per_second: float | None = None
    """Over the last seconds; None where nothing tells."""
    is_awaited: bool = False
    """Whether the model is loaded as soon as it is here, because somebody chose it."""
    error: LlmfirstError | None = None
    """Why it failed."""

    @property
    def key(self) -> str:
        """The unique name of the model, as `Offer.key`."""
        return f"{self.provider}/{self.model}"

    @property
    def is_open(self) -> bool:
        """Whether it goes on by itself."""
        return self.stage in ("waiting", "downloading", "checking")

    @property
    def seconds_left(self) -> float | None:
        """The time that the rest takes at this speed; None where that is not known."""
        if self.stage != "downloading" or not self.bytes_per_second or self.total_bytes is None:
            return None
        return (self.total_bytes - self.done_bytes) / self.bytes_per_second


class BegunDownload(Value):
    """What is stored of a download."""

    provider: ProviderKind
    model: str
    done_bytes: int = 0
    total_bytes: int | None = None


class BegunDownloads(Protocol):
    """Where downloads are stored until they are done; the methods block their thread."""

    def begun(self) -> Sequence[BegunDownload]: ...

    def keep(self, key: str, download: BegunDownload) -> None: ...

    def drop(self, key: str) -> None: ...


class Downloads:
    """The line of downloads. One that was stopped, or has failed, keeps what has come and goes on from there."""

    def __init__(self, providers: Mapping[ProviderKind, Provider], begun: BegunDownloads | None = None) -> None:
        """Those that `begun` has are on the list as stopped, where their provider is open."""
        self._providers = providers
        self._begun = begun
        stopped = [
            Download(told.provider, told.model, "stopped", told.done_bytes, told.total_bytes)
            for told in (() if begun is None else begun.begun())
            if told.provider in providers
        ]
        self._downloads = {download.key: download for download in stopped}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._line = asyncio.Lock()
        self._news = asyncio.Event()

    def all(self) -> tuple[Download, ...]:
        """Return all that were begun and not forgotten, in the order in which they come."""
        return tuple(self._downloads.values())

    def find(self, key: str) -> Download | None:
        """Return the download of a model, or None."""
        return self._downloads.get(key)

    async def news(self) -> None:
        """Wait until something changes."""
        await self._news.wait()

    def begin(self, provider: ProviderKind, model: str, *, is_awaited: bool = False) -> None:
        """Begin or resume a download: at the end of the line, or at once where somebody waits for the model.

        One that goes on already is left as it is. Raises ProviderRejected where the provider knows no such name.
        """
        manager = self._providers[provider]
        if not isinstance(manager, ModelManager) or not manager.can_pull(model):
            raise ProviderRejected(
                f"{model[:200]!r} is no name of a model: write one such as qwen3:4b-instruct, "
                "hf.co/owner/repository:Q4_K_M, or hf:owner/repository/file.gguf.",
                ModelProblem(code="bad_name", service=provider, model=model[:200]),
            )
        key = f"{provider}/{model}"
        before = self._downloads.pop(key, None) or Download(provider, model, "waiting")
        if before.stage in ("downloading", "checking") or (before.stage == "waiting" and key in self._tasks):
            self._downloads[key] = replace(before, is_awaited=before.is_awaited or is_awaited)
            if before.stage != "waiting" or not is_awaited:
                return
            self._tasks.pop(key).cancel()
        again = Download(
            provider, model, "waiting", before.done_bytes, before.total_bytes, None, before.is_awaited or is_awaited
        )
        self._say(again)
        self._tasks[key] = asyncio.create_task(self._run(manager, again))

    async def stop(self, key: str) -> None:
        """Stop a download; what has come is kept."""
        download, task = self._downloads.get(key), self._tasks.pop(key, None)
        if download is None or task is None or not download.is_open:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        self._say(replace(self._downloads[key], stage="stopped", bytes_per_second=None))
        await self._keep(key)

    async def forget(self, key: str) -> None:
        """Take a download off the list that has ended and that nobody waits for."""
        download = self._downloads.get(key)
        if download is not None and not download.is_open and not download.is_awaited:
            del self._downloads[key]
            self._wake()
            await self._keep(key)

    async def followed(self, key: str) -> AsyncGenerator[Download, None]:
        """Yield the download of a model each time it changes, until it is done, has failed or is forgotten."""
        last: Download | None = None
        while (download := self._downloads.get(key)) is not None:
            if download == last:
                await self.news()
                continue
            last = download
            yield download
            if download.stage in ("done", "failed"):
                return

    async def aclose(self) -> None:
        """Stop all of them."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, manager: ModelManager, download: Download) -> None:
        try:
            await self._keep(download.key)
            if download.is_awaited:
                await self._pull(manager, download)
            else:
                async with self._line:
                    await self._pull(manager, download)
        except LlmfirstError as error:
            self._end(download.key, "failed", error)
        except Exception:  # a bug: whoever looks at the download is told
            logger.exception("the download of %s met an error in the program", download.key)
            words = f"An internal error ended the download of {download.model}; the log has the details. Try again."
            self._end(download.key, "failed", LlmfirstError(words, ModelProblem(code="internal")))
        else:
            self._end(download.key, "done")
        await self._keep(download.key)

    async def _pull(self, manager: ModelManager, download: Download) -> None:
        rate = _Rate()
        self._say(replace(download, stage="downloading"))
        async with aclosing(manager.pull(download.model)) as steps:
            async for step in steps:
                self._say(
                    replace(
                        self._downloads[download.key],
                        stage=step.stage,
                        done_bytes=step.done_bytes,
                        total_bytes=step.total_bytes,
                        bytes_per_second=rate.after(step),
                    )
                )

    async def _keep(self, key: str) -> None:
        """Store how far a download is, until it is done or forgotten, or has ended before anything came."""
        download, begun = self._downloads.get(key), self._begun
        if begun is None:
            return
        has_come = download is not None and (download.is_open or download.done_bytes > 0)
        try:
            if download is None or download.stage == "done" or not has_come:
                await asyncio.to_thread(begun.drop, key)
                return
            told = BegunDownload(
                provider=download.provider,
                model=download.model,
                done_bytes=download.done_bytes,
                total_bytes=download.total_bytes,
            )
            await asyncio.to_thread(begun.keep, key, told)
        except StoreUnavailable as error:
            logger.warning("the download of %s is not stored, and not resumed after an end: %s", key, error)

    def _end(self, key: str, stage: DownloadStage, error: LlmfirstError | None = None) -> None:
        self._tasks.pop(key, None)
        before = self._downloads[key]
        self._say(replace(before, stage=stage, bytes_per_second=None, is_awaited=False, error=error))

    def _say(self, download: Download) -> None:
        self._downloads[download.key] = download
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()


class _Rate:
    """The speed over the last seconds."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, int]] = deque()

    def after(self, step: Pulled) -> float | None:
        """Return the speed after a step; None where too little is known, and while nothing is downloaded."""
        if step.stage != "downloading":
            self._steps.clear()
            return None
        now = asyncio.get_running_loop().time()
        while len(self._steps) > 1 and now - self._steps[0][0] > _RATE_SECONDS:
            self._steps.popleft()
        self._steps.append((now, step.done_bytes))
        began, begun_bytes = self._steps[0]
        return None if now - began < _LEAST_RATE_SECONDS else max(0, step.done_bytes - begun_bytes) / (now - began)
