from llmfirst.ui.spoken import SpokenLanguages


def test_a_visit_speaks_the_language_that_it_switched_to_and_before_that_the_one_in_which_it_asked() -> None:
    spoken = SpokenLanguages()
    spoken.switch("one", "ko")
    assert [spoken.now(visit, "en") for visit in ("one", "two", None)] == ["ko", "en", "en"]
    spoken.switch("one", "en")
    assert spoken.now("one", "ko") == "en"


def test_the_visits_that_switched_longest_ago_are_forgotten() -> None:
    spoken = SpokenLanguages()
    for number in range(1500):
        spoken.switch("kept", "ko")
        spoken.switch(str(number), "ko")
    assert [spoken.now(visit, "en") for visit in ("0", "1499", "kept")] == ["en", "ko", "ko"]
