"""Every word of the page, in Korean and English."""

from dataclasses import dataclass
from typing import Final

from llmfirst.events import Language, Outcome, Phase, State
from llmfirst.models import Because, Choice
from llmfirst.proof import Guard
from llmfirst.providers.base import FinishReason


@dataclass(frozen=True)
class Texts:
    """The page in one language; braces are filled with figures or names."""

    tagline: str
    log_out: str
    language: str
    question: str
    question_hint: str
    model: str
    ask: str
    stop: str
    examples: str
    phases: dict[Phase, str]
    states: dict[State, str]
    expected: str
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
    loaded: str
    targets: str
    shortened: str
    stopped_after: str
    not_stored: str
    empty_section: str
    ended_before: str
    blank: str
    too_long: str
    not_text: str
    not_ready: str
    line_full: str
    too_many_runs: str
    model_missing: str
    failed: str
    failures: dict[str, str]
    run_unknown: str
    guards: dict[Guard, str]
    no_guard: str
    why: str
    proved: str
    nothing_shown: str
    not_proved: str
    call_seconds: str
    call_tokens: str
    finished: dict[FinishReason, str]
    unfinished: str
    sent: str
    reply: str


TEXTS: Final[dict[Language, Texts]] = {
    "ko": Texts(
        tagline="내 컴퓨터의 언어 모델이 120초 안에 답합니다",
        log_out="로그아웃",
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
            "comparing": "앞에서 한 말을 되풀이하는지 살피는 중",
            "silent": "모델이 잠시 멈춤, 기다리는 중",
            "recovering": "문제가 생겨 다시 시도하는 중",
            "reviewing": "모델이 자기 답을 검토하는 중",
        },
        expected="약 {seconds:.0f}초",
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
        loaded="(모델 불러오기 {seconds:.1f} s)",
        targets="목표: 첫 글자 {first:g}초 안, 모든 답변 {total:g}초 안",
        shortened="제한 시간을 지키기 위해 일부 내용을 줄였습니다.",
        stopped_after="{seconds:.1f}초 만에 멈췄습니다. 지금까지의 내용은 그대로 남습니다.",
        not_stored="이 답변은 저장하지 못했습니다. 데이터 폴더의 디스크 공간을 확인하세요.",
        empty_section="모델이 이 부분에는 아무것도 쓰지 않았습니다.",
        ended_before="비어 있는 부분({phases}): 모델이 그 앞에서 답을 마쳤습니다.",
        blank="질문이 비어 있습니다. 질문을 적고 다시 눌러 주세요.",
        too_long="질문이 {length:,}자입니다. {limit:,}자까지 물을 수 있으니 줄여서 다시 질문해 주세요.",
        not_text="질문에 글자가 아닌 문자(NUL 등)가 들어 있습니다. 지우고 다시 질문해 주세요.",
        not_ready="모델이 아직 준비되지 않았습니다. 위에 준비 완료가 표시되면 다시 질문해 주세요.",
        line_full="기다리는 질문이 너무 많습니다. 잠시 뒤에 다시 질문해 주세요.",
        too_many_runs="이미 질문 {running}개에 답하고 있습니다. 하나가 끝날 때까지 기다리거나 하나를 멈춰 주세요.",
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
        guards={
            "deadline": "답변 전체의 제한 시간이 되어 끝냈습니다.",
            "time": "이 부분에 쓸 시간이 다 되어 끝냈습니다.",
            "token_budget": "이 부분에 쓸 토큰을 다 써서 끝냈습니다.",
            "repetition": "모델이 자기 글을 되풀이하기 시작하여 끝냈습니다.",
            "skipped": "남은 시간이 없어 쓰지 않았습니다.",
            "stop": "중지를 눌렀거나 보는 사람이 없어 멈췄습니다.",
            "prompt": "남은 시간에 자기 글을 다 읽을 수 없어, 모델에게 그 끝부분만 읽혔습니다.",
            "broken": "모델이 도중에 끊겨, 보이는 글에 이어서 쓰게 했습니다.",
            "silent": "모델이 오래 말이 없어, 보이는 글에 이어서 쓰게 했습니다.",
            "empty": "모델이 아무것도 쓰지 않아 다시 쓰게 했습니다.",
        },
        no_guard="llmfirst가 끝내거나 건너뛰거나 다시 시작한 부분이 없습니다.",
        why="왜 이런 답인가",
        proved="보이는 글자 {shown:,}자는 모두 모델이 썼습니다(기록된 호출 {calls}번). "
        "기록은 끊기거나 바뀐 곳이 없습니다(끝 해시 {head}…).",
        nothing_shown="보이는 모델의 글이 없습니다. 기록된 호출: {calls}번.",
        not_proved="보이는 글자 {shown:,}자 가운데 {accounted:,}자만 모델이 썼다고 확인됩니다. 기록의 문제:",
        call_seconds="{seconds:.1f}초",
        call_tokens="토큰 {read:,}개 읽고 {written:,}개 씀",
        finished={"stop": "모델이 스스로 끝냄", "length": "토큰 한도에서 끝남"},
        unfinished="llmfirst가 끊었거나 도중에 끊김",
        sent="보낸 글 ({role})",
        reply="모델이 쓴 그대로",
    ),
    "en": Texts(
        tagline="a language model on your own machine answers within 120 seconds",
        log_out="Log out",
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
            "comparing": "Checking whether the model repeats itself",
            "silent": "The model pauses, waiting",
            "recovering": "Something went wrong, trying again",
            "reviewing": "The model is reviewing its answer",
        },
        expected="about {seconds:.0f} s",
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
        loaded="(model loaded: {seconds:.1f} s)",
        targets="Targets: first text within {first:g} s, the whole answer within {total:g} s",
        shortened="Shortened to keep the time limit.",
        stopped_after="Stopped after {seconds:.1f} s. The text so far stays.",
        not_stored="This answer could not be stored: look at the disk space of the data directory.",
        empty_section="The model wrote nothing for this section.",
        ended_before="Empty ({phases}): the model had ended its answer before.",
        blank="The question is empty. Write one and ask again.",
        too_long="The question has {length:,} characters; {limit:,} are allowed. Shorten it and ask again.",
        not_text="The question holds characters that are no text (such as NUL). Remove them and ask again.",
        not_ready="The model is not ready yet. Ask again when the line above says so.",
        line_full="Too many questions are waiting. Ask again in a minute.",
        too_many_runs="{running} of your questions are being answered already. Wait until one is, or stop one.",
        model_missing="There is no such model. Choose another.",
        failed="No answer could be made.",
        failures={},  # the service's own sentence is English already
        run_unknown="There is no stored answer of this address.",
        guards={
            "deadline": "The time limit of the whole answer ended it.",
            "time": "The time for this part was over, which ended it.",
            "token_budget": "The tokens for this part were used up, which ended it.",
            "repetition": "The model began to repeat its own text, which ended it.",
            "skipped": "There was no time left for it.",
            "stop": "Stop was pressed, or nobody was there any more.",
            "prompt": "There was no time for the model to read all of its own text again; it read the end of it.",
            "broken": "The model broke off; it went on from the text shown.",
            "silent": "The model fell silent; it went on from the text shown.",
            "empty": "The model wrote nothing; it was asked again.",
        },
        no_guard="llmfirst ended, left out or resumed no part.",
        why="Why this answer",
        proved="Every one of the {shown:,} characters shown was written by the model (recorded calls: {calls}); "
        "the record is unbroken (head {head}…).",
        nothing_shown="No text of the model is shown. Recorded calls: {calls}.",
        not_proved="Of the {shown:,} characters shown, {accounted:,} are proved to be the model's. "
        "What is wrong with the record:",
        call_seconds="{seconds:.1f} s",
        call_tokens="{read:,} tokens read, {written:,} written",
        finished={"stop": "ended by the model", "length": "ended at its token limit"},
        unfinished="cut off",
        sent="Sent ({role})",
        reply="Reply as it came",
    ),
}

EXAMPLES: Final[tuple[str, ...]] = (
    "하늘은 왜 파랗고, 해 질 녘에는 왜 붉어지나요?",
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
