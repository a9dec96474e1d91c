"""What the page says of the model's own part in an answer: how it was asked, its instructions, its review."""

from dataclasses import dataclass
from typing import Final, Literal

from llmfirst.events import Language, ProfileName, ProfileReason, ReviewEnding

OwnCall = Literal["review", "verdict", "supplement"]


@dataclass(frozen=True)
class OwnTexts:
    """The words in one language; braces are filled with figures or names."""

    profile: str
    profiles: dict[ProfileName, str]
    because: dict[ProfileReason, str]
    instructions: str
    review: str
    calls: dict[OwnCall, str]
    endings: dict[ReviewEnding, str]
    missing: str
    nothing_missing: str
    undecided: str
    supplement: str
    seconds: str


OWN_TEXTS: Final[dict[Language, OwnTexts]] = {
    "ko": OwnTexts(
        profile="모델에게 물은 방식: {profile}. {because}",
        profiles={
            "direct": "질문만 주고 끝까지 이어 쓰게 하기(direct)",
            "instructed": "모델이 스스로 쓴 지시에 따라 부분마다 쓰게 하기(instructed)",
        },
        because={
            "set": "설정에서 지정한 방식입니다.",
            "probed": "이 모델을 시험해 보고 고른 방식입니다.",
            "default": "아직 시험해 보지 않은 모델의 기본 방식입니다.",
        },
        instructions="모델이 전략에서 스스로에게 내린 지시",
        review="모델의 자기 검토",
        calls={"review": "자기 검토", "verdict": "빠진 것이 있는지 판단", "supplement": "결론에 덧붙임"},
        endings={
            "made": "",
            "shortened": "검토에 쓸 시간이나 분량이 다 되어 여기서 멈췄습니다.",
            "no_time": "남은 시간 안에 검토하지 못했습니다.",
            "too_slow": "지금 속도로는 정해 둔 시간 안에 마칠 수 없어 검토를 건너뛰었습니다.",
            "awaited": "다음 질문이 기다리고 있어 검토를 건너뛰었습니다.",
            "nothing": "모델이 검토에 아무것도 쓰지 않았습니다.",
            "failed": "모델과 연결이 끊겨 검토를 마치지 못했습니다.",
        },
        missing="질문에서 물은 것 가운데 빠진 것이 있다고 모델이 판단했습니다.",
        nothing_missing="질문에서 물은 것 가운데 빠진 것은 없다고 모델이 판단했습니다.",
        undecided="빠진 것이 있는지 모델이 판단하지 못했습니다.",
        supplement="결론 끝에 {count:,}자를 덧붙였습니다({seconds}).",
        seconds="{seconds:.1f}초",
    ),
    "en": OwnTexts(
        profile="How the model was asked: {profile}. {because}",
        profiles={
            "direct": "the bare question, and one reply that goes on through the sections (direct)",
            "instructed": "each section by the instruction that the model wrote for itself (instructed)",
        },
        because={
            "set": "The settings say so.",
            "probed": "A trial of this model found it.",
            "default": "It is the default for a model that was not tried yet.",
        },
        instructions="What the model told itself in its plan",
        review="Self-review of the model",
        calls={
            "review": "Review",
            "verdict": "Verdict: is something missing?",
            "supplement": "Added to the conclusion",
        },
        endings={
            "made": "",
            "shortened": "The time or the length for the review was used up, which ended it here.",
            "no_time": "No review could be made in the time that was left.",
            "too_slow": "Left out: at the present speed it would take longer than it may.",
            "awaited": "Left out: another question is waiting.",
            "nothing": "The model wrote nothing for its review.",
            "failed": "The model broke off during its review.",
        },
        missing="The model says that something the question asks for is missing.",
        nothing_missing="The model says that nothing the question asks for is missing.",
        undecided="The model could not say whether something is missing.",
        supplement="It added {count:,} characters to the conclusion ({seconds}).",
        seconds="{seconds:.1f} s",
    ),
}
