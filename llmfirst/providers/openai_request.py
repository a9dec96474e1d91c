"""Requests to an OpenAI-compatible server, in the three dialects."""

from typing import Any, Literal

from llmfirst.model_options import OptionName
from llmfirst.providers.base import Capabilities, Request, Think

Dialect = Literal["llama.cpp", "vllm", "generic"]

# A server of this protocol has loaded its models before it is asked.
_CONTEXT: tuple[OptionName, ...] = ("context_tokens",)
CAPABILITIES: dict[Dialect, Capabilities] = {
    "llama.cpp": Capabilities(prefill=True, logprobs=True, ends_thought=True, ignores=_CONTEXT),
    "vllm": Capabilities(prefill=True, logprobs=True, ends_thought=True, ignores=_CONTEXT),
    "generic": Capabilities(prefill=False, logprobs=True, ignores=("top_k", "repeat_penalty", *_CONTEXT)),
}
_OF_MESSAGES = ("messages", "chat_template_kwargs")
_EFFORTS: dict[Think, dict[str, Any]] = {"off": {"effort": "none"}, "on": {"enabled": True}}


def body_of(request: Request, dialect: Dialect, *, takes_reasoning: bool = False) -> dict[str, Any]:
    """Return the JSON of a request, with only the fields that the dialect knows.

    `takes_reasoning`: the server's list of models says that this one takes OpenRouter's field for thinking.
    """
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
        case "generic" if takes_reasoning and request.think != "auto":
            return body | {"reasoning": _EFFORTS.get(request.think, {"effort": request.think})}
        case "generic":
            return body
    return body | _template_switch(request) | _thought_limit(request, dialect)


def _template_switch(request: Request) -> dict[str, Any]:
    # llama.cpp refuses to continue a message while thinking is on.
    if request.think == "off" or request.continue_last:
        return {"chat_template_kwargs": {"enable_thinking": False}}
    if request.think == "auto":
        return {}
    switch = {"chat_template_kwargs": {"enable_thinking": True}}
    if request.think == "on":
        return switch
    effort = {"reasoning_effort": request.think}  # the template's word, and the field of newer servers
    return {"chat_template_kwargs": {**switch["chat_template_kwargs"], **effort}, **effort}


def _thought_limit(request: Request, dialect: Dialect) -> dict[str, Any]:
    """Return how the service ends a thought by itself; never 0, with which llama.cpp leaves some thoughts open."""
    limit = request.thought
    if limit is None or request.continue_last:
        return {}
    if dialect == "vllm":
        return {"thinking_token_budget": limit.tokens}
    return {"reasoning_budget_tokens": limit.tokens, "reasoning_control": True}


def body_of_tokens(request: Request, prompt: list[int | str]) -> dict[str, Any]:
    """Return the JSON that asks llama.cpp to continue a prompt of tokens and text."""
    body = body_of(request, "llama.cpp")
    return {name: value for name, value in body.items() if name not in _OF_MESSAGES} | {"prompt": prompt}
