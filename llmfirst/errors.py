"""The exception tree: a class exists only where its reader would act differently. Messages are fit for the page."""


class LlmfirstError(Exception):
    """Anything of ours; its text says what happened and what to do."""


class DeadlineExceeded(LlmfirstError):
    """The time for this answer is over."""


class Halted(LlmfirstError):
    """A person asked this answer to stop."""


class QuestionRefused(LlmfirstError):
    """The question cannot be asked as it is: change it."""


class QuestionBlank(QuestionRefused):
    """There is nothing to ask."""


class QuestionNotText(QuestionRefused):
    """The question holds characters that no model can be sent."""


class QuestionTooLong(QuestionRefused):
    """The question is longer than the limit in the settings, both in characters."""

    def __init__(self, message: str, *, length: int, limit: int) -> None:
        super().__init__(message)
        self.length = length
        self.limit = limit


class LineFull(LlmfirstError):
    """Too many questions wait already: come back later."""


class TooManyRuns(LlmfirstError):
    """Who asks has as many questions being answered as one may: wait for one of `running`, or stop it."""

    def __init__(self, message: str, running: int) -> None:
        super().__init__(message)
        self.running = running


class NotReady(LlmfirstError):
    """The model is still being downloaded or loaded: wait."""


class RunUnknown(LlmfirstError):
    """No run has this id."""


class SetupError(LlmfirstError):
    """The program cannot start like this: change a setting, a file or the machine."""


class DownloadFailed(SetupError):
    """The weights could not be brought here whole and checked."""


class ProviderError(LlmfirstError):
    """A model could not be asked, or stopped in the middle."""


class ProviderUnavailable(ProviderError):
    """The service does not answer: start it."""


class ProviderBusy(ProviderUnavailable):
    """The service answers that it is overloaded or still loading: wait."""


class ProviderRejected(ProviderError):
    """The service refused the request: change it."""


class ModelMissing(ProviderRejected):
    """The service does not have this model: download it, or choose another."""


class ProviderInterrupted(ProviderError):
    """The reply broke off: it may be tried again."""


class StreamTruncated(ProviderInterrupted):
    """The stream ended without its finish mark."""


class StreamStalled(ProviderInterrupted):
    """Nothing arrived for longer than the service may be silent."""
