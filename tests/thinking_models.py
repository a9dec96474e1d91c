"""A small model whose chat template opens a thought, so that a real service streams real thinking.

The weights are those of the small model of the catalogue; only the template differs. Without examples the model never
closes its thought. With two examples in front of the question it does, for most short questions.
"""

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import httpx

ThinkingKind = Literal["endless", "stubborn", "switchable"]
"""`endless` never closes its thought; `stubborn` closes it; `switchable` does too, and can be asked not to think."""
_KEY: Final = b"tokenizer.chat_template"
_HEAD: Final = struct.Struct("<IQ")  # of a value in GGUF: what it is, and how long
_STRING: Final = 8
_ALIGNMENT: Final = 32  # the tensors stay where llama.cpp looks for them if the head grows by a multiple of this
_EXAMPLES: Final = """<|im_start|>user
What is 3+4?<|im_end|>
<|im_start|>assistant
<think>
They ask for a sum. Three and four are seven.
</think>

It is 7.<|im_end|>
<|im_start|>user
Where is Paris?<|im_end|>
<|im_start|>assistant
<think>
They ask for a place. Paris is a city in France.
</think>

Paris is in France.<|im_end|>
"""
_JINJA_MESSAGES: Final = """{% for message in messages %}<|im_start|>{{ message.role }}
{% if message.reasoning_content %}<think>
{{ message.reasoning_content }}
</think>

{% endif %}{{ message.content }}<|im_end|>
{% endfor %}"""
_JINJA_OPEN: Final = """{% if add_generation_prompt %}<|im_start|>assistant
<think>
{% endif %}"""
_JINJA_SWITCH: Final = """{% if add_generation_prompt %}<|im_start|>assistant
{% if enable_thinking is defined and not enable_thinking %}<think>

</think>

{% else %}<think>
{% endif %}{% endif %}"""
_GO_MESSAGES: Final = """{{- range .Messages }}<|im_start|>{{ .Role }}
{{ if .Thinking }}<think>
{{ .Thinking }}
</think>

{{ end }}{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
"""
_GO_OPEN: Final = """<think>
"""
_GO_SWITCH: Final = """{{ if and .IsThinkSet (not .Think) }}<think>

</think>

{{ else }}<think>
{{ end }}"""
JINJA_TEMPLATES: Final[dict[ThinkingKind, str]] = {
    "endless": _JINJA_MESSAGES + _JINJA_OPEN,
    "stubborn": _EXAMPLES + _JINJA_MESSAGES + _JINJA_OPEN,
    "switchable": _EXAMPLES + _JINJA_MESSAGES + _JINJA_SWITCH,
}
"""For llama.cpp."""
GO_TEMPLATES: Final[dict[ThinkingKind, str]] = {
    "endless": _GO_MESSAGES + _GO_OPEN,
    "stubborn": _EXAMPLES + _GO_MESSAGES + _GO_OPEN,
    "switchable": _EXAMPLES + _GO_MESSAGES + _GO_SWITCH,
}
"""For the field `template` of Ollama's /api/create, or TEMPLATE in a Modelfile."""


def with_template(gguf: bytes, template: str) -> bytes:
    """Return the file with another chat template in its head."""
    start = gguf.index(_KEY) + len(_KEY)
    length: int
    mark, length = _HEAD.unpack_from(gguf, start)
    assert mark == _STRING
    end = start + _HEAD.size + length
    comment = "{#" + " " * ((length - len(template.encode()) - 4) % _ALIGNMENT) + "#}"
    told = (comment + template).encode()
    return gguf[:start] + _HEAD.pack(_STRING, len(told)) + told + gguf[end:]


def write_thinking_weights(weights: Path, folder: Path, kind: ThinkingKind) -> Path:
    """Write a copy of the weights that thinks in this way; a model can be named by its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path, part = folder / f"thinks-{kind}.gguf", folder / f"thinks-{kind}.{os.getpid()}.part"
    part.write_bytes(with_template(weights.read_bytes(), JINJA_TEMPLATES[kind]))
    return part.replace(path)  # another run of the tests may have the old copy open


@contextmanager
def thinking_model_of_ollama(url: httpx.URL, model: str, kind: ThinkingKind) -> Iterator[str]:
    """Give the name of a copy of Ollama's model that thinks in this way; the copy is deleted in the end."""
    name = f"llmfirst-test-thinks-{kind}"
    made = {"model": name, "from": model, "template": GO_TEMPLATES[kind], "stream": False}
    httpx.post(f"{url}/api/create", json=made, timeout=60, trust_env=False).raise_for_status()
    try:
        yield name
    finally:
        httpx.request("DELETE", f"{url}/api/delete", json={"model": name}, trust_env=False).raise_for_status()
