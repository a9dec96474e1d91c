"""What the Evaluate tab says beside the words of the report, in Korean and English."""

from dataclasses import dataclass
from typing import Final

from evals.analysis.transfer import ExchangeError
from evals.judge.judge import JudgeRefused
from evals.records.archive import EvaluationUnknown
from evals.records.evaluation import Mode
from evals.records.progress import Stage
from evals.run.service import BusyForAnother, EvaluationBusy
from evals.suite.problems import SuiteError
from llmfirst import Language, LlmfirstError, ModelMissing, ProviderError


@dataclass(frozen=True)
class TabTexts:
    """The tab in one language; braces are filled with figures or names."""

    suite: str
    own_suite: str
    models: str
    judge: str
    check: str
    choose_judge: str
    no_judge: str
    repeats: str
    mode: str
    modes: dict[Mode, str]
    start: str
    pause: str
    go_on: str
    stop: str
    evaluation: str
    compare_with: str
    baseline: str
    is_baseline: str
    marked: str
    report: str
    take_in: str
    files: str
    answers: str
    plots: str
    columns: tuple[str, ...]
    stages: dict[Stage, str]
    refusals: dict[type[LlmfirstError], str]
    none_yet: str
    counts: str
    read: str
    left: str
    minutes: str
    seconds: str
    needs: str
    self_judged: str
    choose: str
    pick_answer: str
    open_answer: str
    question: str
    answer: str
    reference: str
    criteria: str
    critical: str
    negative: str
    not_believed: str
    tier: str
    in_target: str
    abstained: str
    errors: str
    cold: str
    again: str
    measured_on: str
    harness: str


TAB_TEXTS: Final[dict[Language, TabTexts]] = {
    "ko": TabTexts(
        suite="문항 묶음",
        own_suite="내 파일 (YAML, JSONL, CSV)",
        models="평가할 모델",
        judge="심사 모델",
        check="심사 모델 확인하기",
        choose_judge="확인할 심사 모델을 고르세요.",
        no_judge="심사 없이 속도만",
        repeats="반복",
        mode="순서",
        modes={
            "sequential": "모델별로 차례대로",
            "interleaved": "질문마다 번갈아",
            "side_by_side": "슬롯 수만큼 동시에",
        },
        start="평가 시작",
        pause="일시 정지",
        go_on="계속",
        stop="중단",
        evaluation="평가",
        compare_with="비교할 평가",
        baseline="기준 평가로 지정",
        is_baseline="기준 평가",
        marked="이 문항 묶음의 기준 평가로 지정했습니다.",
        report="보고서 만들기",
        take_in="다른 컴퓨터의 평가 가져오기",
        files="보고서와 데이터",
        answers="답변",
        plots="그래프",
        columns=("문항", "분야", "모델", "결과", "첫 글자 (초)", "전체 (초)", "토큰/초", "품질"),
        stages={
            "preparing": "모델을 준비하는 중",
            "warming_up": "예열하는 중 (측정하지 않음)",
            "answering": "답변을 받는 중",
            "judging": "심사하는 중",
            "canaries": "심사 모델을 틀린 답으로 확인하는 중",
            "paused": "일시 정지됨",
            "stopped": "중단됨. 이어서 할 수 있습니다",
            "done": "끝남",
            "failed": "멈춤",
        },
        refusals={
            BusyForAnother: "다른 사람의 평가나 확인이 진행 중입니다. 끝날 때까지 기다려 주세요.",
            EvaluationBusy: "다른 평가나 확인이 진행 중입니다. 먼저 중단하거나 끝날 때까지 기다려 주세요.",
            EvaluationUnknown: "저장된 평가를 찾을 수 없습니다.",
            JudgeRefused: "이 모델은 심사할 수 없습니다. 다른 심사 모델을 골라 주세요.",
            ModelMissing: "모델을 찾을 수 없습니다. 다른 모델을 골라 주세요.",
            SuiteError: "문항 파일에 잘못된 곳이 있습니다. 고쳐서 다시 올려 주세요.",
            ExchangeError: "평가 파일을 읽을 수 없습니다. 내보낸 파일을 다시 확인해 주세요.",
            ProviderError: "모델 서버와 연결되지 않습니다. 서버를 확인하고 다시 시작해 주세요.",
        },
        none_yet="아직 평가가 없습니다. 문항 묶음과 모델을 고르고 시작하세요.",
        counts="답변 {answered}/{answers}, 심사 {judged}/{readings}",
        read="{readings}개 중 {judged}개 읽음",
        left="약 {time} 남음",
        minutes="{count:.0f}분",
        seconds="{count:.0f}초",
        needs="질문 {answers}개, 예상 시간 약 {time}.",
        self_judged="평가받는 모델이 자기 답을 심사합니다.",
        choose="모델을 하나 이상 고르세요.",
        pick_answer="표의 줄을 누르면 그 답변이 아래에, 그래프의 점을 누르면 새 창에 열립니다.",
        open_answer="이 답변을 페이지에서 다시 보기",
        question="질문",
        answer="답변",
        reference="모범 답안",
        criteria="판정 항목",
        critical="필수",
        negative="있으면 안 됨",
        not_believed="심사 모델이 검증되지 않았거나 믿을 수 없어, 그 판정은 결과에 넣지 않습니다.",
        tier="{number}단계",
        in_target="제시간에 끝나고 품질도 통과",
        abstained="판정 보류 {count}",
        errors="오류 {count}",
        cold="콜드 스타트 {count}",
        again="방해받아 다시 잰 답변 {count}",
        measured_on="측정한 곳",
        harness="측정 도구가 더하는 시간 {milliseconds:+.1f} ms (n = {count})",
    ),
    "en": TabTexts(
        suite="Suite",
        own_suite="Own file (YAML, JSONL, CSV)",
        models="Models under test",
        judge="Judge",
        check="Check the judge",
        choose_judge="Choose the judge to check.",
        no_judge="no judge: speed only",
        repeats="Repeats",
        mode="Order",
        modes={
            "sequential": "model by model",
            "interleaved": "question by question",
            "side_by_side": "as many as slots",
        },
        start="Start",
        pause="Pause",
        go_on="Resume",
        stop="Stop",
        evaluation="Evaluation",
        compare_with="Compare with",
        baseline="Approve as baseline",
        is_baseline="baseline",
        marked="This is the approved baseline of its suite now.",
        report="Make the report",
        take_in="Import from another machine",
        files="Report and data",
        answers="Answers",
        plots="Plots",
        columns=("Item", "Category", "Model", "Outcome", "First text (s)", "Total (s)", "Tokens/s", "Quality"),
        stages={
            "preparing": "Preparing the model",
            "warming_up": "Warming up (not measured)",
            "answering": "Asking",
            "judging": "Judging",
            "canaries": "Testing the judge on texts that must not pass",
            "paused": "Paused",
            "stopped": "Stopped; it can be resumed",
            "done": "Done",
            "failed": "Halted",
        },
        refusals={},  # the errors' own sentences are English already
        none_yet="There is no evaluation yet. Choose a suite and a model, and start.",
        counts="{answered}/{answers} answered, {judged}/{readings} judged",
        read="{judged}/{readings} read",
        left="about {time} left",
        minutes="{count:.0f} min",
        seconds="{count:.0f} s",
        needs="{answers} questions, about {time}.",
        self_judged="The model under test judges its own answers.",
        choose="Choose at least one model.",
        pick_answer="A row of the table opens its answer below, a point in a plot in a new window.",
        open_answer="Replay this answer on the page",
        question="Question",
        answer="Answer",
        reference="Reference",
        criteria="Criteria",
        critical="critical",
        negative="must not be so",
        not_believed="What the judge says below counts for nothing: it is unproven or not trustworthy.",
        tier="Tier {number}",
        in_target="In time and good",
        abstained="{count} abstained",
        errors="{count} errors",
        cold="{count} cold",
        again="{count} disturbed and measured again",
        measured_on="Measured on",
        harness="the harness adds {milliseconds:+.1f} ms (n = {count})",
    ),
}
