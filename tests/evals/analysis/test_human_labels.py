"""What people's labels come to, without and beside a judge."""

from evals.analysis.human_labels import Labelled, label_tasks, labelled, labelling
from evals.judge.judged_answers import JudgedAnswer
from evals.judge.verdicts import Scored, Verdict
from evals.records.opinions import Said
from evals.suite.cases import Case, Checks, Criterion
from tests.evals.made import OTHER, TARGET, attempt, case, failure, trial

TWO = (Criterion(claim="It is right.", critical=True), Criterion(claim="It is rude.", negative=True))
PASSED = Scored(passed=True, score=1.0, good_anchor=2.0, bad_anchor=-2.0)
FAILED = PASSED.model_copy(update={"passed": False})


def answered(number: int, *verdicts: Verdict, of: Case | None = None, text: str | None = None) -> JudgedAnswer:
    of = of or case(number, criteria=TWO)
    made = attempt(trial(of.id), text=text or f"answer {number}")
    return JudgedAnswer(attempt=made, case=of, checks=(), verdicts=dict(enumerate(verdicts)), item=None)


def say(results: list[JudgedAnswer], words: dict[str, Said]) -> dict[str, Said]:
    """Return labels: to each claim about each answer the word for that claim."""
    return {task.key: words[task.criterion.claim] for task in label_tasks(results)}


GOOD: dict[str, Said] = {"It is right.": "yes", "It is rude.": "no"}


def test_all_claims_about_one_answer_come_together_and_each_text_once() -> None:
    twice = [answered(1), answered(2), answered(1)]
    found = label_tasks(twice)
    assert [task.number for task in found] == [0, 1, 0, 1]
    assert {task.text for task in found} == {"answer 1", "answer 2"}
    assert len({task.key for task in found}) == 4


def test_each_seed_has_an_order_of_its_own_and_a_later_answer_moves_no_other() -> None:
    results = [answered(number) for number in range(8)]
    orders = {seed: [task.text for task in label_tasks(results, seed)] for seed in ("kim", "lee")}
    assert orders["kim"] != orders["lee"]
    assert sorted(orders["kim"]) == sorted(orders["lee"])
    before = [task.text for task in label_tasks(results[:7], "kim")]
    assert [text for text in orders["kim"] if text in before] == before


def test_who_labelled_how_much_is_told_of_those_who_labelled() -> None:
    tasks = label_tasks([answered(1), answered(2)])
    labels: dict[str, dict[str, Said]] = {
        "Lee": say([answered(1)], GOOD),
        "Kim": {tasks[0].key: "unsure"},
        "Nobody": {"0" * 64: "yes"},
    }
    assert labelled(tasks, labels) == (Labelled("Kim", 1, 4), Labelled("Lee", 2, 4))


def test_what_a_check_decides_and_what_failed_is_no_task() -> None:
    checked = case(
        1, criteria=(*TWO, Criterion(claim="It has 3 words.", check="words")), checks=Checks(words_at_most=3)
    )
    assert [task.criterion.claim for task in label_tasks([answered(1, of=checked)])] == ["It is right.", "It is rude."]
    broken = JudgedAnswer(attempt=failure(), case=case(1), checks=(), verdicts={}, item="failed")
    assert label_tasks([broken]) == ()


def test_a_persons_labels_give_a_rate_without_any_judge() -> None:
    results = [answered(number) for number in range(4)]
    said = say(results[:3], GOOD) | say(results[3:], GOOD | {"It is rude.": "yes"})
    found = labelling(results, {"Kim": said})
    (kim,) = found.people
    assert (kim.said, kim.wanted) == (8, 8)
    items = kim.items[TARGET.key]
    assert (items.passed, items.total) == (3, 4)
    assert found.agreements == ()


def test_an_answer_that_failed_counts_as_failed_and_one_without_label_not_at_all() -> None:
    broken = JudgedAnswer(attempt=failure(trial("case-9")), case=case(9), checks=(), verdicts={}, item="failed")
    results = [answered(1), answered(2), broken]
    (kim,) = labelling(results, {"Kim": say(results[:1], GOOD)}).people
    items = kim.items[TARGET.key]
    assert (items.passed, items.total) == (1, 2)


def test_who_is_unsure_decides_nothing() -> None:
    results = [answered(1)]
    (kim,) = labelling(results, {"Kim": say(results, {"It is right.": "unsure", "It is rude.": "no"})}).people
    assert kim.said == 2
    assert kim.items[TARGET.key].total == 0


def test_a_check_of_form_fails_what_a_person_would_pass() -> None:
    short = case(1, criteria=TWO, checks=Checks(words_at_most=1))
    results = [answered(1, of=short, text="far too long")]
    (kim,) = labelling(results, {"Kim": say(results, GOOD)}).people
    assert (kim.items[TARGET.key].passed, kim.items[TARGET.key].total) == (0, 1)


def test_agreement_with_the_judge_is_counted_over_what_both_decided() -> None:
    results = [answered(1, PASSED, PASSED), answered(2, FAILED, PASSED), answered(3)]
    found = labelling(results, {"Kim": say(results, GOOD)})
    (with_judge,) = found.agreements
    assert (with_judge.first, with_judge.second) == ("Kim", None)
    assert (with_judge.same.passed, with_judge.same.total) == (3, 4)


def test_people_are_kept_apart_and_their_agreement_is_shown() -> None:
    results = [answered(1), answered(2)]
    lee = say(results[:1], GOOD) | say(results[1:], {"It is right.": "no", "It is rude.": "no"})
    found = labelling(results, {"Kim": say(results, GOOD), "Lee": lee, "Nobody": {}})
    assert [one.person for one in found.people] == ["Kim", "Lee"]
    (both,) = found.agreements
    assert (both.first, both.second, both.same.passed, both.same.total) == ("Kim", "Lee", 3, 4)
    assert both.kappa is not None
    assert [one.items[TARGET.key].passed for one in found.people] == [2, 1]


def test_how_strong_an_agreement_is_comes_from_the_lower_end_of_kappa() -> None:
    results = [answered(number) for number in range(40)]
    half = say(results[:20], GOOD) | say(results[20:], {"It is right.": "no", "It is rude.": "yes"})
    opposite: dict[str, Said] = {key: "no" if word == "yes" else "yes" for key, word in half.items()}
    mixed = half | {key: opposite[key] for key in sorted(half)[:20]}
    said = {"Ann": half, "Bo": half, "Cy": mixed, "Di": opposite, "Ed": say(results, GOOD)}
    found = {(one.first, one.second): one.strength for one in labelling(results, said).agreements}
    assert found["Ann", "Bo"] == "alike"
    assert found["Ann", "Cy"] == "partly"
    assert found["Ann", "Di"] == "chance"
    assert [one.strength for one in labelling(results, {"Ed": said["Ed"], "Flo": said["Ed"]}).agreements] == ["unknown"]


def test_models_are_counted_apart() -> None:
    other = JudgedAnswer(
        attempt=attempt(trial("case-1", OTHER), text="b"), case=case(1), checks=(), verdicts={}, item=None
    )
    results = [answered(1, of=case(1)), other]
    (kim,) = labelling(results, {"Kim": say(results, GOOD)}).people
    assert {target: items.total for target, items in kim.items.items()} == {TARGET.key: 1, OTHER.key: 1}
