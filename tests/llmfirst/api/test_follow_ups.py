"""A question that follows up another one, over HTTP and over A2A."""

import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from llmfirst.answer import fold
from llmfirst.errors import RunUnknown
from llmfirst.events import AnswerSettings, EarlierTurns, TextAdded
from llmfirst.runs.owners import LOCAL
from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.a2a.calling import asking, call, got_until, task, waiting
from tests.llmfirst.api.serving import with_api
from tests.llmfirst.api.test_sse import streamed
from tests.scripted import END, PerSection, Reply

TURN = ("why?", "core\n\ndetails\n\nend")


def run_of(found: dict[str, Any]) -> str:
    """Return the run of the last turn of a task."""
    artifact: str = found["artifacts"][-1]["artifactId"]
    return artifact.rpartition("-")[0]


async def asked(client: httpx.AsyncClient, method: str = "POST", **fields: Any) -> str:
    """Ask to the end and return the id of the run."""
    how = {"json": fields} if method == "POST" else {"params": fields}
    run_id: str = json.loads((await streamed(client, method, **how))[0].data)["data"]["run_id"]
    return run_id


def told(provider: PerSection, call_number: int) -> tuple[str, ...]:
    """Return what the first messages of a call say."""
    return tuple(message.content for message in provider.requests[call_number].messages)


def test_a_follow_up_tells_the_model_the_whole_conversation_and_names_its_parent(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE, ["plan", END], ["c2", END], ["d2", END], ["e2", END], *WHOLE)

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        first = await asked(client, question="why?")
        second = await asked(client, question="and now?", parent_run_id=first)
        third = await asked(client, "GET", question="really?", parent_run_id=second)
        assert told(provider, 4)[:2] == TURN
        assert told(provider, 8)[:4] == (*TURN, "and now?", "c2\n\nd2\n\ne2")
        shown = (await client.get(f"/api/runs/{third}")).json()
        assert shown["parent_run_id"] == second
        assert (await client.get(f"/api/runs/{first}")).json()["parent_run_id"] is None
        admitted = fold(await runs.so_far(third)).admitted
        assert admitted is not None
        assert admitted.earlier == EarlierTurns(kept=2)

    with_api(tmp_path, provider, check)


def test_only_an_own_run_that_has_ended_can_be_followed_up(tmp_path: Path) -> None:
    provider = PerSection(["plan", 0.5, END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        unknown = await client.post("/api/stream", json={"question": "why?", "parent_run_id": "none"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "run_unknown")
        how: dict[str, Any] = {"language": "en", "model": None, "grace_seconds": 30}
        first = await runs.start("why?", **how, owner="alice")
        foreign = await client.get("/api/stream", params={"question": "why?", "parent_run_id": first})
        assert (foreign.status_code, foreign.json()["code"]) == (404, "run_unknown")
        with pytest.raises(RunUnknown):
            await runs.start("why?", **how, owner="bob", parent_run_id=first)
        await runs.ended(first)
        assert len(provider.requests) == 4

    with_api(tmp_path, provider, check)


def test_a_running_answer_cannot_be_followed_up_yet(tmp_path: Path) -> None:
    provider = PerSection(["plan", 0.3, END], *WHOLE[1:])

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        first = await runs.start("why?", language="en", model=None, grace_seconds=30)
        refused = await client.post("/api/stream", json={"question": "and?", "parent_run_id": first})
        assert (refused.status_code, refused.json()["code"]) == (409, "parent_running")
        assert "wait for its end" in refused.json()["message"]
        await runs.ended(first)
        assert len(provider.requests) == 4

    with_api(tmp_path, provider, check)


def test_what_is_there_of_a_stopped_answer_is_a_turn(tmp_path: Path) -> None:
    provider = PerSection(["plan", END], ["half", 30.0], *WHOLE)

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        first = await runs.start("why?", language="en", model=None, grace_seconds=30)
        async with aclosing(runs.follow(first)) as events:
            async for event in events:
                if isinstance(event, TextAdded) and event.text == "half":
                    break
        runs.stop(first)
        await runs.ended(first)
        await asked(client, question="and?", parent_run_id=first)
        assert told(provider, 2)[:2] == ("why?", "half")

    with_api(tmp_path, provider, check)


def test_the_settings_of_a_question_come_with_it_and_stay_with_its_run(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE, *WHOLE)
    settings = {"temperature": 0.1, "seed": 5, "deadline_seconds": 40.0, "review": False, "think": "off"}

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        for method in ("POST", "GET"):
            run_id = await asked(client, method, question="why?", **settings)
            submitted = fold(await runs.so_far(run_id)).submitted
            assert submitted is not None
            assert submitted.settings == AnswerSettings.model_validate(settings)
            assert submitted.deadline_seconds == 40
            assert (await client.get(f"/api/runs/{run_id}")).json()["settings"]["seed"] == 5
        assert {request.sampling.seed for request in provider.requests} == {5}
        for wrong in ({"temperature": 3}, {"seed": -1}, {"deadline_seconds": 1}, {"profile": "best"}):
            refused = await client.post("/api/stream", json={"question": "why?", **wrong})
            assert (refused.status_code, refused.json()["code"]) == (422, "malformed")

    with_api(tmp_path, provider, check)


OPTIONS: dict[str, Any] = {
    "temperature": 0.1,
    "top_p": 0.5,
    "top_k": 3,
    "repeat_penalty": 1.2,
    "seed": 5,
    "context_tokens": 4096,
    "system_prompt": "Be brief.",
}


def test_the_options_of_the_model_come_with_a_question_and_stay_with_its_run(tmp_path: Path) -> None:
    provider = PerSection(*WHOLE, *WHOLE, *WHOLE)

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        runs_asked = [await asked(client, method, question="why?", **OPTIONS) for method in ("POST", "GET")]
        found = await task(client, "message/send", waiting(asking("why?", metadata=OPTIONS)))
        for run_id in (*runs_asked, run_of(found)):
            shown = (await client.get(f"/api/runs/{run_id}")).json()
            assert shown["options"] == OPTIONS
            assert shown["settings"].items() >= OPTIONS.items()
            assert shown["ignored"] == []
        assert {request.context_tokens for request in provider.requests} == {4096}
        assert {request.messages[0].content[:9] for request in provider.requests} == {"Be brief."}

    with_api(tmp_path, provider, check)


WRONG: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"temperature": 2.1}, "malformed", "temperature"),
    ({"top_p": 0}, "malformed", "top_p"),
    ({"top_k": 1001}, "malformed", "top_k"),
    ({"repeat_penalty": 0.4}, "malformed", "repeat_penalty"),
    ({"context_tokens": 1_000_000}, "malformed", "context_tokens"),
    ({"system_prompt": "a" * 100_000}, "malformed", "at most 2000 characters"),
    ({"system_prompt": "<|im_end|>"}, "refused", "<|, which chat templates use to end a message: remove it"),
    ({"system_prompt": "Be\x00brief"}, "refused", "control character (U+0000)"),
    ({"system_prompt": "a" * 1025, "context_tokens": 2048}, "refused", "room for 1,024"),
)


def test_an_option_out_of_bounds_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for wrong, code, says in WRONG:
            refused = await client.post("/api/stream", json={"question": "why?", **wrong})
            assert (refused.status_code, refused.json()["code"]) == (422, code)
            assert says in refused.json()["message"]
            assert len(refused.text) < 1000
            if code == "refused":
                said = await call(client, "message/send", waiting(asking("why?", metadata=wrong)))
                assert says in json.dumps(said, ensure_ascii=False)

    with_api(tmp_path, PerSection(), check)


def test_the_next_message_of_a_task_follows_up_the_one_before_and_metadata_name_another_run(tmp_path: Path) -> None:
    other: tuple[Reply, ...] = (["plan", END], ["c2", END], ["d2", END], ["e2", END])
    provider = PerSection(*WHOLE, *other, *WHOLE)

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        first = await task(client, "message/send", waiting(asking()))
        run_id = first["artifacts"][0]["artifactId"].removesuffix("-strategy")
        metadata = {"seed": 9, "client": {"seed": "its own"}}
        await task(client, "message/send", waiting(asking("and?", taskId=first["id"], metadata=metadata)))
        assert told(provider, 4)[:2] == TURN
        assert provider.requests[4].sampling.seed == 9
        await task(client, "message/send", waiting(asking("and?", metadata={"parent_run_id": run_id})))
        assert told(provider, 8)[:2] == TURN
        assert told(provider, 8)[2].endswith("and?")
        for wrong in ({"temperature": "hot"}, {"parent_run_id": 7}):
            reply = await call(client, "message/send", waiting(asking(metadata=wrong)))
            assert reply["error"]["code"] == -32602

    with_api(tmp_path, provider, check)


def test_a_new_task_goes_on_in_its_context_where_the_last_answer_has_ended(tmp_path: Path) -> None:
    slow: tuple[Reply, ...] = (["plan", 0.3, END], *WHOLE[1:])
    provider = PerSection(*WHOLE, *slow, *WHOLE, *WHOLE)

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        async def parent_of(found: dict[str, Any]) -> str | None:
            submitted = fold(await runs.so_far(run_of(found))).submitted
            assert submitted is not None
            return submitted.parent_run_id

        first = await task(client, "message/send", waiting(asking(contextId="ours")))
        open_one = await task(client, "message/send", waiting(asking("and?", contextId="ours"), blocking=False))
        third = await task(client, "message/send", waiting(asking("really?", contextId="ours")))
        assert [await parent_of(third), third["contextId"], third["id"] == first["id"]] == [
            run_of(first),
            "ours",
            False,
        ]
        assert told(provider, 8)[:2] == TURN
        await got_until(client, open_one["id"], lambda found: bool(found["status"]["state"] == "completed"))
        await runs.history.delete(run_of(third), LOCAL)
        elsewhere = await task(client, "message/send", waiting(asking(contextId="theirs")))
        assert await parent_of(elsewhere) is None

    with_api(tmp_path, provider, check)
