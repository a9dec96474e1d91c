"""A registry of models on loopback, as Ollama asks one: a manifest, and blobs by ranges behind a redirect."""

import hashlib
import json
import re
from dataclasses import replace
from typing import Final

from tests.local_http import Asked, LocalServer, Reply

_BLOB: Final = re.compile(r"(?P<place>/v2/library/[\w.-]+/blobs/|/files/)(?P<digest>sha256:[0-9a-f]{64})")


class ModelRegistry(LocalServer):
    """Serves `library/NAME:TAG` for each name that was added; `is_held` keeps back the second half of what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.is_held = False
        self._blobs: dict[str, bytes] = {}
        self._manifests: dict[str, bytes] = {}

    def add(self, name: str, weights: bytes) -> str:
        """Add a model, and return the name by which Ollama pulls it."""
        config = json.dumps({"model_format": "gguf", "model_family": "llama"}).encode()
        layers = [self._blob("model", weights)]
        manifest = {"schemaVersion": 2, "config": self._blob("config", config), "layers": layers}
        repository, _, tag = name.partition(":")
        self._manifests[f"/v2/library/{repository}/manifests/{tag}"] = json.dumps(manifest).encode()
        return f"http://127.0.0.1:{self.port}/library/{name}"

    def sent_bytes(self) -> list[str | None]:
        """Return the ranges of the blobs that were asked for, in order."""
        return [asked.byte_range for asked in self.asked if asked.method == "GET" and asked.path.startswith("/files/")]

    def reply(self, asked: Asked) -> Reply:
        if asked.path in self._manifests:
            return Reply(body=self._manifests[asked.path])
        wanted = re.fullmatch(
            r"(?P<place>/v2/library/[\w.-]+/blobs/|/files/)(?P<digest>sha256:[0-9a-f]{64})", asked.path
        )
        if wanted is None or wanted["digest"] not in self._blobs:
            return Reply(status=404, body=b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        content = self._blobs[wanted["digest"]]
        if asked.method == "GET" and wanted["place"] != "/files/":
            # Another host name than the registry's: Ollama follows no other redirect.
            return Reply(status=307, headers={"Location": f"http://localhost:{self.port}/files/{wanted['digest']}"})
        whole = Reply(body=content, held=self.is_held)
        if asked.byte_range is None:
            return whole
        first, last = (int(end) for end in asked.byte_range.removeprefix("bytes=").split("-"))
        told = {"Content-Range": f"bytes {first}-{last}/{len(content)}"}
        return replace(whole, status=206, body=content[first : last + 1], headers=told)

    def _blob(self, kind: str, content: bytes) -> dict[str, str | int]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self._blobs[digest] = content
        return {
            "mediaType": f"application/vnd.ollama.image.{kind}",
            "digest": digest,
            "size": len(content),
        }
