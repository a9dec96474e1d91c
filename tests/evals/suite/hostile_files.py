"""Files of 5 MB, each of a form that once took minutes, gigabytes, or an exception to read."""

from collections.abc import Callable

SIZE = 5_000_000


def filled(unit: str, head: str = "", tail: str = "") -> str:
    return head + unit * ((SIZE - len(head) - len(tail)) // len(unit)) + tail


def numbered(unit: str, head: str = "", tail: str = "") -> str:
    return head + "".join(unit.format(number) for number in range((SIZE - 100) // (len(unit) + 5))) + tail


# By the name of the file: how to make it, and the kind of the first problem; none for a file that is taken.
FILES: dict[str, tuple[Callable[[], str], str | None]] = {
    "open_brackets.yaml": (lambda: filled("["), "yaml_levels"),
    "open_maps.yaml": (lambda: filled("{a: "), "yaml_levels"),
    "empty_lists.yaml": (lambda: filled("[],", "items: [", "]"), "more_values"),
    "short_lines.yaml": (lambda: filled("- a\n", "items:\n"), "more_values"),
    "short_items.yaml": (lambda: filled("- question: a\n", "items:\n"), "more_values"),
    "keys.yaml": (lambda: numbered("k{}: 1\n"), "more_values"),
    "keys_in_flow.yaml": (lambda: numbered("k{}: 1, ", "items: [{", "}]"), "more_values"),
    "anchors.yaml": (lambda: numbered("- &x{} a\n", "items:\n"), "more_values"),
    "laughs.yaml": (lambda: numbered("b{0}: &b{0} [*a,*a,*a,*a]\n", "a: &a [x,x,x,x]\n"), "yaml_alias"),
    "tags.yaml": (lambda: numbered("%TAG !e{}! tag:x,2000:\n"), "yaml_tag"),
    "dashes.yaml": (lambda: filled("- "), "yaml_levels"),
    "documents.yaml": (lambda: filled("---\n"), "yaml"),
    "blank_lines.yaml": (lambda: filled("\n", "items:\n", "- question: a\n"), None),
    "one_word.yaml": (lambda: filled("x", "items:\n- question: "), "too_long"),
    "words.yaml": (lambda: filled("x ", "items:\n- question: "), "too_long"),
    "lines_of_one_text.yaml": (lambda: filled("a\n"), "no_items"),
    "full_width_colons.yaml": (lambda: filled("question：\n")[: SIZE // 4], "full_width_colon"),
    "never_closed.yaml": (lambda: filled("x ", 'items:\n- question: "'), "yaml"),
    "open_brackets.json": (lambda: filled("["), "json"),
    "open_objects.json": (lambda: filled('{"a":'), "json"),
    "empty_lists.json": (lambda: filled("[],", "[", "[]]"), "more_items"),
    "objects.json": (lambda: filled('{"question":"a"},', "[", '{"question":"b"}]'), "more_items"),
    "entries_of_one_item.json": (lambda: filled("1,", '[{"question":"a","cuts":[', "1]}]"), "large_item"),
    "keys.json": (lambda: numbered('"k{}":1,', "[{", '"k":1}]'), "large_item"),
    "digits.json": (lambda: filled("9", '[{"question":', "}]"), "json"),
    "objects.jsonl": (lambda: filled('{"question":"a"}\n'), "more_items"),
    "no_objects.jsonl": (lambda: filled("x\n"), "more_items"),
    "columns.csv": (lambda: filled(",a", "question"), "unclosed"),
    "columns_in_quotes.csv": (lambda: filled(",a", f'"{"x" * 200_000}"'), "unclosed"),
    "rows.csv": (lambda: filled("a\n", "question\n"), "row_count"),
    "rows_of_two_lines.csv": (lambda: filled('"a\nb"\n', "question\n"), "row_count"),
    "quotation_marks.csv": (lambda: filled('"', "question\n"), "unclosed"),
    "claims.csv": (lambda: filled("c\n", 'question,reference,criteria\na,b,"', '"\n'), "large_item"),
    "one_cell.csv": (lambda: filled("a", "question\n"), "too_long"),
}
QUICK = (
    "open_brackets.yaml",
    "laughs.yaml",
    "tags.yaml",
    "one_word.yaml",
    "full_width_colons.yaml",
    "empty_lists.json",
    "entries_of_one_item.json",
    "no_objects.jsonl",
    "columns.csv",
    "claims.csv",
)
