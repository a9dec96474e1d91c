"""The dashboard of `deploy/` asks only for figures that /metrics has, by labels and limits that they have."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from llmfirst.runs.runs import Runs
from tests.live_runs import WHOLE
from tests.llmfirst.api.serving import with_api
from tests.scripted import PerSection

DEPLOY: Final = Path(__file__).parents[3] / "deploy"
_SELECTOR: Final = re.compile(r"(llmfirst_\w+)(?:\{([^}]*)\})?")
_LABEL: Final = re.compile(r'(\w+)(=~?)"([^"]*)"')
_OF_PROMETHEUS: Final = "instance"  # the label that Prometheus adds


def queries(board: Any) -> Iterator[str]:
    for panel in board["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    yield from (one["query"] for one in board["templating"]["list"] if one["type"] == "query")


def test_every_query_of_the_dashboard_finds_figures(tmp_path: Path) -> None:
    board = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    asked = list(queries(board))
    assert len(asked) > len(board["panels"])

    async def check(client: httpx.AsyncClient, runs: Runs) -> None:
        run = await client.post("/api/stream", json={"question": "why?"})
        assert "complete" in run.text
        families = text_string_to_metric_families((await client.get("/metrics")).text)
        samples = [(sample.name, sample.labels) for family in families for sample in family.samples]
        for query in asked:
            for name, written in _SELECTOR.findall(query):
                wanted = {label: value for label, _, value in _LABEL.findall(written) if label != _OF_PROMETHEUS}
                assert any(name == found and wanted.items() <= labels.items() for found, labels in samples), query

    with_api(tmp_path, PerSection(*WHOLE), check)


def test_each_panel_says_what_it_shows_and_stands_in_a_place_of_its_own() -> None:
    board = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
    assert all(panel["title"] and panel["description"] for panel in board["panels"])
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(places)) == len(places)


def test_prometheus_reads_the_pages_of_the_recipe_with_a_token() -> None:
    (job,) = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))["scrape_configs"]
    assert job["metrics_path"] == "/metrics"
    assert job["authorization"]["credentials_file"]
    (targets,) = job["static_configs"]
    recipe = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert all(f"server {target} " in recipe for target in targets["targets"])
