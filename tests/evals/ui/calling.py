"""The Evaluate tab's callbacks called as the page's own script calls them, by whoever has logged in."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from llmfirst.credentials import parse_credentials

PASSWORDS = {"alice": "wonderland", "bob": "builder-bob"}
USERS = parse_credentials(" ".join(f"{name}:{secret}" for name, secret in PASSWORDS.items()), shortest=8)
TOKENS_OF = {"alice": "alice-0123456789", "bob": "bob-0123456789abc"}
TOKENS = parse_credentials(" ".join(f"{name}:{secret}" for name, secret in TOKENS_OF.items()), shortest=16)
CLOSED = ServerOptions(access_policy=AccessPolicy(USERS, TOKENS), requests_per_minute=1000)
_visits = itertools.count(1)


class Caller:
    """One visit to the page; `told` is all that the server has ever sent to it."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.told = ""
        self._visit = f"visit{next(_visits)}"
        config = client.get("/config").json()
        self._ids = {one["props"].get("elem_id"): one["id"] for one in config["components"]}
        self._listeners = config["dependencies"]

    def call(
        self, element: str, event: str, *data: Any, shows: str | None = None, query: str = "", index: Any = None
    ) -> Any:
        """Fire an event of a component, values in the order of its inputs; return what came of it at last.

        `shows` names an output where several listen. None where the server refuses.
        """
        if self.join(element, event, *data, shows=shows, query=query, index=index) != 200:
            return None
        with self.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": self._visit}) as stream:
            for line in stream.iter_lines():
                self.told += line
                message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if message.get("msg") == "process_completed":
                    return message["output"].get("data") if message["success"] else None
        return None

    def join(
        self, element: str, event: str, *data: Any, shows: str | None = None, query: str = "", index: Any = None
    ) -> int:
        """Fire an event without waiting for what comes of it; return the status of the reply."""
        target = [self._ids[element], event]
        number = next(
            one["id"]
            for one in self._listeners
            if target in [list(of) for of in one["targets"]]
            and (one["outputs"] or one["backend_fn"])
            and (shows is None or self._ids[shows] in one["outputs"])
        )
        body = {"data": list(data), "fn_index": number, "session_hash": self._visit, "event_data": index}
        reply = self.client.post("/gradio_api/queue/join" + query, json=body)
        self.told += reply.text
        return reply.status_code

    def upload(self, name: str, content: str) -> dict[str, Any]:
        """Upload a file and return it as a callback takes it."""
        path = self.client.post("/gradio_api/upload", files={"files": (name, content.encode())}).json()[0]
        return file_named(path, name)


def file_named(path: str, name: str = "file.jsonl") -> dict[str, Any]:
    """Return a file as a callback takes it, wherever it is."""
    return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}


@contextmanager
def logged_in(url: str, name: str) -> Iterator[Caller]:
    """Log in and open the page."""
    with visiting(url, {"name": name, "password": PASSWORDS[name]}) as caller:
        yield caller


@contextmanager
def visiting(url: str, form: dict[str, str] | None = None) -> Iterator[Caller]:
    """Open the page, after a login where there is a form to send."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        if form is not None:
            client.post("/login", data=form)
        yield Caller(client)
