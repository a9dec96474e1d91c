"""Kill an evaluation at many moments and resume it: is anything asked twice, is anything lost?

    python -m bench.kill_evaluation [--kills 20] [--seed 1] [--model NAME] [--weights-dir DIR] [--check]

The evaluation runs in its own process on an embedded model with a short deadline. It is killed (SIGKILL) at random
moments, continued with `resume`, and the store is compared with what it held before.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.deadline_real import machine
from evals.records.archive import Archive
from evals.records.evaluation import Evaluation
from llmfirst.store import DocumentStore, RunStore, open_database

_DEADLINE_SECONDS = 6.0
_KILLED_AFTER_SECONDS = (6.0, 16.0)  # the start and the warm-up take most of the first ten
_LONGEST_SECONDS = 900.0


@dataclass
class Outcome:
    """What the kills did."""

    moments: list[str] = field(default_factory=list)
    """The numbers of answers and readings in the store after each start."""

    answers: frozenset[str] = frozenset()
    readings: frozenset[str] = frozenset()
    expected_answers: int = 0
    asked_twice: int = 0
    """How many answers were asked again although they had ended."""

    lost: int = 0
    """How many stored answers and readings disappeared."""

    kills: int = 0
    is_done: bool = False

    def after(self, archive: Archive, evaluation: Evaluation) -> None:
        """Compare the store with what it held before."""
        assert evaluation.judge is not None
        ended = [archive.attempt(ask) for ask in archive.asks(evaluation.evaluation_id) if ask.purpose == "measure"]
        trials = Counter(attempt.trial.key for attempt in ended if attempt is not None)
        readings = frozenset(archive.readings(evaluation.judge))
        self.lost += len(self.answers - trials.keys()) + len(self.readings - readings)
        self.asked_twice = sum(count - 1 for count in trials.values())
        self.answers, self.readings = frozenset(trials), readings
        self.expected_answers = sum(1 for _ in evaluation.trials())
        self.moments.append(f"{len(trials)}/{len(readings)}")


def killed(
    model: str, weights_dir: Path | None, data_dir: Path, kills: int, seed: int, suite: str = "review"
) -> Outcome:
    """Kill the evaluation `kills` times, then let it end."""
    outcome, chance = Outcome(), random.Random(seed)
    command = ["run", "--suite", suite, "--model", model]
    evaluation: Evaluation | None = None
    began = time.monotonic()
    while not outcome.is_done and time.monotonic() - began < _LONGEST_SECONDS:
        process = _start(command, data_dir, weights_dir)
        if len(outcome.moments) < kills:
            outcome.is_done = _killed_after(process, chance.uniform(*_KILLED_AFTER_SECONDS))
            outcome.kills += not outcome.is_done
        else:
            outcome.is_done = process.wait(timeout=_LONGEST_SECONDS) in (0, 1, 3)
        with archive_of(data_dir) as archive:
            evaluation = evaluation or next(iter(archive.all()), None)
            if evaluation is not None:
                command = ["resume", evaluation.evaluation_id]
                outcome.after(archive, evaluation)
    return outcome


@contextmanager
def archive_of(data_dir: Path) -> Iterator[Archive]:
    """Open the archive of an evaluation that runs in another process."""
    database = open_database(data_dir)
    try:
        yield Archive(DocumentStore(database), RunStore(database))
    finally:
        database.dispose()


def _start(command: list[str], data_dir: Path, weights_dir: Path | None) -> subprocess.Popen[bytes]:
    options = ["--provider", "embedded", "--data-dir", str(data_dir), "--deadline", f"{_DEADLINE_SECONDS:g}"]
    options += ["--threads", "1"] if weights_dir is None else ["--threads", "1", "--weights-dir", str(weights_dir)]
    return subprocess.Popen(
        [sys.executable, "-m", "evals", *command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _killed_after(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill the program but not its children, like a machine out of memory; return True if it had already ended."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="smollm2-135m", help="an embedded model (default: smollm2-135m)")
    parser.add_argument("--weights-dir", type=Path, help="a folder with its weights, so that nothing is downloaded")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--check", action="store_true", help="exit 1 if anything was lost or asked twice, or the evaluation ended early"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcome = killed(given.model, given.weights_dir, Path(folder), given.kills, given.seed)
    print(machine(given.model))
    print(f"deadline {_DEADLINE_SECONDS:g} s, seed {given.seed}, {outcome.kills} kills")
    print(f"answers/readings stored after each start: {' '.join(outcome.moments)}")
    print(f"answered {len(outcome.answers)} of {outcome.expected_answers}, readings {len(outcome.readings)}")
    print(f"asked twice {outcome.asked_twice}, records lost {outcome.lost}, ended {outcome.is_done}")
    is_good = outcome.is_done and not outcome.asked_twice and not outcome.lost and outcome.kills == given.kills
    return 1 if given.check and not (is_good and len(outcome.answers) == outcome.expected_answers) else 0


if __name__ == "__main__":
    sys.exit(main())
