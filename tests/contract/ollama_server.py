"""A scripted server that speaks Ollama's lines."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from tests.contract.servers import Received, ScriptedServer, Wire, logprob_of
from tests.contract.steps import Asked, Drop, Fault, Finish, Line, Pause, Ping, Refuse, Reset, Role, Step, Text, Thought


@dataclass
class ScriptedOllama(ScriptedServer):
    """`models` are as `/api/tags` lists them; `/api/ps` gives a loaded one `size_bytes`, `vram_bytes` on the GPU.

    `closes_last`: the template of the models ends an assistant message also at the end of the prompt; `rendering`: what
    is answered instead of the rendered prompt.
    """

    models: list[dict[str, Any]] = field(default_factory=lambda: [{"name": "toy:1b", "capabilities": ["completion"]}])
    shown: dict[str, Any] = field(default_factory=dict)
    pulls: list[Sequence[dict[str, Any] | float]] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    context_length: int | None = None
    """The context of what is loaded; None as long as nothing was."""
    size_bytes: int | None = 100
    vram_bytes: int | None = 100
    load_seconds: float = 0.0
    closes_last: bool = False
    rendering: dict[str, Any] | None = None
    prompt_end: str | None = None
    """How the template ends a prompt that the model is to answer."""

    async def answer(self, request: Received, wire: Wire) -> None:
        body = request.body or {}
        match request.path:
            case "/api/tags":
                await wire.whole({"models": self.models})
            case "/api/ps":
                await wire.whole({"models": [self._placed(name) for name in self.loaded]})
            case "/api/version":
                await wire.whole({"version": "1.2.3"})
            case "/api/pull":
                await self._pull(wire)
            case _ if self._full_name(body["model"]) not in [model["name"] for model in self.models]:
                await wire.whole(self.error_of(f"model '{body['model']}' not found"), 404)
            case "/api/show":
                await wire.whole({"model_info": {}, **self.shown})
            case "/api/generate":
                await asyncio.sleep(self.load_seconds)
                self.loaded = [] if body["keep_alive"] == 0 else [self._full_name(body["model"])]
                self.context_length = body.get("options", {}).get("num_ctx")
                await wire.whole({"done": True, "done_reason": "unload" if body["keep_alive"] == 0 else "load"})
            case "/api/delete":
                self.models = [model for model in self.models if model["name"] != self._full_name(body["model"])]
                await wire.whole({})
            case "/api/chat" if "_debug_render_only" in body:
                shown = {"_debug_info": {"rendered_template": self._rendered(body["messages"])}}
                await wire.whole(shown if self.rendering is None else self.rendering)
            case "/api/chat":
                last = body["messages"][-1]
                asked = Asked(
                    max_tokens=body["options"]["num_predict"],
                    prompt_tokens=sum(len(message["content"].split()) for message in body["messages"]),
                    continued=last["content"] if last["role"] == "assistant" else None,
                    wants_json="format" in body,
                    top_logprobs=body.get("top_logprobs", 0),
                )
                await self.play(asked, wire, "application/x-ndjson")

    async def _pull(self, wire: Wire) -> None:
        for line in self.pulls.pop(0):
            if isinstance(line, float):
                await asyncio.sleep(line)
            else:
                await wire.stream(json.dumps(line).encode() + b"\n", "application/x-ndjson")
        await wire.end("application/x-ndjson")

    def _placed(self, name: str) -> dict[str, Any]:
        told = {"name": name, "size": self.size_bytes, "size_vram": self.vram_bytes}
        told["context_length"] = self.context_length
        return {key: value for key, value in told.items() if value is not None}

    def _rendered(self, messages: list[dict[str, str]]) -> str:
        if self.prompt_end is not None and messages[-1]["role"] == "user":
            return self.prompt_end
        turns = "</s>".join(f"{message['role']}: {message['content']}" for message in messages)
        return f"{turns}</s>assistant: " if self.closes_last else turns

    def _full_name(self, name: str) -> str:
        return name if ":" in name else f"{name}:latest"

    def event_of(self, step: Step, asked: Asked, written: int) -> str:
        line: dict[str, Any] = {"model": "toy", "message": {"role": "assistant", "content": ""}, "done": False}
        match step:
            case Text(text=text):
                line["message"]["content"] = text
                if asked.top_logprobs:
                    line["logprobs"] = [logprob_of(text)]
            case Thought(text=text):
                line["message"]["thinking"] = text
            case Finish(reason=reason):
                line |= {"done": True, "load_duration": 10_000_000, "prompt_eval_duration": 20_000_000}
                line |= {"prompt_eval_count": asked.prompt_tokens, "eval_count": written, "eval_duration": 30_000_000}
                line |= {} if reason is None else {"done_reason": reason}
            case Fault(words=words):
                line = {"error": words}
            case Line(data=data):
                return f"{data}\n"
            case Role() | Ping():
                return ""
            case Pause() | Drop() | Reset() | Refuse():
                raise AssertionError(step)
            case _:
                assert_never(step)
        return json.dumps(line, ensure_ascii=False) + "\n"
