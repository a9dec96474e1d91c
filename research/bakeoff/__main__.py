"""The bake-off: which protocol gives answers that blind readers prefer to a plain call of the same model?

    python -m research.bakeoff list
    python -m research.bakeoff generate --set screening --out answers.jsonl [--protocols a,b] [--seeds 0,1] [--width 8]
        (--base-url http://127.0.0.1:PORT/v1 [--key KEY] | --weights FILE [--slots 8] [--threads 16] | --model NAME)
    python -m research.bakeoff blind --answers answers.jsonl --out FOLDER [--protocols a,b]
        [--per-sheet 12 [--cuts 10:10,10:20,10:end] | --points]
    python -m research.bakeoff score --answers answers.jsonl [--key FOLDER/key.json --verdicts verdicts.csv]
    python -m research.bakeoff score --answers answers.jsonl --key FOLDER/points-key.json --points points.csv

`generate` writes one answer per line as it is made, and skips answers that the file already has. `blind` writes sheets
with the answers of protocols beside the plain ones in random order, and the key to a separate file. A verdict is a line
`pair,reader,verdict` with A, B or tie. With `--points`, a sheet has all texts of one question, and a line is
`item,reader,points`. `score` also counts faults of form: wrong language, loops, leaks, cut blocks, repeated content.
"""

import argparse
import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import get_args

from research.bakeoff.cuts import cuts_in
from research.bakeoff.protocol_list import PLAIN, PROTOCOLS, idea
from research.bakeoff.round import jobs_of, load_questions, machine, run_round
from research.bakeoff.server import LlamaClient, ServerOptions, server_of_our_own
from research.bakeoff.values import SetName


def main(arguments: list[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    match chosen.command:
        case "list":
            for name in PROTOCOLS:
                print(f"{name:<17} {idea(name)}")
            return 0
        case "generate":
            return asyncio.run(_generate(chosen))
        case "blind":
            from research.bakeoff.blind import write_sheets
            from research.bakeoff.points import write_point_sheets

            names = [name for name in _names(chosen.protocols) if name != PLAIN]
            if chosen.points:
                print(write_point_sheets(chosen.answers, chosen.out, names, draw=chosen.draw))
                return 0
            cuts = cuts_in(chosen.cuts)
            print(
                write_sheets(chosen.answers, chosen.out, names, per_sheet=chosen.per_sheet, draw=chosen.draw, cuts=cuts)
            )
            return 0
        case _:
            from research.bakeoff.score import score

            print(score(chosen.answers, chosen.key, chosen.verdicts, chosen.points))
            return 0


async def _generate(chosen: argparse.Namespace) -> int:
    questions = load_questions(chosen.set)[: chosen.most]
    seeds = [int(seed) for seed in chosen.seeds.split(",")]
    jobs = jobs_of(questions, _names(chosen.protocols), seeds)
    print(f"{machine()}; {len(jobs)} answers, {chosen.width} at a time", flush=True)
    async with _opened(chosen) as client:
        tally = await run_round(jobs, client, chosen.out, name=client.model, width=chosen.width, seconds=chosen.seconds)
    print(f"{tally.done} written, {tally.failed} failed, {tally.left} left; {tally.tokens} tokens")
    return int(tally.left > 0)


@asynccontextmanager
async def _opened(chosen: argparse.Namespace) -> AsyncGenerator[LlamaClient, None]:
    """Connect to the given server, or start one."""
    if chosen.base_url is not None:
        client = LlamaClient(chosen.base_url, key=chosen.key, model=chosen.model)
        try:
            yield client
        finally:
            await client.aclose()
        return
    weights = chosen.weights or await _catalogued(chosen)
    options = ServerOptions(weights, chosen.model, slots=chosen.slots or chosen.width, threads=int(chosen.threads))
    async with server_of_our_own(options, chosen.out.with_suffix(".log")) as client:
        yield client


async def _catalogued(chosen: argparse.Namespace) -> Path:
    """Return the weights of a model of the catalogue; download them if they are missing."""
    from bench.deadline_real import OwnModel, bench_settings  # imports the whole engine, which a client does not need
    from llmfirst.providers.catalog import find_weights, load_catalog
    from llmfirst.providers.download import located

    settings = bench_settings(chosen)
    model = OwnModel(settings)
    async with aclosing(model.pull(chosen.model)) as steps:
        async for _ in steps:
            pass
    folder = settings.data_dir / "models"
    found = await find_weights(chosen.model, load_catalog(), folder)
    path = found if isinstance(found, Path) else located(found, folder, settings.weights_dir)
    assert path is not None, "pull() has downloaded it"
    return path


def _names(given: str | None) -> list[str]:
    names = [*PROTOCOLS] if given is None else given.split(",")
    if unknown := [name for name in names if name not in PROTOCOLS]:
        raise SystemExit(f"unknown protocol: {', '.join(unknown)}; use {', '.join(PROTOCOLS)}")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print the protocols, one line each")
    generate = commands.add_parser("generate", help="make answers")
    generate.add_argument("--set", choices=get_args(SetName), default="screening")
    generate.add_argument("--most", type=int, help="the number of questions, alternating between the languages")
    generate.add_argument("--seeds", default="0", help="separated by commas")
    generate.add_argument("--out", type=Path, required=True)
    generate.add_argument("--width", type=int, default=1, help="how many answers to make at the same time")
    generate.add_argument("--seconds", type=float, help="cancel unfinished answers after this time")
    generate.add_argument("--base-url", help="the URL of a llama.cpp server, ending in /v1")
    generate.add_argument("--key")
    generate.add_argument("--weights", type=Path, help="a GGUF file to start a server with")
    generate.add_argument("--slots", type=int, help="the slots of that server; default: --width")
    generate.add_argument("--threads", default="2", help="the threads of that server")
    generate.add_argument(
        "--model", default="qwen2.5-coder-1.5b", help="the name of the model; without --weights, one of the catalogue"
    )
    generate.add_argument("--data-dir")
    generate.add_argument("--weights-dir")
    blind = commands.add_parser("blind", help="write sheets with answers side by side, without names")
    blind.add_argument("--out", type=Path, required=True, help="a folder")
    blind.add_argument("--per-sheet", type=int, default=12)
    blind.add_argument(
        "--cuts", default="1:end", help="the moments of reading, as TOKENS_PER_SECOND:SECONDS or :end, with commas"
    )
    blind.add_argument("--draw", type=int, default=1, help="the seed of the order")
    blind.add_argument(
        "--points", action="store_true", help="write sheets with all texts of a question, to be given points"
    )
    scoring = commands.add_parser("score", help="read verdicts, count faults")
    scoring.add_argument("--key", type=Path, help="the key of the sheets; without it, only faults of form are counted")
    scoring.add_argument("--verdicts", type=Path)
    scoring.add_argument("--points", type=Path, help="instead of --verdicts, with the key of the sheets for points")
    for command in (blind, scoring):
        command.add_argument("--answers", type=Path, required=True)
    for command in (generate, blind):
        command.add_argument("--protocols", help="names separated by commas; default: all")
    return parser


if __name__ == "__main__":
    sys.exit(main())
