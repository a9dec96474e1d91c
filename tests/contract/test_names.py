"""A model whose name acts on a terminal is asked by its exact name, and every error shows what is in it."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from llmfirst.errors import LlmfirstError, ModelMissing
from tests.contract.ollama_server import ScriptedOllama
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.servers import Received, Wire
from tests.contract.steps import Fault, Role, Step, Text
from tests.contract.subjects import collected, provider_at, request_for

EVIL = "toy\x1b]0;mine\x07\x1b[2J\n2026-01-01 00:00:00,000 INFO llmfirst: forged\r\x9b\u202e:1b"
SHOWN = r"toy\x1b]0;mine\x07\x1b[2J\n2026-01-01 00:00:00,000 INFO llmfirst: forged\r\u009b\u202e:1b"


class EvilOpenAI(ScriptedOpenAI):
    async def answer(self, request: Received, wire: Wire) -> None:
        if request.path == "/v1/models":
            await wire.whole({"data": [{"id": EVIL}]})
        elif request.path == "/v1/chat/completions":
            await self._chat(request.body, wire)
        else:
            await wire.whole(self.error_of(EVIL), 404)


@pytest.mark.parametrize("name", ["ollama", "openai"])
def test_it_is_asked_exactly_and_shown_visibly(name: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "llmfirst")

    async def ask() -> list[str]:
        replies: list[Sequence[Step]] = [[Role(), Text("Hi"), Fault(EVIL)]]
        models = [{"name": EVIL, "capabilities": ["completion"]}]
        server = ScriptedOllama(replies, models=models) if name == "ollama" else EvilOpenAI(replies)
        said = []
        async with server.listening():
            provider = provider_at(server.address, name)
            assert [card.name for card in await provider.models()] == [EVIL]
            await provider.warm(EVIL)
            for model, kind in ((EVIL, LlmfirstError), (f"no {EVIL}", ModelMissing)):
                with pytest.raises(kind) as caught:
                    await (collected(provider.stream(request_for(model))) if model == EVIL else provider.warm(model))
                said.append(str(caught.value))
            await provider.aclose()
        chats = server.asked("/api/chat") + server.asked("/v1/chat/completions")
        assert {body["model"] for body in chats} == {EVIL}
        return said

    broken, missing = asyncio.run(ask())
    assert broken.isprintable()
    assert missing.isprintable()
    assert r"\x1b]0;mine\x07" in broken
    assert SHOWN in missing
