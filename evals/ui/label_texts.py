"""What label mode says, in Korean and English."""

from dataclasses import dataclass
from typing import Final

from llmfirst import Language


@dataclass(frozen=True)
class LabelTexts:
    """Label mode in one language; braces are filled with figures."""

    open: str
    intro: str
    person: str
    no_person: str
    no_answers: str
    question: str
    answer: str
    claim: str
    progress: str
    before: str
    done: str
    yes: str
    no: str
    unsure: str
    back: str
    close: str
    title: str
    words: dict[str, str]


LABEL_TEXTS: Final[dict[Language, LabelTexts]] = {
    "ko": LabelTexts(
        open="직접 판정하기",
        intro="답변을 읽고 문장마다 맞는지 판정하세요. 단축키는 y(예), n(아니요), u(모름), b(뒤로)입니다. "
        "심사 모델의 의견과 모델 이름은 여기에 보이지 않습니다.",
        person="판정하는 사람",
        no_person="먼저 이름을 적어 주세요. 여러 사람의 판정은 따로 보관됩니다.",
        no_answers="이 평가에는 판정할 답변이 아직 없습니다.",
        question="질문",
        answer="답변",
        claim="이 답변에 대해 다음 문장이 맞습니까?",
        progress="{wanted}개 중 {said}개 판정함",
        before="이미 한 판정: {word}",
        done="모두 판정했습니다. ‘판정 닫기’를 누르면 결과가 나옵니다.",
        yes="예 (y)",
        no="아니요 (n)",
        unsure="모름 (u)",
        back="뒤로 (b)",
        close="판정 닫기",
        title="사람의 판정",
        words={"yes": "예", "no": "아니요", "unsure": "모름"},
    ),
    "en": LabelTexts(
        open="Label by hand",
        intro="Read the answer and decide one statement at a time. Keys: y (yes), n (no), u (unsure), b (back). "
        "Neither the judge's opinion nor the model's name is shown here.",
        person="Who labels",
        no_person="Enter a name first. The labels of several people are kept apart.",
        no_answers="There is no answer to label in this evaluation yet.",
        question="Question",
        answer="Answer",
        claim="Is this true of the answer?",
        progress="{said} of {wanted} decided",
        before="You said before: {word}",
        done="Everything is decided. Close label mode to see what it comes to.",
        yes="Yes (y)",
        no="No (n)",
        unsure="Unsure (u)",
        back="Back (b)",
        close="Close",
        title="Labels by people",
        words={"yes": "yes", "no": "no", "unsure": "unsure"},
    ),
}
