"""Role assignments as the cloud's command line prints them."""

import json
import tracemalloc
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from api.directory.readers.found import FoundRole, Skipped, Unreadable
from api.directory.readers.read import read_directory
from domain.directory.events import Level, PrincipalKind
from tests.api.directory.readers.listings import FIXTURES, RESEARCH, RETAIL, SUPPORT, assignment, brief, found_in, json_found, role_of


def fixture(name: str) -> list[Any]:
    return list(read_directory(FIXTURES / name).found)


def test_the_listings_of_three_subscriptions_say_what_one_table_says() -> None:
    listed = list(chain.from_iterable(fixture(f"roles-{n}.json") for n in (1, 2, 3)))
    roles = [found for found in listed if isinstance(found, FoundRole)]
    assert sorted(map(brief, roles)) == sorted(map(brief, fixture("roles.csv")))
    assert {role.subscription for role in roles} == {RETAIL, RESEARCH, SUPPORT}
    (skipped,) = (found for found in listed if not isinstance(found, FoundRole))
    assert skipped == Skipped(59, "element 4: assigned below the subscription", RESEARCH)


def test_an_element_is_named_by_the_line_where_it_starts() -> None:
    first, second = json_found(assignment(), assignment(principalId=None))
    assert (first.line, second.line) == (2, 3)
    assert brief(second) == ("unreadable", "element 2: it states no principalId")


@pytest.mark.parametrize(
    ("scope", "level"),
    [
        ("/subscriptions/S-1", Level.SUBSCRIPTION),
        ("/Subscriptions/s-1/", Level.SUBSCRIPTION),
        ("/", Level.ROOT),
        ("/providers/Microsoft.Management/managementGroups/contoso", Level.MANAGEMENT_GROUP),
        ("/providers/microsoft.management/managementgroups/contoso/", Level.MANAGEMENT_GROUP),
    ],
)
def test_the_scope_tells_the_level(scope: str, level: Level) -> None:
    found = role_of(assignment(scope=scope), subscription="S-1")
    assert (found.subscription, found.level) == ("s-1", level)


@pytest.mark.parametrize("below", ["/resourceGroups/g", "/resourceGroups/g/providers/Microsoft.X/y/z"])
def test_what_is_assigned_below_the_subscription_is_skipped_and_names_it(below: str) -> None:
    assert json_found(assignment(scope=f"/subscriptions/s-1{below}")) == [
        Skipped(2, "element 1: assigned below the subscription", "s-1"),
    ]


def test_an_inherited_assignment_is_in_the_one_subscription_that_the_others_name() -> None:
    below = assignment(scope="/subscriptions/s-1/resourceGroups/g")
    _, found = json_found(assignment(scope="/"), below)
    assert isinstance(found, FoundRole)
    assert (found.line, found.subscription, found.level) == (2, "s-1", Level.ROOT)


@pytest.mark.parametrize(("others", "how"), [((), "none"), (("s-1", "s-2"), "2")])
def test_an_inherited_assignment_of_no_certain_subscription_is_unreadable(others: tuple[str, ...], how: str) -> None:
    *_, found = json_found(assignment(scope="/"), *(assignment(scope=f"/subscriptions/{name}") for name in others))
    assert isinstance(found, Unreadable)
    assert f"names {how} of the subscriptions" in found.reason
    assert "say which one was listed" in found.reason


@pytest.mark.parametrize(
    ("word", "kind", "address"),
    [
        ("User", PrincipalKind.USER, "ann@contoso.com"),
        ("user", PrincipalKind.USER, "ann@contoso.com"),
        ("Group", PrincipalKind.GROUP, None),
        ("ForeignGroup", PrincipalKind.GROUP, None),
        ("ServicePrincipal", PrincipalKind.SERVICE_PRINCIPAL, None),
        ("MSI", PrincipalKind.SERVICE_PRINCIPAL, None),
        ("Device", PrincipalKind.SERVICE_PRINCIPAL, None),
        ("Unknown", PrincipalKind.USER, None),
        ("Everyone", PrincipalKind.USER, None),
        (None, PrincipalKind.USER, None),
    ],
)
def test_kinds_of_principals(word: str | None, kind: PrincipalKind, address: str | None) -> None:
    who = role_of(assignment(principalType=word)).principal
    assert (who.kind, who.address) == (kind, address)


@pytest.mark.parametrize(
    ("printed", "name", "address"),
    [
        ("ann@contoso.com", None, "ann@contoso.com"),
        ("ann.berg_example.com#EXT#@contoso.onmicrosoft.com", None, "ann.berg@example.com"),
        ("ann_berg_example.com#ext#@contoso.onmicrosoft.com", None, "ann_berg@example.com"),
        ("Ann Berg", "Ann Berg", None),
        ("", None, None),
        (None, None, None),
        (7, None, None),
        ("a@b\r\nBcc: c@d", "a@b\r\nBcc: c@d", None),
        ("a@b@c", "a@b@c", None),
        ("<ann@contoso.com>", "<ann@contoso.com>", None),
        (f"{'a' * 251}@b.c", f"{'a' * 251}@b.c", None),
        ("half \ud800", "half ?", None),
    ],
)
def test_a_user_principal_name_is_an_address_where_it_looks_like_one(printed: Any, name: str | None, address: str | None) -> None:
    who = role_of(assignment(principalName=printed)).principal
    assert (who.name, who.address) == (name, address)


def test_role_names_are_in_lower_case_with_single_spaces_and_unknown_ones_are_kept() -> None:
    assert role_of(assignment(roleDefinitionName=" Monitoring\t Reader ")).role == "monitoring reader"
    assert role_of(assignment(roleDefinitionName="Our Own Role")).role == "our own role"


def test_guids_compare_without_case_and_other_ids_with_it() -> None:
    guid = "ABCDEF00-0000-4000-8000-00000000000A"
    assert role_of(assignment(principalId=guid)).principal.id == guid.lower()
    assert role_of(assignment(principalId="Ann-1")).principal.id == "Ann-1"


def test_older_versions_spell_and_nest_otherwise() -> None:
    inside = {name[:1].upper() + name[1:]: value for name, value in assignment().items()}
    assert brief(role_of({"id": "x", "properties": inside})) == brief(role_of(assignment()))


def test_the_same_assignment_passes_once_and_the_nearer_level_stands() -> None:
    found = json_found(
        assignment(scope="/"),
        assignment(),
        assignment(roleDefinitionName="OWNER", principalName="other@contoso.com"),
        assignment(roleDefinitionName="Reader"),
    )
    assert [brief(one)[-1] if isinstance(one, FoundRole) else brief(one)[1] for one in found] == [
        "subscription",
        "element 3: the same assignment as in element 2",
        "subscription",
        "element 1: the same assignment as in element 2",
    ]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (7, "it is no object"),
        ([], "it is no object"),
        ({"principalId": "x"}, "it states no roleDefinitionName and no scope"),
        (assignment(roleDefinitionName=""), "it states no roleDefinitionName"),
        (assignment(scope=["/"]), "it states no scope"),
        (assignment(scope="/elsewhere"), "its scope cannot be used: it is neither a subscription, nor above or below one"),
        (assignment(scope="/subscriptions/"), "its scope cannot be used"),
        (assignment(scope="/subscriptions/a b"), "its scope cannot be used"),
        (assignment(principalId="x\u202e"), "its principal id cannot be used: it holds the invisible character U+202E"),
        (assignment(principalId="\ud800"), "its principal id cannot be used"),
        (assignment(principalId="x" * 201), "its principal id cannot be used: it has 201 characters"),
        (assignment(roleDefinitionName="x" * 201), "its role cannot be used: it has 201 characters"),
        (assignment(roleDefinitionName="ann@contoso.com"), "its role cannot be used: it holds an address"),
    ],
)
def test_a_bad_element_says_why_and_the_others_are_read(element: object, reason: str) -> None:
    good, bad = json_found(assignment(), element)
    assert isinstance(good, FoundRole)
    assert isinstance(bad, Unreadable)
    assert bad.reason.startswith(f"element 2: {reason}")


def test_no_representation_and_no_reason_names_a_person() -> None:
    found = json_found(assignment(), assignment(), assignment(scope="x"), assignment(roleDefinitionName="ann@contoso.com"))
    assert len(found) == 4
    assert "p-1" not in repr(found)
    assert "ann@" not in repr(found)


def test_a_hostile_name_is_kept_as_it_is() -> None:
    name = "\r\nBcc: x" + "\U0001f600" * 10_000 + "\u202e"
    assert role_of(assignment(principalType="Group", principalName=name)).principal.name == name.strip()


def test_memory_is_bounded_by_what_was_seen_not_by_the_file(tmp_path: Path) -> None:
    path = tmp_path / "roles.json"
    with path.open("w") as stream:
        stream.write("[")
        for number in range(3_000):
            stream.write(f"{',' if number else ''}\n{json.dumps(assignment(principalId=f'p-{number}', description='x' * 5_000))}")
        stream.write("]")
    tracemalloc.start()
    try:
        assert sum(isinstance(found, FoundRole) for found in read_directory(path).found) == 3_000
        assert tracemalloc.get_traced_memory()[1] < 5_000_000 < path.stat().st_size
    finally:
        tracemalloc.stop()


def test_a_list_of_one_line_is_read_by_elements() -> None:
    found = found_in(json.dumps([assignment(principalId=f"p-{number}") for number in range(5_000)]))
    assert len({brief(one) for one in found}) == 5_000
    assert {one.line for one in found} == {1}
