"""How answers scale over servers behind a router, and how many slots so many users need.

    python -m bench.scale [--servers 1,2,4] [--slots 4] [--answers 3] [--check]

Scripted servers write 30 tokens a second in each slot (bench/cached_service.py); before them stands the real
vllm-router, and the real engine asks by the profile of such servers. Each server is given `--answers` questions for
each of its slots, all at once. The second table simulates a line (bench/queueing.py) with the times of one server.

`--check` exits 1 if an answer is late or not whole, if four servers do less than 2.8 times the work of one, if the
sections of an answer find less than 60 % of their prompts in the cache, or if the router adds more than 20 ms to the
first text.
"""

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.cached_service import MODEL
from bench.deadline_real import run_request, shown
from bench.queueing import Load, Service, slots_needed
from llmfirst.answer import Answer, fold
from llmfirst.engine.admission import Admission
from llmfirst.engine.answer_run import Engine
from llmfirst.engine.profiles import ProfileBook, load_profiles
from llmfirst.events import SECTIONS
from llmfirst.providers.base import Message, ModelHandle, Request
from llmfirst.providers.openai import OpenAIProvider

USERS: Final = (10, 100, 1_000, 10_000)
SECONDS_BETWEEN: Final = 300.0  # one question of a user in five minutes
SLOTS_OF_A_MACHINE: Final = (1, 4, 16)
_START_SECONDS: Final = 60.0
_OVERHEAD_TRIES: Final = 30
_LEAST_GAIN: Final = 2.8  # of four servers over one; the bench itself needs one of two cores
_LEAST_CACHED: Final = 0.6
_MOST_OVERHEAD_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Cluster:
    """Servers, and the router in front of them."""

    servers: Sequence[str]
    router: str


@dataclass(frozen=True)
class Measured:
    """What came of one number of servers."""

    servers: int
    answers: Sequence[Answer]
    seconds: float
    """From the first question to the last end."""
    overhead_seconds: float
    """What the router adds to the first text, in the median."""

    @property
    def per_minute(self) -> float:
        return 60 * len(self.answers) / self.seconds

    @property
    def cached(self) -> float:
        """The share of the prompts of later sections that was in the cache."""
        used = [
            call.usage
            for answer in self.answers
            for call in [call for call in answer.calls if call.purpose in SECTIONS][1:]
            if call.usage is not None
        ]
        return sum(one.cached_tokens or 0 for one in used) / max(1, sum(one.prompt_tokens for one in used))

    @property
    def services(self) -> list[Service]:
        """The times of the answers from their admission on."""
        figures = [answer.metrics() for answer in self.answers]
        return [Service(one.ttft or 0.0, one.total_time or 0.0) for one in figures]

    @property
    def whole(self) -> float:
        """The share of the answers that are complete, with their first text within 5 s of their admission."""
        figures = [answer.metrics() for answer in self.answers]
        return sum(one.outcome == "complete" and (one.ttft or 99) <= 5 for one in figures) / len(figures)


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    for each in taken:
        each.bind(("127.0.0.1", 0))
    ports: list[int] = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


@contextmanager
def cluster(servers: int, slots: int) -> Iterator[Cluster]:
    """Start scripted servers and the router; everything is ended with the context."""
    *ports, router, prometheus = _free_ports(servers + 2)
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    commands = [
        [sys.executable, "-m", "bench.cached_service", "--port", str(port), "--slots", str(slots)] for port in ports
    ]
    program = str(Path(sys.executable).parent / "vllm-router")
    options = ["--host", "127.0.0.1", "--port", str(router), "--prometheus-port", str(prometheus)]
    started = [subprocess.Popen(command) for command in commands]
    try:
        for url in urls:
            _wait_for(f"{url}/v1/models")
        routed = [program, *options, "--policy", "cache_aware", "--worker-urls", *urls]
        started.append(subprocess.Popen(routed, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        _wait_for(f"http://127.0.0.1:{router}/v1/models")
        yield Cluster(urls, f"http://127.0.0.1:{router}")
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait()


def _wait_for(url: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.HTTPError:
            pass
        if time.monotonic() > end:
            raise SystemExit(f"{url} does not answer")
        time.sleep(0.1)


@asynccontextmanager
async def provider_at(url: str) -> AsyncGenerator[OpenAIProvider, None]:
    provider = OpenAIProvider(f"{url}/v1", api_key=None, dialect=None, silence_limit_seconds=60)
    try:
        await provider.warm(MODEL)
        yield provider
    finally:
        await provider.aclose()


async def first_text_seconds(provider: OpenAIProvider) -> float:
    """Return the median time to the first text of a short prompt that is in the cache."""
    times = []
    for _ in range(_OVERHEAD_TRIES):
        began = time.perf_counter()
        asked = Request(model=MODEL, messages=(Message(role="user", content="Say one word."),), max_tokens=1)
        async with aclosing(provider.stream(asked)) as chunks:
            async for chunk in chunks:
                if chunk.text:
                    times.append(time.perf_counter() - began)
    return statistics.median(times)


async def measured(there: Cluster, slots: int, answers: int) -> Measured:
    """Ask so many questions for each slot, all at once, and compare the router with a server behind it."""
    async with provider_at(there.servers[0]) as direct, provider_at(there.router) as routed:
        overhead = await first_text_seconds(routed) - await first_text_seconds(direct)
        in_all = slots * len(there.servers)
        admission = Admission(slots=in_all, line_limit=in_all * answers)
        profiles = ProfileBook(load_profiles(), "instructed")
        engine = Engine(admission, deadline_seconds=120, wait_limit_seconds=600, profiles=profiles)
        handle = ModelHandle(provider=routed, model=MODEL, digest=None, warm=lambda: routed.warm(MODEL))

        async def ask(number: int) -> Answer:
            asked = run_request(f"scale-{number}", f"Question {number}: how does this scale, and why?", "en")
            async with aclosing(engine.answer(asked, handle)) as events:
                return fold([event async for event in events])

        began = time.monotonic()
        found = await asyncio.gather(*[ask(number) for number in range(in_all * answers)])
        return Measured(len(there.servers), found, time.monotonic() - began, overhead)


def print_users(services: Sequence[Service]) -> None:
    """Print how many slots and machines so many users need."""
    print(
        f"\nSimulated: a question of each user every {SECONDS_BETWEEN:g} s, 99.9 % with first text <= 5 s, end <= 120 s"
    )
    head = " | ".join(f"machines of {slots} slots" for slots in SLOTS_OF_A_MACHINE)
    print(f"| users | slots | {head} |\n|---|---|{'---|' * len(SLOTS_OF_A_MACHINE)}")
    for users in USERS:
        slots = slots_needed(Load(users, SECONDS_BETWEEN), services)
        if slots is None:
            print(f"| {users:,} | the answers alone are too slow |")
            continue
        machines = " | ".join(f"{-(-slots // of_one)}" for of_one in SLOTS_OF_A_MACHINE)
        print(f"| {users:,} | {slots} | {machines} |")


def missed(results: Sequence[Measured]) -> list[str]:
    """Return a sentence for each target that was missed."""
    said = [f"{one.servers} servers: {one.whole:.0%} whole with first text <= 5 s" for one in results if one.whole < 1]
    said += [f"{one.servers} servers: {one.cached:.0%} from the cache" for one in results if one.cached < _LEAST_CACHED]
    said += [
        f"{one.servers} servers: the router adds {one.overhead_seconds * 1000:.0f} ms"
        for one in results
        if one.overhead_seconds > _MOST_OVERHEAD_SECONDS
    ]
    by_count = {one.servers: one.per_minute for one in results}
    if {1, 4} <= set(by_count) and by_count[4] < _LEAST_GAIN * by_count[1]:
        said.append(f"4 servers do {by_count[4] / by_count[1]:.1f} times the work of one")
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="1,2,4")
    parser.add_argument("--slots", type=int, default=4)
    parser.add_argument("--answers", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    chosen = parser.parse_args()
    results: list[Measured] = []
    print(f"{chosen.slots} slots a server, 30 tok/s each; {os.cpu_count()} cores (one process asks for all)\n")
    print("| servers | answers | per minute | first text, s | whole answer, s | in target | cached | router, ms |")
    print("|---|---|---|---|---|---|---|---|")
    for servers in [int(word) for word in chosen.servers.split(",")]:
        with cluster(servers, chosen.slots) as there:
            one = asyncio.run(measured(there, chosen.slots, chosen.answers))
        results.append(one)
        first, total = (
            statistics.median(values) for values in zip(*[(s.first_text, s.total) for s in one.services], strict=True)
        )
        print(
            f"| {servers} | {len(one.answers)} | {one.per_minute:.1f} | {shown(first, 2)} | {shown(total)} | "
            f"{one.whole:.0%} | {one.cached:.0%} | {one.overhead_seconds * 1000:.1f} |",
            flush=True,
        )
    print_users(results[0].services)
    said = missed(results)
    for sentence in said:
        print(f"missed: {sentence}")
    return 1 if chosen.check and said else 0


if __name__ == "__main__":
    sys.exit(main())
