from dataclasses import replace

from llmfirst.runs.preflight import Preflight
from llmfirst.ui.presenter import preflight_line

WARM = Preflight(
    model="<small>",
    is_ready=True,
    is_warm=True,
    slots=2,
    free_bytes=6_400_000_000,
    more_models=5,
    seconds_each=52.0,
    answers=12,
)


def test_what_is_known_before_presenting_is_the_model_the_room_and_the_time() -> None:
    line = preflight_line(WARM, 5, "en")
    assert "Model &lt;small&gt;: in memory" in line
    assert "Questions answered at once: 2" in line
    assert "Free memory 6.4 GB: room for 5 more of its size" in line
    assert "Time for 5 questions: about 4:20 (median of the last 12 answers here: 52.0 s)" in line
    assert "질문 5개에 약 4:20 (이 컴퓨터의 최근 답변 12개의 중앙값 52.0초)" in preflight_line(WARM, 5, "ko")


def test_a_time_that_no_answer_tells_is_said_to_be_an_estimate() -> None:
    tried = replace(WARM, basis="probe", answers=8)
    assert "about 4:20, an estimate: no answers here yet, and 8 trial answers took 52.0 s" in preflight_line(
        tried, 5, "en"
    )
    assert "약 4:20(추정)" in preflight_line(replace(WARM, basis="rates", answers=0), 5, "ko")
    assert (
        preflight_line(tried, 5, "en").count('class="good"') == preflight_line(WARM, 5, "en").count('class="good"') - 1
    )


def test_what_was_not_measured_is_said_to_be_unknown() -> None:
    unknown = replace(WARM, is_warm=None, free_bytes=None, more_models=None, seconds_each=None, answers=0)
    line = preflight_line(unknown, 5, "en")
    assert "its service does not tell" in line
    assert "Free memory: not known" in line
    assert "unknown yet" in line


def test_a_model_that_is_not_in_memory_and_an_empty_script_are_marked() -> None:
    line = preflight_line(replace(WARM, is_ready=False, is_warm=False), 0, "en")
    assert line.count('class="bad"') == 2
    assert "not in memory" in line
    assert "The script has no questions" in line
