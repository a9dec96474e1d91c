"""What can be read: runs, ledgers, models, health, figures and the schema."""

import asyncio
import json
from pathlib import Path

import httpx
from httpx_sse import aconnect_sse
from prometheus_client.parser import text_string_to_metric_families
from pydantic import TypeAdapter

from llmfirst.api.app import ServerOptions, build_api
from llmfirst.api.authentication import AccessPolicy
from llmfirst.api.wire import WireMessage
from llmfirst.credentials import parse_credentials
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.errors import ProviderUnavailable
from llmfirst.ledger import Call, chain_holds
from llmfirst.runs.runs import Runs
from llmfirst.ui.answer_file import answer_file
from tests.live_runs import WHOLE, opened_with_models, served
from tests.llmfirst.api.serving import nothing_around, with_api
from tests.probing import probe_of
from tests.scripted import PerSection

TOKENS = parse_credentials("alice:alice-0123456789 bob:bob-0123456789ab", shortest=16)
ALICE = {"Authorization": "Bearer alice-0123456789"}
BOB = {"Authorization": "Bearer bob-0123456789ab"}


async def asked(client: httpx.AsyncClient, **fields: dict[str, str]) -> str:
    """Ask to the end and return the run's id."""
    async with aconnect_sse(client, "POST", "/api/stream", json={"question": "why?"}, **fields) as source:
        events = [json.loads(event.data) async for event in source.aiter_sse()]
    run_id: str = events[0]["data"]["run_id"]
    return run_id


def test_a_run_is_read_with_its_text_and_figures_and_its_ledger_can_be_recomputed(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        run_id = await asked(client)
        run = (await client.get(f"/api/runs/{run_id}")).json()
        assert (run["run_id"], run["question"], run["state"], run["error"]) == (run_id, "why?", "ended", None)
        assert run["text"] == {"strategy": "plan", "core": "core", "details": "details", "conclusion": "end"}
        assert run["metrics"]["outcome"] == "complete"
        ledger = (await client.get(f"/api/runs/{run_id}/ledger")).json()
        calls = TypeAdapter(list[Call]).validate_json(json.dumps(ledger["calls"]))
        assert len(calls) == 4
        assert chain_holds(calls)
        assert ledger["proof"]["head"] == run["metrics"]["ledger_head"] == calls[-1].sha256
        assert ledger["proof"]["accounted_share"] == 1.0
        assert (await client.get("/api/runs/nobody")).status_code == 404
        assert (await client.get("/api/runs/nobody/ledger")).status_code == 404

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_a_run_is_read_while_it_is_written(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        run_id = await runs.start("why?", language="en", model=None, grace_seconds=5, owner="local")
        async for event in runs.follow(run_id):
            if event.type == "text_added":
                break
        run = (await client.get(f"/api/runs/{run_id}")).json()
        assert (run["state"], run["text"]["strategy"]) == ("writing", "half ")
        assert (await client.get(f"/api/runs/{run_id}/ledger")).json()["calls"] == []

    with_api(tmp_path, PerSection(["half ", 60.0]), check)


def test_a_run_and_its_ledger_are_unknown_to_another(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        run_id = await asked(client, headers=ALICE)
        for path in (f"/api/runs/{run_id}", f"/api/runs/{run_id}/ledger"):
            assert (await client.get(path, headers=ALICE)).status_code == 200
            assert (await client.get(path, headers=BOB)).status_code == 404
            assert (await client.get(path)).status_code == 401

    with_api(tmp_path, PerSection(*WHOLE), check, ServerOptions(access_policy=AccessPolicy(TOKENS, TOKENS)))


def test_the_models_are_listed_by_the_key_that_a_question_takes(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        (model,) = (await client.get("/api/models")).json()["models"]
        assert (model["key"], model["is_chosen"], model["readiness"]) == ("ollama/scripted", True, "ready")
        reply = await client.post("/api/stream", json={"question": "why?", "model": model["key"]})
        assert reply.status_code == 200

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_a_model_tells_how_far_its_probe_is(tmp_path: Path) -> None:
    async def main() -> None:
        async with asyncio.timeout(20), opened_with_models(tmp_path, PerSection()) as (runs, models, documents):
            profiles = ProfileBook(load_profiles())
            probe = probe_of(models, runs.idle, documents, profiles=profiles)
            app = build_api(
                runs, models, documents, ServerOptions(), lifespan=nothing_around, answer_file=answer_file, probe=probe
            )
            async with served(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as client:
                told = {"stage": "waiting", "question": 1, "questions": 4, "calls": 0, "about": "profile"}
                assert (await client.get("/api/models")).json()["models"][0]["probe"] == told
                profiles.learn(models.handle(None), "answer_first")
                assert (await client.get("/api/models")).json()["models"][0]["probe"] is None

    asyncio.run(main())


def test_health_needs_no_token_and_readiness_waits_for_the_model(tmp_path: Path) -> None:
    async def warm(client: httpx.AsyncClient, _: Runs) -> None:
        assert (await client.get("/healthz")).json() == {"status": "ok", "readiness": "ready"}
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.get("/metrics")).status_code == 401

    async def cold(client: httpx.AsyncClient, _: Runs) -> None:
        assert (await client.get("/healthz")).json() == {"status": "ok", "readiness": None}
        reply = await client.get("/readyz")
        assert (reply.status_code, reply.json()["status"]) == (503, "not_ready")

    with_api(tmp_path / "warm", PerSection(), warm, ServerOptions(access_policy=AccessPolicy(TOKENS, TOKENS)))
    with_api(tmp_path / "cold", PerSection(), cold, is_warm=False)


def test_the_figures_count_runs_outcomes_times_tokens_and_who_waits_without_any_text(tmp_path: Path) -> None:
    gone = ProviderUnavailable("Ollama does not answer: start it.")

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        await asked(client)
        await asked(client)
        for _number in range(2):
            await runs.start("a secret question", language="en", model=None, grace_seconds=5)
        for _beat in range(500):  # the first of the two begins to write in its own time
            text = (await client.get("/metrics")).text
            if "llmfirst_runs_writing 1.0" in text:
                break
            await asyncio.sleep(0.01)
        figures = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
        assert figures["llmfirst_runs_total", "complete"] == 1
        assert figures["llmfirst_runs_total", "failed"] == 1
        assert figures["llmfirst_first_text_seconds_count",] == 1
        assert figures["llmfirst_first_token_seconds_count",] == 1
        assert figures["llmfirst_total_seconds_count",] == 2
        assert figures["llmfirst_total_seconds_bucket", "120.0"] == 2
        assert figures["llmfirst_tokens_total",] == 12
        assert figures["llmfirst_runs_writing",] == 1
        assert figures["llmfirst_runs_waiting",] == 1
        assert "secret" not in text

    with_api(tmp_path, PerSection(*WHOLE, [gone], [gone], [gone], ["half ", 60.0]), check)


def test_the_schema_shows_every_event_and_its_examples_are_what_it_says(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        schema = (await client.get("/openapi.json")).json()
        for method in ("get", "post"):
            answers = schema["paths"]["/api/stream"][method]["responses"]
            (kind,) = answers["200"]["content"]
            assert kind == "text/event-stream"
            told = answers["200"]["content"][kind]
            assert set(told["examples"]) == {"start", "progress", "complete", "error"}
            data = told["schema"]["properties"]["data"]
            assert data["contentSchema"] == {"$ref": "#/components/schemas/WireMessage"}
            for example in told["examples"].values():
                WireMessage.model_validate_json(example["value"]["data"])
            assert {"401", "403", "404", "413", "422", "429", "503"} <= set(answers)
        assert "securitySchemes" not in schema["components"]

    async def closed(client: httpx.AsyncClient, _: Runs) -> None:
        assert (await client.get("/openapi.json")).status_code == 401
        schema = (await client.get("/openapi.json", headers=ALICE)).json()
        assert schema["components"]["securitySchemes"].keys() == {"HTTPBearer", "APIKeyHeader"}
        needs_token = {path for path, operations in schema["paths"].items() if "security" in operations["get"]}
        assert set(schema["paths"]) - needs_token == {"/healthz", "/readyz"}

    with_api(tmp_path / "open", PerSection(), check)
    with_api(tmp_path / "closed", PerSection(), closed, ServerOptions(access_policy=AccessPolicy(TOKENS, TOKENS)))


def test_a_refusal_has_one_form_and_nothing_of_the_request_in_it(tmp_path: Path) -> None:
    async def check(client: httpx.AsyncClient, _: Runs) -> None:
        for reply in (
            await client.post("/api/stream", json={"question": "why?", "secret": "a secret"}),
            await client.post("/api/stream", json={"question": ["a secret"]}),
            await client.get("/api/stream", params={"run_id": "x", "after": "a secret"}),
            await client.get("/nothing"),
            await client.put("/api/stream"),
        ):
            assert reply.status_code in (404, 405, 422)
            assert reply.json().keys() == {"code", "message"}
            assert "a secret" not in reply.text

    with_api(tmp_path, PerSection(), check)
