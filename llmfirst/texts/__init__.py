"""What the page and the API say, in Korean and English: `ko.toml` and `en.toml` in this folder."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from llmfirst.downloads import DownloadStage
from llmfirst.events import (
    Language,
    Outcome,
    Phase,
    ProfileName,
    ProfileReason,
    ReviewEnding,
    SelfQuestion,
    SelfUnjudgedCause,
    State,
    ThinkNote,
    TurnLoss,
)
from llmfirst.machine.advice import AdviceCode, AdvicePhase
from llmfirst.model_options import OptionName, Refusal
from llmfirst.offers import Because
from llmfirst.proof import Guard
from llmfirst.providers.base import Fault, FinishReason, LeftOut, ProviderKind, Think, UnusedNumber
from llmfirst.readiness import Stage
from llmfirst.texts.tables import TextTable, read_texts

Mark = Literal["any", "pinned", "good", "bad"]
Asker = Literal["people", "evaluations", "all"]
ModelColumn = Literal["model", "size", "context", "can", "state", "first_text", "rate", "profile"]
MachineColumn = Literal["model", "first_text", "total", "tier"]
OtherCall = Literal["working", "self_verdict", "review", "verdict", "supplement"]


class SelfVerdictTexts(TextTable):
    """The model's verdict on its own answer."""

    title: str
    by_word: str
    questions: Mapping[SelfQuestion, str]
    left_out: Mapping[SelfUnjudgedCause, str]


class SharedTexts(TextTable):
    """Words that the evaluations use too."""

    question: str
    model: str
    total: str
    seconds: str
    second: str
    phases: Mapping[Phase, str]
    self_verdict: SelfVerdictTexts


class PageTexts(TextTable):
    """The head of the page."""

    tagline: str
    language: str
    language_name: str
    ask_tab: str
    log_out: str
    skip: str
    not_offered: str
    broken: str


class AskTexts(TextTable):
    """Where a question is written."""

    question_hint: str
    ask: str
    stop: str
    think: str
    think_unknown: str
    think_unable: str
    think_levels: Mapping[Think, str]
    examples_title: str
    examples: tuple[str, ...]


class RefusalTexts(TextTable):
    """Why a question is not taken, and why no stored answer is shown."""

    blank: str
    too_long: str
    not_text: str
    not_ready: str
    line_full: str
    too_many_runs: str
    model_missing: str
    model_unusable: str
    run_unknown: str
    run_unreadable: str
    recording_damaged: str
    parent_running: str
    store_unavailable: str


class ProblemTexts(TextTable):
    """What is wrong with a model or its service."""

    sentences: Mapping[str, str]
    """By the code of a `ModelProblem`; empty in the language of the errors' messages."""
    said: str


class ModelTexts(TextTable):
    """Which model answers, and whether it is ready."""

    ready: str
    here: str
    to_download: str
    places: Mapping[Literal["embedded", "ollama", "remote_ollama", "local", "remote"], str]
    no_ollama: str
    no_ollama_model: str
    because: Mapping[Because, str]
    stages: Mapping[Stage, str]
    fits: Mapping[Literal["split", "too_large"], str]
    fit_notes: Mapping[Literal["split", "too_large"], str]
    probe: Mapping[Literal["asking", "waiting"], str]
    thinking_probe: Mapping[Literal["asking", "waiting"], str]
    thinking_paid: str
    thinking_did_not_pay: str
    larger: str
    larger_link: str


class RunTexts(TextTable):
    """What an answer is doing now, and how much of its time is used."""

    budget: str
    left: str
    over: str
    expected: str
    stopping: str
    failed: str
    states: Mapping[State, str]
    outcomes: Mapping[Outcome, str]


class HeadTexts(TextTable):
    """The header of an answer."""

    profiles: Mapping[ProfileName, str]
    providers: Mapping[ProviderKind, str]


class ThoughtTexts(TextTable):
    """What the model thinks before it writes a part of the answer."""

    title: str
    note: str


class TimingTexts(TextTable):
    """The line of figures below an answer."""

    first_token: str
    first_text: str
    core_text: str
    rate: str
    waited: str
    loaded: str
    energy: str
    targets: str


class NoticeTexts(TextTable):
    """What has to be said about an answer, outside the answer."""

    stopped_after: str
    stopped_before: str
    not_stored: str
    partly_read: str
    empty_section: str
    ended_before: str
    failures: Mapping[str, str]
    """By the code of `AnswerFailed`; empty in the language of its messages."""


class ConversationTexts(TextTable):
    """A question that follows up another, and what the model was told of the answers before it."""

    title: str
    open: str
    follow_up: str
    send: str
    begin: str
    goes_on: str
    told: str
    left_out: str
    lost: Mapping[TurnLoss, str]


class ActionTexts(TextTable):
    """What can be done with an answer."""

    copy_answer: str
    copied: str
    copy_link: str
    link_copied: str
    not_copied: str
    again: str
    edit: str
    good: str
    bad: str
    chosen: str
    rating_words: str
    rating_kept: str
    rating_taken_back: str


class SettingsTexts(TextTable):
    """The settings of one question."""

    title: str
    changed: str
    as_set: str
    exact: str
    seed: str
    seed_hint: str
    profile: str
    profile_as_set: str
    profiles: Mapping[ProfileName, str]
    deadline: str
    review: str
    reset: str


class OptionTexts(TextTable):
    """The options of a model: how its words are drawn, how much it sees at once, and what it is told first."""

    more: str
    reloads: str
    system_prompt_hint: str
    everything: str
    off: str
    tokens: str
    characters: str
    any_seed: str
    decided: str
    asked_with: str
    untold: str
    ignored: str
    names: Mapping[OptionName, str]
    refused: Mapping[Refusal, str]


class ReviewTexts(TextTable):
    """The review that a model writes of its own answer."""

    title: str
    missing: str
    nothing_missing: str
    undecided: str
    supplement: str
    endings: Mapping[ReviewEnding, str]


class WhyTexts(TextTable):
    """The record of all calls of the model."""

    title: str
    no_guard: str
    proved: str
    nothing_shown: str
    not_proved: str
    profile: str
    first_token: str
    first_text: str
    thought: str
    instructions: str
    left_out: str
    unused: str
    call_tokens: str
    call_pieces: str
    unfinished: str
    sent: str
    thoughts: str
    reply: str
    profiles: Mapping[ProfileName, str]
    because: Mapping[ProfileReason, str]
    calls: Mapping[OtherCall, str]
    finished: Mapping[FinishReason, str]
    parts: Mapping[LeftOut, str]
    numbers: Mapping[UnusedNumber, str]


class BreakItTexts(TextTable):
    """A fault that a visitor puts into the next answer, to see it end in time."""

    title: str
    note: str
    none: str
    faults: Mapping[Fault, str]
    badges: Mapping[Fault, str]
    counted: str
    recorded: str


class GuaranteeTexts(TextTable):
    """What the stored answers say about the time limit."""

    none: str
    first: str
    newest: str
    method: str
    stopped: str
    failed: str
    faulted: str
    slowest: str


class PresenterTexts(TextTable):
    """Presenting: large type, a script of questions, and what is known before it."""

    begin: str
    title: str
    script: str
    script_hint: str
    file: str
    queue: str
    queue_empty: str
    start: str
    left: str
    took: str
    over: str
    script_none: str
    script_list: str
    leave: str
    keys: str
    ready_warm: str
    ready: str
    not_ready: str
    slots: str
    room: str
    room_unknown: str
    takes_unknown: str
    no_questions: str
    takes: Mapping[Literal["answers", "probe", "rates"], str]


class HistoryTexts(TextTable):
    """The tab in which the own runs are listed."""

    tab: str
    search: str
    search_hint: str
    outcome: str
    marked: str
    asked_by: str
    since: str
    until: str
    every_model: str
    every_outcome: str
    every_language: str
    count: str
    place: str
    times: str
    newer: str
    older: str
    day: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    in_progress: str
    first_text: str
    failed: str
    unreadable: str
    follow_up: str
    conversation: str
    pin: str
    unpin: str
    save: str
    save_all: str
    delete: str
    act_name: str
    nothing_yet: str
    ask_first: str
    nothing_found: str
    clear: str
    gone: str
    deleting: str
    deleted: str
    running: str
    ask_delete: str
    ask_delete_title: str
    keep: str
    delete_old: str
    delete_old_title: str
    delete_old_date: str
    delete_old_pinned: str
    delete_old_count: str
    delete_old_none: str
    delete_old_all: str
    no_date: str
    marks: Mapping[Mark, str]
    askers: Mapping[Asker, str]
    ratings: Mapping[Literal["good", "bad"], str]


class LiveTexts(TextTable):
    """How busy the machine is."""

    title: str
    memory: str
    of_memory: str
    free: str
    processors: str
    cores: str
    gpu: str
    no_gpu: str
    questions: str
    answering: str
    waiting: str


class MachineTexts(TextTable):
    """What this machine can do with each model."""

    title: str
    measure: str
    measuring: str
    in_use: str
    memory: str
    not_measured: str
    typical_error: str
    no_error: str
    offer: str
    nothing_larger: str
    columns: Mapping[MachineColumn, str]
    measured: str
    predicted: str
    about: str
    seconds: str
    whole_seconds: str
    too_long: str
    tier: str
    no_tier: str
    no_room: str
    unknown: str
    was_predicted: str


class AdviceTexts(TextTable):
    """Advice for this machine."""

    title: str
    none: str
    phases: Mapping[AdvicePhase, str]
    reasons: Mapping[AdviceCode, str]
    titles: Mapping[AdviceCode, str]


class SystemModelTexts(TextTable):
    """Which providers there are, and what is known of each model."""

    title: str
    nothing: str
    this_one: str
    provider_models: str
    provider_here: str
    provider_away: str
    others: Mapping[Literal["ollama", "openai", "embedded"], str]
    columns: Mapping[ModelColumn, str]
    context: str
    context_whole: str
    can: Mapping[Literal["chat", "no_chat", "thinks", "logprobs"], str]
    states: Mapping[Literal["warm", "cold", "away", "preparing", "failed", "served"], str]
    on_gpu: str
    on_processor: str
    split: str
    first_text: str
    answers: str
    rate: str
    not_measured: str
    because: Mapping[ProfileReason, str]
    """Why a model is asked so, in a word or two."""


class SystemTexts(TextTable):
    """The tab about the models and the machine."""

    tab: str
    live: LiveTexts
    machine: MachineTexts
    advice: AdviceTexts
    models: SystemModelTexts


class BringTexts(TextTable):
    """Models brought here, loaded, unloaded and deleted."""

    title: str
    name: str
    hint: str
    bring: str
    no_name: str
    elsewhere: str
    free: str
    list: str
    amount: str
    seconds_left: str
    minutes_left: str
    hours_left: str
    acts_title: str
    act_name: str
    loading: str
    unloaded: str
    deleted: str
    deleted_freed: str
    frees: str
    ask_delete_title: str
    ask_delete: str
    keep: str
    forms: Mapping[Literal["ollama", "embedded"], str]
    stages: Mapping[DownloadStage, str]
    acts: Mapping[Literal["download", "load", "unload", "delete", "stop", "resume", "discard", "dismiss"], str]


class AnswerFileTexts(TextTable):
    """An answer in a file of its own."""

    asked_at: str
    outcome: str
    profile: str
    rating: str
    timings: str
    proof: str
    proof_head: str
    run: str
    written_by: str


class ReplayTexts(TextTable):
    """A run that is played again with its own times."""

    badge: str
    name: str
    own: str
    shipped: str
    machine: str
    recorded: str
    play: str
    pause: str
    place: str
    time: str
    leave: str
    replay: str
    until_ready: str
    title: str
    unnamed: str
    speeds: Mapping[Literal["1", "4", "instant"], str]


class LoginTexts(TextTable):
    """The page on which people log in and out."""

    log_in: str
    name: str
    password: str
    wrong: str
    wait: str
    leave: str


class ApiTexts(TextTable):
    """What programs get that use llmfirst by HTTP or as an agent."""

    starting: str
    canceled: str
    lost: str
    unreadable: str
    ended: Mapping[Outcome, str]


class Texts(TextTable):
    """All texts of one language."""

    shared: SharedTexts
    page: PageTexts
    ask: AskTexts
    refusals: RefusalTexts
    problems: ProblemTexts
    models: ModelTexts
    run: RunTexts
    head: HeadTexts
    thought: ThoughtTexts
    timing: TimingTexts
    notice: NoticeTexts
    guards: Mapping[Guard, str]
    conversation: ConversationTexts
    actions: ActionTexts
    settings: SettingsTexts
    options: OptionTexts
    review: ReviewTexts
    why: WhyTexts
    break_it: BreakItTexts
    guarantee: GuaranteeTexts
    presenter: PresenterTexts
    history: HistoryTexts
    system: SystemTexts
    bring: BringTexts
    answer_file: AnswerFileTexts
    replay: ReplayTexts
    login: LoginTexts
    think_notes: Mapping[ThinkNote, str]
    api: ApiTexts


@cache
def texts_in(language: Language) -> Texts:
    """Return the texts of a language; its file is read once."""
    return read_texts(Texts, __name__, language)


def shared_texts(language: Language) -> SharedTexts:
    """Return the words that the page and the evaluations have in common."""
    return texts_in(language).shared
