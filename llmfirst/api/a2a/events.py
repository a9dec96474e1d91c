"""From the events of a run to A2A: status and artifact updates, and the task that they add up to. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from a2a.types import (
    Artifact,
    DataPart,
    Message,
    Part,
    Role,
    Task,
    TaskArtifactUpdateEvent,
    TaskState,
    TaskStatus,
    TaskStatusUpdateEvent,
    TextPart,
)

from llmfirst.api.a2a.records import TaskRecord, Turn
from llmfirst.api.wire import Complete, Error, Progress, Start, ThoughtData, Wire
from llmfirst.events import PHASES, AnswerEvent, Outcome, Phase, PhaseFinished
from llmfirst.texts import texts_in

Update = TaskStatusUpdateEvent | TaskArtifactUpdateEvent

_OPEN: Final = frozenset({TaskState.submitted, TaskState.working})
_STATES: Final[dict[Outcome, TaskState]] = {
    "complete": TaskState.completed,
    "deadline": TaskState.completed,
    "stopped": TaskState.canceled,
    "interrupted": TaskState.failed,
}
_UNASKED_STATES: Final[dict[str, TaskState]] = {
    "canceled": TaskState.canceled,
    "refused": TaskState.rejected,
    "interrupted": TaskState.failed,
}


class TurnView:
    """A turn as A2A shows it after the first `count` events of its run."""

    def __init__(self, record: TaskRecord, turn: Turn) -> None:
        self.turn = turn
        self.count = 0
        self._ids = {"taskId": record.task_id, "contextId": record.context_id}
        self._wire = Wire()
        self._open_phase: Phase | None = None
        self.status = self._before_the_run()

    @property
    def has_ended(self) -> bool:
        return self.status.state not in _OPEN

    def after(self, event: AnswerEvent) -> list[Update]:
        """Return the updates that the next event of the run causes; most cause none."""
        self.count += 1
        message = self._wire.after(event)
        match message:
            case Start(data=data):
                return [self._turned(TaskState.working, data.message, message, event)]
            case Progress(data=ThoughtData()):
                return [self._thought_added(message, event)]
            case Progress(data=data):
                return self._text_added(data.phase, data.content, message)
            case Complete(data=data):
                assert data.metrics.outcome is not None
                words = texts_in(self.turn.language).api.ended[data.metrics.outcome]
                ended = self._turned(_STATES[data.metrics.outcome], words, message, event)
                return [*self._phase_closed(), ended]
            case Error(data=data):
                return [*self._phase_closed(), self._turned(TaskState.failed, data.message, message, event)]
            case None:
                return self._phase_closed() if isinstance(event, PhaseFinished) else []

    def end(self) -> TaskStatusUpdateEvent:
        """Return the last update of a turn that has ended."""
        return TaskStatusUpdateEvent(**self._ids, status=self.status, final=True)

    def artifacts(self) -> list[Artifact]:
        """Return the texts of the phases, each as one artifact with one part."""
        answer = self._wire.answer
        return [self._artifact(phase, answer.text(phase)) for phase in PHASES if answer.text(phase)]

    def _before_the_run(self) -> TaskStatus:
        unasked = self.turn.unasked
        if unasked is None:
            return TaskStatus(state=TaskState.submitted, timestamp=self.turn.asked_at.isoformat())
        return self._status(_UNASKED_STATES[unasked.cause], unasked.message, None, unasked.at)

    def _text_added(self, phase: Phase, text: str, message: Progress) -> list[Update]:
        closed = self._phase_closed() if phase != self._open_phase else []
        is_first = self._wire.answer.text(phase) == text
        self._open_phase = phase
        return [*closed, self._artifact_update(phase, text, append=not is_first, is_last=False, data=_json(message))]

    def _thought_added(self, message: Progress, event: AnswerEvent) -> TaskStatusUpdateEvent:
        """Return thinking as a status without words: it is in the metadata alone, and the task does not keep it."""
        status = TaskStatus(state=TaskState.working, timestamp=self._wire.instant(event).isoformat())
        return TaskStatusUpdateEvent(**self._ids, status=status, final=False, metadata=_json(message))

    def _phase_closed(self) -> list[Update]:
        if self._open_phase is None:
            return []
        phase, self._open_phase = self._open_phase, None
        return [self._artifact_update(phase, "", append=True, is_last=True, data=None)]

    def _artifact_update(
        self, phase: Phase, text: str, *, append: bool, is_last: bool, data: dict[str, Any] | None
    ) -> TaskArtifactUpdateEvent:
        artifact = self._artifact(phase, text)
        return TaskArtifactUpdateEvent(**self._ids, artifact=artifact, append=append, lastChunk=is_last, metadata=data)

    def _artifact(self, phase: Phase, text: str) -> Artifact:
        return Artifact(artifactId=f"{self.turn.run_id}-{phase}", name=phase, parts=[Part(root=TextPart(text=text))])

    def _turned(
        self, state: TaskState, words: str, message: Start | Complete | Error, event: AnswerEvent
    ) -> TaskStatusUpdateEvent:
        data = _json(message)
        self.status = self._status(state, words, data, self._wire.instant(event))
        return TaskStatusUpdateEvent(**self._ids, status=self.status, final=self.has_ended, metadata=data)

    def _status(self, state: TaskState, words: str, data: dict[str, Any] | None, at: datetime) -> TaskStatus:
        # The text comes first: some clients show the first part and nothing else.
        parts = [Part(root=TextPart(text=words))]
        if data is not None:  # the task keeps the message and no metadata: the figures are found here afterwards
            parts.append(Part(root=DataPart(data=data)))
        message_id = f"{self.turn.run_id}-{state.value}"
        message = Message(**self._ids, messageId=message_id, role=Role.agent, parts=parts)
        return TaskStatus(state=state, message=message, timestamp=at.isoformat())


def current(views: Sequence[TurnView]) -> TurnView:
    """Return the current turn of a task: the first that has not ended, else the last."""
    return next((view for view in views if not view.has_ended), views[-1])


def task_of(record: TaskRecord, views: Sequence[TurnView], history_length: int | None = None) -> Task:
    """Return the task as it stands, with the last `history_length` messages of its history; None: all of them.

    The messages before the current and the last one are without their metadata: their sender has it, and with it each
    reply of a long task would be longer than the one before.
    """
    now = current(views)
    history: list[Message] = []
    for view in views:
        message = view.turn.message
        history.append(message if view is now or view is views[-1] else _without_metadata(message))
        if view is not now and view.has_ended and view.status.message is not None:
            history.append(view.status.message)
    if history_length is not None:
        history = history[max(0, len(history) - history_length) :]
    artifacts = [artifact for view in views for artifact in view.artifacts()]
    return Task(
        id=record.task_id,
        contextId=record.context_id,
        status=now.status,
        history=history,
        artifacts=artifacts or None,
    )


def _without_metadata(message: Message) -> Message:
    parts = [Part(root=part.root.model_copy(update={"metadata": None})) for part in message.parts]
    return message.model_copy(update={"metadata": None, "parts": parts})


def _json(message: Start | Progress | Complete | Error) -> dict[str, Any]:
    return message.model_dump(mode="json")
