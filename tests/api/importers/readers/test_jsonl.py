"""JSON lines: one announcement a line, and every bad line with its field."""

import json

import pytest

from api.importers.readers.document import Format
from api.importers.readers.reading import PublishedRow, Replacement, UnreadableRow
from domain.stages import Stage
from tests.api.importers.readers.documents import brief, found_in, one_row, unreadable

FULL = {
    "catalog": "azure",
    "model": "mistral-large",
    "name": "Mistral-large",
    "provider": "Mistral AI",
    "scope": {"version": "2407"},
    "legacy": {"on": "2024-12-15", "raw": "December 15, 2024"},
    "deprecated": {"not_before": "2025-01"},
    "retired": {"month": "2025-04", "raw": "April 2025"},
    "label": "generally_available",
    "replacements": ["azure/mistral-large-2407", "mistral-large-2411@2411"],
    "source": {"name": "azure-serverless-retirements", "url": "https://example.org/"},
    "seen_on": "2024-11-22",
    "notes": "auto-update",
}


def line(**changes: object) -> str:
    return json.dumps({"model": "gpt-4", **changes})


def test_a_line_with_all_fields() -> None:
    text = json.dumps(FULL)
    row = one_row(text + "\n", Format.JSON_LINES)
    assert (row.line, row.raw, row.key, row.model) == (1, text, "azure/mistral-large", None)
    assert (row.name, row.provider, row.scope.as_dict(), row.label) == (
        "Mistral-large",
        "Mistral AI",
        {"version": "2407"},
        Stage.GENERALLY_AVAILABLE,
    )
    assert [brief(date) for date in (row.legacy, row.deprecated, row.retired)] == ["2024-12-15", ">=2025-01", "2025-04"]
    assert [date and date.raw for date in (row.legacy, row.deprecated, row.retired)] == ["December 15, 2024", None, "April 2025"]
    assert row.replacements == (Replacement("azure/mistral-large-2407"), Replacement("mistral-large-2411", "2411"))
    assert (row.source, row.address, row.seen_on, row.notes) == (
        "azure-serverless-retirements",
        "https://example.org/",
        "2024-11-22",
        "auto-update",
    )


def test_absent_fields_state_nothing() -> None:
    row = one_row(line(), Format.JSON_LINES)
    assert (row.name, row.key, row.model) == ("gpt-4", None, "gpt-4")
    assert (row.legacy, row.deprecated, row.retired, row.label, row.replacements, row.notes) == (None,) * 6
    assert (row.provider, row.source, row.address, row.seen_on, row.scope.as_dict()) == (None, None, None, None, {})


def test_a_model_may_name_its_catalog() -> None:
    assert one_row(line(model="azure/gpt-4"), Format.JSON_LINES).key == "azure/gpt-4"
    assert one_row(line(model="azure/gpt-4", catalog="azure"), Format.JSON_LINES).key == "azure/gpt-4"


def test_a_withdrawn_date() -> None:
    assert brief(one_row(line(retired={"withdrawn": True, "raw": "TBD"}), Format.JSON_LINES).retired) == "none"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Invalid JSON"),
        ("[1]", "object"),
        ("1", "object"),
        ("null", "object"),
        ("{}", "model: Field required"),
        (line(modell="x"), "modell: Extra inputs are not permitted"),
        (line(model="GPT 4"), "did you mean gpt-4?"),
        (line(model=".."), "dots alone"),
        (line(model=""), "empty"),
        (line(model="a/b/c"), "one slash"),
        (line(model="azure/gpt-4", catalog="other"), "names another"),
        (line(catalog="Azure"), "catalog"),
        (line(catalog=""), "catalog"),
        (line(model=3), "model: Input should be a valid string"),
        (line(name="x\u202e"), "name: The name"),
        (line(name="x\0"), "U+0000"),
        (line(name="x" * 10_000), "name: "),
        (line(provider=""), "provider: "),
        (line(scope={"Version": "1"}), "scope: The scope key 'Version'"),
        (line(scope={"version": ""}), "scope: The scope version"),
        (line(scope={"version": 1}), "scope.version: "),
        (line(retired="2025-04-15"), "retired: "),
        (line(retired={}), "retired: state exactly one of"),
        (line(retired={"on": "2025-04-15", "withdrawn": True}), "retired: state exactly one of"),
        (line(retired={"on": "2025-02-30"}), "retired.on: '2025-02-30' is not a date"),
        (line(retired={"on": "1/2/2025"}), "retired.on: "),
        (line(retired={"on": "2025-04"}), 'retired: a month is written as {"month": "2025-04"}'),
        (line(retired={"month": "2025-04-15"}), "retired: a month is written like 2025-04"),
        (line(retired={"on": "2025-04-15T00:00:00"}), "no offset"),
        (line(retired={"withdrawn": False}), "retired.withdrawn: "),
        (line(retired={"at": "2025-04-15"}), "retired.at: Extra"),
        (line(label="sunset"), "label: "),
        (line(replacements="gpt-4o"), "replacements: "),
        (line(replacements=["GPT 4o"]), "replacements: "),
        (line(replacements=["gpt-4o@"]), "replacements: "),
        (line(replacements=["a"] * 101), "replacements: "),
        (line(source={}), "source.name: Field required"),
        (line(source="x"), "source: "),
        (line(seen_on="yesterday"), "seen_on: "),
        (line(notes="x" * 10_001), "notes: "),
        ('{"model": "gpt-4", "model": "gpt-5"}', "model: it is stated twice"),
        ('{"model": "gpt-4", "retired": {"on": "2025-04-15", "on": "2025-04-16"}}', "on: it is stated twice"),
        ('{"model": "\\ud800"}', "Invalid JSON"),
        ("[" * 5000, "Invalid JSON"),
        ('{"model": "gpt-4"} {}', "Invalid JSON"),
    ],
)
def test_a_bad_line_names_its_field(text: str, reason: str) -> None:
    found = unreadable(f"\n{text}\n", Format.JSON_LINES)
    assert (found.line, found.raw) == (2, text)
    assert reason in found.reason


def test_blank_lines_are_none_and_others_are_read_around_a_bad_one() -> None:
    found = found_in(f"{line()}\r\n\n  \n{{\n{line(notes=chr(0x2028))}", Format.JSON_LINES)
    assert [(type(row), row.line) for row in found] == [(PublishedRow, 1), (UnreadableRow, 4), (PublishedRow, 5)]


def test_a_byte_order_mark_is_no_text() -> None:
    assert one_row("\N{ZERO WIDTH NO-BREAK SPACE}" + line(), Format.JSON_LINES).name == "gpt-4"
