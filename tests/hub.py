"""A tiny Hugging Face hub on loopback, as its library meets it: a redirect with the metadata, and ranges."""

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local_http import Asked, LocalServer, Reply

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(LocalServer):
    """Serves what was added; `is_held` keeps back the second half of every file."""

    def __init__(self) -> None:
        super().__init__()
        self.is_held = False
        self._files: dict[str, bytes] = {}

    def add(self, repository: str, path: str, content: bytes) -> None:
        self._files[f"{repository}/{path}"] = content

    def ranges(self) -> list[str | None]:
        """Return the Range headers of the downloads, in order."""
        return [asked.byte_range for asked in self.asked if asked.method == "GET" and asked.path.startswith("/cdn/")]

    def reply(self, asked: Asked) -> Reply:
        if asked.path.startswith("/api/models"):
            return Reply(body=b"[]", headers={"Content-Type": "application/json"})
        if asked.path.startswith("/cdn/"):
            return self._stored(asked)
        wanted = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", asked.path)
        if wanted is None or wanted[2] not in ("main", COMMIT):
            return Reply(status=404, headers={"X-Error-Code": "RepoNotFound"})
        name = f"{wanted[1]}/{wanted[3]}"
        if name not in self._files:
            return Reply(status=404, headers={"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
        content = self._files[name]
        headers = {
            # Another host than the endpoint, as on the real hub: its library follows such a redirect differently.
            "Location": f"http://localhost:{self.port}/cdn/{name}",
            "X-Repo-Commit": COMMIT,
            "X-Linked-Size": str(len(content)),
            "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
        }
        return Reply(status=302, headers=headers)

    def _stored(self, asked: Asked) -> Reply:
        content = self._files[asked.path.removeprefix("/cdn/")]
        whole = Reply(body=content, headers={"Accept-Ranges": "bytes", "ETag": '"stored"'}, held=self.is_held)
        if asked.byte_range is None:
            return whole
        begin = int(asked.byte_range.removeprefix("bytes=").removesuffix("-"))
        told = {"Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"}
        return replace(whole, status=206, body=content[begin:], headers=whole.headers | told)


def point_hub_at(url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub's library, in this process's children, know this hub and no token."""
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", url)
    monkeypatch.setenv("HF_HOME", str(home))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
