"""The program ends within seconds of SIGTERM while it reads a file, and the reading ends with it."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.evals.suite.hostile_files import FILES
from tests.evals.ui.calling import Caller
from tests.test_app import NOWHERE, REPOSITORY, ListsOneModel

pytestmark = pytest.mark.slow


def test_the_program_ends_while_it_reads_a_file(tmp_path: Path) -> None:
    with ListsOneModel() as service, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        program = subprocess.Popen(
            [
                *(sys.executable, str(REPOSITORY / "app.py"), "--data-dir", str(tmp_path), "--port", str(port)),
                *("--provider", "openai", "--base-url", f"{service.url}/v1"),
            ],
            cwd=tmp_path,
            env={**os.environ, **NOWHERE},
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                answered = None
                while answered is None and program.poll() is None:
                    with suppress(httpx.TransportError):
                        answered = client.get("/healthz").status_code
                caller = Caller(client)
                file = caller.upload("anchors.yaml", FILES["anchors.yaml"][0]())
                assert caller.join("own-suite", "upload", file, "en") == 200
                while not (reading := psutil.Process(program.pid).children()):
                    time.sleep(0.01)
                time.sleep(0.7)
                assert reading[0].is_running()
                program.terminate()
                asked = time.monotonic()
                program.wait(timeout=20)
                took = time.monotonic() - asked
        finally:
            program.kill()
            program.wait()
    assert took < 5
    assert not any(child.is_running() for child in reading)
    assert not Path(file["path"]).exists()
