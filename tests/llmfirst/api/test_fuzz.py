"""Machines try what nobody would write: the OpenAPI document held against the server, and JSON-RPC of all kinds."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from llmfirst.api.a2a.parsing import Malformed, parse_request
from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from llmfirst.api.streams import ascii_json
from llmfirst.credentials import parse_credentials
from tests.browser.served import served
from tests.conftest import tries
from tests.evals.answering import AnsweringProvider

SEVERAL = settings(
    max_examples=tries(40),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
MANY = settings(SEVERAL, max_examples=tries(500))
METHODS = (
    *("message/send", "message/stream", "tasks/get", "tasks/cancel", "tasks/resubscribe", "tasks/list", ""),
    *("tasks/pushNotificationConfig/set", "tasks/pushNotificationConfig/get"),
)
CODES = {-32700, -32600, -32601, -32602, -32603, -32001, -32002, -32003, -32004, -32005}

numbers = st.integers() | st.floats()
leaves = st.none() | st.booleans() | numbers | st.text(max_size=20)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
)


def sometimes(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return mostly what is right, and else anything."""
    return st.one_of(right, right, right, anything)


parts = st.fixed_dictionaries(
    {"kind": sometimes(st.sampled_from(["text", "data", "file"])), "text": sometimes(st.text(max_size=50))},
    optional={"data": anything, "file": anything, "metadata": anything},
)
messages = st.fixed_dictionaries(
    {
        "role": sometimes(st.sampled_from(["user", "agent"])),
        "messageId": sometimes(st.text(max_size=20)),
        "parts": sometimes(st.lists(sometimes(parts), max_size=3)),
    },
    optional={
        "kind": sometimes(st.just("message")),
        "taskId": sometimes(st.uuids().map(str) | st.text(max_size=40)),
        "contextId": sometimes(st.text(max_size=20)),
        "referenceTaskIds": anything,
        "metadata": anything,
    },
)
configurations = st.fixed_dictionaries(
    {},
    optional={
        "acceptedOutputModes": sometimes(st.lists(st.sampled_from(["text", "text/plain", "image/png", "*/*", "/"]))),
        "blocking": sometimes(st.booleans()),
        "historyLength": sometimes(st.integers(-2, 5)),
        "pushNotificationConfig": anything,
    },
)
params = st.fixed_dictionaries(
    {}, optional={"message": sometimes(messages), "configuration": sometimes(configurations), "id": anything}
)
requests = st.fixed_dictionaries(
    {"jsonrpc": sometimes(st.just("2.0")), "method": sometimes(st.sampled_from(METHODS))},
    optional={"id": sometimes(st.integers() | st.text(max_size=10)), "params": sometimes(params), "more": anything},
)


TOKENS = parse_credentials("alice:alice-0123456789", shortest=16)
ALICE = {"Authorization": "Bearer alice-0123456789"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    options = ServerOptions(access_policy=AccessPolicy(TOKENS, TOKENS), requests_per_minute=1_000_000)
    with (
        served(tmp_path_factory.mktemp("fuzz"), AnsweringProvider(), question_limit=100, options=options) as there,
        httpx.Client(base_url=there.url, headers=ALICE, timeout=20, trust_env=False) as client,
    ):
        while client.get("/readyz").status_code != 200:
            pass
        yield client


OPERATIONS = (
    ("/api/stream", "GET"),
    ("/api/stream", "POST"),
    ("/api/runs", "GET"),
    ("/api/runs.jsonl", "GET"),
    ("/api/runs/{run_id}", "GET"),
    ("/api/runs/{run_id}", "DELETE"),
    ("/api/runs/{run_id}/file", "GET"),
    ("/api/runs/{run_id}/ledger", "GET"),
    ("/api/models", "GET"),
    ("/healthz", "GET"),
    ("/readyz", "GET"),
    ("/metrics", "GET"),
)


@pytest.mark.hypothesis
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_the_server_does_what_its_document_says(client: httpx.Client, path: str, method: str) -> None:
    document = schemathesis.openapi.from_url(str(client.base_url.join("/openapi.json")), headers=ALICE)
    operations = [one.ok() for one in document.get_all_operations() if isinstance(one, Ok)]
    assert {(one.path, one.method.upper()) for one in operations} == set(OPERATIONS)

    @given(case=document[path][method].as_strategy())
    @SEVERAL
    def check(case: Any) -> None:
        # What a question must be besides a string, such as not blank, is no matter of a schema. Wrong tokens have tests
        # of their own: after ten of them one has to wait.
        case.call_and_validate(headers=ALICE, timeout=20, excluded_checks=[positive_data_acceptance, ignored_auth])

    check()


@given(
    st.binary(max_size=200)
    | requests.map(lambda one: json.dumps(one).encode())
    | anything.map(ascii_json).map(str.encode)
)
@MANY
def test_whatever_is_sent_is_a_request_or_an_error_that_can_be_told(body: bytes) -> None:
    try:
        assert parse_request(body).method in METHODS
    except Malformed as problem:
        told = json.loads(ascii_json(problem.error.model_dump(mode="json")))
        assert told["code"] in CODES
        assert len(json.dumps(told)) < 20_000


@given(requests)
@MANY
def test_whatever_is_asked_of_a2a_has_one_answer_of_json_rpc(client: httpx.Client, body: dict[str, Any]) -> None:
    content = json.dumps(body).encode()
    reply = client.post("/a2a", content=content, headers={"Content-Type": "application/json"})
    assert reply.status_code in (200, 429)
    is_stream = reply.headers["content-type"].startswith("text/event-stream")
    lines = [line.removeprefix("data: ") for line in reply.text.splitlines() if line.startswith("data: ")]
    for told in map(json.loads, lines if is_stream else [reply.text]):
        assert told["jsonrpc"] == "2.0"
        assert "id" in told
        assert ("result" in told) != ("error" in told)
        if "error" in told:
            assert told["error"]["code"] in CODES
            assert told["error"]["code"] != -32603 or reply.status_code == 429
