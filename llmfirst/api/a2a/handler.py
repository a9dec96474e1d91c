"""The A2A methods: parameters checked, then answered by our tasks. Nothing of the SDK's own handler is used."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from a2a.auth.user import User
from a2a.server.context import ServerCallContext
from a2a.server.events.event_queue import Event
from a2a.server.request_handlers.request_handler import RequestHandler
from a2a.types import (
    ContentTypeNotSupportedError,
    InvalidParamsError,
    Message,
    MessageSendConfiguration,
    MessageSendParams,
    Part,
    PushNotificationNotSupportedError,
    Role,
    Task,
    TaskIdParams,
    TaskNotCancelableError,
    TaskPushNotificationConfig,
    TaskQueryParams,
    TaskState,
    TextPart,
)
from a2a.utils.errors import ServerError
from pydantic import ValidationError

from llmfirst.api.a2a.card import OUTPUT_MODES
from llmfirst.api.a2a.events import TurnView, Update, current, task_of
from llmfirst.api.a2a.records import TaskRecord, Turn, TurnRequest
from llmfirst.api.a2a.tasks import Tasks
from llmfirst.events import AnswerSettings, Language
from llmfirst.runs.owners import Owner

REST_LIMIT: Final = 16 * 1024  # bytes of a message, as JSON, beside the text that is asked
_LONG_NAMES: Final = {"text": "text/plain", "data": "application/json", "*": "*/*"}


class Caller(User):
    """Who sent a request, and the language to answer in."""

    def __init__(self, owner: Owner, language: Language) -> None:
        self.owner = owner
        self.language = language

    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def user_name(self) -> str:
        return self.owner


class RunRequestHandler(RequestHandler):
    """Answers messages with runs; `wait_seconds` bounds how long message/send waits for the end of one."""

    def __init__(self, tasks: Tasks, *, wait_seconds: float) -> None:
        self._tasks = tasks
        self._wait_seconds = wait_seconds

    async def on_message_send(self, params: MessageSendParams, context: ServerCallContext | None = None) -> Task:
        """Return the task when it has ended, or as it is when the caller does not wait or has waited long enough."""
        owner = _caller(context).owner
        record, turn = await self._begin(params, context)
        configuration = params.configuration
        waits = configuration is None or configuration.blocking is not False
        following = self._tasks.follow_to_end(record, turn, waits_seconds=self._wait_seconds if waits else 0.0)
        if waits:
            await self._tasks.wait(following, self._wait_seconds)
        record = await self._tasks.load(record.task_id, owner)
        return await self._task(record, None if configuration is None else configuration.historyLength)

    async def on_message_send_stream(
        self, params: MessageSendParams, context: ServerCallContext | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield the task with the new turn, then every update until this turn ends."""
        record, turn = await self._begin(params, context)
        view = TurnView(record, turn)
        before = [one for one in await self._tasks.views(record) if one.turn.run_id != turn.run_id]
        length = None if params.configuration is None else params.configuration.historyLength
        taken = task_of(record, [*before, view], length)
        yield taken.model_copy(update={"status": view.status})
        async with aclosing(self._updates(record, view)) as updates:
            async for update in updates:
                yield update

    async def on_resubscribe_to_task(
        self, params: TaskIdParams, context: ServerCallContext | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield the task as it is, then every update until its current turn ends."""
        record = await self._tasks.load(params.id, _caller(context).owner)
        views = await self._tasks.views(record)
        yield task_of(record, views)
        async with aclosing(self._updates(record, current(views))) as updates:
            async for update in updates:
                yield update

    async def on_get_task(self, params: TaskQueryParams, context: ServerCallContext | None = None) -> Task:
        record = await self._tasks.load(params.id, _caller(context).owner)
        return await self._task(record, _checked_length(params.historyLength))

    async def on_cancel_task(self, params: TaskIdParams, context: ServerCallContext | None = None) -> Task:
        record = await self._tasks.cancel(params.id, _caller(context).owner)
        task = await self._task(record, None)
        if task.status.state != TaskState.canceled:  # its end came first
            raise ServerError(TaskNotCancelableError())
        return task

    async def on_set_task_push_notification_config(
        self, params: TaskPushNotificationConfig, context: ServerCallContext | None = None
    ) -> TaskPushNotificationConfig:
        raise ServerError(PushNotificationNotSupportedError())

    async def on_get_task_push_notification_config(
        self, params: TaskIdParams, context: ServerCallContext | None = None
    ) -> TaskPushNotificationConfig:
        raise ServerError(PushNotificationNotSupportedError())

    async def _begin(self, params: MessageSendParams, context: ServerCallContext | None) -> tuple[TaskRecord, Turn]:
        caller = _caller(context)
        _check_configuration(params.configuration)
        question = _question_in(params.message)
        _check_rest(params.message)
        message = params.message
        settings, parent = _settings_in(message), _parent_in(message)
        return await self._tasks.begin(TurnRequest(message, question, caller.owner, caller.language, settings, parent))

    async def _task(self, record: TaskRecord, history_length: int | None) -> Task:
        return task_of(record, await self._tasks.views(record), history_length)

    async def _updates(self, record: TaskRecord, view: TurnView) -> AsyncGenerator[Update, None]:
        if view.has_ended:
            return
        async with aclosing(self._tasks.follow(record, view.turn, after=view.count)) as events:
            async for event in events:
                for update in view.after(event):
                    yield update
        if not view.has_ended:  # it never became a run
            latest = await self._tasks.load(record.task_id, record.owner)
            views = await self._tasks.views(latest)
            yield next(one for one in views if one.turn.run_id == view.turn.run_id).end()


def _caller(context: ServerCallContext | None) -> Caller:
    assert context is not None
    assert isinstance(context.user, Caller), "every request comes through our own endpoint"
    return context.user


def _check_configuration(configuration: MessageSendConfiguration | None) -> None:
    if configuration is None:
        return
    _checked_length(configuration.historyLength)
    if configuration.pushNotificationConfig is not None:
        raise ServerError(PushNotificationNotSupportedError())
    if configuration.acceptedOutputModes and not any(_is_offered(mode) for mode in configuration.acceptedOutputModes):
        raise ServerError(ContentTypeNotSupportedError(message=f"Answers are {' and '.join(OUTPUT_MODES)}."))


def _is_offered(mode: str) -> bool:
    kind, _, rest = _LONG_NAMES.get(mode, mode).partition(";")[0].strip().lower().partition("/")
    return any(
        kind in ("*", offered.partition("/")[0]) and rest in ("*", offered.partition("/")[2])
        for offered in OUTPUT_MODES
    )


def _checked_length(length: int | None) -> int | None:
    if length is not None and length < 0:
        raise ServerError(InvalidParamsError(message="historyLength is negative: send 0 or more."))
    return length


def _check_rest(message: Message) -> None:
    """Raise ServerError when a message carries too much beside its text: the task keeps all of it."""
    wordless = [Part(root=part.root.model_copy(update={"text": ""})) for part in message.parts]
    rest = message.model_copy(update={"parts": wordless}).model_dump_json(exclude_none=True)
    length = len(rest.encode())
    if length > REST_LIMIT:
        raise ServerError(
            InvalidParamsError(
                message=f"The message has {length:,} bytes beside its text (metadata, ids and parts); the limit is "
                f"{REST_LIMIT:,}. Send less metadata."
            )
        )


def _settings_in(message: Message) -> AnswerSettings:
    """Return what the metadata of a message say about how it is to be answered; the rest of them is the client's."""
    told = {name: value for name, value in (message.metadata or {}).items() if name in AnswerSettings.model_fields}
    try:
        return AnswerSettings.model_validate(told)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        data = [{"where": f"metadata.{problem['loc'][0]}", "what": problem["msg"]} for problem in problems]
        raise ServerError(InvalidParamsError(message="A setting in the metadata is unknown.", data=data)) from error


def _parent_in(message: Message) -> str | None:
    """Return the run that the metadata of a message name as the one to follow up."""
    told = (message.metadata or {}).get("parent_run_id")
    if not isinstance(told, str | None):
        raise ServerError(InvalidParamsError(message="The parent_run_id in the metadata is no text: send a run's id."))
    return told


def _question_in(message: Message) -> str:
    if message.role != Role.user:
        raise ServerError(InvalidParamsError(message="The message is not the user's: send it with the role user."))
    texts = [part.root.text for part in message.parts if isinstance(part.root, TextPart)]
    if len(texts) < len(message.parts):
        raise ServerError(ContentTypeNotSupportedError(message="Only text can be asked: leave out files and data."))
    return "\n".join(texts)
