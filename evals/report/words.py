"""What the evaluation's own words are called in Korean and English: on the page, in the report, in the terminal."""

from dataclasses import dataclass
from typing import Final, Literal

from evals.analysis.compare import ComparedMetric
from evals.analysis.target_checks import Finding, Reason, TargetName
from evals.analysis.trust import Trust
from evals.judge.verdicts import Cause, ItemVerdict
from evals.records.evaluation import Mode
from evals.suite.cases import CheckName, Language
from llmfirst import Comparison, Outcome, Phase

ChangeKind = Literal["regressed", "improved", "same"]


@dataclass(frozen=True)
class Words:
    """One language; every name that code gives a finding, a reason or an outcome has its word here."""

    findings: dict[Finding, str]
    reasons: dict[Reason, str]
    rows: dict[TargetName, str]
    trust: dict[Trust, str]
    trust_meaning: dict[Trust, str]
    known_wrong: str
    canaries: str
    no_rate: str
    outcomes: dict[Outcome | Literal["failed"], str]
    items: dict[ItemVerdict, str]
    causes: dict[Cause, str]
    checks: dict[CheckName, str]
    modes: dict[Mode, str]
    phases: dict[Phase, str]
    measures: dict[ComparedMetric, str]
    comparisons: dict[Comparison, str]
    changes: dict[ChangeKind, str]
    not_believed: str
    self_judged: str
    no_judge: str


WORDS: Final[dict[Language, Words]] = {
    "ko": Words(
        findings={"pass": "통과", "fail": "미달", "cannot tell": "판단 불가", "not measured": "측정 안 됨"},
        reasons={
            "proved": "목표를 충족함",
            "missed": "목표에 미치지 못함",
            "interval_reaches_over": "신뢰구간이 목표에 걸침",
            "too_few": "표본이 너무 적음",
            "judge_unproven": "심사 모델이 검증되지 않음",
            "judge_not_trustworthy": "심사 모델을 믿을 수 없음",
            "no_judge": "심사 모델 없음",
            "nothing_measured": "측정값 없음",
            "harness_late": "측정 도구 자체가 늦게 움직여 믿을 수 없음",
        },
        rows={
            "first_text": "첫 글자",
            "total": "전체 시간",
            "quality": "품질",
            "llm_first": "LLM First",
            "streaming": "스트리밍",
        },
        trust={
            "measured": "측정됨",
            "unproven": "검증 안 됨",
            "not_trustworthy": "믿을 수 없는 심사 모델",
            "not_measured": "측정 안 됨",
        },
        trust_meaning={
            "measured": "이 심사 모델은 좋은지 틀렸는지 미리 아는 답으로 검증했고, "
            "품질은 심사 모델의 실수를 반영해 고친 값입니다.",
            "unproven": "이 심사 모델을 믿어도 되는지 아직 확인되지 않아 품질 비율을 내지 않습니다. "
            "‘심사 모델 확인하기’를 누르거나 python -m evals calibrate 명령을 실행하면 확인할 수 있습니다.",
            "not_trustworthy": "이 심사 모델의 판정으로는 품질 비율을 내지 않습니다. "
            "‘직접 판정하기’로 사람이 판정하거나 더 큰 심사 모델(예: qwen2.5:7b, 4.7 GB)을 고르세요.",
            "not_measured": "아직 심사한 답변이 없습니다.",
        },
        known_wrong="이 심사 모델은 틀린 줄 미리 아는 답 {total}개 중 {passed}개를 통과시켰습니다.",
        canaries="이번 평가에서 답이 아닌 글 {total}개 중 {passed}개를 통과시켰습니다.",
        no_rate="비율 없음",
        outcomes={
            "complete": "완료",
            "deadline": "제한 시간에 맞춰 끝냄",
            "stopped": "중지함",
            "interrupted": "도중에 끊김",
            "failed": "실패",
        },
        items={"passed": "통과", "failed": "미통과", "abstained": "보류"},
        causes={
            "no_verdict": "예·아니요로 답하지 않음",
            "anchors_do_not_separate": "좋은 예와 나쁜 예를 구별하지 못함",
            "too_close": "경계에 너무 가까움",
            "not_reached": "아직 심사하지 않음",
        },
        checks={
            "numbers": "들어 있어야 할 수",
            "hangul": "한글 비율",
            "latin": "로마자 비율",
            "words": "단어 수",
            "json": "JSON 형식",
        },
        modes={
            "sequential": "모델별로 차례대로",
            "interleaved": "질문마다 모델을 번갈아",
            "side_by_side": "슬롯 수만큼 동시에(시간은 함께 쓰는 컴퓨터에서 잰 값)",
        },
        phases={"strategy": "전략", "core": "핵심", "details": "상세", "conclusion": "결론"},
        measures={"quality": "품질", "total": "전체 시간", "first_text": "첫 글자"},
        comparisons={"better": "나음", "worse": "못함", "cannot tell": "판단 불가"},
        changes={"regressed": "나빠짐", "improved": "좋아짐", "same": "그대로"},
        not_believed="심사 모델을 믿지 않음",
        self_judged="자기 심사",
        no_judge="심사 모델 없음",
    ),
    "en": Words(
        findings={"pass": "pass", "fail": "fail", "cannot tell": "cannot tell", "not measured": "not measured"},
        reasons={
            "proved": "the target is met",
            "missed": "the target is missed",
            "interval_reaches_over": "the interval reaches over the target",
            "too_few": "too few answers",
            "judge_unproven": "the judge is unproven",
            "judge_not_trustworthy": "the judge cannot be believed",
            "no_judge": "there is no judge",
            "nothing_measured": "nothing was measured",
            "harness_late": "the harness itself was too late to be believed",
        },
        rows={
            "first_text": "First text",
            "total": "Total time",
            "quality": "Quality",
            "llm_first": "LLM First",
            "streaming": "Streaming",
        },
        trust={
            "measured": "MEASURED",
            "unproven": "UNPROVEN",
            "not_trustworthy": "JUDGE NOT TRUSTWORTHY",
            "not_measured": "NOT MEASURED",
        },
        trust_meaning={
            "measured": "This judge was checked on answers that are known to be good or bad, and the quality is "
            "corrected for its errors.",
            "unproven": "Nobody has measured whether this judge can be believed, so there is no rate of quality. "
            "“Check the judge”, or the command python -m evals calibrate, measures it.",
            "not_trustworthy": "There is no rate of quality by this judge. Two ways on: “Label by hand”, or a larger "
            "judge, such as qwen2.5:7b (4.7 GB).",
            "not_measured": "No answer was judged yet.",
        },
        known_wrong="This judge passed {passed} of {total} answers that are known to be wrong.",
        canaries="In this evaluation it passed {passed} of {total} texts that are no answer.",
        no_rate="no rate",
        outcomes={
            "complete": "complete",
            "deadline": "ended at the time limit",
            "stopped": "stopped",
            "interrupted": "broken off",
            "failed": "failed",
        },
        items={"passed": "passed", "failed": "not passed", "abstained": "abstained"},
        causes={
            "no_verdict": "neither yes nor no",
            "anchors_do_not_separate": "cannot tell the good example from the bad one",
            "too_close": "too close to call",
            "not_reached": "not judged yet",
        },
        checks={
            "numbers": "Numbers that must be there",
            "hangul": "Share of Hangul",
            "latin": "Share of Latin letters",
            "words": "Number of words",
            "json": "JSON that parses",
        },
        modes={
            "sequential": "one model after the other",
            "interleaved": "models in turn, question by question",
            "side_by_side": "as many at once as there are slots (times are those of a shared machine)",
        },
        phases={"strategy": "Strategy", "core": "Core", "details": "Details", "conclusion": "Conclusion"},
        measures={"quality": "Quality", "total": "Total time", "first_text": "First text"},
        comparisons={"better": "better", "worse": "worse", "cannot tell": "cannot tell"},
        changes={"regressed": "worse", "improved": "better", "same": "the same"},
        not_believed="judge not believed",
        self_judged="self-judged",
        no_judge="no judge",
    ),
}
