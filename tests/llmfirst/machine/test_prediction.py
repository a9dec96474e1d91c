"""Predictions of a model's times from others: what they grow with, and what they never say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.machine.bandwidth import measure_bandwidth
from llmfirst.machine.prediction import Anchor, ModelSize, fits, known_models, predicted, tier_of
from llmfirst.machine.room import memory_needed

# Two models on two cores, as they were measured there.
SMALL = Anchor(98_362_432, 1 / 140, read_seconds=1 / 400, parameter_count=134_515_008)
LARGE = Anchor(1_117_320_736, 1 / 32, read_seconds=1 / 60, parameter_count=1_543_714_304)


def sized(size_bytes: int, count: int | None = None, share: float = 1.0) -> ModelSize:
    return ModelSize(name="m", size_bytes=size_bytes, parameter_count=count, active_share=share)


def test_between_two_measured_models_it_is_what_lies_between_them() -> None:
    found = predicted(sized(491_400_064, 494_032_768), [SMALL, LARGE])
    assert found is not None
    assert 1 / 80 < found.token_seconds < 1 / 50  # 60 a second lie on the line between 140 and 32
    assert found.basis == "models"


def test_a_model_that_was_measured_itself_is_predicted_as_it_was() -> None:
    itself = predicted(sized(LARGE.size_bytes, LARGE.parameter_count), [SMALL, LARGE])
    assert itself is not None
    assert itself.token_seconds == pytest.approx(LARGE.token_seconds)
    timed = Anchor(LARGE.size_bytes, 1 / 32, 1 / 60, 1.5, 30.0, LARGE.parameter_count)
    again = predicted(sized(LARGE.size_bytes, LARGE.parameter_count), [timed])
    assert again is not None
    assert again.first_text_seconds == pytest.approx(1.5)
    assert again.total_seconds == pytest.approx(30.0)


def test_fast_memory_makes_a_larger_model_faster_than_in_proportion_and_slow_memory_never_slower() -> None:
    by_size, by_memory, slow = (
        predicted(sized(2_500_000_000), [SMALL], bandwidth=speed) for speed in (None, 60e9, 1e9)
    )
    assert by_size is not None
    assert by_memory is not None
    assert by_memory.token_seconds < by_size.token_seconds
    assert slow == by_size


def test_without_any_measured_model_the_memory_or_a_gpu_says_it_and_without_both_nothing() -> None:
    model = sized(2_500_000_000, 4_000_000_000)
    assert predicted(model, []) is None
    memory, gpu = predicted(model, [], bandwidth=20e9), predicted(model, [], bandwidth=20e9, has_gpu=True)
    assert memory is not None
    assert gpu is not None
    assert (memory.basis, gpu.basis) == ("memory", "gpu")
    assert gpu.total_seconds < memory.total_seconds


def test_a_mixture_of_experts_writes_as_fast_as_what_it_reads_of_itself() -> None:
    whole, part = predicted(sized(14_000_000_000), [LARGE]), predicted(sized(14_000_000_000, share=0.17), [LARGE])
    assert whole is not None
    assert part is not None
    assert part.token_seconds < whole.token_seconds / 4


@given(st.integers(50_000_000, 40_000_000_000), st.integers(50_000_000, 40_000_000_000))
def test_a_larger_model_of_the_same_kind_is_never_predicted_to_be_faster(one: int, two: int) -> None:
    smaller, larger = (predicted(sized(size, 4_000_000_000), [LARGE], bandwidth=20e9) for size in sorted((one, two)))
    assert smaller is not None
    assert larger is not None
    assert 0 < smaller.token_seconds <= larger.token_seconds
    assert 0 < smaller.first_text_seconds <= larger.first_text_seconds
    assert smaller.total_seconds <= larger.total_seconds


@pytest.mark.parametrize(
    ("first", "total", "tier"), [(2.9, 60, 3), (3.1, 60, 2), (4, 90, 2), (4, 91, 1), (5.1, 20, None), (1, 121, None)]
)
def test_the_tier_is_the_hardest_one_whose_times_are_kept(first: float, total: float, tier: int | None) -> None:
    assert tier_of(first, total) == tier


def test_memory_grows_with_the_context_and_the_short_list_can_be_read() -> None:
    assert memory_needed(2_500_000_000, 8192) > memory_needed(2_500_000_000, 4096) > 2_500_000_000
    assert fits(2_500_000_000, 8192, 8_000_000_000)
    assert not fits(6_600_000_000, 8192, 8_000_000_000)
    assert "qwen3:4b-instruct" in [model.name for model in known_models()]


def test_the_memory_of_this_machine_is_read_at_some_speed() -> None:
    assert 1e8 < measure_bandwidth() < 1e13
