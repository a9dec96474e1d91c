"""Measure one session on this machine with the real program and a real model: start, first text, whole answers, Stop.

    python -m bench.session [--model NAME] [--data-dir DIR] [--repeats N] [--check]

The program is started twice, so that the weights are downloaded and checked the second time. Each repeat asks one
Korean and one English question over /api/stream and then leaves another answer while it is being written. The result
is a table of medians; `--check` exits 1 if a promise is missed.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import psutil
from httpx_sse import connect_sse

REPOSITORY = Path(__file__).parents[1]
QUESTIONS = ("왜 하늘은 파란가요?", "What is the difference between a process and a thread?")
READY_SECONDS = 15.0
TOTAL_SECONDS = 120.0
STOP_SECONDS = 1.0


def started(arguments: list[str]) -> tuple[subprocess.Popen[bytes], str, float, float]:
    """Start the program; return its process, its address, and the seconds until the page is up and the model ready."""
    began = time.monotonic()
    program = subprocess.Popen(
        [
            sys.executable,
            str(REPOSITORY / "app.py"),
            "--provider",
            "embedded",
            "--port",
            "0",
            "--probe",
            "off",
            *arguments,
        ],
        stderr=subprocess.PIPE,
        bufsize=0,
    )
    assert program.stderr is not None
    output, page_seconds = b"", 0.0
    os.set_blocking(program.stderr.fileno(), False)
    while b"\nready" not in output or not page_seconds:
        output += program.stderr.read() or b""
        if program.poll() is not None:
            raise SystemExit(output.decode(errors="replace"))
        if not page_seconds and b"llmfirst: " in output:
            address = output.split(b"llmfirst: ")[1].split()[0].decode()
            try:
                httpx.get(address, trust_env=False).raise_for_status()
                page_seconds = time.monotonic() - began
            except httpx.HTTPError:
                pass
        time.sleep(0.05)
    os.set_blocking(program.stderr.fileno(), True)
    return program, address, page_seconds, time.monotonic() - began


def ask(address: str, question: str) -> dict[str, Any]:
    """Ask a question and return the metrics of the answer."""
    with (
        httpx.Client(base_url=address, timeout=150, trust_env=False) as client,
        connect_sse(client, "POST", "/api/stream", json={"question": question}) as source,
    ):
        events = [json.loads(event.data) for event in source.iter_sse() if event.data]
    metrics: dict[str, Any] = events[-1]["data"]["metrics"]
    return metrics


def stop_seconds(address: str, program: subprocess.Popen[bytes]) -> float:
    """Disconnect from an answer in progress; return how long the process of the model goes on working."""
    (model,) = psutil.Process(program.pid).children()
    with (
        httpx.Client(base_url=address, timeout=150, trust_env=False) as client,
        connect_sse(client, "POST", "/api/stream", json={"question": QUESTIONS[1]}) as source,
    ):
        for event in source.iter_sse():
            if event.data and json.loads(event.data)["data"].get("phase") == "core":
                break
    left = last_busy = time.monotonic()
    spent = sum(model.cpu_times()[:2])
    while time.monotonic() - last_busy < 1.0:
        time.sleep(0.05)
        now = sum(model.cpu_times()[:2])
        if now - spent > 0.01:
            last_busy, spent = time.monotonic(), now
    return last_busy - left


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--model", default="qwen2.5-coder-1.5b")
    options.add_argument("--data-dir")
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--check", action="store_true")
    chosen = options.parse_args()
    arguments = ["--model", chosen.model, "--leave-grace", "0"]
    arguments += ["--data-dir", chosen.data_dir] if chosen.data_dir else []

    program, *_ = started(arguments)
    program.terminate()
    program.wait()
    program, address, page, ready = started(arguments)
    try:
        answers = [ask(address, question) for _ in range(chosen.repeats) for question in QUESTIONS]
        stops = [stop_seconds(address, program) for _ in range(chosen.repeats)]
    finally:
        program.terminate()
        program.wait()

    totals = [answer["total_time"] for answer in answers]
    rows = [
        ("second start to page, s", [page], None),
        ("second start to ready, s", [ready], READY_SECONDS),
        ("first text, s", [answer["ttft"] for answer in answers], None),
        ("first core text, s", [answer["core_ttft"] for answer in answers], None),
        ("whole answer, s", totals, TOTAL_SECONDS),
        ("decoding, tok/s", [answer["tokens_per_second"] for answer in answers], None),
        ("left to model idle, s", stops, STOP_SECONDS),
    ]
    cores = len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process(), "cpu_affinity") else os.cpu_count()
    print(
        f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}, "
        f"xllamacpp {version('xllamacpp')}, gradio {version('gradio')}, {chosen.model}\n"
    )
    print(f"| {'figure':26} | median | smallest | largest | n | promise |\n|---|---|---|---|---|---|")
    missed = False
    for name, values, promise in rows:
        measured = [value for value in values if value is not None]
        missed |= promise is not None and max(measured) > promise
        print(
            f"| {name:26} | {statistics.median(measured):.1f} | {min(measured):.1f} | {max(measured):.1f} "
            f"| {len(measured)} | {'' if promise is None else f'<= {promise:g}'} |"
        )
    return 1 if chosen.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
