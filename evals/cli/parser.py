"""The commands and options of `llmfirst evals` and `python -m evals`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, get_args

from evals.cli import comparing, judging, running, stored
from evals.cli.outcome import USAGE
from evals.judge.pairwise import PAIRWISE, PROTOCOLS
from evals.records.evaluation import MAX_REPEATS, Mode
from evals.report.refusals import suite_refusal
from evals.sessions.service import SAME_PROFILE, SAME_TOKENS
from evals.sessions.session import Fairness, Order
from evals.suite.problems import SuiteError
from llmfirst import ProfileName, Settings, run_command, started_settings

_JUDGE: Final = "provider/model, or `same` for the model that answers (default: the settings')"


def main(arguments: Sequence[str], *, program: str = "python -m evals") -> int:
    """Run a command and return its exit code; write an error as one sentence to stderr."""
    parser = _parser(program)
    given, others = parser.parse_known_args(arguments)

    def command() -> int:
        settings = started_settings(others, program=program)  # all other options are settings
        try:
            code: int = given.command(given, settings)
        except SuiteError as error:  # a line for each problem
            sys.stderr.write(f"error: {suite_refusal(error, 'en')}\n")
            return USAGE
        return code

    return run_command(command, failed=USAGE, interrupted="stopped; what was measured is kept\n")


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        description="Measure speed and quality against the targets.",
        epilog="Every setting of app.py is an option here too, such as --provider, --base-url and --data-dir. "
        "Exit codes: 0 pass, 1 fail, 2 usage, 3 cannot tell, 4 judge not trustworthy.",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[[argparse.Namespace, Settings], int], summary: str) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        one.set_defaults(command=command)
        return one

    run = add("run", running.run, "ask a suite of one model or several, then judge the answers")
    run.add_argument(
        "--suite", default="quick", help="a name of `suites`, or a YAML, JSON or CSV file (default: quick)"
    )
    run.add_argument(
        "--model",
        action="append",
        dest="models",
        help="a model, or provider/model; may be repeated. Settings behind it are another entry: `:temperature=0`",
    )
    run.add_argument("--judge", help="provider/model, `same` for the model itself, or `none` (default: the settings')")
    run.add_argument("--repeats", type=_count, default=1, help="how often each question is asked (default: 1)")
    run.add_argument(
        "--mode",
        choices=get_args(Mode),
        default="sequential",
        help="models one after the other (default), in turn question by question, or as many answers at once as "
        "there are --slots: faster where the server has room, and the times are those of a shared machine",
    )
    run.add_argument(
        "--by-second",
        action="store_true",
        help="judge each answer also as it stood 10, 20, 30 and 60 seconds after its question, and say which model is "
        "ahead when; at most five times the readings",
    )
    _add_outcome(run)
    resume = add("resume", running.resume, "take an evaluation up again; nothing is asked twice")
    resume.add_argument("evaluation")
    resume.add_argument("--retry-errors", action="store_true", help="ask again where the service failed")
    _add_outcome(resume)
    value = add("value", running.value, "judge the answers of an evaluation as they stood at 10, 20, 30 and 60 s, too")
    value.add_argument("evaluation")
    _add_outcome(value)
    check = add("calibrate", judging.calibrate, "let a judge read the gold set, and say whether it can be believed")
    check.add_argument("--judge", help=_JUDGE)
    check.add_argument("--language", action="append", dest="languages", choices=["ko", "en"], help="default: both")
    check.add_argument("--whole", action="store_true", help="read on when the decision is certain: narrower intervals")
    check.add_argument(
        "--save",
        type=Path,
        metavar="FOLDER",
        help="write what was measured, to ship it or keep it; reads the whole set",
    )
    check.add_argument("--json", action="store_true")
    pairs = add(
        "judge-pairs", judging.judge_pairs, "let a judge choose in labelled pairs, and say how often it is right"
    )
    pairs.add_argument("file", type=Path, help="JSON: a list of `input`, `output_1`, `output_2`, `label` (1 or 2)")
    pairs.add_argument("--protocol", choices=PROTOCOLS, default="llmfirst", help="default: llmfirst")
    pairs.add_argument("--against", choices=PROTOCOLS, help="judge by this one too, and say how far it is behind")
    pairs.add_argument("--judge", help=_JUDGE)
    pairs.add_argument("--json", action="store_true")
    votes = add("judge-session", judging.judge_session, "let a judge vote on the answers of a session or an evaluation")
    votes.add_argument("source", metavar="SESSION", help="the id of a session or an evaluation")
    votes.add_argument("--judge", help=_JUDGE)
    votes.add_argument("--json", action="store_true")
    order = add("rank", judging.rank, "let a judge choose between the answers of an evaluation's models, and rank them")
    order.add_argument("evaluation")
    order.add_argument("--protocol", choices=PAIRWISE, default="llmfirst", help="default: llmfirst")
    order.add_argument("--judge", help=_JUDGE)
    order.add_argument("--json", action="store_true")
    answers = add("judge-answers", judging.judge_answers, "judge answers from elsewhere by criteria")
    answers.add_argument(
        "file",
        type=Path,
        help="YAML or JSON: `question`, `answer`, `reference`, `criteria`, and best `good` and `bad`",
    )
    answers.add_argument("--judge", help=_JUDGE)
    answers.add_argument("--json", action="store_true")
    report = add(
        "report", stored.report_command, "write the report of an evaluation or session as an offline HTML file"
    )
    report.add_argument("evaluation", metavar="ID")
    report.add_argument("--html", type=Path, help="where to write it (default: NAME_MODELS_DATE.html)")
    report.add_argument("--csv", type=Path, help="write the answers as CSV too")
    report.add_argument("--jsonl", type=Path, help="write the answers as JSONL too")
    report.add_argument("--language", choices=["ko", "en"], default="en")
    _add_outcome(report)
    both = add("compare", stored.compare_command, "compare two evaluations, or two models of one, question by question")
    both.add_argument("first", help="EVALUATION, or EVALUATION:provider/model")
    both.add_argument("second", help="EVALUATION, or EVALUATION:provider/model")
    both.add_argument("--json", action="store_true")
    session = add("session", comparing.session, "put the same questions to two to four models, one after the other")
    session.add_argument(
        "--model",
        action="append",
        dest="models",
        help="a model, or provider/model; two to four. Settings follow it, as `:think=on:temperature=0`",
    )
    session.add_argument("--question", action="append", dest="questions", help="a question; may be repeated")
    session.add_argument("--lines", type=Path, metavar="FILE", help="a text file with a question in each line")
    session.add_argument("--suite", help="a name of `suites`, or a file of one's own")
    session.add_argument("--title", default="", help="default: the first question")
    session.add_argument(
        "--fairness",
        choices=get_args(Fairness),
        default="as_experienced",
        help="each with its own profile (default), all asked in the same words, or all with the same budget of tokens",
    )
    session.add_argument("--same-profile", choices=get_args(ProfileName), default=SAME_PROFILE, help="of same_request")
    session.add_argument(
        "--same-tokens",
        type=int,
        default=SAME_TOKENS,
        help=f"per section, of same_length (default: {SAME_TOKENS})",
    )
    session.add_argument("--order", choices=get_args(Order), default="one_at_a_time", help="default: one_at_a_time")
    session.add_argument("--seed", type=int, help="draws the order of the models for each question")
    session.add_argument("--language", choices=["ko", "en"], default="en", help="of questions that do not say it")
    session.add_argument("--judge", help="provider/model that votes on the answers after them (default: none)")
    session.add_argument("--resume", metavar="SESSION", help="put the questions to those who have not answered them")
    session.add_argument("--json", action="store_true")
    export = add(
        "export",
        stored.export_command,
        "write an evaluation or a session with all its answers as one file for another machine",
    )
    export.add_argument("evaluation", metavar="ID")
    export.add_argument("file", type=Path)
    take = add("import", stored.import_command, "take in what another machine exported")
    take.add_argument("file", type=Path)
    add("suites", stored.suites_command, "list the suites that are shipped, and what they can prove")
    add("list", stored.list_command, "list the evaluations and sessions that are stored here")
    return parser


def _add_outcome(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tier", type=int, choices=[1, 2, 3], default=1, help="whose targets decide the exit code")
    parser.add_argument("--json", action="store_true", help="print the scorecards as JSON")


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MAX_REPEATS:
        raise ValueError
    return count
