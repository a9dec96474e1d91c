"""The simulated line against the formula of Erlang, where that has an answer."""

import math
import random

import pytest

from bench.queueing import FIRST_TEXT_SECONDS, Load, Service, share_in_target, slots_needed


def erlang_c(slots: int, load: float) -> float:
    """Return the probability that a customer of an M/M/c line waits; `load` in Erlang."""
    busy = load**slots / math.factorial(slots) * slots / (slots - load)
    return busy / (sum(load**number / math.factorial(number) for number in range(slots)) + busy)


@pytest.mark.parametrize(("slots", "users"), [(2, 12), (6, 45), (20, 170)])
def test_exponential_answers_wait_as_erlang_says(slots: int, users: int) -> None:
    chance, mean, between = random.Random(1), 30.0, 300.0
    services = [Service(0.0, chance.expovariate(1 / mean)) for _ in range(20_000)]
    arrivals = users / between
    too_late = erlang_c(slots, arrivals * mean) * math.exp(-(slots / mean - arrivals) * FIRST_TEXT_SECONDS)
    long_ones = 1 - math.exp(-115 / mean)  # whoever takes longer than the limit of an answer is late by that alone
    found = share_in_target(Load(users, between), slots, services)
    assert found == pytest.approx((1 - too_late) * long_ones, abs=0.03)


def test_one_slot_less_than_needed_misses_the_target() -> None:
    services = [Service(0.5, 20.0), Service(1.0, 40.0)]
    needed = slots_needed(Load(50, 300.0), services)
    assert needed is not None
    assert share_in_target(Load(50, 300.0), needed, services) >= 0.999
    assert share_in_target(Load(50, 300.0), needed - 1, services) < 0.999


def test_answers_that_are_too_slow_alone_need_no_slots_but_a_faster_machine() -> None:
    assert slots_needed(Load(1, 300.0), [Service(6.0, 40.0)]) is None
