"""A child process with one model: started, asked through the OpenAI protocol, and ended in every case."""

import asyncio
import json
import logging
import os
import secrets
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

from llmfirst.errors import ProviderError, ProviderInterrupted, ProviderUnavailable
from llmfirst.model_problem import ModelProblem
from llmfirst.providers.base import Capabilities, Chunk, Request
from llmfirst.providers.cached_tokens import CachedTokens
from llmfirst.providers.openai import OpenAIProvider

logger = logging.getLogger(__name__)

_END_SECONDS: Final = 3.0


@dataclass(frozen=True)
class LlamaOptions:
    """How a model is loaded; llama.cpp writes its log to `log_path`."""

    context_tokens: int
    slots: int
    threads: int
    silence_limit_seconds: float
    log_path: Path

    @property
    def placement(self) -> str:
        """What the speed of a model depends on."""
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        slots = "1 slot" if self.slots == 1 else f"{self.slots} slots"
        return f"{threads}, {slots}"


class LlamaProcess:
    """A model in a child process; `start` makes one, `end` ends it."""

    def __init__(
        self,
        name: str,
        process: asyncio.subprocess.Process,
        provider: OpenAIProvider,
        slots: TemporaryDirectory[str],
    ) -> None:
        self.name = name
        self._slots = slots
        self.open_streams = 0
        self._process = process
        self._provider = provider

    @classmethod
    async def start(cls, name: str, path: Path, options: LlamaOptions) -> "LlamaProcess":
        """Load the weights in a new process; ProviderUnavailable says why that failed. Cancelling ends the process."""
        key = secrets.token_urlsafe(32)
        slots = TemporaryDirectory(prefix="llmfirst-slots-", ignore_cleanup_errors=True)
        process = await launch_child(options.log_path)
        try:
            address = await _address(process, name, key, path, options, slots.name)
        except BaseException:
            await end_child(process)
            slots.cleanup()
            raise
        provider = OpenAIProvider(
            f"{address}/v1",
            api_key=key,
            dialect="llama.cpp",
            silence_limit_seconds=options.silence_limit_seconds,
            name="embedded",
            cached_tokens=CachedTokens(address, key, Path(slots.name)),
        )
        loaded = cls(name, process, provider, slots)
        try:
            await provider.models()  # what it tells of the model is then among its capabilities
            await provider.read_template(name)
        except BaseException:
            await loaded.end()
            raise
        return loaded

    @property
    def capabilities(self) -> Capabilities:
        return self._provider.capabilities(self.name)

    @property
    def is_running(self) -> bool:
        return self._process.returncode is None

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        """Stream the reply; if the process died, the error says so."""
        self.open_streams += 1
        try:
            async with aclosing(self._provider.stream(request)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except ProviderError as error:
            if await self._has_died():
                raise ProviderInterrupted(
                    f"The process of the embedded model ended in the middle ({_words(self._process)}). "
                    "It is started again with the next question: ask again.",
                    ModelProblem(code="embedded_ended", model=self.name, status=_words(self._process)),
                ) from error
            raise
        finally:
            self.open_streams -= 1

    async def end(self) -> None:
        await self._provider.aclose()
        await end_child(self._process)
        self._slots.cleanup()

    async def _has_died(self) -> bool:
        # The connection breaks a moment before the operating system tells of the process's end.
        try:
            async with asyncio.timeout(0.5):
                await self._process.wait()
        except TimeoutError:
            return False
        return True


def log_file(path: Path) -> IO[bytes]:
    """Open the log of llama.cpp; where it cannot be written, the model is loaded without."""
    try:
        return path.open("wb")
    except OSError as error:
        logger.warning("llama.cpp writes no log: %s cannot be written (%s)", path, error.strerror)
        return Path(os.devnull).open("wb")


async def _address(
    process: asyncio.subprocess.Process, name: str, key: str, path: Path, options: LlamaOptions, slots_folder: str
) -> str:
    asked = {
        "name": name,
        "path": str(path),
        "key": key,
        "context_tokens": options.context_tokens,
        "slots": options.slots,
        "threads": options.threads,
        "slots_folder": f"{slots_folder}/",
    }
    address = await told_address(process, asked)
    if address is None:
        raise ProviderUnavailable(
            f"The embedded model {name} could not be loaded ({_words(process)}): is there memory for it, and is the "
            f"file whole? What llama.cpp said is in {options.log_path}.",
            ModelProblem(code="embedded_not_loaded", model=name, status=_words(process), place=str(options.log_path)),
        )
    return address


async def launch_child(log_path: Path) -> asyncio.subprocess.Process:
    """Start the process that runs llama.cpp, which waits to be told what to load."""
    with log_file(log_path) as log:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # the folder of the script holds modules with common names
            str(Path(__file__).with_name("llama_child.py")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl+C is for the parent, which ends its children itself
        )


async def told_address(process: asyncio.subprocess.Process, asked: Mapping[str, object]) -> str | None:
    """Tell the process what to load; return where it listens, or None if it has ended instead."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    line = await process.stdout.readline()
    if not line:
        await process.wait()
        return None
    address = json.loads(line)["address"]
    assert isinstance(address, str)
    return address


async def end_child(process: asyncio.subprocess.Process) -> None:
    """End the process by closing its input, or kill it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_END_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _words(process: asyncio.subprocess.Process) -> str:
    code = process.returncode
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
