"""Measure how fast the embedded model writes beside other busy programs.

    python -m bench.busy_neighbours [--repeats 3] [--threads N] [--model NAME] [--data-dir DIR] [--check]

The model writes alone, beside one process that never rests, and beside four, in turn. Its fair share of a machine is
that of its threads among all that want to run: beside one process on two cores two thirds, beside four one third.
`--check` exits 1 if the model keeps less than that share of the rate that it has alone.
"""

import asyncio
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from statistics import median
from typing import Final

from bench.deadline_real import OwnModel, bench_options, bench_settings, machine
from llmfirst.providers.base import Message, Request, Sampling
from llmfirst.providers.embedded import usable_cores

NEIGHBOURS: Final = (0, 1, 4)
_TOKENS: Final = 60
_STARTED_SECONDS: Final = 0.5


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keep `count` processes busy."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        time.sleep(_STARTED_SECONDS)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


async def rate(model: OwnModel, name: str, tokens: int) -> float:
    """Return how many tokens a second the model writes, the reading of the prompt left out."""
    told = (Message(role="user", content="Tell a long story about a lighthouse."),)
    request = Request(model=name, messages=told, max_tokens=tokens, sampling=Sampling(temperature=0.0))
    times: list[float] = []
    async with aclosing(model.stream(request)) as chunks:
        async for chunk in chunks:
            if chunk.text:
                times.append(time.monotonic())
    return (len(times) - 1) / (times[-1] - times[0])


async def measured(model: OwnModel, name: str, repeats: int) -> dict[int, list[float]]:
    """Return the rates by the number of busy processes."""
    rates: dict[int, list[float]] = defaultdict(list)
    try:
        await model.ready(name)
        await rate(model, name, 5)
        for _ in range(repeats):
            for count in NEIGHBOURS:
                with busy_processes(count):
                    rates[count].append(await rate(model, name, _TOKENS if count < 2 else _TOKENS // 3))
    finally:
        await model.aclose()
    return rates


def main() -> int:
    parser = bench_options(__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    chosen = parser.parse_args()
    settings = bench_settings(chosen)
    rates = asyncio.run(measured(OwnModel(settings), chosen.model, chosen.repeats))
    cores = usable_cores()
    threads = settings.threads or cores
    alone = median(rates[0])
    print(f"{machine(chosen.model)}, {threads} threads\n")
    print("| busy processes | tok/s (median) | each | of the rate alone | fair share | |\n|" + "---|" * 6)
    is_missed = False
    for count, found in rates.items():
        kept, fair = median(found) / alone, min(1.0, cores / (threads + count))
        is_missed |= kept < fair
        each = ", ".join(f"{one:.1f}" for one in found)
        met = "met" if kept >= fair else "MISSED"
        print(f"| {count} | {median(found):.1f} | {each} | {kept:.0%} | >= {fair:.0%} | {met} |")
    return int(chosen.check and is_missed)


if __name__ == "__main__":
    sys.exit(main())
