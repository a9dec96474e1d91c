"""Draws the suites and their items as HTML. Pure; everything is escaped."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final, get_args

from evals.report.refusals import problem_sentence
from evals.suite.cases import MAX_QUESTION_CHARACTERS, AnchorName, Case, CheckName, Suite
from evals.suite.raw import Problem
from evals.suite.shelf import KeptItem, KeptSuite
from evals.suite.written import FileKind
from evals.texts import SuiteField, SuitesTexts, texts_in
from evals.ui.suite_form import generated_in
from llmfirst import Language, shared_texts, visible

_KINDS: Final[tuple[FileKind, ...]] = get_args(FileKind)
_SHOWN_CHARACTERS: Final = 160
# A problem of the whole item is told where it is solved.
_PLACES: Final[Mapping[str, str]] = {"no_anchor": "good", "no_bad": "bad", "check_not_requested": "checks"}


@dataclass(frozen=True)
class Look:
    """For whom an item is drawn."""

    language: Language
    models: Sequence[str]
    """Those on this machine, the one that answers questions first."""
    judges: Sequence[str]


def shelf_head_html(language: Language) -> str:
    """Return what stands above all suites: what they are for, and how one begins."""
    words = texts_in(language).suites
    templates = "".join(
        _button("template", kind.upper(), words, name=f"{words.template}: {kind.upper()}", kind=kind) for kind in _KINDS
    )
    return (
        f'<div class="bar"><p class="about">{escape(words.about)}</p></div>'
        f'<div class="bar">{_button("new", words.new, words, style="primary")}'
        f'<span class="group"><span>{escape(words.template)}</span>{templates}</span></div>'
    )


def shelf_html(own: Iterable[KeptSuite], shipped: Iterable[Suite], language: Language) -> str:
    """Return all suites: the visitor's own, then those that are shipped."""
    words = texts_in(language).suites
    titles = texts_in(language).names.suites
    kept = "".join(_own_line(one, words) for one in own) or f'<li class="none">{escape(words.none_yet)}</li>'
    shelves = "".join(
        _line(suite.name, titles[suite.name], (_count(len(suite.cases), words),), ("copy",), words) for suite in shipped
    )
    return (
        f'<div class="shelf"><h2>{escape(words.own)}</h2><ul>{kept}</ul>'
        f"<h2>{escape(words.shipped)}</h2><ul>{shelves}</ul></div>"
    )


def suite_head_html(kept: KeptSuite, language: Language) -> str:
    """Return the head of one suite: its name, what it has, and where it goes from here."""
    words = texts_in(language).suites
    saves = "".join(
        _button("save", kind.upper(), words, name=words.save_as.format(kind=kind.upper()), kind=kind) for kind in _KINDS
    )
    return (
        f'<div class="bar suite" data-suite="{escape(kept.suite_id)}" data-saved="{escape(words.saved)}" '
        f'data-saving="{escape(words.saving)}" data-not-saved="{escape(words.not_saved)}">'
        f"{_button('shelf', f'← {words.back}', words, name=words.back)}"
        f'<input name="title" maxlength="200" aria-label="{escape(words.name)}" value="{escape(kept.title)}">'
        f'<span class="facts">{_facts(kept, words)}</span><span class="group">{saves}</span>'
        f"{_button('evaluate', words.evaluate, words, tab=texts_in(language).tab.title)}</div>"
    )


def items_html(kept: KeptSuite, item_id: str | None, language: Language) -> str:
    """Return the list of the items of a suite, of which one may be open."""
    words = texts_in(language).suites
    rows = "".join(
        _item_row(number, item, words, is_open=item.item_id == item_id, is_wrong=not isinstance(found, Case))
        for number, (item, found) in enumerate(zip(kept.items, kept.findings.values(), strict=True), 1)
    )
    empty = "" if kept.items else f'<p class="none">{escape(words.no_item)}</p>'
    return (
        f'<nav class="items{" with-item" if item_id else ""}" aria-label="{escape(kept.title)}"><div class="find">'
        f'<input type="search" aria-label="{escape(words.search)}" placeholder="{escape(words.search)}">'
        f"{_button('add', f'+ {words.add}', words, name=words.add)}</div>{empty}<ol>{rows}</ol></nav>"
    )


def item_html(kept: KeptSuite, item: KeptItem, look: Look) -> str:
    """Return the form of an item, with what is wrong in it, and the models that may write or answer."""
    language = look.language
    words = texts_in(language).suites
    fields, number, count = item.fields, 1 + kept.items.index(item), len(kept.items)
    ids = [one.item_id for one in kept.items]
    before, after = ids[number - 2] if number > 1 else "", ids[number] if number < count else ""
    problems = json.dumps(problems_at(kept.findings[item.item_id], language), ensure_ascii=False)
    checks = _inner(fields.get("checks"))
    claims = [_criterion(number, one, language) for number, one in enumerate(_listed(fields.get("criteria")), 1)]
    categories = sorted({text for one in kept.items if isinstance(text := one.fields.get("category"), str)})
    options = "".join(f'<option value="{escape(one)}">' for one in categories)
    return (
        f'<form class="item" data-suite="{escape(kept.suite_id)}" data-item="{escape(item.item_id)}" '
        f'data-problems="{escape(problems)}" autocomplete="off" novalidate>'
        f'<div class="bar">{_button("items", f"← {words.to_list}", words, name=words.to_list, style="to-list")}'
        f"<h2>{escape(words.place.format(number=number, count=count))}</h2>"
        f'<span class="state" role="status"></span>'
        f"{_button('item', '↑', words, name=words.previous, item=before, style='small')}"
        f"{_button('item', '↓', words, name=words.next, item=after, style='small')}"
        f"{_button('duplicate', words.duplicate, words)}{_button('remove', words.remove, words, style='danger')}</div>"
        f'<div class="half">{_area("question", fields, language, rows=2, most=MAX_QUESTION_CHARACTERS)}'
        f'<div class="few">{_line_field("category", fields, language, choices="suite-categories")}'
        f"{_language_field(fields, language)}{_line_field('id', fields, language)}</div>"
        f'<datalist id="suite-categories">{options}</datalist>'
        f"{_area('reference', fields, language, rows=2)}"
        f'<fieldset class="criteria field"><legend>{escape(words.criteria)}</legend>'
        f'<p class="hint">{escape(words.criteria_hint)}</p>{_wrong("criteria")}<ol>{"".join(claims)}</ol>'
        f'<template>{_criterion(0, {}, language)}</template><button type="button" data-do="add-criterion">'
        f"+ {escape(words.add_criterion)}</button></fieldset></div>"
        f'<div class="half">{_models(look)}<fieldset class="anchors"><legend>{escape(words.anchors)}</legend>'
        f'<p class="hint">{escape(words.anchors_hint)}</p>'
        f'<div class="pair">{_anchor("good", fields, language)}{_anchor("bad", fields, language)}</div>'
        f"{_area('defect', fields, language, rows=1)}</fieldset>"
        f'<fieldset class="checks field"><legend>{escape(words.checks)}</legend>'
        f'<p class="hint">{escape(words.checks_hint)}</p>'
        f'{_wrong("checks")}<div class="few">{_line_field("numbers", checks, language, spot="checks.numbers")}'
        f"{_line_field('words_at_most', checks, language, spot='checks.words_at_most')}"
        f"{_line_field('hangul_at_least', checks, language, spot='checks.hangul_at_least')}"
        f"{_line_field('latin_at_least', checks, language, spot='checks.latin_at_least')}</div>"
        f"{_box('holds_json', words.holds_json, is_on=checks.get('json') is True)}</fieldset>"
        f"{_wrong('')}</div></form>"
    )


def problems_at(found: Case | Sequence[Problem], language: Language) -> list[list[str]]:
    """Return what is wrong with an item as pairs: the place in its form, and the sentence."""
    problems = () if isinstance(found, Case) else found
    return [[_place(problem), problem_sentence(problem, language)] for problem in problems]


def item_label(item: KeptItem, words: SuitesTexts) -> str:
    """Return what the list shows of an item: the beginning of its question."""
    question = item.fields.get("question")
    text = " ".join(question.split()) if isinstance(question, str) else ""
    return visible(text[:_SHOWN_CHARACTERS]) or words.no_question


def suite_facts(kept: KeptSuite, language: Language) -> str:
    """Return how many items a suite has, and how many of them are not finished."""
    return _facts(kept, texts_in(language).suites)


def ask_html(language: Language) -> str:
    """Return the dialog that asks before something is deleted. Its form closes it."""
    words = texts_in(language).suites
    return (
        '<dialog aria-labelledby="suites-ask-title"><form method="dialog">'
        f'<h2 id="suites-ask-title">{escape(words.ask_delete)}</h2><p class="about"></p>'
        f'<p data-for="delete">{escape(words.ask_delete_suite)}</p>'
        f'<p data-for="remove">{escape(words.ask_delete_item)}</p>'
        f'<div class="answers"><button value="keep" autofocus>{escape(words.keep)}</button>'
        f'<button value="delete" class="stop">{escape(words.delete)}</button></div></form></dialog>'
    )


def _models(look: Look) -> str:
    """Return the choice of the model and of the judge, and the button that tries the item."""
    texts, models, judges = texts_in(look.language), look.models, look.judges
    words = texts.suites
    by_key = {key: visible(key) for key in models}
    judging = {"": texts.tab.no_judge, **{key: visible(key) for key in judges}}
    judge = judges[0] if judges else ""
    return (
        f'<fieldset class="models"><legend>{escape(words.try_it)}</legend><p class="hint">{escape(words.try_hint)}</p>'
        f'<div class="few"><label>{escape(shared_texts(look.language).model)} '
        f'<select data-pick="model">{_options(by_key, models[0] if models else "")}</select></label>'
        f'<label>{escape(texts.common.judge)} <select data-pick="judge">{_options(judging, judge)}</select></label>'
        f"<span>{_button('try', words.try_item, words, style='primary')}"
        f"{_button('halt', words.halt, words, style='halt')}</span>"
        "</div></fieldset>"
    )


def _own_line(kept: KeptSuite, words: SuitesTexts) -> str:
    return _line(kept.suite_id, kept.title, tuple(_fact_list(kept, words)), ("open", "copy", "delete"), words)


def _line(key: str, title: str, facts: Sequence[str], acts: Sequence[str], words: SuitesTexts) -> str:
    labels = {"open": words.open, "copy": words.copy_suite, "delete": words.delete}
    name = visible(title)
    buttons = "".join(
        _button(act, labels[act], words, of=name, suite=key, style="danger" if act == "delete" else "") for act in acts
    )
    saves = "".join(
        _button(
            "save", kind.upper(), words, of=name, name=words.save_as.format(kind=kind.upper()), suite=key, kind=kind
        )
        for kind in _KINDS
    )
    shown = f"<b>{escape(name)}</b>"
    if "open" in acts:
        shown = (
            f'<button type="button" class="title" data-act="open" data-suite="{escape(key)}">{escape(name)}</button>'
        )
    told = "".join(f"<span>{escape(fact)}</span>" for fact in facts)
    return f'<li>{shown}<span class="facts">{told}</span><span class="acts">{buttons}{saves}</span></li>'


def _item_row(number: int, item: KeptItem, words: SuitesTexts, *, is_open: bool, is_wrong: bool) -> str:
    current = ' aria-current="true"' if is_open else ""
    return (
        f'<li><button type="button" data-act="item" data-item="{escape(item.item_id)}"{current}'
        f'{" data-wrong" if is_wrong else ""}><span class="number">{number}</span>'
        f'<span class="label">{escape(item_label(item, words))}</span>'
        f'<span class="mark" title="{escape(words.unfinished.format(count=1))}"></span></button></li>'
    )


def _facts(kept: KeptSuite, words: SuitesTexts) -> str:
    return " · ".join(map(escape, _fact_list(kept, words)))


def _fact_list(kept: KeptSuite, words: SuitesTexts) -> list[str]:
    facts = [_count(len(kept.items), words)]
    if unfinished := len(kept.unfinished):
        facts.append(words.unfinished.format(count=unfinished))
    elif kept.items:
        facts.append(words.whole)
    cases = [one for one in kept.findings.values() if isinstance(one, Case)]
    if unconfirmed := sum(len(case.unconfirmed) for case in cases):
        facts.append(words.unconfirmed.format(count=unconfirmed))
    return facts


def _count(items: int, words: SuitesTexts) -> str:
    return words.one_item if items == 1 else words.items.format(count=items)


def _button(
    act: str, shown: str, words: SuitesTexts, *, of: str = "", name: str = "", style: str = "", **data: str
) -> str:
    """Return a button; `name` is what it is called aloud, `of` the suite that it acts on."""
    called = words.act_name.format(act=name or shown, name=of) if of else name
    label = f' aria-label="{escape(called)}" title="{escape(called)}"' if called else ""
    told = "".join(f' data-{key}="{escape(value)}"' for key, value in data.items())
    disabled = " disabled" if data.get("item") == "" else ""
    kind = f' class="{style}"' if style else ""
    return f'<button type="button" data-act="{act}"{kind}{told}{label}{disabled}>{escape(shown)}</button>'


def _place(problem: Problem) -> str:
    return ".".join(map(str, problem.spot)) or _PLACES.get(problem.kind, "")


def _wrong(spot: str) -> str:
    return f'<p class="wrong" data-spot="{spot}" id="suite-wrong-{spot}"></p>'


def _label(field: SuiteField, language: Language) -> str:
    shown = texts_in(language).suites.fields[field]
    in_file = "" if shown == field else f" <code>{field}</code>"
    return f'<label for="suite-{field}">{escape(shown)}{in_file}</label>'


def _area(
    field: SuiteField, fields: Mapping[str, Any], language: Language, *, rows: int, most: int = 100_000, mark: str = ""
) -> str:
    content = f"\n{escape(_shown(fields.get(field)))}"  # HTML drops the line end that begins a textarea
    return (
        f'<div class="field">{_label(field, language)}{mark}<textarea id="suite-{field}" name="{field}" '
        f'placeholder=" " rows="{rows}" maxlength="{most}" aria-describedby="suite-wrong-{field}" dir="auto">'
        f"{content}</textarea>{_wrong(field)}</div>"
    )


def mark_html(anchor: AnchorName, fields: Mapping[str, Any], language: Language) -> str:
    """Return whether a model wrote an anchor and a person confirmed it, and what can be done."""
    words = texts_in(language).suites
    made = next((one for one in generated_in(fields) if one.anchor == anchor), None)
    write = _button("generate", words.write_anchor, words, style="write", anchor=anchor)
    if made is None:
        return write
    again = _button("generate", words.write_again, words, anchor=anchor)
    if made.confirmed:
        return f'<span class="made">{escape(words.made_confirmed.format(model=visible(made.model)))}</span>'
    told = escape(words.made.format(model=visible(made.model)))
    return f'<span class="made open">{told}</span>{_button("confirm", words.confirm, words, anchor=anchor)}{again}'


def _anchor(anchor: AnchorName, fields: Mapping[str, Any], language: Language) -> str:
    mark = f'<span class="mark" data-anchor="{anchor}">{mark_html(anchor, fields, language)}</span>'
    return _area(anchor, fields, language, rows=5, mark=mark)


def _line_field(
    field: SuiteField, fields: Mapping[str, Any], language: Language, *, spot: str = "", choices: str = ""
) -> str:
    listed = f' list="{choices}"' if choices else ""
    return (
        f'<div class="field">{_label(field, language)}<input id="suite-{field}" name="{field}" '
        f'maxlength="1000"{listed} '
        f'aria-describedby="suite-wrong-{spot or field}" value="{escape(_shown(fields.get(field)))}">'
        f"{_wrong(spot or field)}</div>"
    )


def _language_field(fields: Mapping[str, Any], language: Language) -> str:
    texts = texts_in(language)
    choices = {"": texts.suites.any_language} | {str(name): word for name, word in texts.names.languages.items()}
    return (
        f'<div class="field">{_label("language", language)}<select id="suite-language" name="language" '
        f'aria-describedby="suite-wrong-language">{_options(choices, _shown(fields.get("language")))}</select>'
        f"{_wrong('language')}</div>"
    )


def _criterion(number: int, criterion: Any, language: Language) -> str:
    """Return one row of the criteria; the script of the form gives the rows their numbers again."""
    texts, one = texts_in(language), _inner(criterion)
    words = texts.suites
    checks: dict[str, str] = {
        name: words.by_check.format(check=texts.names.checks[name]) for name in get_args(CheckName)
    }
    spot = f"criteria.{number - 1}"
    return (
        f'<li class="criterion field" data-name="{escape(words.criterion)}">'
        f'<textarea name="claim" rows="1" maxlength="4000" dir="auto" '
        f'aria-label="{escape(words.criterion.format(number=number))}">'
        f"\n{escape(_shown(one.get('claim')))}</textarea>"
        f'<div class="marks">{_box("critical", words.critical, words.critical_hint, is_on=one.get("critical") is True)}'
        f"{_box('negative', words.negative, words.negative_hint, is_on=one.get('negative') is True)}"
        f"{_box('bad_passes', words.bad_passes, is_on=one.get('bad_passes') is True)}"
        f'<label class="by">{escape(words.decided_by)} <select name="check">'
        f"{_options({'': words.by_judge, **checks}, _shown(one.get('check')))}</select></label>"
        f'<button type="button" class="danger" data-do="remove-criterion" data-name="{escape(words.remove_criterion)}" '
        f'aria-label="{escape(words.remove_criterion.format(number=number))}">×</button></div>{_wrong(spot)}</li>'
    )


def _box(name: str, label: str, hint: str = "", *, is_on: bool) -> str:
    title = f' title="{escape(hint)}"' if hint else ""
    return (
        f'<label class="box"{title}><input type="checkbox" name="{name}"{" checked" if is_on else ""}> '
        f"{escape(label)}</label>"
    )


def _options(choices: Mapping[str, str], chosen: str) -> str:
    known = choices if chosen in choices else {**choices, chosen: chosen}  # a file may say anything
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(shown)}</option>'
        for value, shown in known.items()
    )


def _inner(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _shown(value: object) -> str:
    """Return a value of a field as it is typed."""
    match value:
        case None:
            return ""
        case str():
            return value.encode(errors="replace").decode()
        case list():
            return " ".join(map(_shown, value))
        case _:
            return str(value)
