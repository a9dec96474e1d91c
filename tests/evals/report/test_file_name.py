"""The names of a report's files."""

import time
from collections.abc import Iterator

import pytest

from evals.records.captions import Caption
from evals.report.file_name import file_stem
from tests.evals.report.made import OTHER, evaluation


@pytest.fixture(autouse=True)
def _in_seoul(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Asia/Seoul")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_a_report_is_called_by_its_suite_its_models_and_its_local_date() -> None:
    of = evaluation()
    (model,) = of.models
    assert file_stem(of) == f"{of.suite.name}_qwen3-4b_2026-11-23-1800"
    with_thinking = of.model_copy(update={"models": (model, model.model_copy(update={"think": "on"}))})
    assert file_stem(with_thinking) == file_stem(of)
    assert (
        file_stem(of.model_copy(update={"models": (model, OTHER)}))
        == f"{of.suite.name}_qwen3-4b-and-1-more_2026-11-23-1800"
    )


def test_a_name_that_people_gave_is_at_the_end_of_it() -> None:
    of = evaluation()
    assert file_stem(of, Caption(name="새 모델: 전/후")) == f"{file_stem(of)}_새-모델-전-후"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("우리 카페: 질문 20개", "우리-카페-질문-20개"),
        ("../../etc/passwd", "etc-passwd"),
        ("hf.co/a/b.gguf", "hf.co-a-b.gguf"),
        ("<b>\u202e\n", "b"),
        ("···", "unnamed"),
        ("x" * 300, "x" * 40),
    ],
)
def test_a_name_from_elsewhere_becomes_a_part_that_every_file_system_takes(name: str, part: str) -> None:
    of = evaluation()
    hostile = of.model_copy(update={"suite": of.suite.model_copy(update={"name": name})})
    assert file_stem(hostile) == f"{part}_qwen3-4b_2026-11-23-1800"
