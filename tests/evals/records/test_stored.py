"""Stored documents and exported files keep the words in which earlier versions wrote them."""

import json
from typing import Any, Final

from evals.records.attempts import Ask
from evals.records.evaluation import Evaluation
from tests.evals.made import OTHER, TARGET, case, evaluation, trial

_ASK: Final[dict[str, Any]] = {
    "turn": {"case_id": "case-1", "target": "ollama/m", "repeat": 0},
    "purpose": "measure",
    "attempt": 1,
    "run_id": "f" * 16,
    "asked_at": "2026-11-23T09:00:00Z",
    "load_average": None,
}


def test_an_evaluation_is_read_and_written_in_the_words_of_earlier_versions() -> None:
    of = evaluation(case(), models=(TARGET, OTHER))
    document = json.loads(of.model_dump_json(by_alias=True))
    assert "models" not in document
    assert [one["model"] for one in document["targets"]] == ["m", "n"]
    assert Evaluation.model_validate_json(json.dumps(document)) == of


def test_an_ask_is_read_and_written_in_the_words_of_earlier_versions() -> None:
    ask = Ask.model_validate_json(json.dumps(_ASK))
    assert ask.trial == trial()
    assert json.loads(ask.model_dump_json()) == _ASK
