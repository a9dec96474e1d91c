"""An evaluation of two models whose names, sizes, times and verdicts nobody may find before all is labelled."""

from datetime import timedelta
from typing import Final

from evals.judge.questions import yes_no_key
from evals.records.archive import Archive
from evals.records.attempts import Ask
from evals.records.evaluation import JudgeCard
from evals.suite.cases import Criterion
from tests.evals.made import NO, START, YES, case, evaluation
from tests.evals.sessions.duel import ALPHA, BETA, QUESTIONS, SECRETS, answer_of, run_of

JUDGE: Final = JudgeCard(provider="ollama", model="judge-nine", digest=None, address=None, prompt_sha256="0" * 64)
CLAIMS: Final = (
    Criterion(claim="It gives a <b>reason</b>.", critical=True),
    Criterion(claim="It is rude.", negative=True),
)
ITEMS: Final = tuple(
    case(number, id=f"item-{number}", question=question.text, criteria=CLAIMS)
    for number, question in enumerate(QUESTIONS)
)
HIDDEN: Final = evaluation(*ITEMS, evaluation_id="1abe11ed0123", models=(ALPHA, BETA), judge=JUDGE)
TELLING: Final = (
    *(secret for secret in SECRETS if secret != "5e551015e55"),
    *(run_of(question, model) for question in QUESTIONS for model in (ALPHA, BETA)),
    "judge-nine",
)
"""What would give a model or a verdict away."""


def keep_hidden(archive: Archive) -> None:
    """Store the evaluation with all answers, and what a judge made of them."""
    archive.add(HIDDEN)
    for number, trial in enumerate(HIDDEN.trials()):
        question = next(one for one in QUESTIONS if one.text == HIDDEN.case(trial.case_id).question)
        model = HIDDEN.model(trial.model)
        at = START + timedelta(minutes=number)
        run_id = run_of(question, model)
        ask = Ask(trial=trial, purpose="measure", attempt=1, run_id=run_id, asked_at=at, load_average=0.5)
        archive.keep_ask(HIDDEN.evaluation_id, ask)
        events = answer_of(run_id, question.text, model, QUESTIONS.index(question))
        archive.store.append(run_id, 0, events, archive.writes_as, is_background=True)
    for attempt in archive.attempts(HIDDEN.evaluation_id):
        item = HIDDEN.case(attempt.trial.case_id)
        for text, said in ((attempt.text, YES), (item.good or "", YES), (item.bad or "", NO)):
            for claim in CLAIMS:
                archive.keep_reading(JUDGE, yes_no_key(item.question, text, claim.claim), said)
