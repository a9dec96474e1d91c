"""A session with many questions, answers of different speed, and votes of two people and a judge."""

from datetime import timedelta
from typing import Any

from evals.records.evaluation import EvaluatedModel
from evals.sessions.archive import SessionArchive
from evals.sessions.session import Entrant, Session, SessionQuestion
from evals.sessions.votes import Choice
from llmfirst.events import AnswerEvent
from tests.evals.made import START, told
from tests.evals.sessions.made import keep_ask, session, vote

FAST = EvaluatedModel(
    provider="embedded",
    model="qwen2.5-coder-0.5b",
    digest="sha256:11ab",
    size_bytes=400_000_000,
    parameters="0.5B",
    quantization="Q4_K_M",
)
SLOW = EvaluatedModel(
    provider="embedded",
    model="qwen2.5-coder-1.5b",
    digest="sha256:77cd",
    size_bytes=1_117_000_000,
    parameters="1.5B",
    quantization="Q4_K_M",
)
_SLOWER = {FAST.model: 2.0, SLOW.model: 5.5}
_WON = "sssfsssstssfsssssbssfsss"  # by question: the slow one, the fast one, a tie, both bad


def voted_session(**changes: Any) -> Session:
    fields: dict[str, Any] = {
        "title": "Which <model> for the help desk?",
        "entrants": (Entrant(model=FAST), Entrant(model=SLOW)),
    }
    return session(**{**fields, **changes})


def questions(count: int = len(_WON)) -> list[SessionQuestion]:
    """Return questions; the first two thirds are Korean ones of business, the others English ones of coding."""
    found = []
    for number in range(count):
        is_korean = number < 2 * count // 3
        text = (
            f"카페 매출을 {number + 1}% 올리려면?" if is_korean else f"How do I sort {number} numbers in <b>Rust</b>?"
        )
        found.append(
            SessionQuestion(
                question_id=f"q{number:02}",
                text=text,
                language="ko" if is_korean else "en",
                category="business" if is_korean else "coding",
            )
        )
    return found


def keep_voted(archive: SessionArchive, of: Session | None = None, *, votes: int = len(_WON)) -> Session:
    """Keep a session with all its answers; on so many questions ann has voted, on fewer ben and a judge."""
    of = of or voted_session()
    archive.add(of)
    for number, question in enumerate(questions()):
        archive.keep_question(of.session_id, question)
        runs = {}
        for place, one in enumerate(of.entrants):
            runs[one.model.model] = f"{of.session_id}{number:02}{place}"
            events = _slowed(
                told(runs[one.model.model], question.text, replies=_replies(number)), one.model.model, number
            )
            keep_ask(archive, of, question, one.key, runs[one.model.model], events)
        if number < votes:
            _keep_votes(archive, of, question, number, runs)
            archive.unveil(of.session_id, question.question_id)
    return of


def _keep_votes(
    archive: SessionArchive, of: Session, question: SessionQuestion, number: int, runs: dict[str, str]
) -> None:
    fast, slow = runs[FAST.model], runs[SLOW.model]
    sides = (fast, slow) if number % 2 else (slow, fast)
    won = _WON[number]
    choice = _choice(won, sides, fast)
    at: dict[str, Any] = {"question_id": question.question_id, "voted_at": START + timedelta(minutes=number)}
    archive.keep_vote(of.session_id, vote(*sides, choice, "ann", **at, words="clearer & shorter" if won == "f" else ""))
    if number % 3 == 0:
        archive.keep_vote(of.session_id, vote(*sides, _choice("s" if number % 9 else won, sides, fast), "ben", **at))
    if number % 2:
        judged = vote(*sides, choice if number % 5 else "tie", "embedded/judge", **at, kind="judge", margin=1.5)
        archive.keep_vote(of.session_id, judged)


def _choice(won: str, sides: tuple[str, str], fast: str) -> Choice:
    if won in "tb":
        return "tie" if won == "t" else "both_bad"
    return "left" if (won == "f") == (sides[0] == fast) else "right"


def _replies(number: int) -> tuple[str, ...]:
    return (
        "I shall begin with the costs.",
        f"**Short answer**: start with number {number}. <script>alert(1)</script>",
        "- first, look at the figures\n- then, talk to people\n- 마지막으로 결과를 확인합니다",
        "So begin small, and measure.",
    )


def _slowed(events: list[AnswerEvent], model: str, number: int) -> list[AnswerEvent]:
    factor = _SLOWER[model] * (1 + number % 7 / 10)
    return [event.model_copy(update={"elapsed_seconds": event.elapsed_seconds * factor}) for event in events]
