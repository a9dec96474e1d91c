"""Defends the judge against texts that close their quotation, imitate a chat template, or address the judge."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from evals.suite.normal_form import normalized

# Markers of chat templates (ChatML, Llama 2 and 3, Mistral, Gemma, DeepSeek, Phi, GLM, EXAONE). Servers interpret them
# anywhere in a prompt, including in a quoted text.
_TEMPLATE: Final = re.compile(
    r"<(?=[|｜][^<>\n]{0,60}[|｜]?>|/?(?:s|bos|eos|pad|unk|mask|start_of_turn|end_of_turn|SYS|think|tool_call)>|<SYS>)"
    r"|\[(?=\|[^\[\]\n]{0,60}\|\]|/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|gMASK)\])",
    re.IGNORECASE,
)
# Sentences that address a judge, in English and Korean. The list has misses and false alarms, so a match fails no
# answer: it only means that a person must decide instead of the judge.
_JUDGES: Final = (
    r"(?:evaluat(?:or|ion)s?|grad(?:er|ers|ing)|judg(?:es?|ing)|assess(?:or|ment)|scor(?:er|ing)|reviewers?)"
)
# Every repetition has a limit and one way to match: a text can be written so that others take hours. In a text that is
# searched, one space or line end stands for each run of them.
_WORD: Final = r"(?:\w{1,40}\s)"
_HUMANS: Final = rf"(?:team|experts?|{_JUDGES}|staff|committee|board|humans?)"
_STATED: Final = rf"{_WORD}{{0,5}}(?:statements?|claims?|criteri(?:on|a))\b"


def _near(words: int) -> str:
    """Match the rest of a word and up to so many more, whose last one may be the beginning of a word."""
    return rf"(?:\S{{0,30}}\s)?(?:\S{{1,30}}\s){{0,{words - 1}}}\S{{0,30}}?(?:\s[\"'“‘「]{{0,3}})?"


_SENTENCES: Final = (
    rf"\b(?:as|dear|note\sto|message\s(?:to|for)|instructions?\s(?:to|for)|attention)\W{{1,20}}{_WORD}{{0,3}}{_JUDGES}\b",
    rf"\b{_JUDGES}\s?(?::|,\s?(?:please|say|answer|reply|respond|mark|you)|(?:must|should|shall|will|is\sto|are\sto)\b)",
    r"\b(?:say|answer|reply|respond|vote|output|print|return|write)\s(?:(?:only|with|just)\s){0,5}[\"'“‘(]{0,5}yes\b",
    rf"\b(?:confirm|accept|approve|affirm|mark|treat|count|rate|grade|score|all|every|each|any|following)\s{_STATED}",
    rf"\b(?:verified|approved|checked|validated|accepted|graded|certified)\s{_WORD}{{0,3}}by\s{_WORD}{{0,4}}{_HUMANS}\b",
    rf"\b(?:ignore|disregard|forget|override|skip)\s{_WORD}{{0,4}}(?:instructions?|reference|rules?|prompts?|rubric)\b",
    rf"\breference(?:\sanswer)?\s{_WORD}{{0,4}}(?:out\sof\sdate|outdated|obsolete|wrong|incorrect|withdrawn|replaced)\b",
    r"\b(?:full|maximum|top|perfect|highest)\s(?:marks?|scores?|points|credit|grade)\b",
    r"^\W{0,20}(?:system|grading|evaluation|evaluator|judge)\s?(?:message|notice|note|result|override|prompt)?\s?[:>\]]",
    r"(?:평가|채점|심사|검토)(?:자|위원|\s?모델|\s?시스템)",
    rf"(?:모든|모두|전부|각)\s?(?:의\s?)?(?:진술|문장|기준|항목|질문){_near(3)}(?:예|네|yes|참|통과|맞다)",
    r"[\"'“‘「]?(?:예|네|yes)[\"'”’」]?(?:라고|로|라는)\s?(?:만\s?)?(?:\S{1,30}\s)?\S{0,30}?\s?"
    r"(?:답|대답|응답|말|판정|표시|출력|적)",
    rf"(?:이전|위의|앞의|기존|지금까지의)\s?(?:모든\s?)?(?:지시|명령|지침|규칙|프롬프트){_near(2)}(?:무시|잊|따르지)",
    r"(?:만점|최고\s?점수|높은\s?점수|합격|통과)\S{0,30}?\s?(?:처리|주|부여|판정|바랍니다|해\s?주)",
    rf"(?:참고|참조|기준|모범)\s?(?:답안|답변|답|정답){_near(4)}(?:오래|틀|잘못|폐기|바뀌|변경|수정|오류|개정)",
    r"(?:검증|검수|승인|확인|채점)\s?(?:완료|됨|되었|이\s?끝|을\s?마)",
    r"^\W{0,20}(?:시스템|평가|채점|심사)\s?(?:메시지|알림|안내|지시|공지|결과)?\s?[:>\]]",
)
_TO_THE_JUDGE: Final = re.compile("|".join(f"(?:{pattern})" for pattern in _SENTENCES), re.IGNORECASE | re.MULTILINE)
_INVISIBLE: Final = ("Cf", "Cc", "Co", "Cs")  # Unicode categories: format, control, private use, surrogate
_CONTEXT: Final = 40  # characters on each side of a match
_SPACES: Final = re.compile(r"\s{2,}")
_STRETCH: Final = 1_000  # characters: while a stretch is searched, nothing else in the program goes on
_LONGEST: Final = 400  # characters: no match is longer


def neutral(text: str) -> str:
    """Return a text without invisible characters and with a space in each chat template marker; all words stay."""
    visible = "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in _INVISIBLE)
    return _TEMPLATE.sub(lambda match: f"{match[0]} ", visible)


@lru_cache(maxsize=4096)  # a look at an evaluation asks this of each of its answers, at 7 ms each
def to_the_judge(text: str) -> tuple[str, ...]:
    """Return the passages of a text that seem to address the judge, with some context; a person has to read them."""
    plain = neutral(normalized("NFKC", text))
    plain = _SPACES.sub(lambda spaces: "\n" if "\n" in spaces[0] else " ", plain)
    return tuple(_with_context(plain, match) for match in _matches(plain))


def _matches(text: str) -> Iterator[re.Match[str]]:
    end = 0
    for start in range(0, len(text), _STRETCH):
        for match in _TO_THE_JUDGE.finditer(text, max(start, end), start + _STRETCH + _LONGEST):
            if match.start() >= start + _STRETCH:
                break
            end = match.end()
            yield match


def _with_context(text: str, match: re.Match[str]) -> str:
    return " ".join(text[max(0, match.start() - _CONTEXT) : match.end() + _CONTEXT].split())
