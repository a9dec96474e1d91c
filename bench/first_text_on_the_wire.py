"""Compare the stored time of the first text with the moment when its bytes arrived from llama.cpp.

    python -m bench.first_text_on_the_wire [--count 20] [--threads N] [--model NAME] [--data-dir DIR]
                                           [--weights-dir DIR] [--check]

The engine reaches llama.cpp through a proxy that forwards every byte and notes when the first text passes. The proxy
and the engine are in one process, so both times come from one clock.
"""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from bench.deadline_real import bench_options, bench_settings, machine
from evals.records.timing import timing_of
from evals.suite.cases import load_suite
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.deadline import Halt
from llmfirst.engine.run_state import RunRequest
from llmfirst.events import AnswerEvent, TextAdded
from llmfirst.providers import llama_process
from llmfirst.providers.base import ModelHandle, Warmth
from llmfirst.providers.catalog import load_catalog
from llmfirst.providers.download import located
from llmfirst.providers.openai import OpenAIProvider

_TARGET_SECONDS = 0.005
_TEXT = b'"content":"'


@dataclass
class Wire:
    """What the proxy has seen."""

    first: float | None = None
    """When the first text since the last reset passed, on the clock of the event loop."""

    def saw(self, data: bytes, at: float) -> None:
        """Look for the first text in bytes that passed at this time."""
        place = data.find(_TEXT)
        while self.first is None and place >= 0:
            if data[place + len(_TEXT) : place + len(_TEXT) + 1] != b'"':
                self.first = at
            place = data.find(_TEXT, place + 1)


@asynccontextmanager
async def recording(host: str, port: int, wire: Wire) -> AsyncGenerator[int, None]:
    """Forward connections to a server and note what comes back; yields the port of the proxy."""
    loop = asyncio.get_running_loop()

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, is_reply: bool) -> None:
        try:
            while data := await source.read(65_536):
                if is_reply:
                    wire.saw(data, loop.time())
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(host, port)
        await asyncio.gather(
            pump(reader, upstream_writer, is_reply=False), pump(upstream_reader, writer, is_reply=True)
        )

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def llama(path: Path, name: str, threads: int) -> AsyncGenerator[tuple[str, str], None]:
    """Run the child process of the embedded model; yields its address and key."""
    key = secrets.token_urlsafe(16)
    child = Path(llama_process.__file__).with_name("llama_child.py")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(child), stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    assert process.stdin is not None
    assert process.stdout is not None
    options = {"name": name, "path": str(path), "key": key, "context_tokens": 4096, "slots": 1, "threads": threads}
    process.stdin.write(json.dumps(options).encode() + b"\n")
    address = json.loads(await process.stdout.readline())["address"]
    try:
        yield address, key
    finally:
        process.stdin.close()
        await process.wait()


async def differences(path: Path, name: str, threads: int, count: int) -> list[float]:
    """Return stored time minus arrival time for `count` answers, in seconds. Each stops after its first text."""
    wire = Wire()
    delays: list[float] = []
    async with llama(path, name, threads) as (address, key):
        where = urlsplit(address)
        async with recording(where.hostname or "127.0.0.1", where.port or 0, wire) as port:
            provider = OpenAIProvider(
                f"http://127.0.0.1:{port}/v1", api_key=key, dialect="llama.cpp", silence_limit_seconds=60
            )
            engine = Engine(Admission(slots=1, line_limit=0), deadline_seconds=120, wait_limit_seconds=60)
            cases = load_suite("review").cases
            try:
                for number in range(count + 1):
                    wire.first = None
                    started, events = await _first_text(engine, provider, name, cases[number % len(cases)].question)
                    stored = timing_of(events).first_text_seconds
                    if number and stored is not None and wire.first is not None:  # the first one warms up
                        delays.append(stored - (wire.first - started))
            finally:
                await provider.aclose()
    return delays


async def _first_text(
    engine: Engine, provider: OpenAIProvider, name: str, question: str
) -> tuple[float, list[AnswerEvent]]:
    halt = Halt()
    request = RunRequest(secrets.token_hex(8), question, "en", datetime.now(UTC), halt)

    async def is_warm() -> Warmth:
        return Warmth(was_cold=False, placement="bench")

    events: list[AnswerEvent] = []
    started = asyncio.get_running_loop().time()
    async with aclosing(engine.answer(request, ModelHandle(provider, name, None, warm=is_warm))) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, TextAdded):
                halt.ask()
    return started, events


def main() -> int:
    parser = bench_options(__doc__)
    parser.add_argument("--count", type=int, default=20)
    chosen = parser.parse_args()
    settings, name = bench_settings(chosen), chosen.model
    weights = next(each for each in load_catalog() if each.name == name)
    path = located(weights, settings.data_dir / "models", settings.weights_dir)
    if path is None:
        print(f"The weights of {name} are not downloaded: start app.py once, or name their folder with --weights-dir.")
        return 2
    delays = asyncio.run(differences(path, name, settings.threads or 2, chosen.count))
    print(machine(name))
    print("| stored minus arrival of the first text | median, ms | smallest, ms | largest, ms | n | target |")
    print("|---|---|---|---|---|---|")
    figures = [f"{1000 * seconds:.2f}" for seconds in (median(delays), min(delays), max(delays))]
    print("|  | " + " | ".join(figures) + f" | {len(delays)} | <= {1000 * _TARGET_SECONDS:g} |")
    return 1 if chosen.check and abs(median(delays)) > _TARGET_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
