"""What the page says of the model's own part in an answer, in Korean and English: how it was asked."""

from dataclasses import dataclass
from typing import Final

from llmfirst.events import Language, ProfileName, ProfileReason


@dataclass(frozen=True)
class OwnTexts:
    """The words in one language; braces are filled with figures or names."""

    profile: str
    profiles: dict[ProfileName, str]
    because: dict[ProfileReason, str]
    instructions: str


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
        instructions="모델이 전략에서 스스로 쓴 지시",
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
    ),
}
