"""Odd requests to every route that the app has, Gradio's included: one status of 4xx each, and no error in the log."""

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmfirst.api.app import ServerOptions
from llmfirst.credentials import parse_credentials
from llmfirst.texts import texts_in
from llmfirst.ui.ask_page import AskPage
from tests.conftest import tries
from tests.evals.ui.calling import CLOSED, PASSWORDS, TOKENS_OF
from tests.llmfirst.api.asgi import Opened, Reply, ask, routes_of, whole_app

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")  # Gradio's own use of pandas
ODD_VALUES = (
    *('"\\ud800"', '{"\\udfff": "\\udfff"}', "NaN", "-Infinity", "1e999", "-1", "1000000000", "1" + "0" * 400),
    *("null", "true", "[]", "{}", '""', '"\\u0000"', '"' + "x" * 5000 + '"', "[" * 300 + "]" * 300),
)
ODD_BODIES = (
    *(b"", b"{", b"[]", b"null", b'{"a": NaN}', b'"\\ud800"', b"\xff\xfe", b"\x00", b"\xef\xbb\xbf{}"),
    *(b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b"1" * 5000),
)
ODD_NAMES = ("x", "-1", "NaN", "%ed%a0%80", "%00", "%0d%0a", "..%2f..", "a" * 3000, "1" + "0" * 400)
QUERY_NAMES = (
    *("session_hash", "upload_id", "question", "model", "run_id", "after", "run", "evaluation", "next", "view"),
    *("__theme", "deep_link"),
)
ODD_TYPES = (
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/\xff",
    "",
)
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
OPEN = ServerOptions(requests_per_minute=10_000_000)
USERS_ONLY = replace(CLOSED, requests_per_minute=10_000_000)
MESSAGE = {"role": "user", "messageId": "m", "parts": [{"kind": "text", "text": "why?"}], "metadata": {"a": 1}}
PARAMS = {"id": "x", "message": {**MESSAGE, "taskId": "t", "contextId": "c"}, "configuration": {"historyLength": 1}}
BODIES: dict[str, tuple[Any, ...]] = {
    "/api/stream": ({"question": "why?", "model": "scripted", "parent_run_id": None},),
    "/a2a": tuple(
        {"jsonrpc": "2.0", "id": 1, "method": method, "params": PARAMS}
        for method in ("message/send", "message/stream", "tasks/get")
    ),
    "/gradio_api/cancel": ({"session_hash": "visit", "fn_index": 1, "event_id": "e"},),
    "/gradio_api/queue/join": (
        {"session_hash": "visit", "fn_index": 1, "data": [], "event_data": None, "trigger_id": 1, "batched": False},
    ),
}
Check = Callable[["Sender"], Awaitable[None]]


class Sender:
    """Sends requests to the app and notes the ones that it breaks on."""

    def __init__(self, opened: Opened, caplog: pytest.LogCaptureFixture) -> None:
        self.app = opened.app
        self.blocks = opened.blocks
        self.headers: dict[str, str] = {}
        self.broken: list[tuple[str, str, str, str]] = []
        self.sent = 0
        self._caplog = caplog

    async def send(
        self, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None, *, until: bytes = b""
    ) -> Reply | None:
        """Send a request; None when the app raised."""
        self.sent += 1
        reply, problem = None, ""
        try:
            reply = await ask(self.app, method, target, body, {**self.headers, **(headers or {})}, until=until)
        except Exception as error:
            logging.getLogger(__name__).debug("raised", exc_info=True)
            problem = repr(error)
        if reply is not None and reply.status >= 500 and (target, reply.status) != ("/readyz", 503):
            problem = f"status {reply.status}"
        problem += "; ".join(one.getMessage() for one in self._caplog.records if one.levelno >= logging.ERROR)
        if problem:
            self.broken.append((method, target[:80], str(body[:200]), problem[:200]))
        self._caplog.clear()
        return reply


def with_sender(
    folder: Path,
    options: ServerOptions,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    check: Check,
) -> None:
    """Open the app for one check, as alice where somebody has to log in."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder / "files"))

    async def main() -> None:
        async with whole_app(folder / "data", options) as opened:
            sender = Sender(opened, caplog)
            if not options.access_policy.is_open:
                await log_in(sender, "alice")
            await check(sender)
            assert sender.broken == []

    asyncio.run(main())


async def log_in(sender: Sender, name: str) -> None:
    entered = await sender.send("POST", "/login", f"name={name}&password={PASSWORDS[name]}".encode(), FORM)
    assert entered is not None
    assert entered.status == 303
    sender.headers = {"Cookie": entered.headers["Set-Cookie"].partition(";")[0]}


def with_one_odd(body: Any, odd: str) -> Iterator[bytes]:
    """Yield a body once for each place in it, with the odd value there."""
    for whole in places(body):
        yield json.dumps(whole).replace('"<odd>"', odd).encode()


def places(value: Any) -> Iterator[Any]:
    yield "<odd>"
    if isinstance(value, dict):
        yield from ({**value, name: inner} for name in value for inner in places(value[name]))
    elif isinstance(value, list):
        yield from ([*value[:at], inner, *value[at + 1 :]] for at in range(len(value)) for inner in places(value[at]))


def headers_for(path: str) -> dict[str, str]:
    return {**JSON, "Authorization": f"Bearer {TOKENS_OF['alice']}"} if path == "/a2a" else JSON


@pytest.mark.parametrize("options", [OPEN, USERS_ONLY], ids=["open", "logged in"])
def test_no_odd_request_to_any_route_is_an_error_of_ours(
    tmp_path: Path, options: ServerOptions, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(sender: Sender) -> None:
        routes = sorted(set(routes_of(sender.app.router.routes)))
        assert {path for method, path in routes if method == "POST"} >= set(BODIES)
        for method, path in routes:
            if method == "GET":
                for odd in ODD_NAMES:
                    target = re.sub(r"{[^}]*}", odd, path)
                    await sender.send("GET", f"{target}?{'&'.join(f'{name}={odd}' for name in QUERY_NAMES)}")
                    if target != path:
                        await sender.send("GET", target)
            else:
                await sender.send(method, path.replace("{", "").replace("}", ""))
            if method == "POST":
                for body in ODD_BODIES:
                    await sender.send("POST", path, body, headers_for(path))
                for kind in ODD_TYPES:
                    await sender.send("POST", path, b"--b\xff", {**headers_for(path), "Content-Type": kind})
            for whole in BODIES.get(path, ()) if method == "POST" else ():
                for odd in ODD_VALUES:
                    for body in with_one_odd(whole, odd):
                        await sender.send("POST", path, body, headers_for(path))
        assert sender.sent > 2000

    with_sender(tmp_path, options, caplog, monkeypatch, check)


def test_each_refusal_says_what_was_wrong(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = b"&".join(b"field%d=x" % number for number in range(11))
    join, cancel = "/gradio_api/queue/join", "/gradio_api/cancel"
    cases = (
        ("/login", fields, FORM, 422, "send name and password"),
        ("/api/stream", b'{"question": "why?", "model": "\\ud800"}', JSON, 422, "hex escape"),
        ("/api/stream", b"[" * 100_000, JSON, 422, "recursion limit"),
        (
            join,
            b'{"session_hash": "v", "fn_index": -1, "data": []}',
            JSON,
            422,
            "fn_index: the page has no such callback",
        ),
        (join, b'{"session_hash": "v", "fn_index": 1000000000, "data": []}', JSON, 422, "fn_index"),
        (join, b'{"session_hash": "v", "fn_index": 0, "data": [NaN]}', JSON, 422, "body: expected value"),
        (join, b'{"session_hash": "v", "fn_index": 0, "data": [1e999]}', JSON, 422, "body: number out of range"),
        (join, b'{"session_hash": "\\ud800", "fn_index": 0, "data": [null]}', JSON, 422, "hex escape"),
        (join, b'{"session_hash": "v", "fn_index": 0, "data": [1]}', JSON, 422, "this callback takes 8 values"),
        (
            join,
            b'{"session_hash": "a visit", "fn_index": 0, "data": ["", null, "auto", null, "none", "en", "", ""]}',
            JSON,
            404,
            "This visit is over",
        ),
        (cancel, b'{"session_hash": "v", "fn_index": -1, "event_id": "e"}', JSON, 422, "fn_index"),
        ("/gradio_api/upload?upload_id=u", *part('name="progress"'), 400, "Each part of an upload is a file"),
        ("/gradio_api/upload", *part('name="files"'), 400, "Each part of an upload is a file"),
        (
            "/gradio_api/upload",
            b"",
            {"Content-Type": f"multipart/form-data; boundary={'b' * 300}"},
            400,
            "no multipart",
        ),
    )

    async def check(sender: Sender) -> None:
        for target, body, headers, status, words in cases:
            reply = await sender.send("POST", target, body, headers)
            assert reply is not None
            assert (reply.status, words in reply.body.decode()) == (status, True), (target, body[:80], reply.body)

    with_sender(tmp_path, USERS_ONLY, caplog, monkeypatch, check)


ODD_OF_A_TYPE: tuple[Any, ...] = (
    *(None, True, -1, 10**400, 1e300, 0.5, "", "x", "\0", [], [None], ["x"], [[["x"]]], {}, {"a": {}}, {"path": "x"}),
    *({"index": None, "value": 1}, {"index": [], "value": 1}, {"index": [[1]], "value": 1}, {"index": [1]}),
    *({"index": [-1, 0], "value": 1}, {"index": [10**30], "value": {}}),
)
OPEN_UNTIL_CLOSED = ("on_recording", "on_replay")
USUAL = {"question": "", "language": "en", "suite": "quick", "targets": [], "repeats": 1, "mode": "sequential"}


def odd_calls(blocks: gr.Blocks, *, is_every_callback: bool) -> Iterator[tuple[int, list[Any], Any]]:
    """Yield the number, the values and the event of calls with one odd value, in every callback or once a component."""
    known: set[int] = set()
    for number, callback in blocks.fns.items():
        usual = [USUAL.get(component.elem_id or "") for component in callback.inputs]
        for place, component in enumerate(callback.inputs):
            if is_every_callback or component._id not in known:
                known.add(component._id)
                yield from ((number, [*usual[:place], odd, *usual[place + 1 :]], None) for odd in ODD_OF_A_TYPE)
        if is_every_callback or any(event == "select" for _, event in callback.targets):
            yield from ((number, usual, odd) for odd in ODD_OF_A_TYPE)


@pytest.mark.parametrize("is_every_callback", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_value_of_another_type_is_told_in_words_and_prints_nothing(
    is_every_callback: bool,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def check(sender: Sender) -> None:
        refused = 0
        for count, (number, data, event) in enumerate(odd_calls(sender.blocks, is_every_callback=is_every_callback)):
            visit = f"visit{count % 10}"
            body = {"session_hash": visit, "fn_index": number, "data": data, "event_data": event}
            reply = await sender.send("POST", "/gradio_api/queue/join", json.dumps(body).encode(), JSON)
            assert reply is not None
            if reply.status == 200:
                stream = f"/gradio_api/queue/data?session_hash={visit}"
                told = b'"output"' if sender.blocks.fns[number].name in OPEN_UNTIL_CLOSED else b"process_completed"
                followed = await sender.send("GET", stream, until=told)
                assert followed is not None, (number, data, event)
                last = next(line for line in followed.body.splitlines() if told in line)
                ended = json.loads(last.removeprefix(b"data: "))
                assert ended["success"] or ended["output"]["error"], (number, data, event)
            else:
                assert reply.status in (404, 422), (number, data, event)
                assert reply.json()["message"]
                refused += 1
        assert refused > 100
        assert capfd.readouterr().err == ""

    with_sender(tmp_path, OPEN, caplog, monkeypatch, check)


def test_a_bug_in_a_callback_is_logged_once_and_the_page_gets_words(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(AskPage, "stop", broken)

    async def check(sender: Sender) -> None:
        stop = next(number for number, one in sender.blocks.fns.items() if one.name == "on_stop")
        body = json.dumps({"session_hash": "visit", "fn_index": stop, "data": ["a run"]}).encode()
        await sender.send("POST", "/gradio_api/queue/join", body, JSON)
        reply = await ask(sender.app, "GET", "/gradio_api/queue/data?session_hash=visit", until=b"process_completed")
        assert texts_in("en").page.broken in reply.body.decode()
        logged = [record for record in caplog.records if record.levelno >= logging.ERROR]
        assert ["a bug" in str(record.exc_info) for record in logged] == [True]
        assert capfd.readouterr().err == ""

    with_sender(tmp_path, OPEN, caplog, monkeypatch, check)


def blank_question(visit: str, question: Any = "") -> bytes:
    """Return the body that asks a question on the page; a blank one is refused there."""
    data = [question, None, "auto", None, "none", "en", "", ""]
    return json.dumps({"session_hash": visit, "fn_index": 0, "data": data}).encode()


def part(disposition: str, content: bytes = b"x") -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers of a form with one part."""
    body = f"--b\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n--b--\r\n"
    return body, {"Content-Type": "multipart/form-data; boundary=b"}


def test_an_upload_is_read_by_who_sent_it_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(sender: Sender) -> None:
        async def status_of(path: str, headers: dict[str, str] | None = None) -> int:
            reply = await sender.send("GET", f"/gradio_api/file={quote(path)}", headers=headers)
            assert reply is not None
            return reply.status

        async def sent() -> str:
            reply = await sender.send("POST", "/gradio_api/upload", *part('name="files"; filename="hers.jsonl"'))
            assert reply is not None
            return str(reply.json()[0])

        hers = await sent()
        assert await status_of(hers) == 200
        for odd in ("bytes=1-2-3", "bytes=\xb2-\xb3", "bytes=9-1", "x"):  # Gradio takes these apart
            assert await status_of(hers, {"Range": odd}) in (200, 416)
        await log_in(sender, "bob")
        assert [await status_of(one) for one in (hers, f"{Path(hers).parent}/./hers.jsonl")] == [404, 404]
        file = {"path": hers, "meta": {"_type": "gradio.FileData"}}
        given = await sender.send("POST", "/gradio_api/queue/join", blank_question("bobs", file), JSON)
        assert given is not None
        assert given.status == 404
        assert await sent() == hers  # the same content under the same name
        assert await status_of(hers) == 200

    with_sender(tmp_path, USERS_ONLY, caplog, monkeypatch, check)


def test_whoever_opens_ever_new_visits_ends_nobody_elses(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = parse_credentials(
        " ".join(
            [f"{name}:{word}" for name, word in PASSWORDS.items()] + [f"user{number}:password" for number in range(48)]
        ),
        shortest=8,
    )
    options = replace(USERS_ONLY, access_policy=replace(CLOSED.access_policy, page=many))

    async def check(sender: Sender) -> None:
        await log_in(sender, "bob")
        await sender.send("POST", "/gradio_api/queue/join", blank_question("bobs"), JSON)
        await log_in(sender, "alice")
        for number in range(25):
            await sender.send("POST", "/gradio_api/queue/join", blank_question(f"hers{number}"), JSON)
        kept = {"bobs", *(f"hers{number}" for number in range(5, 25))}
        assert set(sender.blocks.state_holder.session_data) == kept
        await log_in(sender, "bob")
        reply = await sender.send("GET", "/gradio_api/queue/data?session_hash=bobs")
        assert reply is not None
        assert b"session_not_found" not in reply.body
        assert sender.blocks.state_session_capacity == 20 * 50

    with_sender(tmp_path, options, caplog, monkeypatch, check)


raw_values = st.recursive(
    st.sampled_from(ODD_VALUES) | st.integers().map(str) | st.text(max_size=10).map(json.dumps),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.text(max_size=5).map(json.dumps), inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"{name}: {item}" for name, item in items.items()) + "}"
        )
    ),
    max_leaves=6,
)


def test_whatever_json_is_sent_to_the_page_or_the_api_breaks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[str, bytes]] = []

    @given(st.sampled_from(sorted(BODIES)), st.data())
    @settings(max_examples=tries(500), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
    def draw(path: str, data: st.DataObject) -> None:
        whole = data.draw(st.sampled_from(BODIES[path]))
        fields = {name: data.draw(st.just(json.dumps(value)) | raw_values) for name, value in whole.items()}
        drawn.append((path, ("{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}").encode()))

    draw()

    async def check(sender: Sender) -> None:
        for path, body in drawn:
            await sender.send("POST", path, body, headers_for(path))

    with_sender(tmp_path, OPEN, caplog, monkeypatch, check)
