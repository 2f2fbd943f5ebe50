"""Groups: who is in them in the end, and the files that say so."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.directory.readers.errors import BrokenJson, HeaderNotUnderstood
from api.directory.readers.found import FoundPrincipal
from api.directory.readers.group_files import read_group_members, read_groups
from api.directory.readers.groups import Groups
from api.importers.readers.errors import DocumentOfOtherKind
from domain.directory.events import PrincipalKind
from tests.api.directory.readers.listings import FIXTURES

OPERATORS = "b2db06dc-38aa-4314-b6b4-26c1ea79f7d2"


def group(directory_id: str, name: str | None = None) -> FoundPrincipal:
    return FoundPrincipal(directory_id, PrincipalKind.GROUP, name, None)


def ids(groups: Groups, directory_id: str, name: str | None = None) -> list[str] | None:
    members = groups.members(group(directory_id, name))
    return None if members is None else [member.id for member in members]


def from_json(**members: list[Any]) -> Groups:
    return read_groups(json.dumps(members).encode())


@pytest.mark.parametrize("name", ["groups.csv", "groups.json", "group-members.json"])
def test_the_three_ways_to_list_a_group_say_the_same(name: str) -> None:
    path = FIXTURES / name
    groups = read_group_members(path, "Model Operators") if name == "group-members.json" else read_groups(path)
    members = groups.members(group(OPERATORS, "model  operators"))
    assert [(one.kind, one.name, one.address) for one in members or ()] == [
        (PrincipalKind.USER, "Inês Costa", "ines.costa@contoso.com"),
        (PrincipalKind.USER, "Jonas Weber", "jonas.weber@contoso.com"),
        (PrincipalKind.USER, "Kim Park", "kim.park@contoso.com"),
    ]


def test_a_group_that_is_in_no_file_is_not_expanded_and_an_empty_one_has_nobody() -> None:
    groups = from_json(empty=[])
    assert ids(groups, "other", "Other") is None
    assert ids(groups, "EMPTY") == []
    assert ids(read_group_members(b"[]", "g"), "g") == []


def test_groups_inside_are_expanded_where_they_are_known_and_each_member_is_told_once() -> None:
    groups = from_json(
        a=[{"id": "b"}, {"id": "p-1"}, {"id": "x", "@odata.type": "#microsoft.graph.group", "displayName": "Unknown"}],
        b=[{"id": "p-2"}, {"id": "g-c", "objectType": "Group", "displayName": "C"}, {"id": "p-1"}],
        c=[{"id": "a"}, {"id": "p-3"}, {"id": "c"}],
    )
    assert ids(groups, "a") == ["p-2", "p-3", "p-1", "x"]
    assert ids(groups, "g-c", "C") == ["p-2", "p-1", "x", "p-3"]
    assert {one.id: one.kind for one in groups.members(group("a")) or ()}["x"] is PrincipalKind.GROUP


def test_deep_nesting_is_no_recursion() -> None:
    groups = from_json(**{f"g{n}": [{"id": f"g{n + 1}"}] for n in range(5_000)}, g5000=[{"id": "p"}])
    assert ids(groups, "g0") == ["p"]


def test_kinds_and_addresses_of_members() -> None:
    groups = from_json(
        g=[
            {"id": "1", "mail": "a@contoso.com", "userPrincipalName": "b@contoso.com"},
            {"id": "2", "mail": None, "userPrincipalName": "c_example.com#EXT#@contoso.onmicrosoft.com"},
            {"id": "3", "@odata.type": "#microsoft.graph.servicePrincipal", "mail": "d@contoso.com"},
            {"id": "4", "servicePrincipalType": "Application"},
            {"objectId": "5", "objectType": "User"},
        ]
    )
    assert [(one.id, one.kind.value, one.address) for one in groups.members(group("g")) or ()] == [
        ("1", "user", "a@contoso.com"),
        ("2", "user", "c@example.com"),
        ("3", "service_principal", None),
        ("4", "service_principal", None),
        ("5", "user", None),
    ]


def test_files_add_up() -> None:
    groups = read_group_members(b'[{"id": "1"}]', "g") | read_group_members(b'[{"id": "2"}, 7]', "G") | read_groups(b"group,member\nh,g\n")
    assert ids(groups, "g") == ["1", "2"]
    assert ids(groups, "h") == ["g"]
    assert [one.reason for one in groups.unreadable] == ["element 2: it is no object"]


def test_rows_that_cannot_be_read_are_told_beside_the_groups() -> None:
    groups = read_groups(b"group,member,kind\ng,,\n,1,\ng,2,person\ng,3,service_principal\ng\n")
    assert ids(groups, "g") == ["3"]
    assert [(one.line, one.reason.partition(":")[0]) for one in groups.unreadable] == [
        (2, "its principal id cannot be used"),
        (3, "it names no group"),
        (4, "its member_type is none of user, group, service_principal"),
        (6, "it has 1 cell, and the header 3; a separator in a text needs quotation marks"),
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('[{"id": "1"}]', DocumentOfOtherKind),
        ('{"g": {"id": "1"}}', BrokenJson),
        ('{"g": []', BrokenJson),
        ('{"g" []}', BrokenJson),
        ("{1: []}", BrokenJson),
        ('{"g": []} x', BrokenJson),
        ('{"g": [], }', BrokenJson),
        ("a,b\n1,2\n", HeaderNotUnderstood),
    ],
)
def test_a_file_that_is_none_of_groups_is_refused(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_groups(text.encode())


def test_a_list_of_one_group_is_a_json_list(tmp_path: Path) -> None:
    path = tmp_path / "members"
    path.write_text("id,name\n")
    with pytest.raises(DocumentOfOtherKind, match="az ad group member list"):
        read_group_members(path, "g")


def test_a_member_without_an_id_is_told() -> None:
    assert [one.reason for one in from_json(g=[{"displayName": "Ann"}]).unreadable] == [
        "element 1: its principal id cannot be used: it is empty"
    ]
