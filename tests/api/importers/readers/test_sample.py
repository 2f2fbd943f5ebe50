"""The packaged sample reads clean, and says what its pages said."""

import json
from collections import Counter
from importlib.resources import files

from api.importers.readers.document import Format, open_document
from api.importers.readers.read import read
from api.importers.readers.reading import PublishedRow
from tests.api.importers.readers.documents import brief

SAMPLE = files("api.sample")


def rows(name: str) -> list[PublishedRow]:
    document = open_document(SAMPLE.joinpath(name).read_bytes(), name=name)
    found = list(read(document))
    read_rows = [row for row in found if isinstance(row, PublishedRow)]
    assert len(read_rows) == len(found)
    return read_rows


def test_every_line_is_readable_and_in_order() -> None:
    announcements = rows("announcements.jsonl")
    assert [row.line for row in announcements] == list(range(1, 307))
    order = [(row.seen_on, row.source) for row in announcements]
    assert order == sorted(order, key=str)


def test_each_page_has_its_rows() -> None:
    counts = Counter((row.source, row.seen_on) for row in rows("announcements.jsonl"))
    serverless = {"2024-11-22": 1, "2024-12-02": 1, "2024-12-03": 1, "2024-12-24": 1, "2025-01-15": 2, "2025-01-16": 2}
    openai = {"2024-10-03": 48, "2024-10-26": 50, "2024-11-13": 50, "2024-11-23": 50, "2024-12-03": 50, "2024-12-13": 50}
    assert counts == {
        **{("azure-serverless-retirements", day): count for day, count in serverless.items()},
        **{("azure-openai-retirements", day): count for day, count in openai.items()},
    }


def test_keys_sources_and_replacements_are_of_one_catalog() -> None:
    for row in rows("announcements.jsonl"):
        catalog = (row.key or "").partition("/")[0]
        assert row.source == {"azure": "azure-serverless-retirements", "azure-openai": "azure-openai-retirements"}[catalog]
        assert (row.address or "").startswith("https://learn.microsoft.com/azure/")
        assert all(one.name.startswith(f"{catalog}/") for one in row.replacements or ())


def test_every_date_keeps_its_published_text() -> None:
    dates = [date for row in rows("announcements.jsonl") for date in (row.legacy, row.deprecated, row.retired) if date]
    assert len(dates) == 468
    assert all(date.raw for date in dates)


def test_facts_of_the_pages() -> None:
    announcements = rows("announcements.jsonl")

    def said(key: str, version: str | None, seen_on: str) -> list[str | None]:
        scope = {"version": version} if version else {}
        (row,) = (row for row in announcements if (row.key, row.scope.as_dict(), row.seen_on) == (key, scope, seen_on))
        return [brief(date) for date in (row.legacy, row.deprecated, row.retired)]

    assert said("azure/mistral-large", None, "2024-11-22") == ["2024-12-15", "2025-01-15", "2025-04-15"]
    assert said("azure/mistral-large-2407", None, "2025-01-15") == ["2025-01-13", "2025-02-13", "2025-05-13"]
    assert said("azure-openai/text-embedding-ada-002", "2", "2024-10-03") == [None, None, ">=2025-04-03"]
    assert said("azure-openai/text-embedding-ada-002", "2", "2024-12-13") == [None, None, ">=2025-10-03"]
    assert said("azure-openai/gpt-35-turbo", "0301", "2024-10-26") == [None, None, "2025-01-27"]
    assert said("azure-openai/gpt-35-turbo", "0301", "2024-11-13") == [None, None, "2025-02-13"]
    assert said("azure-openai/gpt-3.5-turbo-instruct", "0914", "2024-12-03") == [None, None, ">=2025-02-01"]
    assert said("azure-openai/babbage-002", "1", "2024-10-26") == [None, "2024-11-15", "2025-01-27"]
    assert said("azure-openai/gpt-4", "vision-preview", "2024-10-03") == [None, None, None]
    assert said("azure-openai/ada", None, "2024-10-03") == [None, "2023-07-06", "2024-06-14"]


def test_notes_are_short_facts() -> None:
    notes = {row.notes for row in rows("announcements.jsonl")}
    assert notes == {
        None,
        "auto-update to 0125 from 2024-11-13",
        "auto-update to 0125 from 2025-01-13",
        "auto-update to 2024-08-06 from 2024-12-05",
        "auto-update to 2024-08-06 from 2025-02-13",
        "upgrade to gpt-4 turbo-2024-04-09 not before 2025-01-27",
    }


def test_the_first_table_says_what_the_sample_says() -> None:
    (row,) = rows("first-table.md")
    (same,) = (one for one in rows("announcements.jsonl") if (one.seen_on, one.key) == ("2024-11-22", "azure/mistral-large"))
    assert (row.name, row.provider) == (same.name, same.provider)
    assert (row.legacy, row.deprecated, row.retired) == (same.legacy, same.deprecated, same.retired)
    assert [one.name.lower() for one in row.replacements or ()] == ["mistral-large-2407"]


def test_the_sample_is_told_by_its_name_and_by_its_first_line() -> None:
    content = SAMPLE.joinpath("announcements.jsonl").read_bytes()
    assert open_document(content).format is Format.JSON_LINES
    assert json.loads(content.split(b"\n")[0])["catalog"] == "azure-openai"
