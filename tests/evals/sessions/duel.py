"""A session of two models whose names, sizes and times nobody may find before the vote."""

from collections.abc import Sequence
from datetime import timedelta

from evals.records.evaluation import EvaluatedModel
from evals.sessions.archive import SessionArchive
from evals.sessions.session import Entrant, Session, SessionAsk, SessionQuestion
from llmfirst.events import (
    Admitted,
    AnswerEvent,
    AnswerFinished,
    PhaseFinished,
    PhaseStarted,
    QuestionSubmitted,
    TextAdded,
)
from tests.evals.made import MACHINE, START

ALPHA = EvaluatedModel(
    provider="ollama",
    model="alpha-seven",
    digest="sha256:a1fa5eed",
    size_bytes=4_683_000_000,
    parameters="7.6B",
    quantization="Q4_K_M",
)
BETA = EvaluatedModel(
    provider="ollama",
    model="beta-three",
    digest="sha256:be7a5eed",
    size_bytes=1_929_000_000,
    parameters="3.1B",
    quantization="Q8_0",
)
DUEL = Session(
    session_id="5e551015e55",
    title="Which one answers customers?",
    entrants=(Entrant(model=ALPHA), Entrant(model=BETA)),
    fairness="as_experienced",
    order="one_at_a_time",
    is_blind=True,
    shows_speed=False,
    deadline_seconds=120,
    seed=7,
    created_at=START,
    machine=MACHINE,
)
QUESTIONS = tuple(
    SessionQuestion(question_id=f"q{number}", text=text, language="en", category="facts")
    for number, text in enumerate(["Why is the sky blue?", "How is <b>tea</b> made?", "하늘은 왜 파란가요?"])
)
SECRETS = (
    *("alpha-seven", "beta-three", "a1fa5eed", "be7a5eed", "7.6B", "3.1B", "Q4_K_M", "Q8_0"),
    *("4683000000", "1929000000", "4.7 GB", "1.9 GB", "3.21 s", "9.87 s", "17.3 s", "71.3 s", "5e551015e55"),
)
"""What would give a model away; with it the runs, which `run_of` names."""


def run_of(question: SessionQuestion, model: EvaluatedModel) -> str:
    return f"rn{model.model[:5]}{question.question_id}"


def keep_duel(archive: SessionArchive, of: Session = DUEL, questions: Sequence[SessionQuestion] = QUESTIONS) -> None:
    """Store the session with an answer of each model to each question; the slower one writes in its first 17 s."""
    archive.add(of)
    for number, question in enumerate(questions):
        archive.keep_question(of.session_id, question)
        for turn, entrant in enumerate(of.entrants):
            run_id = run_of(question, entrant.model)
            at = START + timedelta(minutes=5 * number + turn)
            ask = SessionAsk(
                question_id=question.question_id, entrant=entrant.key, run_id=run_id, turn=turn, asked_at=at
            )
            archive.keep_ask(of.session_id, ask)
            events = answer_of(run_id, question.text, entrant.model, number)
            archive.evaluations.store.append(run_id, 0, events, archive.runs_as(of))


def answer_of(run_id: str, question: str, model: EvaluatedModel, number: int) -> list[AnswerEvent]:
    is_alpha = model is ALPHA
    first, total = (3.21, 71.3) if is_alpha else (9.87, 17.3)
    manner = "Briefly" if is_alpha else "At **length**"
    texts = {
        "core": f"{manner}, answer {number}: it is so.",
        "details": "- one reason\n- another reason\n\n"
        + "Much more can be said about this. " * (30 if is_alpha else 60),
        "conclusion": f"So it is <i>so</i>, in short {number}.",
    }
    events: list[AnswerEvent] = [
        QuestionSubmitted(
            elapsed_seconds=0,
            run_id=run_id,
            question=question,
            language="en",
            provider=model.provider,
            model=model.model,
            model_digest=model.digest,
            deadline_seconds=120,
            submitted_at=START + timedelta(minutes=5 * number + (0 if is_alpha else 1)),
        ),
        Admitted(elapsed_seconds=1, was_cold=False, loading_seconds=0.4),
    ]
    for place, (phase, text) in enumerate(texts.items()):
        at = 1 + first + place * (total - first) / 4
        events += [
            PhaseStarted(elapsed_seconds=at, phase=phase),
            TextAdded(elapsed_seconds=at, phase=phase, text=text, call_id=f"{run_id}/1"),
            PhaseFinished(elapsed_seconds=at, phase=phase, ending="stop"),
        ]
    return [*events, AnswerFinished(elapsed_seconds=1 + total, outcome="complete")]
