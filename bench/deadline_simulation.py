"""Run the controller on synthetic machines: is every answer in time, and complete where that is promised?

    python -m bench.deadline_simulation [--runs 24] [--deadline 120] [--profile instructed] [--cells] [--check]

There is no model and no clock: a machine is a trace of seconds per token, and `llmfirst.engine.pace` decides. With the
profile `direct` or `answer_first`, a model that is still writing when a section lands continues with the next one (by
`answer_first` not with the conclusion), and one that has ended its message is asked for the other sections; the profile
`instructed` makes a call for each section, with longer prompts. Every answer has three sections. `--check` exits 1 if
an answer is late, or is not complete although the machine is fast enough for the promise (2 tokens a second, those of
thinking and of text, and the first text of each section 20 s after it was asked for, its prompt and its thinking
included), or says that it was shortened on a slower machine although less than 85 % of its time is used and its last
section is not at its end. A thought that can be ended is part of that promise however long it would be; one that nobody
can end only where it is short enough by itself.
"""

import argparse
import math
import os
import platform
import random
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, get_args

from bench.machines import (
    CHARACTERS_PER_TOKEN,
    DECODES,
    PREFILLS,
    VARIANTS,
    WITHOUT_PROMISE,
    Machine,
    World,
    next_sentence,
    sentence,
)
from llmfirst.engine.lengths import ANSWER_FIRST, ASKED, GROWING, Length, Lengths
from llmfirst.engine.pace import CONTINUED_TOKENS, PROMISED_TOKEN_SECONDS, SHORTENED_SHARE, Budget, Pace
from llmfirst.engine.profiles import Profile, load_profiles
from llmfirst.engine.rates import ENOUGH_GAPS, Rates
from llmfirst.engine.thinking import BRIEF, WANTED
from llmfirst.engine.windows import close_limit
from llmfirst.events import PHASES, SECTIONS, Phase, ProfileName

PROFILES: Final = load_profiles().profiles
DIRECT: Final = PROFILES["direct"]
_NOISE: Final = 1.15  # of a trace
_CLOSING_TOKENS: Final = 4  # of a tag that ends a thought, as llama.cpp counts it
_ASK_TOKENS: Final = 60  # an instruction and the text around it
_WORKING_TOKENS: Final = 150  # the examples before the question whether an answer must be worked out


@dataclass
class Outcome:
    """The result of one simulated answer. Times are in seconds."""

    end: float = 0.0
    is_whole: bool = False
    """Whether all three sections are there and end whole."""

    holds_condition: bool = False
    """Whether the machine was fast enough for the promise of a whole answer."""

    tokens: int = 0
    ideal: int = 0
    """The tokens that a perfect controller could have shown."""

    silence: float = 0.0
    """The longest gap between two tokens."""

    is_shortened: bool = False
    """Whether the page says that the answer was shortened: time took a section, or the end of one."""

    is_used_up: bool = False
    """Whether the last section has no more to say: the model ended it, or it has its usual length."""

    is_slow: bool = False
    """Whether the machine was, as it was measured, clearly too slow for the promise of a whole answer."""

    endings: list[str] = field(default_factory=list)

    @property
    def counts_as_shortened(self) -> bool:
        """Whether the answer must have used its time."""
        return self.is_slow and self.is_shortened and not self.is_used_up


def simulate(machine: Machine, seed: int, deadline: float, profile: Profile = DIRECT) -> Outcome:
    """Run one answer against the controller, as the engine would."""
    chance = random.Random(seed)
    world = World(machine, chance, deadline)
    scale = deadline / 120
    rates = Rates()
    if machine.probe is not None:
        rates = Rates(token_seconds=scale / (machine.decode * machine.probe), token_deviation=0.0, gaps=ENOUGH_GAPS)
    is_asked = profile.sections == "instructed"
    """Whether each section has a call of its own."""
    reply_sections = SECTIONS if profile.sections == "grown" else SECTIONS[:-1]
    plan_tokens = profile.strategy_tokens
    strategy = Length(plan_tokens, None, plan_tokens)
    one_reply = ANSWER_FIRST if profile.sections == "asked" else GROWING
    by_call = {**ASKED, "conclusion": ANSWER_FIRST["conclusion"]} if profile.sections == "asked" else ASKED
    lengths = {**(by_call if is_asked else one_reply), "strategy": strategy}
    pace = Pace(deadline, rates, lengths=lengths, can_end_thought=machine.ended_by != "nobody")
    pace = pace._replace(thoughts=WANTED if machine.ended_by == "asking" else BRIEF)
    outcome, now = Outcome(), 0.0
    written, known, asked, is_first = 0, 0, 0, True
    wholes: list[bool] = []
    waits: list[float] = []
    spans: list[tuple[int, float]] = []
    wanted: dict[Phase, int] = {}
    last_shown: float | None = None
    left = through = 0  # the tokens that the model still wants to write, and may write, in the call that continues
    characters = int(machine.prompt_tokens * CHARACTERS_PER_TOKEN)
    for phase in PHASES:
        if phase == "core" and profile.working is not None:  # given up after its time, whatever it would have taken
            reading = world.first(now, machine.prompt_tokens + _WORKING_TOKENS, 0, is_first=is_first)
            now += min(profile.working.seconds * scale, reading)
        if not is_asked and phase not in ("strategy", *reply_sections):
            is_asked, lengths = True, {**by_call, "strategy": strategy}
            pace = pace._replace(lengths=lengths)
        is_writing = left > 0
        if not pace.has_time_for(phase, now, has_text=written > 0, prompt_characters=characters, is_writing=is_writing):
            outcome.endings.append("skipped")
            if phase != "strategy":
                wholes.append(False)
                outcome.is_shortened = True
            continue
        prompt = machine.prompt_tokens + (written if phase != "strategy" else 30) + asked
        asked += machine.prompt_tokens + _ASK_TOKENS if is_asked else 0
        if is_writing:
            pace = pace.after_handover(phase, now, through)
            budget, wants = pace.budget(now), left
            arrival = now + world.token(now)
        else:
            pace = pace.after_phase(phase, now)
            budget = pace.budget(now)
            pace = pace.after_call(now, budget, is_continued=written > 0)
            through = budget.max_tokens if phase == "strategy" or is_asked else budget.through_tokens
            wants = min(chance.randint(*machine.wants), plan_tokens - 20 if phase == "strategy" else 10_000)
            arrival = now + world.first(now, prompt, known, is_first=is_first)
        is_cut = False
        called = now
        if machine.thought and not is_writing and (machine.ended_by != "asking" or phase == "core"):
            pace, now, arrival, is_cut = _after_thinking(pace, world, now, arrival, prompt=prompt, budget=budget)
        if phase != "strategy":
            if not is_writing:
                waits.append(arrival - called)
            wanted[phase] = wants
        count = 1 if is_writing else 0  # the token that was read ahead for the landing
        left, ending = 0, "cut"
        now_in = sentence(chance)
        is_whole, is_prose = False, chance.random() < 0.5
        beat = 0.25 * scale
        while not is_cut:
            if arrival > now + beat:  # between tokens the engine looks at the clock four times a second
                now += beat
                if pace.decision(now)[0] == "cut":
                    ending = "cut"
                    break
                if pace.is_stalled(now) and pace.may_retry(now):
                    pace = pace.after_trouble().after_call(now + 0.05 * scale, budget, is_continued=True)
                    through = budget.through_tokens
                    arrival = max(arrival, now + 0.3 * scale)
                continue
            now = arrival
            is_first = False
            through -= 1
            # This token shows whether the sentence before it has ended.
            if count and now_in[0] == 0:
                is_block = now_in[1] == 0
                now_in = next_sentence(now_in, chance)
                decision, why = pace.decision(now)
                is_landing = decision == "land_sentence" or (decision == "land_prose" and (is_prose or is_block))
                if is_landing or (decision == "land_block" and is_block):
                    ending, is_whole = f"landed by {why}", True
                    pace = pace.after_tokens(now, 1)
                    is_handed_on = not is_asked and phase in reply_sections[:-1] and pace.may_hand_over(now, through)
                    left = wants - count if is_handed_on else 0
                    break
                if decision == "cut":
                    ending, is_whole = "cut", True
                    break
            elif count % 8 == 0 and pace.decision(now)[0] == "cut":
                ending = "cut"
                break
            count += 1
            now_in = (now_in[0] - 1, now_in[1])
            pace = pace.after_tokens(now, 1)
            if last_shown is not None:
                outcome.silence = max(outcome.silence, now - last_shown)
            last_shown = now
            if count >= wants:
                ending, is_whole = "stop", True
                if phase != "strategy" and not is_asked:
                    is_asked, lengths = True, {**by_call, "strategy": strategy}
                    pace = pace._replace(lengths=lengths)
                break
            if through <= 0 and now_in[0] > 0:  # the engine continues the same message with a new call
                budget = replace(budget, max_tokens=CONTINUED_TOKENS)
                through = budget.through_tokens
                pace = pace.after_call(now, budget, is_continued=True)
                arrival = now + world.first(now, prompt + count, prompt + count, is_first=False)
                continue
            arrival = now + world.token(now)
        if pace.first_text is not None and pace.last_text is not None and count > 1:
            spans.append((count - 1, pace.last_text - pace.first_text))
        # Closing a stream waits for the batch that is being read, but no longer than the engine's limit.
        batch = 64 * scale / machine.prefill * chance.random() if pace.last_text is None else 0.0
        if not left:
            now += min(close_limit(deadline), chance.uniform(0.02, 0.15) * scale + batch)
        outcome.endings.append(ending)
        if phase != "strategy":
            is_by_time = ending in ("cut", "landed by time") and not left
            outcome.is_shortened = outcome.is_shortened or is_by_time
            outcome.is_used_up = ending == "stop" or (ending != "cut" and count >= lengths[phase].usual)
            written += count
            wholes.append(is_whole and count > 0)
        known = prompt + count if phase != "strategy" else 0
    outcome.end = now
    outcome.tokens = written
    outcome.is_whole = len(wholes) == len(SECTIONS) and all(wholes)
    outcome.holds_condition = _holds(machine, waits, spans, scale)
    outcome.is_slow = _is_slow(waits, spans, scale) or "skipped" in outcome.endings[1:]
    outcome.ideal = _ideal(machine, waits, wanted, lengths, deadline)
    return outcome


def _after_thinking(
    pace: Pace, world: World, now: float, arrival: float, *, prompt: int, budget: Budget
) -> tuple[Pace, float, float, bool]:
    """Let the model think; return when its first text comes, and whether the phase was cut before."""
    machine, beat = world.machine, 0.25 * pace.deadline_seconds / 120
    limit, began = pace.thought_limit(now), arrival
    most = limit.tokens if machine.ended_by in ("clock", "count") else math.inf
    count = 0
    while count < min(machine.thought, most):
        now = min(arrival, now + beat)
        if pace.decision(now)[0] == "cut":
            return pace, now, arrival, True
        is_over = now - began >= limit.seconds
        if is_over and machine.ended_by == "asking":
            pace = pace.after_call(now, budget, is_continued=pace.is_continued)
            return pace, now, now + world.first(now, prompt, prompt, is_first=False), False
        if now < arrival:
            continue
        count += 1
        pace = pace.after_thought(now, 1)
        arrival = now + world.token(now)
        if is_over and machine.ended_by == "clock":
            break
    if count == most or machine.ended_by == "clock":  # the service has the model write its closing tag
        arrival += _CLOSING_TOKENS * world.token(now)
    return pace, now, arrival, False


def _holds(machine: Machine, waits: list[float], spans: list[tuple[int, float]], scale: float) -> bool:
    """Return whether a whole answer is promised: at least 2 tokens a second with stalls, prompts read in 20 s."""
    slowest = machine.decode * min(1.0, machine.drop_to) / (2 if machine.second_user is not None else 1)
    slowest /= _NOISE
    is_fast = all(tokens / max(seconds / scale, 1e-9) >= 2 for tokens, seconds in spans if tokens >= 4)
    return slowest >= 2 and is_fast and all(wait <= 20 * scale for wait in waits)


def _is_slow(waits: list[float], spans: list[tuple[int, float]], scale: float) -> bool:
    """Return whether clearly less than 2 tokens a second came in the mean, or a prompt was read for more than 20 s.

    Just below 2 tokens a second it cannot be known, before the end, whether the promise holds: such a machine gets the
    whole sentence.
    """
    tokens, seconds = sum(tokens for tokens, _ in spans), sum(seconds for _, seconds in spans)
    slowest = PROMISED_TOKEN_SECONDS * scale * _NOISE
    return tokens * slowest < seconds or any(wait > 20 * scale for wait in waits)


def _ideal(machine: Machine, waits: list[float], wanted: dict[Phase, int], lengths: Lengths, deadline: float) -> int:
    """Return the tokens that this machine could have shown, at most those that the sections ask for."""
    seconds = deadline - sum(waits) - 5 * deadline / 120
    most = sum(min(lengths[phase].usual, tokens) for phase, tokens in wanted.items())
    return max(1, min(most, int(seconds * machine.decode * 120 / deadline)))


def cells() -> Iterator[tuple[str, float, float]]:
    for name in (*VARIANTS, *WITHOUT_PROMISE):
        for decode in DECODES:
            for prefill in PREFILLS:
                yield name, decode, prefill


def run_cell(cell: tuple[str, float, float], runs: int, deadline: float, profile: Profile = DIRECT) -> list[Outcome]:
    name, decode, prefill = cell
    outcomes = []
    for number in range(runs):
        chance = random.Random(f"{cell}/{number}")
        machine = {**VARIANTS, **WITHOUT_PROMISE}[name](
            Machine(decode, prefill, prompt_tokens=chance.randint(40, 200)), chance
        )
        outcomes.append(simulate(machine, chance.randrange(2**32), deadline, profile))
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=24, help="runs per cell")
    parser.add_argument("--deadline", type=float, default=120.0)
    parser.add_argument("--profile", choices=get_args(ProfileName), help="default: all, one after the other")
    parser.add_argument("--cells", action="store_true", help="one line per cell instead of per kind of machine")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    options = parser.parse_args()
    names = PROFILES if options.profile is None else [options.profile]
    failed = [name for name in names if not _is_met(name, options)]
    return int(options.check and bool(failed))


def _is_met(profile: ProfileName, options: argparse.Namespace) -> bool:
    """Simulate all machines with one profile, print the table, and return whether the targets are met."""
    started = time.perf_counter()
    grid = list(cells())
    with ProcessPoolExecutor() as pool:
        work = partial(run_cell, runs=options.runs, deadline=options.deadline, profile=PROFILES[profile])
        found = list(pool.map(work, grid))
    seconds = time.perf_counter() - started
    groups: dict[str, list[Outcome]] = {}
    for (name, decode, prefill), outcomes in zip(grid, found, strict=True):
        key = f"{name}, {decode:g} tok/s, prefill {prefill:g}" if options.cells else name
        groups.setdefault(key, []).extend(outcomes)
    every = [outcome for outcomes in found for outcome in outcomes]
    print(
        f"Simulated answers ({profile}) with a deadline of {options.deadline:g} s: n={len(every)} in "
        f"{seconds:.0f} s on {os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"
    )
    head = [
        *("late", "condition n", "whole where due", "whole", "slow, shortened", "used their time"),
        *("silence", "tokens/ideal", "end p50", "p99"),
    ]
    print(f"{'machine':<52}" + "".join(f"{name:>16}" for name in head))
    failed = False
    for key, outcomes in [*groups.items(), ("all", every)]:
        late = sum(outcome.end > options.deadline for outcome in outcomes)
        due = [outcome for outcome in outcomes if outcome.holds_condition]
        whole = sum(outcome.is_whole for outcome in due)
        shortened = [outcome.end / options.deadline for outcome in outcomes if outcome.counts_as_shortened]
        used = sum(share >= SHORTENED_SHARE for share in shortened)
        failed = failed or late > 0 or whole < len(due) or used < len(shortened)
        ends = sorted(outcome.end for outcome in outcomes)
        row = (
            f"{late}",
            f"{len(due)}",
            f"{100 * whole / len(due):.2f} %" if due else "-",
            f"{100 * sum(outcome.is_whole for outcome in outcomes) / len(outcomes):.0f} %",
            f"{len(shortened)}",
            f"{100 * used / len(shortened):.2f} %" if shortened else "-",
            f"{max(outcome.silence for outcome in outcomes):.1f} s",
            f"{statistics.median(outcome.tokens / outcome.ideal for outcome in outcomes):.2f}",
            f"{statistics.median(ends):.1f} s",
            f"{ends[math.ceil(0.99 * len(ends)) - 1]:.1f} s",
        )
        print(f"{key:<52}" + "".join(f"{cell:>16}" for cell in row))
    faster = [outcome.end / options.deadline for outcome in every if outcome.is_shortened and not outcome.is_slow]
    if faster:
        print(
            f"shortened although fast enough for whole sections: n={len(faster)}, "
            f"time used at least {100 * min(faster):.0f} %, in the median {100 * statistics.median(faster):.0f} %"
        )
    print(
        "targets: late 0, whole where the promise's condition holds 100 %, slow and shortened have used "
        f"{100 * SHORTENED_SHARE:.0f} % of their time 100 %: {'MISSED' if failed else 'met'}"
    )
    return not failed


if __name__ == "__main__":
    sys.exit(main())
