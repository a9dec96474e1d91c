"""Every example of docs/api.md for a terminal, run as it stands against a server on a scripted model."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser.served import served
from tests.evals.answering import AnsweringProvider
from tests.examples import examples


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("docs"), AnsweringProvider()) as there:
        with httpx.Client(base_url=there.url, trust_env=False) as client:
            while client.get("/readyz").status_code != 200:
                pass
        yield there.url


def said(command: list[str], folder: Path) -> str:
    """Run a command that must succeed, and return what it printed."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_curl_examples_do_what_the_page_says(address: str, tmp_path: Path) -> None:
    ask, come_back, look, agent = [said(["bash", "-euc", block], tmp_path) for block in examples("sh", address)]
    assert ask.count("event: start") == ask.count("event: complete") == 1
    assert "event: progress" in ask
    assert "event: complete" in come_back
    assert "event: start" not in come_back
    assert '"state":"ended"' in come_back
    assert '"accounted_share":1.0' in come_back
    assert '"is_chosen":true' in look
    assert "llmfirst_runs_total" in look
    assert '"protocolVersion":"0.2.3"' in agent
    assert '"final": true' in agent


def test_the_python_examples_do_what_the_page_says(address: str, tmp_path: Path) -> None:
    stream, agent = [said([sys.executable, "-c", block], tmp_path) for block in examples("python", address)]
    assert "Sentence 0" in stream
    assert "'outcome': 'complete'" in stream
    assert agent.startswith("completed\nstrategy Sentence 0")
    assert "\nconclusion " in agent
