"""The words of the figures, in Korean and English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from evals.analysis.trust import Trust
from evals.suite.cases import Language
from llmfirst import Phase

FigureName = Literal["first_text", "total", "phases", "quality", "corners", "drift", "trend", "reliability"]
Corner = Literal["fast_good", "slow_good", "fast_weak", "slow_weak"]


@dataclass(frozen=True)
class FigureWords:
    """What stands in the figures; braces are filled with numbers and names."""

    titles: Mapping[FigureName, str]
    notes: Mapping[FigureName, str]
    empty: Mapping[FigureName, str]
    withheld: Mapping[Trust, str]
    ways_on: Mapping[Trust, str]
    labelled: str
    all_abstained: str
    phases: Mapping[Phase, str]
    corners: Mapping[Corner, str]
    categories: Mapping[str, str]
    languages: Mapping[str, str]
    groupings: Mapping[Literal["category", "language"], str]
    waiting: str
    review: str
    first_text: str
    total: str
    seconds: str
    share_of_answers: str
    quality: str
    passed_items: str
    minutes: str
    quality_short: str
    count: str
    failed: str
    broken: str
    median: str
    within: str
    of_all: str
    cold: str
    criteria: str
    abstained: str
    no_group: str
    left_out: str
    slowest: str
    baseline: str
    suite: str
    bad_passed: str
    good_passed: str
    by_chance: str
    area: str
    operating: str


WORDS: Final[Mapping[Language, FigureWords]] = {
    "ko": FigureWords(
        titles={
            "first_text": "첫 글자까지 걸린 시간",
            "total": "답변 전체에 걸린 시간",
            "phases": "답변마다 단계별로 쓴 시간",
            "quality": "분야와 언어에 따른 품질",
            "corners": "품질과 속도를 함께 보기",
            "drift": "측정하는 동안의 변화",
            "trend": "지난 평가와 비교",
            "reliability": "심사 모델을 믿을 수 있는가",
        },
        notes={
            "first_text": "대기를 포함합니다. 실패는 목표에 들지 못한 것으로 세고, 콜드 스타트는 따로 둡니다.",
            "total": "대기를 포함합니다. 실패는 목표에 들지 못한 것으로 세고, 콜드 스타트는 따로 둡니다.",
            "phases": "오래 걸린 답변부터. 대기는 단계에 들지 않는 모든 시간입니다.",
            "quality": "판정이 난 문항 가운데 통과한 비율과 95% 신뢰구간(윌슨)",
            "corners": "점 하나가 답변 하나입니다. 가로는 전체 시간, 세로는 판정 항목 가운데 통과한 비율",
            "drift": "점 하나가 답변 하나입니다. 위로 갈수록 느립니다.",
            "trend": "중앙값과 통과한 문항의 비율(95% 신뢰구간)",
            "reliability": "좋은지 틀렸는지 미리 아는 답으로 확인한 값(ROC). 점은 평가에서 쓰는 기준(95% 신뢰구간)",
        },
        empty={
            "first_text": "아직 측정한 답변이 없습니다",
            "total": "아직 측정한 답변이 없습니다",
            "phases": "단계별 시간을 측정한 답변이 없습니다",
            "quality": "품질을 심사한 문항이 없습니다",
            "corners": "시간과 품질을 모두 측정한 답변이 없습니다",
            "drift": "아직 측정한 답변이 없습니다",
            "trend": "보여 줄 평가가 없습니다",
            "reliability": "좋은지 틀렸는지 미리 아는 답으로<br>심사 모델을 확인하지 않았습니다",
        },
        withheld={
            "unproven": "심사는 했지만 심사 모델이<br>검증되지 않아 그리지 않습니다.",
            "not_trustworthy": "심사는 했지만 심사 모델을<br>믿을 수 없어 그리지 않습니다.",
        },
        ways_on={
            "unproven": "‘심사 모델 확인하기’로 검증하거나<br>‘직접 판정하기’로 사람이 판정하세요.",
            "not_trustworthy": "‘직접 판정하기’로 사람이 판정하거나<br>더 큰 심사 모델을 고르세요.",
        },
        labelled="사람이 판정한 결과는<br>‘사람의 판정’에 있습니다.",
        all_abstained="심사 모델이 모든 문항의<br>판정을 보류했습니다.",
        phases={"strategy": "전략", "core": "핵심", "details": "상세", "conclusion": "결론"},
        corners={
            "fast_good": "빠르고 좋음",
            "slow_good": "느리지만 좋음",
            "fast_weak": "빠르지만 부족함",
            "slow_weak": "느리고 부족함",
        },
        categories={
            "business": "비즈니스 분석",
            "reasoning": "추론과 수학",
            "explanation": "설명",
            "planning": "계획",
            "writing": "글쓰기",
            "coding": "코딩",
            "general": "일반",
        },
        languages={"ko": "한국어", "en": "영어"},
        groupings={"category": "분야", "language": "언어"},
        waiting="대기",
        review="자기 검토",
        first_text="첫 글자",
        total="전체 시간",
        seconds="{seconds}초",
        share_of_answers="그 시간 안에 든 답변",
        quality="통과한 판정 항목",
        passed_items="통과한 문항",
        minutes="첫 질문부터 지난 시간(분)",
        quality_short="품질",
        count="n = {count}",
        failed="실패 {count}",
        broken="실패",
        median="중앙값 {seconds}",
        within="{limit} 안 {share}",
        of_all="통과 {share}",
        cold="{model}<br>콜드 스타트, n = {count}",
        criteria="판정 항목 %{customdata[3]} 통과 (모두 %{customdata[4]}개)",
        abstained="판정 보류 {count}",
        no_group="지정하지 않음",
        left_out="실패했거나 값이 없어 표시하지 못한 답변: {count}개",
        slowest="전체 {total}개 가운데 가장 오래 걸린 {count}개",
        baseline="기준 평가",
        suite="문항 묶음: {name}",
        bad_passed="통과한 틀린 답",
        good_passed="통과한 좋은 답",
        by_chance="동전 던지기",
        area="{language}: AUC {area:.2f}",
        operating="{language}: 판정한 답 가운데<br>좋은 답 {good}, 틀린 답 {bad} 통과",
    ),
    "en": FigureWords(
        titles={
            "first_text": "Time to the first text",
            "total": "Time for the whole answer",
            "phases": "Time in each phase",
            "quality": "Quality by category",
            "corners": "Quality against speed",
            "drift": "Change while measuring",
            "trend": "Past evaluations",
            "reliability": "Can the judge be believed?",
        },
        notes={
            "first_text": "Waiting included. A failed answer is not in time; cold starts are apart.",
            "total": "Waiting included. A failed answer is not in time; cold starts are apart.",
            "phases": "The longest first. Waiting is all time outside the phases.",
            "quality": "Passed items of those decided, with the 95% interval (Wilson)",
            "corners": "One point is one answer: share of its decided criteria that passed, and its total time",
            "drift": "One point is one answer; higher is slower.",
            "trend": "Medians, and the share of items that passed (95% interval)",
            "reliability": "ROC on answers known to be good or bad; the mark is how it is used (95% intervals)",
        },
        empty={
            "first_text": "No answer has been measured yet",
            "total": "No answer has been measured yet",
            "phases": "No answer with measured phases",
            "quality": "No item has been judged",
            "corners": "No answer with both a time and a quality",
            "drift": "No answer has been measured yet",
            "trend": "No evaluation to show",
            "reliability": "The judge was not checked on answers<br>that are known to be good or bad",
        },
        withheld={
            "unproven": "Judged, but not drawn: nobody has checked<br>whether this judge can be believed.",
            "not_trustworthy": "Judged, but not drawn:<br>this judge cannot be believed.",
        },
        ways_on={
            "unproven": "Two ways on: “Check the judge”<br>or “Label by hand”.",
            "not_trustworthy": "Two ways on: “Label by hand”<br>or a larger judge.",
        },
        labelled="What people said of the answers<br>stands under “Labels by people”.",
        all_abstained="The judge abstained from every item.",
        phases={"strategy": "Strategy", "core": "Core", "details": "Details", "conclusion": "Conclusion"},
        corners={
            "fast_good": "fast, good",
            "slow_good": "slow, good",
            "fast_weak": "fast, weak",
            "slow_weak": "slow, weak",
        },
        categories={
            "business": "Business analysis",
            "reasoning": "Reasoning and maths",
            "explanation": "Explanation",
            "planning": "Planning",
            "writing": "Writing",
            "coding": "Coding",
            "general": "General",
        },
        languages={"ko": "Korean", "en": "English"},
        groupings={"category": "Category", "language": "Language"},
        waiting="Waiting",
        review="Self-review",
        first_text="First text",
        total="Total time",
        seconds="{seconds} s",
        share_of_answers="Answers within that time",
        quality="Share of criteria passed",
        passed_items="Share of items passed",
        minutes="Minutes since the first question",
        quality_short="Quality",
        count="n = {count}",
        failed="{count} failed",
        broken="failed",
        median="median {seconds}",
        within="≤ {limit}: {share}",
        of_all="passed: {share}",
        cold="{model}<br>cold start, n = {count}",
        criteria="%{customdata[3]} criteria passed (of %{customdata[4]} in all)",
        abstained="{count} abstained",
        no_group="Not stated",
        left_out="Without a point (failed, or no value): {count}",
        slowest="The slowest {count} of {total}",
        baseline="baseline",
        suite="Suite: {name}",
        bad_passed="Bad answers that pass",
        good_passed="Good answers that pass",
        by_chance="a coin",
        area="{language}: AUC {area:.2f}",
        operating="{language}: of those decided, passed<br>{good} good and {bad} bad ones",
    ),
}
