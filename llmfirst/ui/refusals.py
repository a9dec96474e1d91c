"""Why a question was not taken, or an answer is not shown, in the words of the page."""

from llmfirst.errors import (
    LineFull,
    LlmfirstError,
    ModelMissing,
    ModelUnusable,
    NotReady,
    ParentRunning,
    QuestionBlank,
    QuestionNotText,
    QuestionTooLong,
    RunUnknown,
    RunUnreadable,
    StoreUnavailable,
    TooManyRuns,
)
from llmfirst.events import Language
from llmfirst.model_options import SystemPromptRefused
from llmfirst.model_problem import ModelProblem
from llmfirst.recordings.recording import RecordingDamaged
from llmfirst.texts import texts_in
from llmfirst.ui.problems import problem_words


def refusal_words(error: LlmfirstError, language: Language) -> str:
    """Return why a question was not taken, in the language of the page."""
    texts = texts_in(language).refusals
    said = problem_words(error.problem, str(error), language)
    match error:
        case QuestionBlank():
            return texts.blank
        case QuestionTooLong(length=length, limit=limit):
            return texts.too_long.format(length=length, limit=limit)
        case QuestionNotText():
            return texts.not_text
        case SystemPromptRefused(cause=cause, detail=detail):
            return texts_in(language).options.refused[cause].format(detail=detail)
        case ModelUnusable():
            return texts.model_unusable.format(message=said)
        case NotReady(problem=ModelProblem()):
            return said
        case NotReady():
            return texts.not_ready
        case LineFull():
            return texts.line_full
        case TooManyRuns(running=running):
            return texts.too_many_runs.format(running=running)
        case ModelMissing():
            return texts.model_missing
        case ParentRunning():
            return texts.parent_running
        case RunUnreadable():
            return texts.run_unreadable
        case RunUnknown():
            return texts.run_unknown
        case RecordingDamaged():
            return texts.recording_damaged
        case StoreUnavailable():
            return texts.store_unavailable
        case _:
            return said
