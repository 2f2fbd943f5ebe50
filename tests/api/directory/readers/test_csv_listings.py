"""Roles and deployments as plain tables."""

import pytest

from api.directory.readers.errors import HeaderNotUnderstood
from api.directory.readers.found import FoundDeployment, FoundRole, ListingKind, Skipped, Unreadable
from api.directory.readers.read import read_directory
from domain.directory.events import PrincipalKind
from tests.api.directory.readers.listings import brief, found_in, one_role

ROLES = "subscription,principal,principal_type,name,address,role,level\n"
DEPLOYMENTS = "subscription,deployment,model,version,region,deployment_type\n"


def test_the_header_tells_what_a_table_lists() -> None:
    assert read_directory(ROLES.encode()).kind is ListingKind.ROLES
    assert read_directory(DEPLOYMENTS.encode()).kind is ListingKind.DEPLOYMENTS


def test_columns_stand_in_any_order_under_any_of_their_headers() -> None:
    found = one_role(
        "ROLE;Object ID;user_principal_name;Subscription ID;Kind\nReader;p-1;ann_example.com#EXT#@c.onmicrosoft.com;S-1;User\n"
    )
    assert brief(found) == ("s-1", "p-1", "user", "ann@example.com", "reader", "subscription")


@pytest.mark.parametrize(("cell", "level"), [("", "subscription"), ("Management group", "management_group"), ("ROOT", "root")])
def test_levels(cell: str, level: str) -> None:
    assert one_role(f"{ROLES}s-1,p-1,group,,,owner,{cell}\n").level == level


def test_names_and_addresses_are_kept_and_what_is_no_address_is_none() -> None:
    who = one_role(f'{ROLES}s-1,p-1,service principal," a ""b"" c",nobody,owner,\n').principal
    assert (who.kind, who.name, who.address) == (PrincipalKind.SERVICE_PRINCIPAL, 'a "b" c', None)


def test_a_deployment() -> None:
    first, second, third = found_in(
        f"{DEPLOYMENTS}S-1,a/b,azure/mistral-large@2407,,East US 2,GlobalStandard\n"
        "s-1,c,azure/phi-4,,,\ns-1,d,azure/phi-4@7,7,,Data Zone Standard\n"
    )
    assert brief(first) == ("s-1", "a/b", "azure/mistral-large", "deployment_type=global-standard, region=eastus2, version=2407")
    assert brief(second) == ("s-1", "c", "azure/phi-4", "")
    assert brief(third) == ("s-1", "d", "azure/phi-4", "deployment_type=data-zone-standard, version=7")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("s-1,p-1,user,,,owner", "it has 6 cells, and the header 7"),
        ("s-1,p-1,user,Berg, Ann,a@b,owner,root", "it has 8 cells, and the header 7"),
        ("s-1,p-1,person,,,owner,", "its principal_type is none of"),
        ("s-1,p-1,,,,owner,", "its principal_type is none of"),
        ("s-1,p-1,user,,,owner,tenant", "its level is none of"),
        ("s-1,p-1,user,,,,", "its role cannot be used: it is empty"),
        ("s-1,p-1,user,Ann,owner,ann@contoso.com,", "its role cannot be used: it holds an address"),
        ("s-1,,user,,,owner,", "its principal id cannot be used: it is empty"),
        ("ann@contoso.com,p-1,user,,,owner,", "its subscription cannot be used: use up to 100 letters"),
        ('"s-1"x,p-1,user,,,owner,', "check its quotation marks"),
        (f"s-1,{'x' * 200_000},user,,,owner,", "field larger than field limit"),
    ],
)
def test_a_bad_role_says_why_shows_no_person_and_the_next_is_read(row: str, reason: str) -> None:
    bad, good = found_in(f"{ROLES}{row}\ns-1,p-2,user,,,owner,\n")
    assert isinstance(bad, Unreadable)
    assert isinstance(good, FoundRole)
    assert (bad.line, good.line) == (2, 3)
    assert reason in bad.reason
    assert "ann@contoso.com" not in bad.reason


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("s-1,d,mistral-large,,,", "write catalog/model or catalog/model@version"),
        ("s-1,d,azure/Mistral Large,,,", "write catalog/model or catalog/model@version"),
        ("s-1,d,azure/a@,,,", "names no version behind the @"),
        ("s-1,d,azure/a@1,2,,", "different versions"),
        ("s-1,,azure/a,,,", "its deployment cannot be used: it is empty"),
        ("s-1,d,azure/a,1=2,,", "its scope version cannot be used"),
        ('s-1,d,azure/a,,,"standard, batch"', "its deployment_type names none, or several"),
    ],
)
def test_a_bad_deployment_says_why(row: str, reason: str) -> None:
    bad, good = found_in(f"{DEPLOYMENTS}{row}\ns-1,e,azure/a,,,\n")
    assert isinstance(bad, Unreadable)
    assert isinstance(good, FoundDeployment)
    assert reason in bad.reason


def test_doubles_are_told_by_their_lines_and_lines_are_those_where_rows_start() -> None:
    found = found_in(f'{ROLES}s-1,p-1,user,"A\nB",,owner,\n\n,,,,,,\nS-1,p-1,user,,,OWNER,root\n')
    assert found[1:] == [Skipped(6, "the same assignment as in line 2", "s-1")]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("subscription,principal,role", "columns that are needed are not there"),
        ("s-1,ann@contoso.com,owner,user", "columns that are needed are not there"),
        (ROLES.strip() + ",salary", "no meaning is known of the column 'salary'"),
        (ROLES.strip() + ",E-Mail", "two columns mean address"),
        ('"subscription"x,role', "columns that are needed are not there"),
    ],
)
def test_a_header_that_is_not_understood_is_refused_with_one_that_is(header: str, reason: str) -> None:
    with pytest.raises(HeaderNotUnderstood) as problem:
        found_in(f"\n{header}\ns-1,p-1,user,,,owner,\n")
    assert reason in problem.value.sentence
    assert "subscription,principal,principal_type,role,name,address,level" in problem.value.sentence
    assert "ann@contoso.com" not in problem.value.sentence
