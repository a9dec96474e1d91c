"""Every word of the page, in Korean and English."""

from dataclasses import dataclass
from typing import Final

from llmfirst.events import Language, Outcome, Phase, State
from llmfirst.models import Because, Choice


@dataclass(frozen=True)
class Texts:
    """The page in one language; braces are filled with figures or names."""

    tagline: str
    language: str
    question: str
    question_hint: str
    model: str
    ask: str
    stop: str
    examples: str
    phases: dict[Phase, str]
    states: dict[State, str]
    outcomes: dict[Outcome, str]
    because: dict[Because, str]
    stages: dict[str, str]
    no_ollama: str
    no_ollama_model: str
    ready: str
    here: str
    to_download: str
    left: str
    over: str
    budget: str
    first_text: str
    core_text: str
    total: str
    rate: str
    waited: str
    targets: str
    shortened: str
    stopped_after: str
    not_stored: str
    empty_section: str
    blank: str
    too_long: str
    not_text: str
    not_ready: str
    line_full: str
    model_missing: str
    failed: str
    failures: dict[str, str]
    run_unknown: str


TEXTS: Final[dict[Language, Texts]] = {
    "ko": Texts(
        tagline="내 컴퓨터의 언어 모델이 120초 안에 답합니다",
        language="언어",
        question="질문",
        question_hint="무엇이든 물어보세요. Ctrl+Enter로 질문, Esc로 중지",
        model="모델",
        ask="질문하기",
        stop="중지",
        examples="예시 질문",
        phases={"strategy": "전략", "core": "핵심", "details": "상세", "conclusion": "결론"},
        states={
            "queued": "차례를 기다리는 중 (앞에 {ahead}명)",
            "loading_model": "모델을 불러오는 중",
            "reading_prompt": "질문을 읽는 중",
            "waiting_for_text": "첫 글자를 기다리는 중",
            "writing": "쓰는 중",
            "silent": "모델이 잠시 멈춤, 기다리는 중",
        },
        outcomes={
            "complete": "완료",
            "deadline": "제한 시간에 맞춰 끝냄",
            "stopped": "중지함",
            "interrupted": "도중에 끊김",
        },
        because={
            "set": "설정에서 지정한 모델",
            "last_used": "지난번에 사용한 모델",
            "loaded": "이미 메모리에 올라와 있는 모델",
            "smallest": "설치된 대화 모델 가운데 가장 작은 것",
            "hub_answers": "기본 내장 모델",
            "index_only": "허브에 연결되지 않을 때의 기본 내장 모델",
            "first": "서버가 제공하는 첫 모델",
        },
        stages={
            "downloading": "내려받는 중",
            "checking": "체크섬(SHA-256)을 확인하는 중",
            "queued": "다른 답변이 끝나기를 기다리는 중",
            "loading": "모델을 불러오는 중",
        },
        no_ollama="Ollama가 응답하지 않아 내장 모델을 사용합니다",
        no_ollama_model="Ollama에 대화 모델이 없어 내장 모델을 사용합니다",
        ready="준비 완료 ({seconds:.1f}초 만에 불러옴)",
        here="설치됨",
        to_download="내려받기 필요",
        left="{used:.1f}초 사용, {left:.1f}초 남음",
        over="{used:.1f}초 걸림",
        budget="시간 예산",
        first_text="첫 글자",
        core_text="핵심 첫 글자",
        total="전체",
        rate="속도",
        waited="대기",
        targets="목표: 첫 글자 {first:g}초 안, 모든 답변 {total:g}초 안",
        shortened="제한 시간을 지키기 위해 일부 내용을 줄였습니다.",
        stopped_after="{seconds:.1f}초 만에 멈췄습니다. 지금까지의 내용은 그대로 남습니다.",
        not_stored="이 답변은 저장하지 못했습니다. 데이터 폴더의 디스크 공간을 확인하세요.",
        empty_section="모델이 이 부분에는 아무것도 쓰지 않았습니다.",
        blank="질문이 비어 있습니다. 질문을 적고 다시 눌러 주세요.",
        too_long="질문이 {length:,}자입니다. {limit:,}자까지 물을 수 있으니 줄여서 다시 질문해 주세요.",
        not_text="질문에 글자가 아닌 문자(NUL 등)가 들어 있습니다. 지우고 다시 질문해 주세요.",
        not_ready="모델이 아직 준비되지 않았습니다. 위에 준비 완료가 표시되면 다시 질문해 주세요.",
        line_full="기다리는 질문이 너무 많습니다. 잠시 뒤에 다시 질문해 주세요.",
        model_missing="이 모델을 찾을 수 없습니다. 다른 모델을 골라 주세요.",
        failed="답변을 만들지 못했습니다.",
        failures={
            "no_text": "모델이 아무것도 쓰지 않고 끝냈습니다. 다시 질문하거나 다른 모델을 골라 주세요.",
            "no_text_in_time": "모델이 제한 시간 안에 아무것도 쓰지 못했습니다. 더 작은 모델을 골라 보세요.",
            "waited_too_long": "기다리는 시간이 너무 길어졌습니다. 잠시 뒤에 다시 질문해 주세요.",
            "model_missing": "모델을 찾을 수 없습니다. 다른 모델을 고르거나 먼저 내려받아 주세요.",
            "refused": "모델 서버가 요청을 받아들이지 않았습니다.",
            "model_unavailable": "모델 서버와 연결되지 않습니다. 서버를 켜고 다시 질문해 주세요.",
            "internal": "llmfirst 안에서 오류가 났습니다. 다시 질문해 주세요.",
        },
        run_unknown="저장된 답변을 찾을 수 없습니다.",
    ),
    "en": Texts(
        tagline="a language model on your own machine answers within 120 seconds",
        language="Language",
        question="Question",
        question_hint="Ask anything. Ctrl+Enter asks, Esc stops",
        model="Model",
        ask="Ask",
        stop="Stop",
        examples="Examples",
        phases={"strategy": "Strategy", "core": "Core", "details": "Details", "conclusion": "Conclusion"},
        states={
            "queued": "In the line, {ahead} before you",
            "loading_model": "Loading the model",
            "reading_prompt": "Reading the question",
            "waiting_for_text": "Waiting for the first text",
            "writing": "Writing",
            "silent": "The model pauses, waiting",
        },
        outcomes={
            "complete": "Complete",
            "deadline": "Ended at the time limit",
            "stopped": "Stopped",
            "interrupted": "Broken off",
        },
        because={
            "set": "the model that was set",
            "last_used": "the model used last",
            "loaded": "a model that is loaded already",
            "smallest": "the smallest chat model here",
            "hub_answers": "the embedded default",
            "index_only": "the embedded default where the hub does not answer",
            "first": "the first model of the server",
        },
        stages={
            "downloading": "Downloading",
            "checking": "Checking the SHA-256 checksum",
            "queued": "Waiting for another answer to end",
            "loading": "Loading the model",
        },
        no_ollama="no Ollama answers, so the embedded model does",
        no_ollama_model="Ollama has no chat model, so the embedded model answers",
        ready="Ready (loaded in {seconds:.1f} s)",
        here="here",
        to_download="to download",
        left="{used:.1f} s used, {left:.1f} s left",
        over="took {used:.1f} s",
        budget="Time budget",
        first_text="First text",
        core_text="First core text",
        total="Total",
        rate="Speed",
        waited="Waited",
        targets="Targets: first text within {first:g} s, the whole answer within {total:g} s",
        shortened="Shortened to keep the time limit.",
        stopped_after="Stopped after {seconds:.1f} s. The text so far stays.",
        not_stored="This answer could not be stored: look at the disk space of the data directory.",
        empty_section="The model wrote nothing for this section.",
        blank="The question is empty. Write one and ask again.",
        too_long="The question has {length:,} characters; {limit:,} are allowed. Shorten it and ask again.",
        not_text="The question holds characters that are no text (such as NUL). Remove them and ask again.",
        not_ready="The model is not ready yet. Ask again when the line above says so.",
        line_full="Too many questions are waiting. Ask again in a minute.",
        model_missing="There is no such model. Choose another.",
        failed="No answer could be made.",
        failures={},  # the service's own sentence is English already
        run_unknown="There is no stored answer of this address.",
    ),
}

EXAMPLES: Final[tuple[str, ...]] = (
    "왜 하늘은 파란가요?",
    "작은 카페의 매출이 석 달째 줄고 있습니다. 무엇부터 해야 할까요?",
    "What is the difference between a process and a thread?",
    "How do I prepare for a job interview in two days?",
)


def reasons(choice: Choice, texts: Texts) -> str:
    """Return why this model was taken, and what `auto` found before it."""
    why = [texts.because[choice.because]]
    if choice.ollama == "absent":
        why.append(texts.no_ollama)
    elif choice.ollama == "no_chat_model":
        why.append(texts.no_ollama_model)
    return "; ".join(why)
