"""Advice follows what is set and measured, says why, and never goes against it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmfirst.events import Language
from llmfirst.machine.advice import Advice, AdviceCode, AdvicePhase, Situation, advice_for
from llmfirst.machine.prediction import ModelSize
from llmfirst.ui.advice_card import advice_html
from tests.read_html import shown

GB = 1_000_000_000
FAST = Situation(
    provider="ollama",
    model="qwen3:4b",
    size_bytes=5 * GB // 2,
    parameter_count=4 * GB,
    quantization="Q4_K_M",
    gpu_share=1.0,
    tier=3,
    first_text_seconds=0.4,
    total_seconds=20.0,
    token_seconds=0.02,
    slots=1,
    context_tokens=8192,
    threads=None,
    cores=8,
    memory_bytes=64 * GB,
    gpu_bytes=24 * GB,
)
SLOW = replace(FAST, gpu_share=0.0, gpu_bytes=0, tier=None, first_text_seconds=6.0, total_seconds=110.0)
ABOUT: dict[AdviceCode, Situation] = {
    "larger_model": replace(FAST, best="qwen3.5:9b", best_provider="ollama"),
    "smaller_model": replace(SLOW, best="small", best_provider="embedded"),
    "num_parallel": replace(FAST, slots=4),
    "num_parallel_one": FAST,
    "max_loaded_one": replace(FAST, gpu_bytes=4 * GB),
    "max_loaded_two": replace(FAST, judge="qwen2.5:7b", judge_bytes=5 * GB),
    "flash_attention": FAST,
    "kv_cache": replace(FAST, gpu_bytes=5 * GB),
    "keep_alive": FAST,
    "context": replace(SLOW, memory_bytes=5 * GB),
    "threads": replace(SLOW, provider="embedded", threads=2),
    "int4": replace(SLOW, quantization="F16"),
    "int8": replace(SLOW, quantization="bf16"),
    "more_gpu_memory": replace(FAST, gpu_share=0.4, gpu_bytes=3 * GB),
    "gpu": SLOW,
    "gpu_for_larger": replace(
        FAST,
        gpu_bytes=0,
        gpu_share=0.0,
        beyond=ModelSize(name="qwen3.5:9b", size_bytes=6 * GB, parameter_count=9 * GB),
        beyond_seconds=400.0,
    ),
    "vllm": FAST,
    "tensorrt": replace(FAST, tier=1, total_seconds=100.0),
}


def codes(now: Situation) -> list[AdviceCode]:
    return [advice.code for advice in advice_for(now)]


@pytest.mark.parametrize("code", get_args(AdviceCode))
def test_each_advice_has_its_situation_its_reason_and_its_command_in_both_languages(code: AdviceCode) -> None:
    (advice,) = [one for one in advice_for(ABOUT[code]) if one.code == code]
    assert bool(advice.command) is (code not in ("keep_alive", "gpu", "gpu_for_larger"))
    languages: Sequence[Language] = ("ko", "en")
    for language in languages:
        html = advice_html([advice], language)
        assert "{" not in shown(html).replace("{0}", "")
        assert (f"<code>{advice.command[:10]}"[:16] in html.replace("&#x27;", "'")) is bool(advice.command)


def test_what_is_fast_enough_is_not_made_faster() -> None:
    assert not {"gpu", "int4", "int8", "tensorrt", "smaller_model", "threads"} & set(codes(FAST))
    assert "vllm" in codes(FAST)  # the third of three people would wait for two whole answers
    assert "vllm" not in codes(replace(FAST, slots=3))
    as_whole = replace(FAST, quantization="F16", provider="embedded", threads=1)
    assert not {"int4", "int8", "threads"} & set(codes(as_whole))


def test_no_memory_is_saved_that_is_free_and_no_judge_is_put_where_there_is_no_room() -> None:
    assert not {"kv_cache", "context", "max_loaded_one", "max_loaded_two"} & set(codes(FAST))
    tight = replace(FAST, judge="qwen2.5:7b", judge_bytes=30 * GB)
    assert "max_loaded_one" in codes(tight)
    assert "max_loaded_two" not in codes(tight)


def test_a_gpu_is_advised_only_where_it_is_expected_to_be_faster_than_what_was_measured() -> None:
    assert "gpu" in codes(SLOW)
    assert "gpu" not in codes(replace(SLOW, total_seconds=2.0, tier=1))
    assert "gpu" not in codes(replace(SLOW, total_seconds=None))


def test_what_was_never_measured_is_not_called_slow_and_another_service_gets_none_of_ollama() -> None:
    assert not {"smaller_model", "gpu", "vllm"} & set(codes(replace(SLOW, total_seconds=None, best="x")))
    other = codes(replace(FAST, provider="openai", runs_vllm=True, slots=4, gpu_share=None))
    assert other == []
    assert "Nothing to advise" in shown(advice_html((), "en"))


@given(
    st.sampled_from([FAST, SLOW, *ABOUT.values()]),
    st.sampled_from(["ollama", "openai", "embedded"]),
    st.integers(1, 8),
    st.sampled_from([None, 1, 2, 3]),
    st.sampled_from([0, 4 * GB, 80 * GB]),
)
def test_advice_stands_by_phases_and_no_code_comes_twice(
    now: Situation, provider: str, slots: int, tier: int | None, gpu: int
) -> None:
    changed: list[Advice] = list(
        advice_for(replace(now, provider=provider, slots=slots, tier=tier, gpu_bytes=gpu))  # type: ignore[arg-type]  # one of its names
    )
    phases: list[AdvicePhase] = [one.phase for one in changed]
    assert phases == sorted(phases, key=get_args(AdvicePhase).index)
    assert len({one.code for one in changed}) == len(changed)
    advice_html(changed, "ko")
