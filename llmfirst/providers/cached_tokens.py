"""Continues a message from the exact tokens in llama.cpp's cache.

The same text, tokenised again, often has other tokens, and then the cache does not match. The stream leaves out tokens
that hold a part of a letter, so a slot is saved to a file, and the tokens are read from its head. See
docs/decisions/0009-one-call-through-the-sections.md.
"""

import asyncio
import logging
import secrets
import struct
from pathlib import Path
from typing import Any, Final

import httpx

from llmfirst.errors import ProviderError
from llmfirst.providers.base import Request
from llmfirst.providers.openai_request import body_of
from llmfirst.providers.transport import client_options

logger = logging.getLogger(__name__)

# The head of a slot's file: a mark, a version, a count of numbers; then -1, 1, the count of tokens, and the tokens.
_MARK: Final = 0x67677371
_VERSION: Final = 4
_HEAD: Final = struct.Struct("<3I3i")
_SECONDS: Final = 0.5
_PARTIAL: Final = "\ufffd"
_MOST_OF_A_LETTER: Final = 4


class CachedTokens:
    """The tokens that the slots of one llama.cpp server hold; the server saves its slots to `folder`."""

    def __init__(self, address: str, key: str, folder: Path) -> None:
        self._folder = folder
        self._client = httpx.AsyncClient(
            base_url=address,
            headers={"Authorization": f"Bearer {key}"},
            **client_options(httpx.URL(address), silence_limit_seconds=_SECONDS),
        )

    async def prompt(self, request: Request) -> list[int | str] | None:
        """Return a prompt as the tokens that a slot holds of it, and the text after them; None when no slot holds any.

        Never raises: with None the caller sends an ordinary request.
        """
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._prompt(request)
        except (ProviderError, httpx.HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            logger.debug("no cached tokens: %r", error)
            return None

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _prompt(self, request: Request) -> list[int | str] | None:
        wanted: str = (await self._post("/apply-template", body_of(request, "llama.cpp")))["prompt"]
        best: tuple[int, ...] = ()
        after = wanted
        for slot in (await self._client.get("/slots")).raise_for_status().json():
            if slot["is_processing"]:  # it would answer after its reply
                continue
            prefix, text = await self._common_prefix(await self._tokens(slot["id"]), wanted)
            if len(prefix) > len(best):
                best, after = prefix, wanted.removeprefix(text)
        if not best:
            return None
        return [*best, after] if after else [*best]

    async def _tokens(self, slot: int) -> tuple[int, ...]:
        name = secrets.token_hex(8)
        try:
            await self._post(f"/slots/{slot}?action=save", {"filename": name})
            return await asyncio.to_thread(_read, self._folder / name)
        finally:
            (self._folder / name).unlink(missing_ok=True)

    async def _common_prefix(self, tokens: tuple[int, ...], wanted: str) -> tuple[tuple[int, ...], str]:
        """Return the longest run of first tokens whose text begins `wanted`, and that text."""
        least, most = 0, len(tokens)
        while least < most:
            middle = (least + most + 1) // 2 if most < len(tokens) else most
            text = await self._text(tokens[:middle])
            if wanted.startswith(text.rstrip(_PARTIAL)):
                least = middle
            else:
                most = middle - 1
        for count in range(least, max(-1, least - _MOST_OF_A_LETTER), -1):
            text = await self._text(tokens[:count])
            if wanted.startswith(text):
                return tokens[:count], text
        return (), ""

    async def _text(self, tokens: tuple[int, ...]) -> str:
        text: str = (await self._post("/detokenize", {"tokens": tokens}))["content"]
        return text

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = (await self._client.post(path, json=body)).raise_for_status().json()
        return reply


def tokens_in(head: bytes) -> tuple[int, ...]:
    """Return the tokens in the head of a slot's file; ValueError where it is of another version. Pure."""
    if len(head) < _HEAD.size:
        raise ValueError("the file is too short")
    mark, version, numbers, first, second, count = _HEAD.unpack_from(head)
    if (mark, version, first, second) != (_MARK, _VERSION, -1, 1) or not 0 <= count <= numbers - 3:
        raise ValueError(f"the file is of another kind (version {version})")
    if len(head) < _HEAD.size + 4 * count:
        raise ValueError("the file ends in its head")
    return struct.unpack_from(f"<{count}i", head, _HEAD.size)


def _read(path: Path) -> tuple[int, ...]:
    with path.open("rb") as file:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise ValueError("the file is too short")
        return tokens_in(head + file.read(min(4 * _HEAD.unpack(head)[2], path.stat().st_size)))
