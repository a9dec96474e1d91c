"""The Hugging Face hub, asked through its own library in a child process that can be stopped at any moment."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from llmfirst.errors import DownloadFailed, ModelMissing, SetupError
from llmfirst.providers.child import Ended, python_child, watched_child
from llmfirst.values import Value

_PROGRAM = Path(__file__).with_name("hub_child.py")
_SECONDS: Final = 60.0
# Xet has a cache of its own and cannot resume in the middle of our file.
_ENVIRONMENT = {
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
}


class Published(Value):
    """What the hub publishes about a file."""

    revision: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size_bytes: int = Field(gt=0)


async def answers(timeout_seconds: float) -> bool:
    """Ask whether the hub answers; the page of a proxy does not count."""
    async with python_child(_PROGRAM, "answer", str(timeout_seconds), environment=_ENVIRONMENT) as ending:
        await asyncio.wait({ending}, timeout=timeout_seconds)
        return ending.done() and ending.result().code == 0


async def published(repository: str, path: str) -> Published:
    """Return the newest revision of a file with its checksum; ModelMissing when there is no such file."""
    ended = await _run("describe", repository, path)
    if ended.code != 0:
        raise DownloadFailed(
            f"The hub could not be asked about {repository} ({ended.complaint()}): "
            "look at the network and HF_ENDPOINT, and start again."
        )
    if ended.output == "null":
        raise ModelMissing(
            f"The hub shows no file {path} in {repository}: look for its exact name on the hub, "
            "or run `hf auth login` if the repository asks for a login."
        )
    try:
        return Published.model_validate_json(ended.output)
    except ValidationError as error:
        raise SetupError(
            f"The hub publishes no SHA-256 for {path} in {repository}, so it cannot be checked: "
            "download it yourself and give --model its path."
        ) from error


async def download(
    repository: str, path: str, revision: str, *, sha256: str, size_bytes: int, partial_path: Path
) -> AsyncGenerator[None, None]:
    """Append to the partial file what it lacks; yield while it grows. DownloadFailed: the hub does not give it."""
    arguments = (repository, path, revision, sha256, str(size_bytes), str(partial_path))
    async with aclosing(watched_child(_PROGRAM, "download", *arguments, environment=_ENVIRONMENT)) as steps:
        async for ended in steps:
            if ended is None:
                yield
            elif ended.code != 0:
                raise DownloadFailed(f"the hub did not give {repository}/{path} ({ended.complaint()})")


async def _run(*arguments: str) -> Ended:
    async with python_child(_PROGRAM, *arguments, environment=_ENVIRONMENT) as ending:
        await asyncio.wait({ending}, timeout=_SECONDS)  # awaiting the task itself would cancel it with us
        if not ending.done():
            raise DownloadFailed(
                f"The hub gave no whole answer in {_SECONDS:g} s: look at the network and HF_ENDPOINT, and start again."
            )
        return ending.result()
