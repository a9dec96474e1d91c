"""The page's login: forms, sessions, and how long one may guess."""

from pathlib import Path

import httpx
import pytest

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import SESSION_COOKIE, AccessPolicy
from llmfirst.api.rate_limits import TokenBuckets
from llmfirst.api.sessions import LASTING_SECONDS, Sessions
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.a2a.calling import request
from tests.llmfirst.api.serving import with_api
from tests.llmfirst.api.test_authentication import ASKED, CLOSED, TOKENS, USERS
from tests.scripted import PerSection


def login(name: str, password: str, **more: str) -> dict[str, str]:
    return {"name": name, "password": password, **more}


def test_who_is_not_logged_in_is_led_to_the_login_and_back_to_what_was_asked_for(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        sent = await client.get("/?run=0123456789abcdef")
        assert sent.status_code == 303
        assert sent.headers["Location"] == "/login?next=%2F%3Frun%3D0123456789abcdef"
        page = await client.get(sent.headers["Location"], headers={"Accept-Language": "ko"})
        assert "비밀번호" in page.text
        assert 'value="/?run=0123456789abcdef"' in page.text
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
        assert "<script" not in page.text
        entered = await client.post("/login", data=login("alice", "wonderland", next="/?run=0123456789abcdef"))
        assert entered.status_code == 303
        assert entered.headers["Location"] == "/?run=0123456789abcdef"
        cookie = entered.headers["Set-Cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        assert "wonderland" not in cookie
        assert (await client.get("/")).status_code == 404  # inside, where this test has no page
        assert (await client.post("/api/stream", json=ASKED)).status_code == 200
        assert (await client.post("/a2a", json=request("tasks/get", {"id": "x"}))).status_code == 401
        assert (await client.post("/logout")).status_code == 303
        assert (await client.get("/")).status_code == 303
        assert (await client.get("/config")).status_code == 401
        client.cookies.set(SESSION_COOKIE, entered.cookies[SESSION_COOKIE])
        assert (await client.get("/config")).status_code == 401

    with_api(tmp_path, PerSection(*WHOLE), check, CLOSED)


@pytest.mark.parametrize(
    "onward",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/?x\r\nSet-Cookie: a=b", ""],
)
def test_the_login_leads_nowhere_else(tmp_path: Path, onward: str) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        entered = await client.post("/login", data=login("alice", "wonderland", next=onward))
        assert entered.headers["Location"] == "/"
        assert "a=b" not in str(entered.headers)
        page = await client.get("/login", params={"next": '/?"><script>alert(1)</script>'})
        assert "<script>" not in page.text

    with_api(tmp_path, PerSection(), check, CLOSED)


def test_wrong_passwords_are_401_and_after_ten_one_has_to_wait_even_with_the_right_one(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        assert (await client.post("/login", data=login("alice", "wonderland"))).status_code == 303
        for name, password in [("alice", "wrong"), ("nobody", "wonderland"), ("bob", "wonderland"), ("", "")] * 2:
            reply = await client.post("/login", data=login(name, password))
            assert reply.status_code == 401
            assert "WWW-Authenticate" in reply.headers
            assert 'role="alert"' in reply.text
        for _number in range(2):
            assert (await client.post("/login", data=login("alice", "wrong"))).status_code == 401
        late = await client.post("/login", data=login("alice", "wonderland"), headers={"Accept-Language": "ko"})
        assert late.status_code == 429
        assert int(late.headers["Retry-After"]) > 0
        assert "다시 시도해 주세요" in late.text
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        assert (await client.post("/login", data=login("alice", "wonderland"), headers=elsewhere)).status_code == 303

    with_api(tmp_path, PerSection(), check, CLOSED)


def test_who_comes_from_ever_new_addresses_cannot_guess_a_password_for_long(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async def guess(number: int, password: str, name: str = "alice") -> int:
            headers = {"X-Forwarded-For": f"203.0.113.{number}"}
            return (await client.post("/login", data=login(name, password), headers=headers)).status_code

        assert [await guess(number, "wrong") for number in range(30)] == [401] * 30
        assert await guess(31, "wonderland") == 429
        assert await guess(32, "builder-bob", "bob") == 303

    with_api(tmp_path, PerSection(), check, CLOSED)


def test_another_sites_page_cannot_log_anybody_in(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for origin in ("http://evil.example", "null", "http://["):
            reply = await client.post("/login", data=login("alice", "wonderland"), headers={"Origin": origin})
            assert reply.status_code == 403
        own = {"Origin": "https://llm.example.org"}
        entered = await client.post("/login", data=login("alice", "wonderland"), headers=own)
        assert entered.status_code == 303
        assert "Secure" in entered.headers["Set-Cookie"]

    options = ServerOptions(access_policy=AccessPolicy(USERS, TOKENS), public_url="https://llm.example.org")
    with_api(tmp_path, PerSection(), check, options)


def test_whoever_logs_in_a_thousand_times_logs_out_nobody_else() -> None:
    sessions = Sessions(lambda: 0.0)
    bob = sessions.begin("bob")
    alice = [sessions.begin("alice") for _ in range(1_010)]
    assert sessions.owner(bob) == "bob"
    assert [sessions.owner(token) for token in (alice[0], alice[-100], alice[-1])] == [None, "alice", "alice"]


def test_a_session_ends_by_itself_and_a_bucket_fills_again() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    token = sessions.begin("alice")
    buckets = TokenBuckets(2, 60.0, lambda: now[0])
    assert [buckets.take("alice") for _ in range(3)] == [0, 0, 30]
    assert buckets.take("bob") == 0
    now[0] = 30.0
    assert [buckets.take("alice") for _ in range(2)] == [0, 30]
    assert sessions.owner(token) == "alice"
    now[0] = LASTING_SECONDS + 1.0
    assert sessions.owner(token) is None
    assert sessions.owner("") is None
