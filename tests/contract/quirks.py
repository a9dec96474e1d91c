"""What OpenAI-compatible servers really send: one quirk per model name, and what a provider makes of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from llmfirst.errors import (
    ModelMissing,
    ProviderBusy,
    ProviderError,
    ProviderInterrupted,
    ProviderRejected,
    ProviderUnavailable,
    StreamTruncated,
)
from llmfirst.providers.base import FinishReason, LeftOut, UnusedNumber
from tests.contract.openai_server import ScriptedOpenAI
from tests.contract.servers import Received, Wire

Body = dict[str, Any]
PIECES: Final = ("하늘은 ", "blue", ".")
TEXT: Final = "".join(PIECES)
SSE: Final = "content-type: text/event-stream"
JSON: Final = "content-type: application/json"
HTML: Final = "content-type: text/html"
KEY: Final = "sk-very-secret"


@dataclass(frozen=True)
class Reply:
    """One HTTP answer."""

    data: bytes
    status: int = 200
    type: str = SSE


@dataclass(frozen=True)
class Quirk:
    """What one server does, and what comes of it: the whole text with its finish, or an error with its words."""

    model: str
    reply: Reply | Callable[[Body], Reply]
    text: str = TEXT
    finish: FinishReason | None = "stop"
    word: str | None = None
    error: type[ProviderError] | None = None
    says: str = "."
    left_out: tuple[LeftOut, ...] = ()
    unused: tuple[UnusedNumber, ...] = ()
    tokens: int | None = None


def data(content: Any, prefix: str = "data: ", end: str = "\n\n") -> bytes:
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii="\\ud" in ascii(content))
    return f"{prefix}{text}{end}".encode()


def choice(delta: Any, finish: Any = None, **rest: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish, **rest}]}


def written(**rest: Any) -> bytes:
    """Return the events of the text; `rest` stands beside each choice."""
    return b"".join(data({**choice({"content": piece}), **rest}) for piece in PIECES)


DONE: Final = data("[DONE]")
STOP: Final = data(choice({}, "stop")) + DONE
USAGE: Final = {"prompt_tokens": 9, "completion_tokens": 3}


def streamed(*events: bytes) -> Reply:
    return Reply(b"".join(events))


def error(status: int, content: Any) -> Reply:
    return Reply(json.dumps(content).encode(), status, JSON)


def openai_error(message: str, status: int = 400, **rest: Any) -> Reply:
    return error(status, {"error": {"message": message, "type": "invalid_request_error", **rest}})


def refusing(is_refused: Callable[[Body], object], refusal: Reply) -> Callable[[Body], Reply]:
    """Return a server that refuses some requests and answers the others."""
    return lambda body: refusal if is_refused(body) else streamed(written(), STOP)


def sends(field: str) -> Callable[[Body], bool]:
    return lambda body: field in body


def has_system(body: Body) -> bool:
    return any(message["role"] == "system" for message in body["messages"])


def extra_forbidden(*fields: str) -> dict[str, Any]:
    return {
        "detail": [
            {"type": "extra_forbidden", "loc": ["body", field], "msg": "Extra inputs are not permitted", "input": 1}
            for field in fields
        ]
    }


def strict(body: Body, *unknown: str) -> Reply:
    """Return what a server says that names all the fields at once that it does not know."""
    found = [field for field in unknown if field in body]
    return error(422, extra_forbidden(*found)) if found else streamed(written(), STOP)


def broken(model: str, reply: Reply) -> Quirk:
    """Return the quirk of a server that says in some form that the runner died."""
    return Quirk(model, reply, error=ProviderInterrupted, says="ask again.* It said: the runner died$")


def ended(finish: Any) -> Reply:
    return streamed(written(), data(choice({}, finish)), DONE)


PAGE: Final = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
LOGPROBS: Final = {"content": [{"token": "blue", "logprob": None}, {"top_logprobs": 3}, "x"]}
WHOLE: Final = {"choices": [{"message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}]}

OPTIONAL: Final = (  # what is optional never costs the answer
    Quirk("usage is null", streamed(written(usage=None), STOP)),
    Quirk("usage is empty", streamed(written(usage={}), STOP)),  # Mistral in every event
    Quirk("usage has details only", streamed(written(usage={"prompt_tokens_details": {"cached_tokens": 0}}), STOP)),
    Quirk("usage has null counts", streamed(written(usage={"prompt_tokens": None, "completion_tokens": None}), STOP)),
    Quirk(
        "usage has half tokens",
        streamed(written(usage={"prompt_tokens": 9.5, "completion_tokens": 1}), STOP),
        unused=("usage",),
    ),
    Quirk(
        "a number of 5,000 digits",
        streamed(written(), f'data: {{"choices": [], "timings": {{"prompt_ms": {"9" * 5000}}}}}\n\n'.encode(), STOP),
        unused=("timings",),
    ),
    Quirk(
        "more from the cache than there is",
        streamed(written(usage={**USAGE, "prompt_tokens_details": {"cached_tokens": 10}}), STOP),
        unused=("usage",),
        tokens=3,
    ),
    Quirk(
        "an impossible number after the end",
        streamed(
            written(), data(choice({}, "stop")), data({"choices": [], "usage": {"prompt_tokens": float("nan")}}), DONE
        ),
        unused=("usage",),
    ),
    Quirk("usage has a null detail", streamed(written(), data({**choice({}, "stop"), "usage": USAGE}), DONE), tokens=3),
    Quirk("usage comes last", streamed(written(), STOP[: -len(DONE)], data({"choices": [], "usage": USAGE})), tokens=3),
    Quirk("timings are foreign", streamed(written(timings={"total": "3 s"}, metrics=[1]), STOP)),
    Quirk("logprobs nobody asked for", streamed(written(), data(choice({}, "stop", logprobs=LOGPROBS)), DONE)),
    Quirk("logprobs of an old kind", streamed(written(), data(choice({}, "stop", logprobs={"tokens": ["a"]})), DONE)),
    Quirk("unknown fields everywhere", streamed(written(service_tier="x", provider="y", nvext={}), STOP)),
    Quirk("Azure: a filter first", streamed(data({"choices": [], "prompt_filter_results": [{}]}), written(), STOP)),
    Quirk(  # the check of what was streamed comes without a delta
        "Azure: a filter between",
        streamed(written(), data({"choices": [{"index": 0, "content_filter_results": {}}], "usage": None}), STOP),
    ),
    Quirk("choices are null", streamed(data({"id": "x", "choices": None}), data({"id": "x"}), written(), STOP)),
    Quirk("delta is null", streamed(data(choice(None)), written(), data(choice(None, "stop")), DONE)),
    Quirk("content is null", streamed(data(choice({"role": "assistant", "content": None})), written(), STOP)),
    Quirk("SGLang: thoughts are null", streamed(data(choice({"reasoning_content": None})), written(), STOP)),
    Quirk("Ollama: finish is empty", streamed(data(choice({"content": ""}, "")), written(), STOP)),
    Quirk("error is null", streamed(written(error=None), STOP)),
)
STREAMS: Final = (  # the standard's own rules for events
    Quirk("events without data", streamed(b"data:\n\n", written(), b"data: \n\n: ping\n\n", STOP)),
    Quirk("OpenRouter: comments", streamed(b": OPENROUTER PROCESSING\n\n" * 3, written(), STOP)),
    Quirk("names, ids and retries", streamed(b"event: message\nid: 1\nretry: 3000\n", written(), STOP)),
    Quirk("TGI: no space", streamed((written() + STOP).replace(b"data: ", b"data:"))),
    Quirk("lines end with CR LF", streamed((written() + STOP).replace(b"\n", b"\r\n"))),
    Quirk("lines end with CR", streamed((written() + STOP).replace(b"\n", b"\r"))),
    Quirk("a byte order mark", streamed("\ufeff".encode(), written(), STOP)),
    Quirk("spaces around the mark", streamed(written(), data(choice({}, "stop")), b"data:  [DONE] \n\n")),
    Quirk("no empty line at the end", streamed(written(), data(choice({}, "stop"), end=""))),
    Quirk("no end mark", streamed(written(), data(choice({}, "stop")))),
    Quirk("plain text", Reply(written() + STOP, type="content-type: text/plain; charset=utf-8")),
    Quirk("a wrong charset", Reply(written() + STOP, type=f"{SSE}; charset=iso-8859-1")),
    Quirk("no type", Reply(written() + STOP, type="x-nothing: 1")),
    Quirk("a whole reply", Reply(json.dumps({**WHOLE, "usage": USAGE}).encode(), type=JSON), tokens=3),
    Quirk("a whole reply as an event", streamed(data(WHOLE), DONE)),
)
CONTENT: Final = (
    Quirk("text in parts", streamed(*(data(choice({"content": [{"type": "text", "text": p}]})) for p in PIECES), STOP)),
    Quirk(
        "Mistral: thoughts in parts",
        streamed(
            data(choice({"content": [{"type": "thinking", "thinking": [{"text": "hm"}]}, None]})), written(), STOP
        ),
    ),
    Quirk(
        "half a surrogate pair",
        streamed(written(), data(choice({"content": "\ud83d"})), data(choice({"content": "\ud83d\ude00"})), STOP),
        text=f"{TEXT}\ufffd\U0001f600",
    ),
    Quirk("one part without a list", streamed(data(choice({"content": {"type": "text", "text": TEXT}})), STOP)),
    Quirk("vLLM: thoughts apart", streamed(data(choice({"reasoning": "hm", "content": None})), written(), STOP)),
    Quirk("thoughts of another shape", streamed(data(choice({"reasoning": {"text": "hm"}})), written(), STOP)),
    Quirk(
        "only thoughts",
        streamed(data(choice({"reasoning_content": "hm"})), data(choice({}, "length")), DONE),
        text="",
        finish="length",
    ),
)
ENDS: Final = (  # a reason that is not known is an end
    *(Quirk(f"ends: {word}", ended(word), word=word) for word in ("eos", "eos_token", "stop_sequence", "end_turn")),
    *(Quirk(f"ends: {word}", ended(word), word=word) for word in ("STOP", "content_filter", "tool_calls", "safety")),
    *(Quirk(f"ends: {word}", ended(word), finish="length", word=word) for word in ("max_tokens", "MAX_TOKENS")),
    Quirk("ends: length", ended("length"), finish="length"),
    *(Quirk(f"breaks: {word}", ended(word), error=StreamTruncated, says=word) for word in ("abort", "error")),
    Quirk("breaks: no reason", streamed(written(), DONE), error=StreamTruncated, says="finish mark"),
    Quirk("breaks: nothing", streamed(b""), error=StreamTruncated, says="finish mark"),
)
ERRORS: Final = (  # a server's own words reach the reader
    broken("TGI: error is a sentence", streamed(written(), data({"error": "the runner died"}))),
    broken("llama.cpp: error is an object", streamed(written(), data({"error": {"message": "the runner died"}}))),
    broken("error with a mark", streamed(data({"error": {"message": "the runner died"}}), DONE)),
    broken("vLLM: the object is an error", streamed(data({"object": "error", "message": "the runner died"}))),
    broken("LM Studio: the event is an error", streamed(b"event: error\n", data({"message": "the runner died"}))),
    broken("the event is a sentence", streamed(b"event: error\n", data('"the runner died"'))),
    broken("FastAPI: detail", streamed(written(), data({"detail": "the runner died"}))),
    broken("error is true", streamed(data({"error": True, "message": "the runner died"}))),
    broken("error in JSON in a sentence", streamed(data({"error": '{"detail": "the runner died"}'}))),
    broken(
        "OpenRouter: an error beside a choice",
        streamed(
            written(), data({**choice({"content": ""}, "error"), "error": {"code": 502, "message": "the runner died"}})
        ),
    ),
    broken("an error in a choice", streamed(data(choice({}, "error", error={"message": "the runner died"})))),
    Quirk(
        "a bare sentence", streamed(data("the runner died"), DONE), error=ProviderInterrupted, says="the runner died"
    ),
    Quirk("no event at all", Reply(b"the runner died\n"), error=ProviderInterrupted, says="the runner died"),
    Quirk(
        "control characters",
        streamed(data({"error": "the\x1b[31m runner\u202e died"})),
        error=ProviderInterrupted,
        says=r"the\\x1b\[31m runner\\u202e died$",
    ),
    Quirk(
        "the key in the words", streamed(data({"error": f"no {KEY}"})), error=ProviderInterrupted, says=r"no \*\*\*$"
    ),
    Quirk(
        "a list of messages",
        error(500, {"errors": 2, "message": ["the runner", "died"]}),
        error=ProviderUnavailable,
        says="It said: the runner; died$",
    ),
    Quirk(
        "an error under status 200",
        Reply(b'{"error": {"message": "insufficient quota"}}', type=JSON),
        error=ProviderInterrupted,
        says="It said: insufficient quota$",
    ),
    Quirk(
        "OpenRouter: its status under 200",
        Reply(b'{"error": {"code": 429, "message": "slow down"}}', type=JSON),
        error=ProviderBusy,
        says="wait.* slow down$",
    ),
    Quirk(
        "vLLM: a status in an event",
        streamed(data({"error": {"code": 404, "message": "no such model"}}), DONE),
        error=ModelMissing,
        says="no such model$",
    ),
    Quirk(
        "LM Studio: no such address",
        Reply(b'{"error": "Unexpected endpoint or method. (POST /chat)"}', type=JSON),
        error=ProviderInterrupted,
        says="Unexpected endpoint",
    ),
    Quirk(
        "nginx: a page of an error",
        Reply(PAGE, 502, HTML),
        error=ProviderUnavailable,
        says=r"failed \(502 Bad Gateway\): ask again, or restart it\.$",
    ),
    Quirk(
        "a login page",
        Reply(b"<!doctype html><body>Sign in</body>", type=HTML),
        error=ProviderRejected,
        says="web page: correct --base-url",
    ),
    Quirk(
        "an empty error",
        Reply(b"", 500, "x-nothing: 1"),
        error=ProviderUnavailable,
        says=r"failed \(500 Internal Server Error\): ask again, or restart it\.$",
    ),
    Quirk("no status that is known", Reply(b"", 599, "x-nothing: 1"), error=ProviderUnavailable, says=r"\(599\)"),
    Quirk("not allowed", openai_error("this region is not served", 403), error=ProviderRejected, says="this region"),
)
TEMPLATE = "continue_final_message is set but the final message does not appear in the chat after applying the template"
NOT_ALLOWED = "You are not allowed to request logprobs from this model"
REFUSALS: Final = (  # what a service refuses is left out
    Quirk(
        "OpenAI: max_tokens",
        refusing(
            sends("max_tokens"),
            openai_error(
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", param="max_tokens"
            ),
        ),
        left_out=("max_tokens",),
    ),
    Quirk(
        "OpenAI: temperature",
        refusing(sends("temperature"), openai_error("Only the default (1) value is supported.", param="temperature")),
        left_out=("temperature",),
    ),
    Quirk("OpenAI: logprobs", refusing(sends("logprobs"), openai_error(NOT_ALLOWED, 403)), left_out=("logprobs",)),
    Quirk(
        "OpenAI: stream",
        lambda body: (
            Reply(json.dumps(WHOLE).encode(), type=JSON)
            if not body["stream"]
            else openai_error("'stream' does not support true with this model", param="stream")
        ),
        left_out=("stream",),
    ),
    Quirk(
        "Mistral: stream_options",
        refusing(
            sends("stream_options"), error(422, {"object": "error", "message": extra_forbidden("stream_options")})
        ),
        left_out=("usage",),
    ),
    Quirk(
        "a proxy's JSON in JSON",
        refusing(sends("seed"), error(422, {"object": "error", "message": json.dumps(extra_forbidden("seed"))})),
        left_out=("seed",),
    ),
    Quirk(
        "FastAPI: two at once",
        lambda body: strict(body, "seed", "top_p"),
        left_out=("seed", "top_p"),
    ),
    Quirk(
        "TensorRT-LLM: a Python list in a sentence",
        refusing(
            sends("top_p"),
            error(400, {"object": "error", "message": "[{'type': 'extra_forbidden', 'loc': ('body', 'top_p')}]"}),
        ),
        left_out=("top_p",),
    ),
    Quirk(
        "LiteLLM: a list of names",
        refusing(
            sends("seed"),
            error(
                400,
                {
                    "error": {
                        "message": "litellm.UnsupportedParamsError: x does not support parameters: ['seed']",
                        "param": None,
                        "code": "400",
                    }
                },
            ),
        ),
        left_out=("seed",),
    ),
    Quirk(
        "Bedrock: temperature or top_p",
        refusing(
            lambda body: {"temperature", "top_p"} <= body.keys(),
            openai_error("`temperature` and `top_p` cannot both be specified"),
        ),
        left_out=("top_p",),
    ),
    Quirk(
        "five alternatives",
        refusing(lambda body: body.get("top_logprobs", 0) > 5, openai_error("top_logprobs may be 5 at most")),
        left_out=("alternatives",),
    ),
    Quirk(
        "no alternatives",
        refusing(sends("top_logprobs"), openai_error("top_logprobs is not supported")),
        left_out=("logprobs",),
    ),
    Quirk(
        "Gemma: no system role",
        refusing(has_system, openai_error("System role not supported")),
        left_out=("system_role",),
    ),
    Quirk(
        "llama.cpp: no system role",
        refusing(
            has_system, error(500, {"error": {"code": 500, "message": "Jinja Exception: system role not supported"}})
        ),
        left_out=("system_role",),
    ),
    Quirk(
        "roles that alternate",
        refusing(has_system, openai_error("Roles must alternate user/assistant/...")),
        left_out=("system_role",),
    ),
    Quirk("without a word", refusing(sends("temperature"), Reply(b"", 400, JSON)), left_out=("temperature",)),
    Quirk(
        "two without a word",
        refusing(lambda body: "temperature" in body or "top_p" in body, Reply(b"", 400, JSON)),
        left_out=("alternatives", "logprobs", "max_tokens", "seed", "system_role", "temperature", "top_p", "usage"),
    ),
    Quirk(
        "vLLM: in an event",
        lambda body: (
            streamed(written(), STOP)
            if "top_p" not in body
            else streamed(data({"error": {"code": 400, "message": "top_p must be 1"}}), DONE)
        ),
        left_out=("top_p",),
    ),
    Quirk(
        "a small window",
        refusing(
            lambda body: body["max_tokens"] > 100,
            openai_error("This model's maximum context length is 130 tokens. However, you requested 330 tokens."),
        ),
        left_out=("reply_length",),
    ),
    Quirk(
        "TGI: a small window",
        refusing(
            lambda body: body["max_tokens"] > 100,
            error(422, {"error": "`inputs` tokens + `max_new_tokens` must be <= 130", "error_type": "validation"}),
        ),
        left_out=("reply_length",),
    ),
    Quirk(
        "a tiny window",
        openai_error("maximum context length is 10 tokens"),
        error=ProviderRejected,
        says="shorten the question.*10 tokens",
    ),
    Quirk("everything", openai_error("I like nothing"), error=ProviderRejected, says="change it.* I like nothing$"),
    Quirk(
        "no such model", openai_error("model 'x' not found, try pulling it", 404), error=ModelMissing, says="pulling"
    ),
)
PREFILL: Final = (  # asked of something that looks like vLLM, with a message to go on with
    Quirk(
        "vLLM: no template arguments",
        refusing(sends("chat_template_kwargs"), openai_error("chat_template is not supported for Mistral tokenizers.")),
        left_out=("thinking_switch",),
    ),
    Quirk(
        "vLLM: top_k",
        refusing(sends("top_k"), error(400, {"object": "error", "message": "top_k?"})),
        left_out=("top_k",),
    ),
    Quirk(
        "vLLM: a template that closes",
        refusing(sends("continue_final_message"), openai_error(TEMPLATE)),
        left_out=("prefill",),
    ),
    Quirk(
        "the last message",
        refusing(
            lambda body: body["messages"][-1]["role"] == "assistant",
            openai_error("the last message must not be of the assistant"),
        ),
        left_out=("prefill",),
    ),
)
QUIRKS: Final = {
    quirk.model: quirk
    for quirk in (
        *OPTIONAL,
        *STREAMS,
        *CONTENT,
        *ENDS,
        *ERRORS,
        *REFUSALS,
        *PREFILL,
    )
}


@dataclass
class QuirkyServer(ScriptedOpenAI):
    """Answers each model as its quirk says."""

    quirks: dict[str, Quirk] = field(default_factory=lambda: dict(QUIRKS))

    async def answer(self, request: Received, wire: Wire) -> None:
        if request.path != "/v1/chat/completions":
            await super().answer(request, wire)
            return
        quirk = self.quirks[request.body["model"]]
        reply = quirk.reply if isinstance(quirk.reply, Reply) else quirk.reply(request.body)
        await wire.raw(reply.data, reply.status, reply.type)
