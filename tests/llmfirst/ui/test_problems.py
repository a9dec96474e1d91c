"""What is wrong with a model or its service is said in the language of the page."""

import ast
from pathlib import Path
from typing import get_args

import pytest

from llmfirst import errors
from llmfirst.answer import fold
from llmfirst.errors import ModelUnusable, NotReady, ProviderError
from llmfirst.events import AnswerEvent, AnswerFailed, AnswerFinished
from llmfirst.model_problem import ModelProblem, ProblemCode
from llmfirst.offers import Choice, Offer
from llmfirst.providers.base import ModelCard
from llmfirst.readiness import Failed
from llmfirst.texts import texts_in
from llmfirst.ui.problems import problem_words
from llmfirst.ui.refusals import refusal_words
from llmfirst.ui.render import notice, readiness_line
from tests.texts import fields_of

ABSENT = ModelProblem(code="absent", service="127.0.0.1:8000", place="http://127.0.0.1:8000/v1")
MESSAGE = "127.0.0.1:8000 does not answer at http://127.0.0.1:8000/v1: start the server."
KOREAN = "모델 서버(127.0.0.1:8000)가 응답하지 않습니다."
PROVIDERS = sorted((Path(errors.__file__).parent / "providers").glob("*.py"))
# Nobody sees these: the engine asks in another way, or the program has not started yet.
UNSEEN = {"PrefillRefused", "catalog.ModelMissing", "hub.ModelMissing", "embedded.ModelMissing"}


def test_every_code_has_a_korean_sentence_that_is_filled_from_a_problem() -> None:
    sentences = texts_in("ko").problems.sentences
    assert set(sentences) == set(get_args(ProblemCode))
    assert {field for text in sentences.values() for field in fields_of(text)} <= set(ModelProblem.model_fields)
    assert not texts_in("en").problems.sentences


def test_the_words_of_a_service_follow_the_sentence() -> None:
    busy = ModelProblem(code="busy", service="Ollama", status="503 Service Unavailable", said="try\u202e later")
    assert problem_words(busy, "Ollama is overloaded.", "ko") == (
        "모델 서버(Ollama)가 바쁘거나 아직 모델을 불러오고 있습니다(503 Service Unavailable). "
        "잠시 뒤에 다시 질문해 주세요. 서버의 말: try\\u202e later"
    )
    assert problem_words(busy, "Ollama is overloaded.", "en") == "Ollama is overloaded."
    assert problem_words(None, "Something else.", "ko") == "Something else."


@pytest.mark.parametrize(
    "end",
    [
        AnswerFailed(elapsed_seconds=9, code="model_unavailable", message=MESSAGE, problem=ABSENT),
        AnswerFinished(elapsed_seconds=9, outcome="interrupted", detail=MESSAGE, problem=ABSENT),
    ],
)
def test_what_ended_a_run_is_said_in_the_language_of_the_page(end: AnswerEvent) -> None:
    told = fold([end])
    assert MESSAGE in notice(told, "en")
    assert KOREAN in notice(told, "ko")
    assert "does not answer" not in notice(told, "ko")


def test_a_model_that_cannot_be_used_and_a_question_to_it_are_told_so_in_the_language_of_the_page() -> None:
    offer = Offer("openai", ModelCard(name="alpha"))
    line = readiness_line(offer, Choice(offer, "first"), Failed(MESSAGE, problem=ABSENT), "ko")
    assert KOREAN in line
    assert MESSAGE not in line
    assert refusal_words(NotReady(MESSAGE, ABSENT), "ko").startswith(KOREAN)
    assert refusal_words(ModelUnusable(MESSAGE, ABSENT), "ko").startswith(f"모델을 불러올 수 없습니다. {KOREAN}")
    assert refusal_words(NotReady(MESSAGE), "ko") == texts_in("ko").refusals.not_ready


def test_every_error_of_a_provider_has_a_code() -> None:
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, ProviderError)}
    bare = set()
    for path in PROVIDERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=args) if name in kinds and len(args) < 2:
                    bare |= {name, f"{path.stem}.{name}"} & UNSEEN or {f"{path.stem}.{name}"}
    assert bare <= UNSEEN
