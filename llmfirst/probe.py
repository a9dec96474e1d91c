"""Finds out how a model is best asked and stores the result: `llmfirst probe [MODEL]`, or `python -m llmfirst.probe`.

The model answers four fixed questions by two profiles and chooses between its own answers, read in both orders; its
name decides nothing. A model that can think or not then answers them with thinking too, by the better profile. The
server does the same by itself while nobody asks; this does it at once, and anew for a model that has a result. It takes
minutes and all options of app.py; the server must not run on the same data directory.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from itertools import accumulate
from typing import Final
from unicodedata import east_asian_width

from llmfirst.app.services import open_services
from llmfirst.app.terminal import show_readiness
from llmfirst.command_line import run_command, started_settings
from llmfirst.engine.profile_probe import (
    NAMES,
    ProbeAnswer,
    ProbeChoice,
    ProbeFinding,
    ProbeReason,
    ProbeSteps,
    ThinkingFinding,
    ThinkingReason,
    finding,
    offers_both,
    probe_model,
)
from llmfirst.engine.profiles import load_profiles, model_key
from llmfirst.readiness import Ready
from llmfirst.runs.probe_archive import ProbeArchive
from llmfirst.settings import Settings

_WIDTH: Final = 44
_WAYS: Final = ("without thinking", "thinking")
_WHY: Final[dict[ProbeReason, str]] = {
    "chosen": "the model chose its answers by it in both orders, for two questions more than the others",
    "not_chosen": "the model did not choose its other answers often enough, whichever was read first",
    "faults": "its other answers had more faults of form",
    "language": "its other answers left the language of the question more often",
}
_WHY_THINKING: Final[dict[ThinkingReason, str]] = {
    "chosen": "the model chose its answers with thinking in both orders, for two questions more than those without",
    "not_chosen": "the model did not choose its answers with thinking often enough, whichever was read first",
    "faults": "its answers with thinking had more faults of form",
    "language": "its answers with thinking left the language of the question more often",
    "late": "an answer with thinking did not end in time",
}


def main(arguments: Sequence[str], *, program: str = "python -m llmfirst.probe") -> int:
    """Probe the model and print the result; a probe that fails says why in one sentence and returns 1."""
    named = [*arguments[:1]] if arguments and not arguments[0].startswith("-") else []
    options = [*(["--model", *named] if named else []), *arguments[len(named) :]]
    return run_command(lambda: asyncio.run(_probe(started_settings(options, program=program))), failed=1)


async def _probe(settings: Settings) -> int:
    async with open_services(settings) as services:
        choice = await services.models.choose(settings.model, services.store.last_model, services.forecaster.suited)
        services.models.begin(choice.offer.key)
        if not isinstance(await show_readiness(services.models, choice.offer.key), Ready):
            return 1
        handle = services.models.handle(choice.offer.key)
        made, known = ProbeSteps(tries_thinking=offers_both(handle.capabilities)), load_profiles()
        _say(f"{'question':<{_WIDTH}}  {'profile':<12}  seconds  language kept  faults")
        steps = probe_model(handle, known, deadline_seconds=settings.deadline_seconds)
        async with aclosing(steps):
            async for step in steps:
                _say(row_of(step))
                made = made.then(step)
        by_size, _ = known.for_size(handle.capabilities.parameter_count)
        found = finding(made, by_size, datetime.now(UTC))
        await asyncio.to_thread(ProbeArchive(services.documents).keep, model_key(handle), found)
        _say(summary(handle.model, found))
    return 0


def row_of(step: ProbeAnswer | ProbeChoice) -> str:
    """Return one line of the table."""
    match step:
        case ProbeAnswer():
            seconds = "-" if step.seconds is None else f"{step.seconds:.1f}"
            faults = ", ".join(step.faults) or "none"
            figures = f"{seconds:>7}  {_share(step.language_kept):>13}"
            thought = "" if step.think != "on" else f", thought {step.thought_seconds or 0.0:.1f} s"
            return f"{_padded(step.question)}  {step.profile:<12}  {figures}  {faults}{thought}"
        case ProbeChoice():
            orders = f"{_share(step.read_first)} read first, {_share(step.read_last)} read last"
            second, names = ("instructed", NAMES) if step.about == "profile" else ("thinking", _WAYS)
            chosen = "neither" if step.is_for_the_second is None else names[step.is_for_the_second]
            return f"{'':<{_WIDTH}}  {step.part}: {chosen} ({second} has {orders})"


def summary(model: str, found: ProbeFinding) -> str:
    """Return the result: about the profile and, where that was tried, about thinking, in two sentences each."""
    winners = found.winners
    counts = ", ".join(f"{name} {winners.count(name)}" for name in NAMES)
    return (
        f"won by the core, else by the whole answer: {counts}, neither {winners.count(None)} of {len(winners)} "
        f"questions\n"
        f"{model} is asked by the profile {found.profile} from now on: {_WHY[found.why]}."
        + ("" if found.thinking is None else _thinking_summary(found.thinking))
    )


def _thinking_summary(found: ThinkingFinding) -> str:
    won = found.winners
    counts = f"with {won.count(True)}, without {won.count(False)}, neither {won.count(None)} of {len(won)} questions"
    end = "thinking paid, and `--think auto` lets it think" if found.pays else "thinking did not pay, so it stays off"
    return (
        f"\nthinking: won {counts}; an answer took {found.seconds:+.1f} s, {found.thought_seconds:.1f} s of thinking\n"
        f"{end}: {_WHY_THINKING[found.why]}."
    )


def _padded(text: str) -> str:
    """Cut or fill a text to the width of its column; a Hangul sign is two places wide."""
    widths = accumulate(2 if east_asian_width(sign) in ("W", "F") else 1 for sign in text)
    fitting = [width for width in widths if width <= _WIDTH]
    return text[: len(fitting)] + " " * (_WIDTH - max(fitting, default=0))


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
