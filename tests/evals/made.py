"""Evaluations, attempts and the events of whole runs, made by hand; everything is measured unless a test says not."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import exp
from typing import Any

from evals.analysis.summary import summary_of
from evals.analysis.trend import trend_of
from evals.analysis.trust import Quality, Trust
from evals.calibration.calibration import Calibration
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.questions import yes_no_key
from evals.judge.verdicts import ItemVerdict
from evals.records.archive import Archive
from evals.records.attempts import Ask, AskPurpose, Attempt
from evals.records.evaluation import EvaluatedModel, Evaluation, JudgeCard, Machine, Trial
from evals.records.opinions import YesNo
from evals.records.timing import Timing
from evals.report.page import report_html
from evals.suite.cases import Case, Criterion, Language, Suite
from llmfirst.events import (
    PHASES,
    Admitted,
    AnswerEvent,
    AnswerFinished,
    CallFinished,
    Outcome,
    Phase,
    PhaseFinished,
    PhaseStarted,
    QuestionSubmitted,
    StateChanged,
    TextAdded,
)
from llmfirst.ledger import GENESIS, Call, CallDraft, sealed
from llmfirst.providers.base import Message, Request, Timings, Usage
from llmfirst.stats import Auc, Confusion, Difference, Interval, Kappa, Proportion, corrected_rate, proportion
from tests.evals.figures import WARM_ANSWER, made_timing

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TARGET = EvaluatedModel(provider="ollama", model="m", digest="sha256:0123")
OTHER = EvaluatedModel(provider="embedded", model="n")
JUDGE = JudgeCard(provider="ollama", model="j", digest=None, address=None, prompt_sha256="0" * 64)
MACHINE = Machine(
    name="here",
    system="Linux",
    processor=None,
    cores=2,
    memory_bytes=None,
    python="3.11",
    packages={},
    revision=None,
)
YES = YesNo(yes=0.98, no=0.01)
NO = YesNo(yes=0.01, no=0.98)


def case(number: int = 1, **changes: Any) -> Case:
    """Return an item with one critical criterion and everything that a judge needs."""
    fields: dict[str, Any] = {
        "id": f"case-{number}",
        "question": f"Question {number}?",
        "language": "en",
        "reference": "the reference",
        "criteria": (Criterion(claim="It is right.", critical=True),),
        "good": "a good answer",
        "bad": "a bad answer",
    }
    return Case(**{**fields, **changes})


def suite(*cases: Case) -> Suite:
    return Suite(name="made", title="Made up", cases=cases or (case(),))


def evaluation(*cases: Case, **changes: Any) -> Evaluation:
    """Return an evaluation of one model with a judge, each question once."""
    fields: dict[str, Any] = {
        "evaluation_id": "0123456789ab",
        "suite": suite(*cases),
        "models": (TARGET,),
        "judge": JUDGE,
        "repeats": 1,
        "mode": "sequential",
        "deadline_seconds": 120.0,
        "created_at": START,
        "machine": MACHINE,
    }
    return Evaluation(**{**fields, **changes})


def timing(**changes: Any) -> Timing:
    """Return the figures of a warm answer in time for all tiers."""
    fields: dict[str, Any] = {
        **WARM_ANSWER,
        "phases": {"core": 20.0},
        "phase_first_text": {"core": 0.5},
    }
    return made_timing({**fields, **changes})


def trial(case_id: str = "case-1", target: EvaluatedModel = TARGET, repeat: int = 0) -> Trial:
    return Trial(case_id=case_id, model=target.key, repeat=repeat)


def attempt(of: Trial | None = None, *, timed: Timing | None = None, **changes: Any) -> Attempt:
    """Return a whole answer of which everything is accounted for."""
    fields: dict[str, Any] = {
        "trial": of or trial(),
        "attempt": 1,
        "run_id": "f" * 16,
        "asked_at": START,
        "load_average": 0.5,
        "outcome": "complete",
        "error": None,
        "text": "an answer",
        "timing": timed or timing(),
        "accounted_share": 1.0,
        "unbacked_decisions": 0,
        "guards": (),
    }
    return Attempt(**{**fields, **changes})


def failure(of: Trial | None = None, *, timed: Timing | None = None) -> Attempt:
    """Return an attempt without a single text, which ended after one second."""
    timed = timed or timing(first_text=None, ttft=None, total=1.0, unnamed_silence=None)
    return attempt(of, timed=timed, outcome="failed", error="no model", text="", accounted_share=None)


def judged(item: ItemVerdict | None = "passed", made: Attempt | None = None, of: Case | None = None) -> JudgedAnswer:
    """Return an attempt with its verdict; a failure is a miss, whatever `item` says."""
    of = of or case()
    made = made or attempt(trial(of.id))
    return JudgedAnswer(
        attempt=made, case=of, checks=(), verdicts={}, item="failed" if made.is_error and item else item
    )


def reading(score: float, *, mass: float = 1.0) -> YesNo:
    """Return what a judge says whose log-odds of yes are `score`."""
    yes = 1 / (1 + exp(-score))
    return YesNo(yes=mass * yes, no=mass * (1 - yes))


def call(number: int, phase: Phase, reply: str, previous: str, run_id: str, **changes: Any) -> Call:
    """Return the record of a call from `number` to `number` + 0.5 s with 11 tokens in 0.2 s."""
    fields: dict[str, Any] = {
        "call_id": f"{run_id}/{number}",
        "purpose": phase,
        "provider": "scripted",
        "model_digest": "sha256:0123",
        "request": Request(model="m", messages=(Message(role="user", content="왜?"),), max_tokens=5),
        "reply": reply,
        "finish_reason": "stop",
        "error": None,
        "usage": Usage(prompt_tokens=40, completion_tokens=11, cached_tokens=10),
        "timings": Timings(prefill_seconds=0.25),
        "started_seconds": float(number),
        "first_text_seconds": number + 0.3,
        "last_text_seconds": number + 0.5,
        "ended_seconds": number + 0.5,
    }
    return sealed(CallDraft(**{**fields, **changes}), previous)


def submitted(run_id: str, question: str = "Question 1?") -> QuestionSubmitted:
    return QuestionSubmitted(
        elapsed_seconds=0,
        run_id=run_id,
        question=question,
        language="en",
        provider="ollama",
        model="m",
        model_digest="sha256:0123",
        deadline_seconds=120,
        submitted_at=START,
    )


def told(
    run_id: str, question: str = "Question 1?", *, outcome: Outcome = "complete", replies: Sequence[str] = ()
) -> list[AnswerEvent]:
    """Return a run of four phases, one second each, that ends after five seconds and holds its proof."""
    events: list[AnswerEvent] = [
        submitted(run_id, question),
        StateChanged(elapsed_seconds=0, state="loading_model"),
        Admitted(elapsed_seconds=1, was_cold=False, loading_seconds=0.4),
    ]
    previous = GENESIS
    texts = replies or ("a plan", "the core\u2028of it", "세부 ~~~ 사항", "the end")
    for number, (phase, text) in enumerate(zip(PHASES, texts, strict=True), 1):
        record = call(number, phase, text, previous, run_id)
        previous = record.sha256
        events += [
            PhaseStarted(elapsed_seconds=number, phase=phase),
            StateChanged(elapsed_seconds=number + 0.3, state="writing"),
            TextAdded(elapsed_seconds=number + 0.3, phase=phase, text=text[:3], call_id=record.call_id),
            TextAdded(elapsed_seconds=number + 0.5, phase=phase, text=text[3:], call_id=record.call_id),
            CallFinished(elapsed_seconds=number + 0.5, call=record),
            PhaseFinished(elapsed_seconds=number + 0.6, phase=phase, ending="stop"),
        ]
    return [*events, AnswerFinished(elapsed_seconds=5, outcome=outcome)]


def slowed(events: Sequence[AnswerEvent], factor: float) -> list[AnswerEvent]:
    """Return a run whose events come later by a factor."""
    return [event.model_copy(update={"elapsed_seconds": event.elapsed_seconds * factor}) for event in events]


def ask(run_id: str, of: Trial | None = None, *, purpose: AskPurpose = "measure", number: int = 1) -> Ask:
    return Ask(
        trial=of or trial(),
        purpose=purpose,
        attempt=number,
        run_id=run_id,
        asked_at=START + timedelta(minutes=number),
        load_average=None,
    )


def keep_answers(archive: Archive, of: Evaluation, *, first_run: int = 0) -> None:
    """Keep an evaluation with a whole answer to each trial, and a judge that finds all right but the bad anchors."""
    archive.add(of)
    for number, one in enumerate(of.trials()):
        run_id = f"{first_run + number:016x}"
        archive.keep_ask(of.evaluation_id, ask(run_id, one))
        archive.store.append(run_id, 0, told(run_id, of.case(one.case_id).question), archive.writes_as)
    answers = {one.trial.case_id: one.text for one in archive.attempts(of.evaluation_id)}
    for item in of.suite.cases if of.judge is not None else ():
        for text, said in ((answers[item.id], YES), (item.good, YES), (item.bad, NO)):
            for criterion in item.criteria:
                archive.keep_reading(of.judge or JUDGE, yes_no_key(item.question, text or "", criterion.claim), said)


def report_of(archive: Archive, of: Evaluation, language: Language) -> str:
    """Return the report of an evaluation that is stored."""
    summary = summary_of(archive, of)
    return report_html(summary, trend_of(archive, summary), language)


def quality(passed: int, total: int, trust: Trust = "measured", *, known_wrong: Proportion | None = None) -> Quality:
    """Return what a judge with no error at all would make of these counts."""
    flawless = Confusion(true_yes=10_000, false_no=0, true_no=10_000, false_yes=0)
    return Quality(
        trust=trust,
        passed=proportion(passed, total),
        worst=proportion(passed, total),
        abstained=0,
        rate=corrected_rate(passed, total, flawless) if trust == "measured" else None,
        known_wrong=known_wrong,
    )


def calibrated(sensitivity: float, specificity: float, *, language: Language = "en", each: int = 60) -> Calibration:
    """Return what the gold set would say of a judge that errs so often; the other figures are those of a good one."""
    yes, no = round(sensitivity * each), round(specificity * each)
    confusion = Confusion(true_yes=yes, false_no=each - yes, true_no=no, false_yes=each - no)
    ahead = Difference(0.3, Interval(0.2, 0.4), 20, 2 * each)
    return Calibration(
        language=language,
        ended="whole",
        answers=2 * each,
        of_answers=2 * each,
        decided=2 * each,
        confusion=confusion,
        judge_alone=confusion,
        auc=Auc(0.95, Interval(0.9, 1.0), each, each),
        kappa=Kappa(0.8, Interval(0.7, 0.9), 2 * each),
        length=None,
        beats_length=ahead,
        beats_always_yes=ahead,
        verdict_mass_share=1.0,
        passed_bad={"fluent_wrong": proportion(each - no, each)},
        verdicts=(),
    )
