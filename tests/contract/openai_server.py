"""A scripted server that speaks OpenAI's events, in the dialect it is given."""

import json
from dataclasses import dataclass
from typing import Any, Literal, assert_never

from tests.contract.servers import Received, ScriptedServer, Wire, logprob_of
from tests.contract.steps import Asked, Drop, Fault, Finish, Line, Pause, Ping, Refuse, Reset, Role, Step, Text, Thought


@dataclass
class ScriptedOpenAI(ScriptedServer):
    """Speaks like llama.cpp's server, like vLLM, or like neither."""

    dialect: Literal["llama.cpp", "vllm", "generic"] = "generic"
    is_loading: bool = False
    prompt_end: str | None = None
    """How the prompts of llama.cpp and vLLM end; None behind a router that has no such addresses."""

    async def answer(self, request: Received, wire: Wire) -> None:
        owner = {"llama.cpp": "llamacpp", "vllm": "vllm", "generic": "somebody"}[self.dialect]
        match request.path:
            case "/v1/models":
                await wire.whole({"object": "list", "data": [{"id": "toy", "object": "model", "owned_by": owner}]})
            case "/props" | "/health" if self.dialect == "llama.cpp" and self.is_loading:
                await wire.whole(self.error_of("Loading model"), 503)
            case "/props" if self.dialect == "llama.cpp":
                await wire.whole({"default_generation_settings": {}, "total_slots": 1, "build_info": "b1-abc"})
            case "/version" if self.dialect == "vllm":
                await wire.whole({"version": "1.2.3"})
            case "/apply-template" if self.dialect == "llama.cpp" and self.prompt_end is not None:
                await wire.whole({"prompt": f"?{self.prompt_end}"})
            case "/tokenize" if self.dialect == "vllm" and self.prompt_end is not None:
                await wire.whole({"count": 40, "max_model_len": 4096, "tokens": list(range(40))})
            case "/detokenize" if self.dialect == "vllm" and self.prompt_end is not None:
                assert len(request.body["tokens"]) < 40
                await wire.whole({"prompt": self.prompt_end})
            case "/v1/chat/completions/control" if self.dialect == "llama.cpp":
                await wire.whole({"success": True})
            case "/health" if self.dialect != "generic":
                await wire.whole({"status": "ok"})
            case "/v1/chat/completions" if self.dialect == "llama.cpp" or request.body["model"] == "toy":
                await self._chat(request.body, wire)
            case _:
                await wire.whole(self.error_of("The model does not exist."), 404)

    async def _chat(self, body: dict[str, Any], wire: Wire) -> None:
        last = body["messages"][-1]
        is_continued = last["role"] == "assistant" and (
            self.dialect == "llama.cpp" or body.get("continue_final_message", False)
        )
        asked = Asked(
            max_tokens=body.get("max_tokens") or body["max_completion_tokens"],
            prompt_tokens=sum(len(message["content"].split()) for message in body["messages"]),
            continued=last["content"] if is_continued else None,
            wants_json="response_format" in body,
            top_logprobs=body.get("top_logprobs", 0),
            wants_progress=body.get("return_progress", False),
        )
        await self.play(asked, wire, "text/event-stream")

    def error_of(self, words: str) -> Any:
        return {"error": {"message": words, "type": "some_error"}}

    def event_of(self, step: Step, asked: Asked, written: int) -> str:
        match step:
            case Text(text=text):
                logprobs = {"content": [logprob_of(text)]} if asked.top_logprobs else None
                return self._data(self._choice({"content": text}, asked, written, logprobs=logprobs))
            case Thought(text=text):
                return self._data(self._choice({"reasoning_content": text}, asked, written))
            case Role():
                tokens = {"total": asked.prompt_tokens, "cache": 1, "processed": asked.prompt_tokens}
                progress = self._data({"choices": [], "prompt_progress": tokens}) if asked.wants_progress else ""
                return progress + self._data(self._choice({"role": "assistant", "content": None}, asked, written))
            case Finish(reason=None):
                return "data: [DONE]\n\n"
            case Finish(reason=reason):
                usage = {"prompt_tokens": asked.prompt_tokens, "completion_tokens": written}
                end = self._choice({}, asked, written, finish_reason=reason)
                return self._data(end) + self._data({"choices": [], "usage": usage}) + "data: [DONE]\n\n"
            case Fault(words=words):
                return self._data(self.error_of(words)) + "data: [DONE]\n\n"
            case Line(data=data):
                return f"data: {data}\n\n"
            case Ping():
                return ": ping\n\n"
            case Pause() | Drop() | Reset() | Refuse():
                raise AssertionError(step)
            case _:
                assert_never(step)

    def _choice(self, delta: dict[str, Any], asked: Asked, written: int, **rest: Any) -> dict[str, Any]:
        frame: dict[str, Any] = {
            "id": "reply-1",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None, **rest}],
        }
        if self.dialect == "llama.cpp":
            counts = {"cache_n": 1, "prompt_n": asked.prompt_tokens - 1, "predicted_n": written}
            frame["timings"] = {**counts, "prompt_ms": 20.0, "predicted_ms": 30.0}
        return frame

    def _data(self, content: Any) -> str:
        return f"data: {json.dumps(content, ensure_ascii=False)}\n\n"
