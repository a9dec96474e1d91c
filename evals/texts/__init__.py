"""What the evaluations say in Korean and English: `ko.toml` and `en.toml` in this folder."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from evals.analysis.answer_list import AnswerMark, AnswerOrder, ListedVerdict
from evals.analysis.compare import ComparedVerdict
from evals.analysis.human_labels import Strength
from evals.analysis.rows import Grouping
from evals.analysis.target_checks import Finding, Reason, TargetName
from evals.analysis.trust import Trust
from evals.calibration.answers import Defect
from evals.calibration.calibration import RuleName
from evals.judge.verdicts import Cause, ItemVerdict
from evals.records.evaluation import Mode
from evals.records.opinions import Said
from evals.records.progress import Stage
from evals.sessions.decks import Unveiling
from evals.sessions.session import Fairness, Order
from evals.sessions.sources import Kind
from evals.sessions.standings import Electorate
from evals.sessions.votes import Choice
from evals.suite.cases import CheckName, Language
from evals.suite.raw import ProblemKind, Separator
from llmfirst import Outcome, ProfileName, TextTable, Think, read_texts

TimeName = Literal[
    "first_token",
    "any_ttft",
    "ttft",
    "thought",
    "core_first_text",
    "review",
    "total_time",
    "queued",
    "loading",
    "prefill",
    "rest",
    "longest_gap",
    "unnamed_silence",
]
FigureName = Literal[
    "first_text", "total", "quality", "value", "phases", "corners", "drift", "trend", "reliability", "self_knowledge"
]
ThinkChoice = Literal["set", "off", "on", "low", "medium", "high"]
"""What a model under test is told about thinking; set: what the settings say."""
SuiteField = Literal[
    "question",
    "id",
    "category",
    "language",
    "reference",
    "good",
    "bad",
    "defect",
    "numbers",
    "hangul_at_least",
    "latin_at_least",
    "words_at_most",
]
Hiding = Literal["open", "blind_speed", "blind"]
"""What a session hides until the vote: nothing, the names, or the names and the speed."""
Corner = Literal["fast_good", "slow_good", "fast_weak", "slow_weak"]
Doubt = Literal["unproven", "not_trustworthy"]
PartName = Literal["summary", "plots", "answers", "judge", "label"]
"""A part of a result on the page."""
Way = Literal["judge_unproven", "judge_not_trustworthy", "no_judge", "harness_late"]
"""A reason for which there is something to do other than to measure more."""
Blindness = Literal["open", "watched", "blind"]
JudgeState = Literal["believed", "not_believed", "begun", "unchecked"]
"""How far a judge is believed in a language."""


class CommonTexts(TextTable):
    """Words that stand in more than one place."""

    suite: str
    item: str
    outcome: str
    answer: str
    answers: str
    reference: str
    criteria: str
    critical: str
    negative: str
    judge: str
    judge_thinks: str
    self_judged_meaning: str
    not_believed_meaning: str
    repeats: str
    mode: str
    tier: str
    baseline: str
    figures: str
    firsts_meaning: str
    labels: str
    count: str
    abstained: str


class NameTexts(TextTable):
    """What is called by a name in the code has a word for readers here."""

    not_believed: str
    self_judged: str
    no_judge: str
    no_rate: str
    findings: Mapping[Finding, str]
    reasons: Mapping[Reason, str]
    targets: Mapping[TargetName, str]
    trust: Mapping[Trust, str]
    trust_meaning: Mapping[Trust, str]
    outcomes: Mapping[Outcome | Literal["failed"], str]
    items: Mapping[ItemVerdict, str]
    causes: Mapping[Cause, str]
    checks: Mapping[CheckName, str]
    modes: Mapping[Mode, str]
    comparisons: Mapping[ComparedVerdict, str]
    languages: Mapping[Language, str]
    suites: Mapping[str, str]
    """Those that are shipped; another suite keeps its own title."""
    categories: Mapping[str, str]
    """Of the suites that are shipped; another category keeps the name that its suite gives it."""
    groupings: Mapping[Grouping, str]
    times: Mapping[TimeName, str]
    """The fields of a timing that the report shows, in its order."""


class NumberTexts(TextTable):
    """How numbers are written."""

    per_cent: str
    second: str
    to: str
    signed_to: str


class SentenceTexts(TextTable):
    """Sentences about findings, comparisons and suites."""

    first_text: str
    every_total: str
    mean_total: str
    quality: str
    llm_first: str
    streaming: str
    some_failed: str
    unbacked: str
    all_of_it: str
    at_least: str
    at_most: str
    lower_end: str
    bound: str
    row: str
    unmeasured: str
    because: str
    delta: str
    not_paired: str
    not_judged: str
    points: str
    against: str
    left_out: str
    times_only: str
    no_judge: str
    one_item: str
    items: str
    smoke_test: str
    can_pass: str
    all_tiers: str
    tier_needs: str
    few_times: str
    known_wrong: str
    canaries: str
    unanchored: str
    without_anchors: str
    unconfirmed: str


class SuiteFileTexts(TextTable):
    """What is wrong with a file of questions, and how it was read."""

    in_file: str
    in_line: str
    in_row: str
    more: str
    field: str
    entry: str
    field_in: str
    inside: str
    did_you_mean: str
    use_one_of: str
    alternative: str
    read_as: str
    separated: str
    problems: Mapping[ProblemKind, str]
    separators: Mapping[Separator, str]


class TrustCardTexts(TextTable):
    """How far a judge can be believed."""

    title: str
    unchecked: str
    decided: str
    all_decided: str
    good: str
    bad: str
    passed_defects: str
    passed_none: str
    believed: str
    not_believed: str
    needed: str
    canaries: str
    ways_on: str
    rules: Mapping[RuleName, str]
    defects: Mapping[Defect, str]


class JudgeCardTexts(TextTable):
    """The card of a judge, and its check."""

    title: str
    check: str
    stop: str
    preparing: str
    may_think: str
    progress: str
    progress_left: str
    paused: str
    stopped: str
    no_judges: str
    checked_at: str
    shipped: str
    weights: str
    no_digest: str
    build: str
    address: str
    unchecked: str
    begun: str
    proved: str
    lost: str
    all_hold: str
    broken: str
    more_good: str
    more_bad: str
    conditions: str
    condition: str
    needed: str
    at_least: str
    above_zero: str
    of: str
    rate_of: str
    holds: str
    is_broken: str
    lower_ends: str
    states: Mapping[JudgeState, str]
    rules: Mapping[RuleName, str]


class PeopleTexts(TextTable):
    """What the labels of people come to."""

    person: str
    items: str
    none_decided: str
    with_judge: str
    with_person: str
    kappa: str
    no_kappa: str
    judge_meanings: Mapping[Strength, str]
    person_meanings: Mapping[Strength, str]


class Definition(TextTable):
    """A term of the report and its meaning."""

    term: str
    meaning: str


class ReportTexts(TextTable):
    """The report."""

    title: str
    in_target: str
    as_judged: str
    on_time_and_passed: str
    no_judge_meaning: str
    cold: str
    shortened: str
    cached: str
    form_failed: str
    abstained: str
    self_knowledge: str
    disturbed: str
    p95: str
    token_p95: str
    firsts: str
    thinks: str
    too_few: str
    digest: str
    size: str
    parameters: str
    quantization: str
    profile: str
    told: str
    fingerprint: str
    evaluation: str
    created_at: str
    items: str
    deadline: str
    options: str
    machine: str
    cores: str
    memory: str
    packages: str
    revision: str
    judge_prompt: str
    no_script: str
    no_answers: str
    open_hint: str
    verdict: str
    abstentions: str
    was_cold: str
    not_judged: str
    failed: str
    no_answer: str
    undecided: str
    by_code: str
    to_the_judge: str
    score: str
    anchors: str
    checks: str
    timing: str
    guards: str
    asked_at: str
    run: str
    definitions_title: str
    definitions: tuple[Definition, ...]


class FigureTexts(TextTable):
    """The figures."""

    keys: str
    labelled: str
    all_abstained: str
    waiting: str
    seconds: str
    since_sent: str
    total_time: str
    criteria_passed: str
    passed_items: str
    minutes: str
    failed: str
    median: str
    mean: str
    within: str
    first_token: str
    light_token: str
    quality: str
    thinks: str
    cold: str
    tier: str
    tiers: str
    fast: str
    good: str
    criteria: str
    no_group: str
    left_out: str
    slowest: str
    suite: str
    bad_passed: str
    good_passed: str
    by_chance: str
    area: str
    operating: str
    calibrated: str
    said_yes: str
    judge_passed: str
    self_counts: str
    self_area: str
    shares_by: Mapping[Literal["first_text", "total"], str]
    rules: Mapping[Literal["share", "every", "mean", "quality"], str]
    stopped_at: str
    quality_axis: str
    titles: Mapping[FigureName, str]
    notes: Mapping[FigureName, str]
    empty: Mapping[FigureName, str]
    withheld: Mapping[Doubt, str]
    ways_on: Mapping[Doubt, str]
    corners: Mapping[Corner, str]


class TabTexts(TextTable):
    """The tab in which models are measured."""

    title: str
    new: str
    setup: str
    close: str
    list: str
    parts: Mapping[Literal["summary", "plots", "answers", "judge"], str]
    own_suite: str
    write_suites: str
    models: str
    thinking: str
    check: str
    choose_judge: str
    no_judge: str
    start: str
    pause: str
    pausing: str
    resume: str
    stop: str
    evaluation: str
    compare_with: str
    baseline: str
    marked: str
    in_seconds: str
    rate: str
    reading: str
    unreadable: str
    report: str
    import_evaluation: str
    imported: str
    files: str
    none_yet: str
    counts: str
    read: str
    left: str
    between: str
    minutes: str
    seconds: str
    needs: str
    choose: str
    again: str
    measured_on: str
    harness: str
    modes: Mapping[Mode, str]
    thinks: Mapping[ThinkChoice, str]
    stages: Mapping[Stage, str]
    refusals: Mapping[str, str]
    """By the class of the error; empty in the language of their messages."""


class AnswerListTexts(TextTable):
    """The part of the tab in which answers are found and read."""

    filters: str
    search: str
    search_in: str
    every_one: str
    more: str
    mark: str
    order: str
    every: str
    some: str
    shown: str
    nothing: str
    none_yet: str
    clear: str
    gone: str
    pages: str
    page: str
    previous: str
    next: str
    way: str
    back: str
    place: str
    open: str
    replay: str
    good: str
    bad: str
    says_yes: str
    says_no: str
    verdicts: Mapping[ListedVerdict, str]
    marks: Mapping[AnswerMark, str]
    orders: Mapping[AnswerOrder, str]


class ComparisonTexts(TextTable):
    """Two models, or two evaluations, compared figure by figure."""

    title: str
    evaluated: str
    difference: str
    interval: str
    found: str
    on_time_and_passed: str
    not_judged: str
    not_paired: str
    regressed: str
    improved: str
    slower: str
    faster: str
    before: str
    now: str
    answer_of: str
    more: str
    left_out: str
    method: str
    own_models: str
    nothing: str
    pair: str
    choose_pair: str
    section: str


class LabelModeTexts(TextTable):
    """The screen on which people label answers by hand."""

    open: str
    intro: str
    keys: str
    person: str
    begin: str
    compare: str
    people: str
    no_person: str
    no_answers: str
    claim: str
    progress: str
    done: str
    say: Mapping[Said, str]
    undo: str
    close: str


class AboutTexts(TextTable):
    """The line about an evaluation: its name, notes, and its end."""

    name: str
    name_hint: str
    notes: str
    notes_hint: str
    delete: str
    running: str
    question: str
    answers: str
    verdicts: str
    labels: str
    votes: str
    really: str
    keep: str
    deleted: str


class VoteTexts(TextTable):
    """Votes on two answers, in the deck and below the columns of a comparison."""

    choices: Mapping[Choice, str]
    said: str
    which: str
    waits: str
    person: str
    no_person: str
    words: str
    undo: str
    side: str
    asked_first: str
    asked_second: str


class DeckTexts(TextTable):
    """The tab in which people vote on stored answers."""

    title: str
    intro: str
    keys: str
    source: str
    all_sources: str
    kinds: Mapping[Literal["evaluation", "session"], str]
    cut: str
    whole: str
    cut_at: str
    unveiling: str
    unveilings: Mapping[Unveiling, str]
    begin: str
    share: str
    is_open: str
    address: str
    back: str
    forward: str
    close: str
    progress: str
    no_pairs: str
    no_text: str
    all_said: str
    your_votes: str


class RecordedTexts(TextTable):
    """The recorded evaluation that comes with the program."""

    badge: str
    name: str
    about: str
    read_only: str


class VerdictTexts(TextTable):
    """The verdict on a model, and the table of all models."""

    headline: str
    speed: Mapping[Finding, str]
    quality: Mapping[Finding, str]
    every_tier: str
    reached: str
    missed: str
    unproved: str
    between: str
    no_figure: str
    quality_below: str
    quality_open: str
    few_answers: str
    first_text: str
    total: str
    mean: str
    llm_first: str
    streaming: str
    more_items: str
    more_answers: str
    too_close: str
    better_model: str
    faster_model: str
    ways: Mapping[Way, str]
    tier: str
    target: str
    within: str
    marked: str
    typical: str
    tokens_per_second: str
    by_tier: str
    targets: Mapping[TargetName, str]


class ValueTexts(TextTable):
    """What answers are worth to a reader who stops at a moment."""

    title: str
    stopped: str
    to_end: str
    either: str
    last: str
    comma: str
    between: str
    ahead: str
    rates: str
    untold: str
    less: str
    more: str
    no_difference: str
    all_ended: str
    nothing_tested: str
    unread: str
    not_judged: str
    doubt: Mapping[Doubt, str]
    end: str
    raw: str
    empty: str
    to_read: str
    labelled: str
    method: str
    also: str
    ask: str
    cost: str
    adds: str


class SuitesTexts(TextTable):
    """The tab in which suites are written."""

    title: str
    about: str
    own: str
    shipped: str
    none_yet: str
    new: str
    new_title: str
    copy_title: str
    import_file: str
    imported: str
    template: str
    save_as: str
    open: str
    copy_suite: str
    delete: str
    act_name: str
    items: str
    one_item: str
    unfinished: str
    unconfirmed: str
    whole: str
    deleted: str
    gone: str
    back: str
    name: str
    search: str
    add: str
    no_item: str
    no_question: str
    place: str
    previous: str
    next: str
    to_list: str
    duplicate: str
    remove: str
    saved: str
    saving: str
    not_saved: str
    left_out: str
    evaluate: str
    ask_delete: str
    ask_delete_suite: str
    ask_delete_item: str
    keep: str
    any_language: str
    criteria: str
    criteria_hint: str
    add_criterion: str
    criterion: str
    remove_criterion: str
    critical: str
    critical_hint: str
    negative: str
    negative_hint: str
    bad_passes: str
    decided_by: str
    by_judge: str
    by_check: str
    anchors: str
    anchors_hint: str
    checks: str
    checks_hint: str
    holds_json: str
    write_anchor: str
    write_again: str
    made: str
    made_confirmed: str
    confirm: str
    halt: str
    try_it: str
    try_hint: str
    try_item: str
    try_first: str
    no_model: str
    no_question_yet: str
    now_loading: str
    now_answering: str
    now_judging: str
    now_writing: str
    was_interrupted: str
    took: str
    fields: Mapping[SuiteField, str]


EntrantOption = Literal["temperature", "context_tokens", "top_p", "top_k", "repeat_penalty", "system_prompt"]


class CompareTexts(TextTable):
    """The tab in which models are compared."""

    title: str
    heading: str
    entrant: str
    nobody: str
    context: str
    settings: str
    profile: str
    as_set: str
    think: str
    seed: str
    seed_hint: str
    options: Mapping[EntrantOption, str]
    fairness: str
    order: str
    hiding: str
    question_hint: str
    begin: str
    ask: str
    stop: str
    next: str
    more: str
    pasted: str
    suite: str
    no_suite: str
    sessions: str
    one_model: str
    none_yet: str
    unreadable: str
    take_in: str
    back: str
    rename: str
    delete: str
    keep: str
    ask_delete_title: str
    ask_delete: str
    no_question: str
    choose_two: str
    gone: str
    again: str
    model_count: str
    place: str
    questions: str
    question_count: str
    vote_count: str
    versus: str
    is_blind: str
    waiting: str
    expected: str
    loading: str
    stopped: str
    not_asked: str
    loaded: str
    hidden: str
    in_turn: str
    in_turn_blind: str
    together: str
    writing_now: str
    show_column: str
    fairnesses: Mapping[Fairness, str]
    fairness_meanings: Mapping[Fairness, str]
    orders: Mapping[Order, str]
    order_meanings: Mapping[Order, str]
    hidings: Mapping[Hiding, str]
    hiding_meanings: Mapping[Hiding, str]
    profiles: Mapping[ProfileName, str]
    thinks: Mapping[Think, str]


class JudgingTexts(TextTable):
    """What a judge may decide of the pairs that people vote on."""

    title: str
    about: str
    vote: str
    stop: str
    preparing: str
    reading: str
    decides: str
    decides_nothing: str
    cannot: str
    no_pairs: str
    learnt: str
    threshold: str
    no_threshold: str
    here: str
    left_to_people: str
    what_to_do: str
    own_answers: str


class StandingsTexts(TextTable):
    """What votes on pairs of answers come to."""

    title: str
    source: str
    everything: str
    sources: str
    no_sources: str
    report: str
    files: str
    axis: str
    entrant: str
    votes: str
    votes_missing: str
    questions_missing: str
    strength_meaning: str
    apart: str
    first_text: str
    total: str
    rate: str
    in_time: str
    size: str
    failed: str
    in_language: str
    in_category: str
    in_both: str
    all_questions: str
    both: str
    better: str
    open: str
    open_part: str
    level: str
    about: str
    far: str
    more_duels: str
    few: str
    few_questions: str
    no_votes: str
    fastest: str
    no_fastest: str
    method: str
    duels: str
    duels_left_out: str
    questions: str
    ahead: str
    behind: str
    won: str
    level_questions: str
    finding: str
    told: str
    not_told: str
    choices_meaning: str
    side: str
    side_matters: str
    side_does_not: str
    early: str
    unblind: str
    cut: str
    voters: str
    agreement: str
    with_person: str
    with_judge: str
    kappa: str
    no_kappa: str
    more_agreements: str
    figure_y: str
    figure_total: str
    figure_first_text: str
    figure_hover: str
    figure_empty: str
    figure_limit: str
    electorates: Mapping[Electorate, str]
    kinds: Mapping[Kind, str]


class SessionReportTexts(TextTable):
    """The report of a session."""

    title: str
    session: str
    seed: str
    tokens: str
    not_asked: str
    hidden: str
    failed: str
    no_questions: str
    judge: str
    why: str
    cut: str
    unsure: str
    choices: Mapping[Choice, str]
    fairness: Mapping[Fairness, str]
    orders: Mapping[Order, str]
    blind: Mapping[Blindness, str]


class Texts(TextTable):
    """All texts of one language."""

    common: CommonTexts
    names: NameTexts
    numbers: NumberTexts
    sentences: SentenceTexts
    suite_files: SuiteFileTexts
    trust_card: TrustCardTexts
    judge_card: JudgeCardTexts
    people: PeopleTexts
    report: ReportTexts
    figures: FigureTexts
    tab: TabTexts
    answer_list: AnswerListTexts
    comparison: ComparisonTexts
    label_mode: LabelModeTexts
    about: AboutTexts
    vote: VoteTexts
    deck: DeckTexts
    recorded: RecordedTexts
    verdict: VerdictTexts
    value: ValueTexts
    suites: SuitesTexts
    compare: CompareTexts
    judging: JudgingTexts
    standings: StandingsTexts
    session_report: SessionReportTexts


@cache
def texts_in(language: Language) -> Texts:
    """Return the texts of a language; its file is read once."""
    return read_texts(Texts, __name__, language)
