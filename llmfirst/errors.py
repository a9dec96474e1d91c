"""The exceptions of llmfirst. Each class calls for a different reaction, and each message can be shown to users."""

from llmfirst.model_problem import ModelProblem
from llmfirst.visible_text import visible


class LlmfirstError(Exception):
    """The base class; the message is one line that says what happened and what to do.

    `problem` says the same as a code, where readers of other languages have words for it.
    """

    def __init__(self, message: str = "", problem: ModelProblem | None = None) -> None:
        super().__init__(visible(message))
        self.problem = problem


class DeadlineExceeded(LlmfirstError):
    """The answer reached its deadline."""


class Halted(LlmfirstError):
    """Somebody asked for this answer to stop."""


class QuestionRefused(LlmfirstError):
    """The question is not accepted: change it."""


class QuestionBlank(QuestionRefused):
    """The question is empty."""


class QuestionNotText(QuestionRefused):
    """The question contains characters that cannot be sent to a model."""


class QuestionTooLong(QuestionRefused):
    """The question exceeds the limit in the settings; `length` and `limit` are in characters."""

    def __init__(self, message: str, *, length: int, limit: int) -> None:
        super().__init__(message)
        self.length = length
        self.limit = limit


class LineFull(LlmfirstError):
    """Too many questions are waiting: try again later."""


class TooManyRuns(LlmfirstError):
    """The caller has `running` questions in progress, the most allowed: wait for one to end, or stop one."""

    def __init__(self, message: str, running: int) -> None:
        super().__init__(message)
        self.running = running


class NotReady(LlmfirstError):
    """The model is still being downloaded, or could not be loaded: try again later."""


class ModelUnusable(LlmfirstError):
    """The model cannot be loaded, now or later: choose another, or change a setting."""


class ModelInUse(LlmfirstError):
    """An answer needs the model now: wait for its end, or stop it."""


class RunUnknown(LlmfirstError):
    """No run has this id, or it belongs to somebody else."""


class ParentRunning(LlmfirstError):
    """The run that a question follows up has not ended yet: wait for its end, or stop it."""


class RunUnreadable(RunUnknown):
    """The run is stored, but not as this version can read it: it stays as it is."""


class RunInProgress(LlmfirstError):
    """The run has not ended: stop it first."""


class TaskUnreadable(LlmfirstError):
    """An agent's task is stored, but not as this version can read it: it stays as it is."""


class StoreUnavailable(LlmfirstError):
    """The database cannot be read or written: free the disk, or whatever else the message names, and try again."""


class SetupError(LlmfirstError):
    """The program cannot start: change a setting, a file or the machine."""


class DownloadFailed(SetupError):
    """The weights could not be downloaded, or their checksum is wrong."""


class ProviderError(LlmfirstError):
    """A call of a model failed."""


class ProviderUnavailable(ProviderError):
    """The service does not respond: start it."""


class ProviderBusy(ProviderUnavailable):
    """The service reports that it is overloaded or still loading: try again later."""


class ProviderRejected(ProviderError):
    """The service rejected the request: change it."""


class ModelMissing(ProviderRejected):
    """The service does not have this model: download it, or choose another."""


class NoModelList(ProviderRejected):
    """The service lists no models: name the one to use."""


class ModelTooLarge(ProviderRejected):
    """The memory of the machine does not hold the model: choose a smaller one."""


class PrefillRefused(ProviderRejected):
    """The service does not continue a message: ask in a new one."""


class ProviderInterrupted(ProviderError):
    """The reply broke off: the call may be repeated."""


class StreamTruncated(ProviderInterrupted):
    """The stream ended without a finish reason."""


class StreamStalled(ProviderInterrupted):
    """The service sent nothing for longer than the limit."""
