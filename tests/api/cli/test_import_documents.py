"""Documents to import, through the command line: what is read, what is skipped, and what is refused with nothing written."""

import json
from pathlib import Path

import pytest

from tests.api.cli.site import HEADER, Site, codes, page
from tests.cli import Shell


def test_a_row_that_cannot_be_read_is_told_with_file_line_and_reason(site: Site, shell: Shell) -> None:
    (shell.home / "2025-01-01.md").write_text(page("a | | | | May 1, 2025 | | b", "c | | | | Q3 2025 | | b", "d | | | | 2026-09-31 | | b"))
    done = shell.lifecycle("import", "2025-01-01.md", "--catalog", "azure", "--source", "page")
    assert done.code == 1
    assert "line 4: NOT READ" in done.out
    assert "line 5: NOT READ" in done.out
    assert "1 rows appended, 0 unchanged, 2 not readable" in done.err
    assert site.stage("a")["model"] == "azure/a"


def test_tables_about_something_else_are_skipped_by_name_and_counted(site: Site) -> None:
    other = "\n## Fine-tuned models\n\n| Model | Training retirement date |\n|---|---|\n| x | May 1, 2025 |\n"
    reported = site.read("2025-01-01", "## Models\n\n" + page("a | | | | May 1, 2025 | | b") + other)
    assert reported["skipped_tables"] == [{"line": 9, "title": "Fine-tuned models", "rows": 1}]


def test_a_renamed_header_refuses_the_whole_file_until_it_is_named(site: Site, shell: Shell) -> None:
    (shell.home / "2025-01-01.md").write_text("| Model | End of life |\n|---|---|\n| a | May 1, 2025 |\n")
    importing = ("import", "2025-01-01.md", "--catalog", "azure", "--source", "page")
    refused = shell.lifecycle(*importing)
    assert refused.code == 2
    assert "--column" in refused.err
    assert shell.lifecycle(*importing, "--column", "End of life=retired").code == 0
    assert site.stage("a", "--valid-at", "2025-05-01")["stage"] == "retired"


def test_standard_input_is_read(shell: Shell) -> None:
    text = page("a | | | | May 1, 2025 | | b")
    options = ("--catalog", "azure", "--source", "page", "--seen-on", "2025-01-01", "--format", "markdown")
    done = shell.lifecycle("import", "-", *options, stdin=text.encode())
    assert (done.code, "1 rows appended" in done.err) == (0, True)


@pytest.mark.parametrize(
    ("row", "ending"),
    [
        ("Model,Retirement date\na,2025-05-01\n", "csv"),
        ('{"model": "a", "retired": {"on": "2025-05-01"}}\n', "jsonl"),
    ],
)
def test_csv_and_json_lines_are_read_too(site: Site, row: str, ending: str) -> None:
    assert site.read("2025-01-01", row, ending=ending)["appended"] == 1
    assert site.stage("a", "--valid-at", "2025-05-01")["stage"] == "retired"


def test_json_lines_that_name_their_own_days_are_several_readings(shell: Shell) -> None:
    lines = [
        {"catalog": "azure", "model": "a", "retired": {"on": "2025-05-01"}, "source": {"name": "mail"}, "seen_on": "2025-01-01"},
        {"catalog": "azure", "model": "a", "retired": {"on": "2025-06-01"}, "source": {"name": "mail"}, "seen_on": "2025-01-02"},
    ]
    (shell.home / "claims.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    pages = json.loads(shell.lifecycle("import", "claims.jsonl", "--json").out)["pages"]
    assert [(reported["seen_on"], codes(reported)) for reported in pages] == [("2025-01-01", [["new"]]), ("2025-01-02", [["moved_later"]])]


@pytest.mark.parametrize(
    ("missing", "arguments"),
    [
        ("--catalog", ("--source", "page", "--seen-on", "2025-01-01")),
        ("--source", ("--catalog", "azure", "--seen-on", "2025-01-01")),
        ("--seen-on", ("--catalog", "azure", "--source", "page")),
    ],
)
def test_what_the_document_does_not_say_the_command_must(shell: Shell, missing: str, arguments: tuple[str, ...]) -> None:
    (shell.home / "page.md").write_text(page("a | | | | May 1, 2025 | | b"))
    refused = shell.lifecycle("import", "page.md", *arguments)
    assert (refused.code, missing in refused.err) == (2, True)


def test_a_page_of_tomorrow_is_refused(shell: Shell) -> None:
    (shell.home / "2999-01-01.md").write_text(page("a | | | | May 1, 2025 | | b"))
    refused = shell.lifecycle("import", "2999-01-01.md", "--catalog", "azure", "--source", "page")
    assert (refused.code, "in the future" in refused.err) == (2, True)


BAD_DOCUMENTS: dict[str, bytes] = {
    "latin-1": page("Modèle | | | | May 1, 2025 | | b").encode("latin-1"),
    "a pdf": b"%PDF-1.7\n1 0 obj\n",
    "empty": b"",
    "50 MB": page("a | | | | May 1, 2025 | | b").encode() + b" " * 50_000_000,
    "100,000 rows": (HEADER + "| a | | | | May 1, 2025 | | b |\n" * 100_000).encode(),
    "NUL": page("a\0b | | | | May 1, 2025 | | b").encode(),
    "no table": b"# Models\n\nNothing here yet.\n",
}


@pytest.mark.parametrize("document", BAD_DOCUMENTS.values(), ids=BAD_DOCUMENTS.keys())
def test_a_document_that_cannot_be_used_is_a_clear_problem_and_nothing_is_written(shell: Shell, document: bytes) -> None:
    (shell.home / "2025-01-01.md").write_bytes(document)
    refused = shell.lifecycle("import", "2025-01-01.md", "--catalog", "azure", "--source", "page")
    assert refused.code == 2
    assert refused.err.startswith("lifecycle: ")
    assert "Traceback" not in refused.err
    assert _entries(shell) == 0


def _entries(shell: Shell) -> int:
    found = shell.lifecycle("doctor", "--json")
    facts = json.loads(found.out)
    return 0 if facts["database"].startswith("the packaged sample") else int(facts["position"])


def test_a_byte_order_mark_is_no_matter(site: Site) -> None:
    assert site.read("2025-01-01", "\ufeff" + page("a | | | | May 1, 2025 | | b"))["appended"] == 1


BAD_NAMES = ["a/b", "..", "x" * 10_000, "a\u202eb", "\u200b", "***"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_cannot_be_used_is_reported_and_harms_no_other_row(site: Site, name: str) -> None:
    reported = site.read("2025-01-01", page(f"{name} | | | | May 1, 2025 | | b", "a | | | | May 1, 2025 | | b"))
    assert reported["appended"] + reported["unreadable"] == 2
    assert reported["appended"] == 1


def test_the_sample_goes_only_into_a_demo_ledger(shell: Shell, site: Site) -> None:
    demo = {"LIFECYCLE_ACTOR": "demo", "LIFECYCLE_DATABASE": f"sqlite:///{shell.home / 'demo.db'}"}
    assert shell.lifecycle("import", "--sample", env=demo).code == 0
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b"))
    head = site.head()
    assert shell.lifecycle("import", "--sample", env={"LIFECYCLE_ACTOR": "demo"}).code == 2
    assert site.head() == head


def test_a_folder_without_dated_files_says_so(shell: Shell) -> None:
    Path(shell.home / "pages").mkdir()
    refused = shell.lifecycle("import", "pages", "--catalog", "azure", "--source", "page")
    assert (refused.code, "2024-11-22.md" in refused.err) == (2, True)


def test_a_large_file_of_several_readings_is_read_once_more_for_each(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.importers.job.HELD_BYTES_MAX", 0)
    lines = [
        {
            "catalog": "azure",
            "model": "a",
            "retired": {"on": f"2025-0{month}-01"},
            "source": {"name": "mail"},
            "seen_on": f"2025-01-0{month}",
        }
        for month in (5, 6, 7)
    ]
    (shell.home / "claims.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "{}\n")
    done = shell.lifecycle("import", "claims.jsonl", "--json")
    pages = json.loads(done.out)["pages"]
    assert done.code == 1
    assert [(page["seen_on"], page["appended"], page["unreadable"]) for page in pages] == [
        ("2025-01-05", 1, 1),
        ("2025-01-06", 1, 0),
        ("2025-01-07", 1, 0),
    ]


@pytest.mark.parametrize(
    "option", [("--alias", "GPT 4"), ("--alias", "=gpt-4"), ("--column", "End of life"), ("--column", "End of life=gone")]
)
def test_a_mapping_that_is_none_is_a_clear_problem(shell: Shell, option: tuple[str, str]) -> None:
    (shell.home / "2025-01-01.md").write_text(page("a | | | | May 1, 2025 | | b"))
    refused = shell.lifecycle("import", "2025-01-01.md", "--catalog", "azure", "--source", "page", *option)
    assert (refused.code, option[1].rpartition("=")[2] in refused.err, "Traceback" in refused.err) == (2, True, False)


def test_an_import_needs_something_to_import(shell: Shell) -> None:
    assert shell.lifecycle("import").code == 2


def test_a_page_without_a_row_may_have_been_cut_off(shell: Shell) -> None:
    (shell.home / "2025-01-01.csv").write_text("Model,Retirement date\n")
    refused = shell.lifecycle("import", "2025-01-01.csv", "--catalog", "azure", "--source", "page")
    assert (refused.code, "no row about any model" in refused.err) == (2, True)
    assert _entries(shell) == 0


def test_a_name_that_reads_like_a_version_is_reported(site: Site) -> None:
    assert site.read("2025-01-01", "Model,Retirement date\nm@2,2025-05-01\n", ending="csv")["unreadable"] == 1


def test_a_page_about_something_else_altogether_is_read_and_counted(site: Site) -> None:
    other = "## Fine-tuned models\n\n| Model | Training retirement date |\n|---|---|\n| x | May 1, 2025 |\n"
    reported = site.read("2025-01-01", other)
    assert (reported["observed"], reported["skipped_tables"][0]["rows"]) == (True, 1)
