"""The report's own words: its headings, and what each printed figure means."""

from dataclasses import dataclass
from typing import Final

from evals.suite.cases import Language


@dataclass(frozen=True)
class Labels:
    """One language; braces are filled with figures. `definitions`: a term and its meaning, for each figure printed."""

    title: str
    tier: str
    in_target: str
    worst: str
    judge: str
    self_judged_meaning: str
    no_judge_meaning: str
    answers_counted: str
    errors: str
    cold: str
    shortened: str
    cached: str
    form_failed: str
    abstained: str
    disturbed: str
    p95: str
    too_few: str
    digest: str
    size: str
    parameters: str
    quantization: str
    profile: str
    fingerprint: str
    evaluation: str
    created_at: str
    suite: str
    items: str
    repeats: str
    mode: str
    deadline: str
    machine: str
    cores: str
    memory: str
    packages: str
    revision: str
    judge_prompt: str
    figures: str
    no_script: str
    answers: str
    no_answers: str
    open_hint: str
    case: str
    category: str
    model: str
    outcome: str
    first_text: str
    total: str
    verdict: str
    abstentions: str
    was_cold: str
    not_judged: str
    failed: str
    question: str
    answer: str
    reference: str
    no_answer: str
    criteria: str
    critical: str
    negative: str
    undecided: str
    by_code: str
    people: str
    to_the_judge: str
    score: str
    anchors: str
    checks: str
    timing: str
    guards: str
    asked_at: str
    run: str
    times: dict[str, str]
    definitions_title: str
    definitions: tuple[tuple[str, str], ...]


LABELS: Final[dict[Language, Labels]] = {
    "ko": Labels(
        title="평가 보고서",
        tier="{number}단계",
        in_target="시간 안에 끝나고 통과한 답변(1단계 기준)",
        worst="보류를 미통과로 셀 때의 품질",
        judge="심사 모델",
        self_judged_meaning="모델이 자기 답변을 스스로 심사했습니다.",
        no_judge_meaning="품질을 측정하지 않았습니다.",
        answers_counted="답변",
        errors="실패",
        cold="콜드 스타트(모델을 새로 불러온 답변, 시간 통계에서 제외)",
        shortened="제한 시간에 맞춰 줄인 답변",
        cached="프롬프트 절반 이상이 캐시에서 온 답변",
        form_failed="형식 검사에 걸린 답변",
        abstained="판정을 보류한 답변",
        disturbed="방해를 받아 다시 측정한 답변: {count}개.",
        p95="첫 글자 95번째 백분위수",
        too_few="신뢰구간을 내기에 표본이 적음",
        digest="다이제스트",
        size="크기",
        parameters="매개변수",
        quantization="양자화",
        profile="프로필",
        fingerprint="측정 조건",
        evaluation="평가 ID",
        created_at="시작 시각",
        suite="문항 묶음",
        items="{count}문항",
        repeats="반복",
        mode="질문 순서",
        deadline="제한 시간",
        machine="컴퓨터",
        cores="코어 {count}개",
        memory="메모리 {size}",
        packages="패키지",
        revision="소스 리비전",
        judge_prompt="심사 문구 {digest}",
        figures="그래프",
        no_script="그래프를 보려면 이 파일의 스크립트를 허용하세요. 인터넷 연결은 필요하지 않습니다.",
        answers="답변",
        no_answers="아직 측정한 답변이 없습니다.",
        open_hint="줄을 누르면 질문, 답변, 심사 내용이 열립니다. 그래프의 점을 눌러도 됩니다.",
        case="문항",
        category="분야",
        model="모델",
        outcome="결과",
        first_text="첫 글자",
        total="전체",
        verdict="판정",
        abstentions="보류한 항목",
        was_cold="콜드 스타트",
        not_judged="심사 안 함",
        failed="실패한 까닭",
        question="질문",
        answer="답변",
        reference="모범 답안",
        no_answer="남은 글이 없습니다.",
        criteria="판정 항목",
        critical="필수",
        negative="해당하지 않아야 통과",
        undecided="보류",
        by_code="코드로 확인: {found}",
        people="사람의 판정",
        to_the_judge="심사하는 쪽에 말을 거는 부분(사람이 확인해야 하며 통과시키지 않음)",
        score="점수 {score}",
        anchors="좋은 예 {good}, 나쁜 예 {bad}",
        checks="형식 검사",
        timing="시간",
        guards="llmfirst가 개입한 곳",
        asked_at="질문한 시각",
        run="실행 ID",
        times={
            "ttft": "TTFT",
            "core_first_text": "핵심 첫 글자",
            "review": "자기 검토",
            "total_time": "답변 시간",
            "queued": "줄 서기",
            "loading": "불러오기",
            "prefill": "프롬프트 읽기",
            "rest": "나머지",
            "longest_gap": "가장 긴 공백",
            "unnamed_silence": "설명 없는 멈춤",
        },
        definitions_title="수치의 뜻",
        definitions=(
            ("첫 글자", "질문을 보낸 때부터 모델의 첫 글자(전략 포함)까지. 대기와 모델 불러오기를 포함합니다."),
            ("핵심 첫 글자", "질문을 보낸 때부터 핵심 부분의 첫 글자까지."),
            ("전체 시간", "질문을 보낸 때부터 답변이 끝날 때까지. 대기를 포함합니다."),
            ("TTFT, 답변 시간", "첫 글자, 전체 시간과 같지만 차례가 오고 모델이 준비된 때부터 셉니다."),
            (
                "줄 서기, 불러오기, 프롬프트 읽기, 나머지",
                "첫 글자까지의 시간을 이룹니다. 프롬프트 읽기는 모델 서버가 잰 첫 호출의 값입니다.",
            ),
            ("전략, 핵심, 상세, 결론", "각 단계의 시작부터 끝까지."),
            ("가장 긴 공백", "첫 글자와 끝 사이에서 새 글자가 나오지 않은 가장 긴 시간."),
            ("설명 없는 멈춤", "그 가운데 화면이 무엇을 하는 중인지 알리지 않은 가장 긴 시간."),
            ("콜드 스타트", "그 답변을 위해 모델을 메모리에 올렸습니다. 시간 통계에서 뺍니다."),
            (
                "통과(문항)",
                "형식 검사와 필수 항목을 모두, 전체 판정 항목의 80% 이상을 통과한 답변. 실패한 답변은 미통과입니다.",
            ),
            ("점수", "예라고 할 로그 오즈. 좋은 예와 나쁜 예의 한가운데보다 높으면 통과, 너무 가까우면 보류입니다."),
            ("괄호 안의 범위", "95% 신뢰구간. 비율은 윌슨, 평균은 부트스트랩, 백분위수는 이항 순위로 구합니다."),
        ),
    ),
    "en": Labels(
        title="Evaluation report",
        tier="Tier {number}",
        in_target="In time and passed (times of tier 1)",
        worst="Quality if abstentions count as not passed",
        judge="Judge",
        self_judged_meaning="The model judged its own answers.",
        no_judge_meaning="Quality was not measured.",
        answers_counted="Answers",
        errors="failed",
        cold="cold (model loaded first; in no figure of time)",
        shortened="shortened to keep the time limit",
        cached="most of the prompt from the cache",
        form_failed="failed a check of form",
        abstained="judge abstained",
        disturbed="Disturbed and measured again: {count} answers.",
        p95="First text, 95th percentile",
        too_few="n too small for an interval",
        digest="digest",
        size="size",
        parameters="parameters",
        quantization="quantisation",
        profile="profile",
        fingerprint="Run fingerprint",
        evaluation="Evaluation",
        created_at="Started at",
        suite="Suite",
        items="{count} items",
        repeats="Repeats",
        mode="Order",
        deadline="Deadline",
        machine="Machine",
        cores="{count} cores",
        memory="{size} of memory",
        packages="Packages",
        revision="Source revision",
        judge_prompt="wording {digest}",
        figures="Figures",
        no_script="Allow this file's scripts to see the figures; no connection is needed.",
        answers="Answers",
        no_answers="No answer has been measured yet.",
        open_hint="A click on a line opens question, answer and verdicts; so does one on a point of a figure.",
        case="Item",
        category="Category",
        model="Model",
        outcome="Outcome",
        first_text="First text",
        total="Total",
        verdict="Verdict",
        abstentions="Undecided criteria",
        was_cold="cold",
        not_judged="not judged",
        failed="Why it failed",
        question="Question",
        answer="Answer",
        reference="Reference",
        no_answer="No text was left.",
        criteria="Criteria",
        critical="critical",
        negative="passes where it is false",
        undecided="undecided",
        by_code="decided by code: {found}",
        people="Labels by people",
        to_the_judge="Talks to whoever judges: for a person to look at, never passed",
        score="score {score}",
        anchors="good example {good}, bad example {bad}",
        checks="Checks of form",
        timing="Times",
        guards="Where llmfirst stepped in",
        asked_at="Asked at",
        run="Run",
        times={
            "ttft": "TTFT",
            "core_first_text": "First core text",
            "review": "Self-review",
            "total_time": "Answering time",
            "queued": "Line",
            "loading": "Load",
            "prefill": "Prefill",
            "rest": "Rest",
            "longest_gap": "Longest gap",
            "unnamed_silence": "Unnamed silence",
        },
        definitions_title="What the figures mean",
        definitions=(
            ("First text", "From submit to the model's first text (strategy included), waiting and loading included."),
            ("First core text", "From submit to the first text of the core section."),
            ("Total time", "From submit to the end of the answer, waiting included."),
            ("TTFT, answering time", "As first text and total time, but from admission: slot there, model loaded."),
            ("Line, load, prefill, rest", "Parts of the first text; prefill as the first call's service measured it."),
            ("Strategy, core, details, conclusion", "From the start of a phase to its end."),
            ("Longest gap", "The longest time without new text between first text and end."),
            ("Unnamed silence", "The longest such time in which the page named no state."),
            ("Cold", "The model was loaded for this answer, which is in no figure of time."),
            (
                "Passed (item)",
                "Every check of form, every critical criterion and 80 % of all criteria; never a failed answer.",
            ),
            (
                "Score",
                "Log-odds of yes. Above the middle between good and bad example it passes; too near is undecided.",
            ),
            ("Ranges", "95 % intervals: Wilson for shares, bootstrap for means, binomial ranks for percentiles."),
        ),
    ),
}
