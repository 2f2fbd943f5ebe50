"""The front of the readers: what a file is, by its content alone, and any bytes whatever."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.directory.readers import errors, json_stream, source_file
from api.directory.readers.found import FoundRole, ListingKind
from api.directory.readers.group_files import read_group_members, read_groups
from api.directory.readers.read import read_directory
from api.importers.readers.errors import DocumentEmpty, DocumentNotOpened, DocumentOfOtherKind, NotUtf8
from domain.errors import InvalidName, LedgerError
from tests.api.directory.readers.listings import FIXTURES, assignment, found_in, json_found

NAMES = (
    "principalId",
    "principalName",
    "principalType",
    "roleDefinitionName",
    "scope",
    "id",
    "properties",
    "model_id",
    "location",
    "sku",
    "name",
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from(["/", "/subscriptions/s-1", "User"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6), max_leaves=12
)
ELEMENTS = VALUES | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8).map(lambda fields: assignment() | fields)


@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir() if "group" not in path.name))
def test_the_content_tells_what_a_file_is_and_never_its_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / "listing.md"
    path.write_bytes(b"\xef\xbb\xbf\n" + (FIXTURES / name).read_bytes())
    listing = read_directory(path)
    assert listing.kind is (ListingKind.ROLES if "roles" in name else ListingKind.DEPLOYMENTS)
    assert len(list(listing.found)) == len(list(read_directory(FIXTURES / name).found))


@pytest.mark.parametrize(
    ("text", "looks_like", "advice"),
    [
        ('{"error": {"code": "AuthorizationFailed"}}', "an error that the service answered", "Sign in"),
        ('{"value": [{}]}', "an answer of the service", "jq .value"),
        ('{"My group": [{"id": 1}]}', "a file of groups", "as groups"),
        ('{"principalId": "x"}\n{"principalId": "y"}', "objects without a list", "jq -s"),
        ("{}", "objects without a list", "jq -s"),
        ('[{"userPrincipalName": "ann@contoso.com"}]', "a list of people", "az role assignment list"),
        ('[{"tenantId": "x", "state": "Enabled", "isDefault": true}]', "a list of subscriptions", "az role assignment list"),
        ('[{"type": "Microsoft.CognitiveServices/accounts"}]', "a list of accounts", "deployment list"),
        ('[{"roleName": "Owner", "id": "x"}]', "a list of role definitions", "az role assignment list"),
        ('[{"x": 1}]', "a JSON list of something else", "az role assignment list"),
        ("[1, 2]", "a JSON list of something else", "az role assignment list"),
        ("ERROR: Please run 'az login'", "a message of the command line", "print the listing again"),
        ("Principal        Role\n---------------  -----\nann@contoso.com  Owner\n", "a table for people", "-o json"),
        ("- principalId: x\n  role: y\n", "YAML", "-o json"),
        ("<html>", "an HTML or XML page", "CSV"),
        (json.dumps([assignment()]).encode("utf-16"), "UTF-16", "iconv"),
        (json.dumps([assignment()]).encode("utf-16-le"), "UTF-16", "iconv"),
        (b"PK\x03\x04", "a zip archive", "CSV"),
    ],
)
def test_a_file_of_another_kind_is_told_with_what_to_do(text: str | bytes, looks_like: str, advice: str) -> None:
    with pytest.raises(DocumentOfOtherKind) as problem:
        found_in(text)
    assert looks_like in problem.value.sentence
    assert advice in problem.value.sentence
    assert "ann@contoso.com" not in problem.value.sentence


def test_an_empty_list_is_what_the_caller_says() -> None:
    with pytest.raises(errors.ListingEmpty):
        found_in("[ ]\n")
    for kind in ListingKind:
        listing = read_directory(b"[]", kind=kind)
        assert (listing.kind, list(listing.found)) == (kind, [])


def test_what_was_not_asked_for_is_refused() -> None:
    for name, kind in (
        ("roles.csv", ListingKind.DEPLOYMENTS),
        ("roles-1.json", ListingKind.DEPLOYMENTS),
        ("endpoints.json", ListingKind.ROLES),
    ):
        with pytest.raises(errors.ListingOfOtherKind, match=f"and {kind.value} were asked for"):
            read_directory(FIXTURES / name, kind=kind)


def test_a_subscription_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidName, match="The subscription 'a b' cannot be used"):
        read_directory(b"[]", subscription="a b")


@pytest.mark.parametrize(
    ("behind", "line", "reason"),
    [
        ("", 2, "no `,` between two elements, or the list breaks off"),
        (",", 2, "Expecting value"),
        (",\n", 3, "Expecting value"),
        ("\n{}", 3, "no `,` between"),
        (',\n{"a": 1,\n"b" 2}]' + " " * 100, 4, "Expecting ':' delimiter"),
        (',\n{"a": 1,\n"b": "\nx"}]', 4, "Invalid control character"),
        (",\n{'a': 1}]" + " " * 100, 3, "Expecting property name"),
        (',\n{"a": "', 3, "Unterminated string"),
        (',\n{"a": "\\', 3, "Unterminated string"),
        ("]\n]", 3, "something follows"),
        (",\n" + "[" * 200_000, 3, "nested too deeply"),
        (',\n"' + "x" * 2_100_000, 3, "more than 1,000,000 characters"),
    ],
)
def test_a_file_that_breaks_off_is_told_at_its_line_after_what_was_whole(behind: str, line: int, reason: str) -> None:
    listing = read_directory(f"[\n{json.dumps(assignment())}{behind}".encode())
    assert isinstance(next(listing.found), FoundRole)
    with pytest.raises(errors.BrokenJson) as problem:
        list(listing.found)
    assert problem.value.line == line
    assert reason in problem.value.reason


@pytest.mark.parametrize("chunk", [1, 2, 7])
def test_where_the_text_is_cut_for_reading_makes_no_difference(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    elements = [assignment(), 12345, -1.5e3, True, None, "\\u00e9", [], assignment(principalName="\N{GRINNING FACE}")]
    whole = json_found(*elements)
    monkeypatch.setattr(json_stream, "_CHUNK_CHARACTERS", chunk)
    assert json_found(*elements) == whole


def test_numbers_of_any_length_are_no_harm() -> None:
    good, _ = found_in(f"[{json.dumps(assignment())}, {'1' * 10_000}]")
    assert isinstance(good, FoundRole)


def test_a_byte_that_is_no_utf_8_is_told_by_its_place() -> None:
    with pytest.raises(NotUtf8, match="line 2, byte 4 is 0xE9"):
        found_in(b'[\n {"\xe9"]')


@pytest.mark.parametrize("content", [b"", b" \n", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    with pytest.raises(DocumentEmpty):
        found_in(content)


def test_a_json_file_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_file, "JSON_BYTES_MAX", 10)
    with pytest.raises(errors.FileTooLarge, match="larger than 10 bytes"):
        found_in("[          ]")


def test_what_can_be_read_only_once_is_held_and_what_is_not_there_is_told(tmp_path: Path) -> None:
    pipe = tmp_path / "listing"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(json.dumps([assignment()]).encode(),))
    writer.start()
    listing = read_directory(pipe)
    writer.join(timeout=10)
    assert len(list(listing.found)) == 1
    with pytest.raises(DocumentNotOpened):
        read_directory(tmp_path / "none.json")


@given(st.lists(ELEMENTS, max_size=6), st.sampled_from([None, "s-1"]))
@settings(max_examples=300, deadline=None)
def test_every_element_of_any_list_is_accounted_for(listed: list[Any], subscription: str | None) -> None:
    found = json_found(assignment(), *listed, subscription=subscription)
    assert sorted(one.line for one in found) == list(range(2, len(listed) + 3))


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=7, max_size=7), max_size=6))
@settings(max_examples=200, deadline=None)
def test_every_row_of_any_table_is_accounted_for(rows: list[list[str]]) -> None:
    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""').replace("\0", "") + '"'

    written = [",".join(map(quoted, row)) for row in rows]
    filled = [row for row in rows if any(cell.replace("\0", "").strip() for cell in row)]
    found = found_in("subscription,principal,principal_type,name,address,role,level\n" + "".join(f"{row}\n" for row in written))
    assert len(found) == len(filled)


@given(
    st.sampled_from([b"", b"[", b"{", b'[{"principalId": "', b"subscription,deployment,model\n", b"group,member\n", b'{"g": [']),
    st.binary(max_size=200),
)
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_read_or_refused_by_one_of_our_errors(start: bytes, rest: bytes) -> None:
    sentences = []
    for read in (found_in, read_groups, lambda content: read_group_members(content, "g")):
        try:
            read(start + rest)
        except LedgerError as problem:
            sentences.append(problem.sentence)
    assert all(sentence.endswith((".", "OUT", "gunzip", "bunzip2", "unxz", "unzstd")) for sentence in sentences)


def test_every_error_says_what_to_do() -> None:
    examples: list[errors.DirectoryFileError] = [
        errors.BrokenJson("a", 1, "it is no JSON"),
        errors.FileTooLarge("a", 5),
        errors.ListingEmpty("a"),
        errors.ListingOfOtherKind("a", "roles", "deployments"),
        errors.HeaderNotUnderstood("a", 1, "two columns mean role", ("a,b",)),
    ]
    assert {type(one) for one in examples} == set(errors.DirectoryFileError.__subclasses__())
    for one in examples:
        assert one.sentence.startswith(("'a'", "The table in 'a'"))
        assert one.sentence.endswith(".")
