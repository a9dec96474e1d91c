"""An evaluation made by hand: small, whole, and with everything measured unless a test says otherwise."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from evals.analysis.summary import Summary
from evals.analysis.trend import trend_rows
from evals.analysis.trust import NO_EVIDENCE, JudgeEvidence
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import ItemVerdict, Scored, Unscored, Verdict, item_verdict
from evals.records.attempts import Attempt
from evals.records.evaluation import EvaluatedModel, Evaluation, JudgeCard, Machine, Trial
from evals.records.timing import Timing
from evals.report.page import report_html
from evals.suite.cases import Case, Criterion, Language, Suite
from evals.suite.checks import CheckResult
from tests.evals.figures import made_timing

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSED = Scored(passed=True, score=2.5, good_anchor=3.0, bad_anchor=-2.0)
FAILED = Scored(passed=False, score=-1.5, good_anchor=3.0, bad_anchor=-2.0)
UNSURE = Unscored(cause="too_close", figures="|+0.41 − +0.50| < 0.2")
JUDGE = JudgeCard(
    provider="ollama",
    model="qwen3:14b",
    digest="a8cc1361f314",
    address="http://127.0.0.1:11434",
    prompt_sha256="0f" * 32,
)
MODEL = EvaluatedModel(
    provider="ollama",
    model="qwen3:4b",
    digest="e55aed6fe643",
    size_bytes=2_620_000_000,
    parameters="4.0B",
    quantization="Q4_K_M",
)
OTHER = EvaluatedModel(provider="embedded", model="smollm2:135m")


def case(number: int = 0, **changes: Any) -> Case:
    """Return an item with two criteria, a critical one and a negative one."""
    fields: dict[str, Any] = {
        "id": f"en-planning-{number:02}",
        "question": "How do I plan a move?",
        "category": "planning",
        "language": "en",
        "reference": "Start eight weeks before.",
        "criteria": [
            Criterion(claim="The answer names a first step.", critical=True),
            Criterion(claim="The answer advises to start on the last day.", negative=True),
        ],
        "good": "First, start early.",
        "bad": "Start on the last day.",
    }
    return Case(**fields | changes)


def evaluation(*cases: Case, **changes: Any) -> Evaluation:
    fields: dict[str, Any] = {
        "evaluation_id": "5f1c0a9b77d2",
        "suite": Suite(name="made", title="Made by hand", cases=cases or (case(),)),
        "models": (MODEL,),
        "judge": JUDGE,
        "repeats": 1,
        "mode": "sequential",
        "deadline_seconds": 120.0,
        "created_at": START,
        "machine": Machine(
            name="laptop",
            system="Linux 6.12",
            processor="Example 7840U",
            cores=8,
            memory_bytes=34_000_000_000,
            python="3.11.9",
            packages={"llmfirst": "0.3.0", "ollama": "0.6.3"},
            revision="dbe0956",
        ),
    }
    return Evaluation(**fields | changes)


def timing(**changes: Any) -> Timing:
    fields: dict[str, Any] = {
        "first_text": 1.2,
        "core_first_text": 4.1,
        "total": 48.0,
        "ttft": 1.1,
        "core_ttft": 4.0,
        "total_time": 47.9,
        "queued": 0.1,
        "loading": 0.0,
        "prefill": 0.8,
        "rest": 0.3,
        "phases": {"strategy": 3.0, "core": 15.0, "details": 21.0, "conclusion": 8.5},
        "phase_first_text": {"strategy": 1.1, "core": 0.5, "details": 0.6, "conclusion": 0.4},
        "tokens": 812,
        "tokens_per_second": 18.2,
        "longest_gap": 0.9,
        "unnamed_silence": 0.6,
        "was_cold": False,
        "cached_share": 0.1,
    }
    return made_timing(fields | changes)


def attempt(of: Case, number: int = 0, target: EvaluatedModel = MODEL, **changes: Any) -> Attempt:
    fields: dict[str, Any] = {
        "trial": Trial(case_id=of.id, model=target.key, repeat=0),
        "attempt": 1,
        "run_id": f"{number:016x}",
        "asked_at": START + timedelta(minutes=number),
        "load_average": 0.4,
        "outcome": "complete",
        "error": None,
        "text": "First, make a list.\n\nThen start early.",
        "timing": timing(),
        "accounted_share": 1.0,
        "unbacked_decisions": 0,
        "guards": (),
    }
    return Attempt(**fields | changes)


def failure(of: Case, number: int = 0, **changes: Any) -> Attempt:
    """Return an attempt that came to nothing after nine seconds."""
    nothing = dict.fromkeys(("first_text", "core_first_text", "ttft", "core_ttft", "total_time", "tokens"))
    failed = {"outcome": "failed", "error": "ollama stopped in the middle", "text": "", "accounted_share": None}
    empty = timing(**nothing, total=9.0, phases={}, phase_first_text={}, unnamed_silence=None, longest_gap=None)
    return attempt(of, number, **failed | {"timing": empty} | changes)


def result(
    of: Case,
    one: Attempt,
    verdicts: Sequence[Verdict] | None = (PASSED, PASSED),
    checks: Sequence[CheckResult] = (),
) -> JudgedAnswer:
    """Return an attempt with its verdicts; None for an answer that nobody judged."""
    said: Mapping[int, Verdict] = dict(enumerate(verdicts or ()))
    item: ItemVerdict | None = None if verdicts is None else item_verdict(of, said, checks)
    return JudgedAnswer(
        attempt=one, case=of, checks=tuple(checks), verdicts=said, item="failed" if one.is_error else item
    )


def report(
    of: Evaluation,
    results: Sequence[JudgedAnswer],
    language: Language = "en",
    given_up: int = 0,
    evidence: JudgeEvidence = NO_EVIDENCE,
) -> str:
    """Return the report of an evaluation that is the only one so far."""
    summary = Summary(of, tuple(results), evidence, given_up=given_up)
    return report_html(summary, trend_rows([summary]), language)


LANGUAGES: tuple[Literal["ko", "en"], ...] = ("ko", "en")
