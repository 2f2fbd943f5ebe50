"""Importing pages, through the command line: what becomes of each row, and what the ledger answers afterwards."""

import json
from typing import Any

import pytest

from api.importers.session import PageImport
from projections.source_rows import SourceRows
from tests.api.cli.site import Site, codes, page
from tests.cli import Shell


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a | | | | May 1, 2025 | | b", "a | | | | May 31, 2025 | | b", {"code": "moved_later", "stage": "retired", "days": 30}),
        ("a | | | | May 31, 2025 | | b", "a | | | | May 1, 2025 | | b", {"code": "moved_earlier", "stage": "retired", "days": -30}),
        ("a | | | | No earlier than May 1, 2025 | | b", "a | | | | May 1, 2025 | | b", {"code": "floor_became_firm", "days": 0}),
        ("a | | | | May 1, 2025 | | b", "a | | | | No earlier than June 1, 2025 | | b", {"code": "firm_became_floor", "days": 31}),
        ("a | | | | May 1, 2025 | | b", "a | | | | TBD | | b", {"code": "date_withdrawn", "stage": "retired"}),
        ("a | | | | May 1, 2025 | | b", "a | | | | | | b", {"code": "date_not_stated", "before": "2025-05-01"}),
        ("a | | | | | | b", "a | | | | May 1, 2025 | | b", {"code": "date_stated", "after": "2025-05-01"}),
        (
            "a | | | | May 1, 2025 | | b",
            "a | | | | May 1, 2025 | | c",
            {"code": "replacement_changed", "before": "azure/b", "after": "azure/c"},
        ),
        ("a | | | | May 1, 2025 | Legacy | b", "a | | | | May 1, 2025 | Deprecated | b", {"code": "label_changed", "after": "deprecated"}),
        ("a | | | | May 1, 2025 | | b", "a | | | | May 1, 2025 Moved again. | | b", {"code": "notes_changed"}),
        ("a | | | | May 1, 2025 | | b", "a | 2 | | | May 1, 2025 | | b", {"code": "split_by_scope", "before": "all", "after": "version=2"}),
    ],
)
def test_a_change_is_judged_against_the_sources_last_word(site: Site, first: str, second: str, expected: dict[str, Any]) -> None:
    assert codes(site.read("2025-01-01", page(first))) == [["new"]]
    changed = site.read("2025-01-02", page(second))
    (change,) = changed["rows"][0]["changes"]
    assert {key: change.get(key) for key in expected} == expected


def test_the_other_sources_words_do_not_matter_for_a_change(site: Site) -> None:
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b"))
    site.read("2025-01-02", page("a | | | | June 1, 2025 | | b"), source="mirror")
    again = site.read("2025-01-03", page("a | | | | May 1, 2025 | | b"))
    assert (again["appended"], again["unchanged"]) == (0, 1)
    answer = site.stage("a", "--valid-at", "2025-02-01")
    assert {
        "code": "sources_conflict",
        "field": "retired",
        "values": ["2025-05-01", "2025-06-01"],
        "sources": ["mirror", "page"],
    } in answer["findings"]


def test_the_same_file_on_the_same_day_appends_nothing(site: Site) -> None:
    text = page("a | | | | May 1, 2025 | | b")
    site.read("2025-01-01", text)
    head = site.head()
    again = site.read("2025-01-01", text)
    assert (again["appended"], again["unchanged"], again["observed"]) == (0, 1, False)
    assert site.head() == head


def test_every_reading_of_a_page_is_recorded_changed_or_not(site: Site) -> None:
    text = page("a | | | | May 1, 2025 | | b")
    site.read("2025-01-01", text)
    head = site.head()
    assert site.read("2025-01-02", text)["observed"]
    assert site.head() == head + 1


def test_none_announced_where_there_was_no_date_states_nothing(site: Site) -> None:
    site.read("2025-01-01", page("a | | | | TBD | | b"))
    assert site.stage("a")["schedule"]["retired"] is None


def test_a_date_that_was_withdrawn_is_gone_from_then_on_and_known_before(site: Site) -> None:
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b"))
    site.read("2025-04-01", page("a | | | | None announced | | b"))
    assert site.stage("a", "--valid-at", "2025-06-01")["stage"] == "generally_available"
    assert site.stage("a", "--valid-at", "2025-06-01", "--known-at", "2025-03-31")["stage"] == "retired"


def test_a_row_that_vanished_is_reported_and_is_no_withdrawal(site: Site) -> None:
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b", "c | | | | May 1, 2025 | | b"))
    gone = site.read("2025-01-02", page("a | | | | May 1, 2025 | | b"))
    assert gone["vanished"] == ["azure/c"]
    assert site.read("2025-01-03", page("a | | | | May 1, 2025 | | b"))["vanished"] == []
    assert site.stage("c", "--valid-at", "2025-06-01")["stage"] == "retired"
    back = site.read("2025-01-04", page("a | | | | May 1, 2025 | | b", "c | | | | May 1, 2025 | | b"))
    assert (back["returned"], back["appended"]) == (["azure/c"], 0)


def test_two_rows_of_one_page_that_disagree_are_both_appended_and_conflict(site: Site) -> None:
    both = page("a | | | | May 1, 2025 | | b", "a | | | | June 1, 2025 | | b")
    assert site.read("2025-01-01", both)["appended"] == 2
    assert "sources_conflict" in {finding["code"] for finding in site.stage("a")["findings"]}
    assert site.read("2025-01-02", both)["appended"] == 0
    settled = site.read("2025-01-03", page("a | | | | May 1, 2025 | | b"))
    assert codes(settled) == [["stated_again"]]
    answer = site.stage("a", "--valid-at", "2025-05-15")
    assert answer["stage"] == "retired"
    assert "sources_conflict" not in {finding["code"] for finding in answer["findings"]}


def test_a_row_that_begins_to_contradict_an_unchanged_one_conflicts_with_it(site: Site) -> None:
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b"))
    site.read("2025-01-02", page("a | | | | May 1, 2025 | | b", "a | | | | June 1, 2025 | | b"))
    conflict = next(finding for finding in site.stage("a")["findings"] if finding["code"] == "sources_conflict")
    assert conflict["values"] == ["2025-05-01", "2025-06-01"]


def test_a_split_by_deployment_type_answers_by_scope_until_it_is_dropped(site: Site) -> None:
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b"))
    site.read("2025-02-01", page("a | | Standard | | May 1, 2025 | | b", "a | | Provisioned | | July 1, 2025 | | b"))
    provisioned = ("a", "--scope", "deployment_type=provisioned", "--valid-at", "2025-06-01")
    assert site.stage(*provisioned)["stage"] == "generally_available"
    dropped = site.read("2025-03-01", page("a | | | | May 15, 2025 | | b"))
    assert dropped["split_dropped"] == ["azure/a deployment_type=provisioned", "azure/a deployment_type=standard"]
    assert site.stage(*provisioned)["stage"] == "retired"
    assert site.stage(*provisioned, "--known-at", "2025-02-15")["stage"] == "generally_available"
    moved = site.read("2025-04-01", page("a | | | | August 1, 2025 | | b"))
    assert codes(moved) == [["moved_later"]]
    assert site.stage(*provisioned)["stage"] == "generally_available"


def test_an_older_page_is_refused_with_the_way_to_replay(site: Site, shell: Shell) -> None:
    site.read("2025-01-02", page("a | | | | May 1, 2025 | | b"))
    head = site.head()
    (shell.home / "old.md").write_text(page("a | | | | April 1, 2025 | | b"))
    refused = shell.lifecycle("import", "old.md", "--catalog", "azure", "--source", "page", "--seen-on", "2025-01-01")
    assert refused.code == 4
    assert "put all of them into one folder" in refused.err
    assert site.head() == head


def test_a_folder_of_dated_files_is_replayed_in_order_and_again(shell: Shell, site: Site) -> None:
    folder = shell.home / "pages"
    folder.mkdir()
    (folder / "2025-01-10.md").write_text(page("a | | | | June 1, 2025 | | b"))
    (folder / "2025-01-02.md").write_text(page("a | | | | May 1, 2025 | | b"))
    (folder / "notes.txt").write_text("not a page")
    first = json.loads(shell.lifecycle("import", "pages", "--catalog", "azure", "--source", "page", "--json").out)
    assert [reported["seen_on"] for reported in first["pages"]] == ["2025-01-02", "2025-01-10"]
    assert codes(first["pages"][1]) == [["moved_later"]]
    head = site.head()
    (folder / "2025-01-20.md").write_text(page("a | | | | June 1, 2025 | | b"))
    again = json.loads(shell.lifecycle("import", "pages", "--catalog", "azure", "--source", "page", "--json").out)
    assert [(reported["read_before"], reported["appended"]) for reported in again["pages"]] == [(True, 0), (False, 0), (False, 0)]
    assert site.head() == head + 1


def test_a_dry_run_shows_it_all_and_writes_nothing(site: Site) -> None:
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b", "c | | | | May 1, 2025 | | b"))
    head = site.head()
    rehearsed = site.read("2025-01-02", page("a | | | | June 1, 2025 | | b"), "--dry-run")
    assert (codes(rehearsed), rehearsed["vanished"]) == ([["moved_later"]], ["azure/c"])
    assert site.head() == head
    assert codes(site.read("2025-01-02", page("a | | | | June 1, 2025 | | b"))) == [["moved_later"]]


def test_a_dry_run_without_a_ledger_makes_none(shell: Shell) -> None:
    (shell.home / "2025-01-01.md").write_text(page("a | | | | May 1, 2025 | | b"))
    done = shell.lifecycle("import", "2025-01-01.md", "--catalog", "azure", "--source", "page", "--dry-run")
    assert done.code == 0
    assert "nothing was written" in done.err
    assert not (shell.home / "data").exists()


def test_windows_that_break_the_policy_are_recorded_as_findings(site: Site, shell: Shell) -> None:
    shell.lifecycle("policy", "--adopt", "azure-serverless-v1")
    reported = site.read("2025-01-01", page("a | | | May 1, 2025 | June 1, 2025 | | b"))
    assert reported["policy_findings"] == {"deprecated_window_short": 1}
    findings = {finding["code"]: finding for finding in site.stage("a")["findings"]}
    assert findings["deprecated_window_short"] == {"code": "deprecated_window_short", "days": 31, "required": 90, "policy_version": 1}


def test_two_names_in_one_key_are_refused_until_one_has_an_alias(site: Site) -> None:
    reported = site.read("2025-01-01", page("GPT-4 | | | | May 1, 2025 | | b", "GPT 4 | | | | June 1, 2025 | | b"))
    assert (reported["appended"], reported["unreadable"]) == (1, 1)
    assert "--alias 'GPT 4=gpt-4'" in reported["rows"][1]["reason"]
    two = site.read(
        "2025-01-02", page("GPT-4 | | | | May 1, 2025 | | b", "GPT 4 | | | | June 1, 2025 | | b"), "--alias", "GPT 4=gpt-4-classic"
    )
    assert (two["appended"], two["unchanged"], two["unreadable"]) == (1, 1, 0)
    assert site.stage("gpt-4-classic", "--valid-at", "2025-06-01")["stage"] == "retired"
    one = site.read("2025-01-03", page("GPT 4 | | | | July 1, 2025 | | b"), "--alias", "GPT 4=gpt-4")
    assert codes(one) == [["moved_later"]]


def test_what_a_recorder_took_back_as_misread_is_not_read_again_from_the_same_document(site: Site, shell: Shell) -> None:
    text = page("a | | | | May 1, 2025 | | b")
    claim = site.read("2025-01-01", text)["rows"][0]["position"]
    shell.lifecycle("withdraw", "azure/a", str(claim), "--by", "recorder", "--reason", "misread")
    assert site.read("2025-01-01", text)["appended"] == 0
    assert site.stage("a", "--valid-at", "2025-06-01")["stage"] == "generally_available"


def test_an_import_that_was_broken_off_goes_on_where_it_stopped(site: Site) -> None:
    rows = [f"m{number} | | | | May 1, 2025 | | b" for number in range(700)]
    site.read("2025-01-01", page(*rows[:500]))
    reported = site.read("2025-01-01", page(*rows))
    assert (reported["appended"], reported["unchanged"], reported["vanished"]) == (200, 500, [])


def test_a_person_at_a_terminal_sees_a_bar(shell: Shell) -> None:
    (shell.home / "2025-01-01.md").write_text(page("a | | | | May 1, 2025 | | b"))
    done = shell.lifecycle("import", "2025-01-01.md", "--catalog", "azure", "--source", "page", terminal=True)
    assert (done.code, "3/3" in done.err) == (0, True)


def test_the_page_report_for_people_tells_it_all(site: Site, shell: Shell) -> None:
    shell.lifecycle("policy", "--adopt", "azure-serverless-v1")
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b", "c | | | | May 1, 2025 | | b", "e | | Standard | | May 1, 2025 | | b"))
    site.read("2025-01-02", page("a | | | | May 1, 2025 | | b", "e | | Standard | | May 1, 2025 | | b"))
    rows = ("a | | | May 10, 2025 | June 1, 2025 | | b", "c | | | | May 1, 2025 | | b", "e | | | | May 1, 2025 | | b")
    (shell.home / "2025-01-03.md").write_text(
        page(*rows) + "\n## Fine-tuned models\n\n| Model | Training retirement date |\n|---|---|\n| x | y |\n"
    )
    told = shell.lifecycle("import", "2025-01-03.md", "--catalog", "azure", "--source", "page").out
    for line in (
        "retired moved later: 2025-05-01 -> 2025-06-01 (31 days)",
        "back again: azure/c",
        "no difference is made any longer for: azure/e deployment_type=standard",
        "table 'Fine-tuned models' is about something else: 1 rows skipped",
        "1 rows with finding deprecated_window_short",
    ):
        assert line in told
    gone = shell.lifecycle("import", "-", "--catalog", "azure", "--source", "page", "--seen-on", "2025-01-04", stdin=page(rows[0]).encode())
    assert "vanished: azure/c (no withdrawal)" in gone.out


def test_what_could_not_be_read_is_not_said_to_have_vanished(site: Site) -> None:
    site.read("2025-01-01", page("a | | Standard | | March 1, 2025 | | b", "a | | Provisioned | | April 1, 2025 | | b"))
    unsure = site.read("2025-01-02", page("a | | | | September 1, 2025 | | b", "a | | Standard | | 1/3/2025 | | b"))
    assert (unsure["unreadable"], unsure["vanished"], unsure["split_dropped"]) == (1, [], [])
    assert site.stage("a", "--scope", "deployment_type=standard", "--valid-at", "2025-05-01")["stage"] == "retired"
    whole = site.read("2025-01-03", page("a | | | | September 1, 2025 | | b", "a | | Standard | | March 1, 2025 | | b"))
    assert whole["vanished"] == ["azure/a deployment_type=provisioned"]


def test_a_split_that_is_dropped_is_dropped_though_the_import_was_broken_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.read("2025-01-01", page("a | | Standard | | March 1, 2025 | | b", "a | | Provisioned | | April 1, 2025 | | b"))
    merged = page("a | | | | September 1, 2025 | | b")
    with monkeypatch.context() as broken:
        broken.setattr(PageImport, "_observe", lambda self: self.killed)
        with pytest.raises(AttributeError):
            site.read("2025-01-02", merged)
    site.read("2025-01-02", merged)
    assert site.stage("a", "--scope", "deployment_type=standard", "--valid-at", "2025-05-01")["stage"] == "generally_available"


def test_a_page_that_was_put_back_on_the_same_day_answers_again(site: Site) -> None:
    may, june = page("a | | | | May 1, 2025 | | b"), page("a | | | | June 1, 2025 | | b")
    for text in (may, june, may):
        site.read("2025-01-01", text)
    assert site.stage("a", "--valid-at", "2025-05-15")["stage"] == "retired"


def test_the_pages_before_one_that_is_refused_are_told(shell: Shell) -> None:
    folder = shell.home / "pages"
    folder.mkdir()
    (folder / "2025-01-01.md").write_text(page("a | | | | May 1, 2025 | | b"))
    (folder / "2025-01-02.md").write_text("| Model | Wat |\n|---|---|\n| a | b |\n")
    done = shell.lifecycle("import", "pages", "--catalog", "azure", "--source", "page", "--json")
    assert (done.code, [told["appended"] for told in json.loads(done.out)["pages"]]) == (2, [1])
    assert "Wat" in done.err


def test_an_older_page_is_not_passed_over_where_its_names_mean_something_else_now(shell: Shell) -> None:
    folder = shell.home / "pages"
    folder.mkdir()
    (folder / "2025-01-01.md").write_text(page("GPT-4 | | | | May 1, 2025 | | b", "GPT 4 | | | | June 1, 2025 | | b"))
    (folder / "2025-01-02.md").write_text(page("GPT-4 | | | | May 1, 2025 | | b"))
    importing = ("import", "pages", "--catalog", "azure", "--source", "page")
    assert shell.lifecycle(*importing).code == 1
    assert shell.lifecycle(*importing, "--alias", "GPT 4=gpt-4-classic").code == 4


def test_an_import_that_another_overtook_says_so(site: Site, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    site.read("2025-01-01", page("a | | | | May 1, 2025 | | b"))
    monkeypatch.setattr(SourceRows, "version", 0)
    (shell.home / "2025-01-02.md").write_text(page("a | | | | June 1, 2025 | | b"))
    done = shell.lifecycle("import", "2025-01-02.md", "--catalog", "azure", "--source", "page")
    assert (done.code, "Another import of page ended" in done.err) == (4, True)
