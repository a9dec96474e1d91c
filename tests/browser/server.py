"""The whole program as a process of its own, the way a person starts it."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from tests.conftest import SMALL_MODEL

ROOT: Final = Path(__file__).parents[2]
_DEAD_PORT: Final = "127.0.0.1:9"
_READY_SECONDS: Final = 30.0
_END_SECONDS: Final = 10.0


class App:
    """`python app.py` on the small model, with a data directory and an empty working directory of its own."""

    def __init__(self, folder: Path, weights_dir: Path, *options: str) -> None:
        self.data_dir = folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._weights_dir = weights_dir
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self._reading: threading.Thread | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.said: list[str] = []

    def start(self, **given: str) -> None:
        """Start it, with more in its environment, and return once it says that it is ready, and serves."""
        empty = self._folder / "cwd"  # a .env there would be read
        empty.mkdir(exist_ok=True)
        arguments = ["--provider", "embedded", "--model", SMALL_MODEL, "--data-dir", str(self.data_dir)]
        arguments += ["--weights-dir", str(self._weights_dir), "--port", str(self.port), *self._options]
        arguments += ["--probe", "off"]  # what is measured here is not disturbed
        arguments += ["--threads", "1"]  # two that share their cores with a browser wait for each other
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LLMFIRST_")}
        self._lines = queue.Queue()
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), *arguments],
            cwd=empty,
            env={**environment, **given, "PYTHONPATH": str(ROOT), "OLLAMA_HOST": _DEAD_PORT},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reading = threading.Thread(target=self._read, args=(self._process,))
        self._reading.start()
        self._wait_until_ready()
        self._wait_until_served(time.monotonic() + _READY_SECONDS)

    def _wait_until_ready(self) -> None:
        with suppress(queue.Empty):
            while (line := self._lines.get(timeout=_READY_SECONDS)) is not None:
                if line.startswith("ready "):
                    return
        raise AssertionError(f"app.py ended, or was never ready: {''.join(self.said[-20:])}")

    def _wait_until_served(self, end: float) -> None:
        # Nothing tells of a port that begins to answer.
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < end, "app.py is ready, but does not serve"
                time.sleep(0.02)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it as `kill -9` would; nothing that it started may go on."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to end; return its exit code. Nothing that it started may go on."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        process, self._process = self._process, None
        started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(number)
        try:
            code = process.wait(_END_SECONDS)
        finally:
            process.kill()
            process.wait()
            assert self._reading is not None
            self._reading.join()
        _, alive = psutil.wait_procs(started, timeout=5)
        assert alive == [], "processes are left behind"
        return code

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                self.said.append(line)
                self._lines.put(line)
        self._lines.put(None)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
