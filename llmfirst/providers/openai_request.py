"""Requests to an OpenAI-compatible server, in the three dialects."""

from typing import Any, Literal

from llmfirst.providers.base import Capabilities, Request

Dialect = Literal["llama.cpp", "vllm", "generic"]

CAPABILITIES: dict[Dialect, Capabilities] = {
    "llama.cpp": Capabilities(prefill=True, logprobs=True),
    "vllm": Capabilities(prefill=True, logprobs=True),
    "generic": Capabilities(prefill=False, logprobs=True),
}
_OF_MESSAGES = ("messages", "chat_template_kwargs")


def body_of(request: Request, dialect: Dialect) -> dict[str, Any]:
    """Return the JSON of a request, with only the fields that the dialect knows."""
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [message.model_dump() for message in request.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": request.max_tokens,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if request.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": request.top_logprobs}
    match dialect:
        case "llama.cpp":
            body |= {"top_k": sampling.top_k, "repeat_penalty": sampling.repeat_penalty, "cache_prompt": True}
            body |= {"timings_per_token": True, "return_progress": True}
        case "vllm":
            body |= {"top_k": sampling.top_k, "repetition_penalty": sampling.repeat_penalty}
            body["stream_options"]["continuous_usage_stats"] = True
            if request.continue_last:
                body |= {"continue_final_message": True, "add_generation_prompt": False}
        case "generic":
            return body
    # Thinking would spend the answer's time unseen; and llama.cpp refuses to continue a message while it is on.
    return body | {"chat_template_kwargs": {"enable_thinking": False}}


def body_of_tokens(request: Request, prompt: list[int | str]) -> dict[str, Any]:
    """Return the JSON that asks llama.cpp to continue a prompt of tokens and text."""
    body = body_of(request, "llama.cpp")
    return {name: value for name, value in body.items() if name not in _OF_MESSAGES} | {"prompt": prompt}
