"""The history over HTTP: pages of runs, files of runs, deletions; each caller has only the own ones."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx

from llmfirst.api.app import ServerOptions
from llmfirst.api.authentication import AccessPolicy
from llmfirst.events import AnswerEvent, QuestionSubmitted
from llmfirst.proof import verify
from llmfirst.runs.runs import Runs
from llmfirst.store import RunStore, open_database
from tests.llmfirst.api.serving import with_api
from tests.llmfirst.api.test_queries import ALICE, BOB, TOKENS
from tests.read_html import elements, shown
from tests.run_events import REPLIES, told
from tests.scripted import PerSection

HOSTILE = 'Why </title><script>alert("1")</script> <img src="https://x.example/a.png">?'


def events(run_id: str, minute: int, question: str = "왜?") -> list[AnswerEvent]:
    submitted = QuestionSubmitted(
        elapsed_seconds=0,
        run_id=run_id,
        question=question,
        language="ko",
        provider="ollama",
        model="qwen3:1.7b",
        model_digest="sha256:0123456789abcdef",
        deadline_seconds=120,
        submitted_at=datetime(2026, 11, 23, 23, minute, tzinfo=UTC),
        profile="answer_first",
    )
    return [submitted, *told(*REPLIES)]


def body(page: str) -> str:
    """Return what stands in the body of a page."""
    return page.partition("<body>")[2].partition("</body>")[0]


def keep_runs(folder: Path, owner: str = "local") -> None:
    store = RunStore(open_database(folder))
    for number in range(3):
        store.append(f"{number}", 0, events(f"{number}", number), owner)
    store.append("open", 0, events("open", 9)[:3], owner)
    store.append("asked", 0, events("asked", 8), owner, is_background=True)
    store.rate("1", owner, -1, "너무 짧다")
    store.pin("2", owner, pinned=True)
    store.close()


def test_runs_are_listed_page_by_page_and_filtered(tmp_path: Path) -> None:
    keep_runs(tmp_path)

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        async def listed(**wanted: str | int) -> list[str]:
            return [run["run_id"] for run in (await client.get("/api/runs", params=wanted)).json()["runs"]]

        first = (await client.get("/api/runs", params={"limit": 3})).json()
        assert [run["run_id"] for run in first["runs"]] == ["open", "2", "1"]
        assert await listed(following=first["following"]) == ["0"]
        assert first["runs"][2] == {
            "run_id": "1",
            "submitted_at": "2026-11-23T23:01:00Z",
            "question": "왜?",
            "provider": "ollama",
            "model": "qwen3:1.7b",
            "language": "ko",
            "has_ended": True,
            "outcome": "complete",
            "fault": None,
            "admitted_seconds": None,
            "first_text_seconds": 1.0,
            "total_seconds": 9.0,
            "pinned": False,
            "rating": -1,
            "rating_words": "너무 짧다",
            "parent_run_id": None,
            "conversation_id": "1",
        }
        assert await listed(words="계획 core") == ["2", "1", "0"]
        assert await listed(rated="bad") == ["1"]
        assert await listed(pinned="true") == ["2"]
        assert await listed(asked_by="evaluations") == ["asked"]
        assert await listed(asked_by="all", before="2026-11-23T23:02:00Z") == ["1", "0"]
        assert (await client.get("/api/runs", params={"limit": 0})).status_code == 422
        assert (await client.get("/api/runs", params={"following": 2**70})).status_code == 422
        assert await listed(words="".join(chr(0xAC00 + number) for number in range(500))) == []
        assert await listed(words=" ".join(f"word{number}" for number in range(120))) == []
        assert (await client.get("/api/runs", params={"colour": "red"})).status_code == 422

    with_api(tmp_path, PerSection(), check)


def test_the_runs_that_a_filter_lets_through_are_saved_as_lines(tmp_path: Path) -> None:
    keep_runs(tmp_path)

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.get("/api/runs.jsonl", params={"words": "core"})
        assert reply.headers["content-disposition"] == 'attachment; filename="llmfirst-runs.jsonl"'
        lines = [json.loads(line) for line in reply.text.splitlines()]
        assert [line["run_id"] for line in lines] == ["2", "1", "0"]
        assert lines[1]["text"] == dict(REPLIES)
        assert (lines[1]["rating"], lines[1]["rating_words"], lines[1]["outcome"]) == (-1, "너무 짧다", "complete")
        assert lines[1]["metrics"]["ledger_head"] == verify(events("1", 1)).head

    with_api(tmp_path, PerSection(), check)


def test_one_run_is_saved_as_a_file_that_loads_and_runs_nothing(tmp_path: Path) -> None:
    keep_runs(tmp_path)
    store = RunStore(open_database(tmp_path))
    text = "**Bold** <script>alert(2)</script> ![x](https://x.example/b.png) [link](javascript:alert(3))"
    submitted = events("hostile", 5, HOSTILE)[0]
    store.append("hostile", 0, [submitted, *told(("strategy", "plan"), ("core", text))])
    store.close()

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        reply = await client.get("/api/runs/1/file", params={"language": "ko", "zone": "Asia/Seoul"})
        assert reply.headers["content-disposition"] == 'attachment; filename="llmfirst-2026-11-24-0801.html"'
        seen = shown(body(reply.text))
        for words in ("왜?", "qwen3:1.7b (ollama) · 0123456789ab", "2026-11-24 08:01 UTC+09:00", "한 문장 계획.",
                      "The core.", "나쁨으로 평가함: 너무 짧다", str(verify(events("1", 1)).head)):  # fmt: skip
            assert words in seen
        page = (await client.get("/api/runs/hostile/file")).text
        assert HOSTILE in shown(body(page))
        found = elements(body(page))
        assert "strong" in [name for name, _ in found]
        assert not {"script", "img", "iframe", "link"} & {name for name, _ in found}
        addresses = [value for _, attributes in found for name, value in attributes.items() if name in ("src", "href")]
        assert not [address for address in addresses if address and address.startswith("javascript:")]
        assert "<title>Why &lt;/title&gt;" in page
        assert "Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'" in page
        assert (await client.get("/api/runs/nobody/file")).status_code == 404

    with_api(tmp_path, PerSection(), check)


def test_a_run_is_deleted_unless_it_is_written_or_an_evaluations(tmp_path: Path) -> None:
    keep_runs(tmp_path)

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        assert (await client.delete("/api/runs/1")).status_code == 204
        assert (await client.get("/api/runs/1")).status_code == 404
        assert (await client.delete("/api/runs/1")).status_code == 404
        refused = await client.delete("/api/runs/open")
        assert (refused.status_code, refused.json()["code"]) == (409, "run_in_progress")
        assert (await client.delete("/api/runs/asked")).status_code == 404
        assert (await client.get("/api/runs/asked")).status_code == 200
        forged = await client.delete("/api/runs/0", headers={"Origin": "https://elsewhere.example"})
        assert forged.status_code == 403

    with_api(tmp_path, PerSection(), check)


def test_nobody_lists_saves_or_deletes_the_runs_of_another(tmp_path: Path) -> None:
    keep_runs(tmp_path, "alice")
    options = ServerOptions(access_policy=AccessPolicy(api=TOKENS))

    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        assert len((await client.get("/api/runs", headers=ALICE)).json()["runs"]) == 4
        assert (await client.get("/api/runs", headers=BOB)).json() == {"runs": [], "following": None}
        assert (await client.get("/api/runs.jsonl", headers=BOB)).text == ""
        for method, path in (("GET", "/api/runs/1/file"), ("DELETE", "/api/runs/1")):
            assert (await client.request(method, path, headers=BOB)).status_code == 404
            assert (await client.request(method, path)).status_code == 401
        assert (await client.get("/api/runs/1/file", headers=ALICE)).status_code == 200

    with_api(tmp_path, PerSection(), check, options)
