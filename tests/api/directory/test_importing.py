"""An import: what changed is recorded, nothing that is doubtful is taken away, and every row is accounted for."""

from pathlib import Path

import pytest

from api.directory.errors import DirectoryShrunk
from api.directory.importing import DirectoryReport
from domain.directory.refusals import SeenInFuture, SnapshotTooSmall
from domain.errors import LedgerError
from domain.instants import parse_instant
from domain.subjects import SubjectKey
from tests.api.directory.desk import FIXTURES, HEADER, RESEARCH, RETAIL, ROLES, SUPPORT, Desk, desk_in

THREE = (RETAIL, RESEARCH, SUPPORT)


def counts(report: DirectoryReport) -> tuple[int, int, int, int]:
    return report.assigned, report.revoked, report.created, report.deleted


def everything(desk: Desk) -> object:
    """All that stands, without the opaque ids. Of programs, the cloud prints no name."""
    held = [{("" if kind == "service_principal" else name, kind, *more) for name, kind, *more in desk.held(id_)} for id_ in THREE]
    return held, [{n: (d.key, d.scope) for n, d in desk.subscription(id_).deployments.items()} for id_ in THREE]


def test_listings_of_the_cloud_and_tables_make_one_directory(tmp_path: Path) -> None:
    for name in ("cloud", "tables"):
        (tmp_path / name).mkdir()
    with desk_in(tmp_path / "cloud") as cloud, desk_in(tmp_path / "tables") as tables:
        of_cloud = cloud.bring(*ROLES, FIXTURES / "deployments.json", FIXTURES / "endpoints.json", groups=[str(FIXTURES / "groups.json")])
        of_tables = tables.bring(FIXTURES / "roles.csv", FIXTURES / "deployments.csv", groups=[str(FIXTURES / "groups.csv")])
        assert everything(cloud) == everything(tables)
        assert counts(of_cloud) == counts(of_tables) == (20, 0, 4, 0)
        assert len(of_cloud.skipped) > len(of_tables.skipped) == 0


def test_members_of_a_group_stand_beside_it(desk: Desk) -> None:
    desk.bring(FIXTURES / "roles.csv", groups=[str(FIXTURES / "groups.csv")])
    through = {name for name, kind, role, via in desk.held(SUPPORT) if (kind, role, via) == ("user", "contributor", "Model Operators")}
    assert through == {"ines.costa@contoso.com", "jonas.weber@contoso.com", "kim.park@contoso.com"}
    assert ("Model Operators", "group", "contributor", None) in desk.held(SUPPORT)


@pytest.mark.parametrize("group", ["Model Operators", "b2db06dc-38aa-4314-b6b4-26c1ea79f7d2"])
def test_the_members_of_one_group_come_as_the_cloud_prints_them(desk: Desk, group: str) -> None:
    desk.bring(FIXTURES / "roles.csv", groups=[f"{group}={FIXTURES / 'group-members.json'}"])
    assert len([name for name, _, _, via in desk.held(SUPPORT) if via]) == 3


def test_what_has_not_changed_is_not_recorded_again(desk: Desk) -> None:
    desk.bring(*ROLES)
    before = desk.head
    assert counts(desk.bring(*ROLES)) == (0, 0, 0, 0)
    assert desk.head == before


def test_only_the_difference_is_recorded(desk: Desk) -> None:
    desk.bring(desk.table("s,ann,owner", "s,bob,reader"), desk.deployed("s,chat,azure/m@1"))
    report = desk.bring(desk.table("s,ann,owner", "s,cat,reader"), desk.deployed("s,chat,azure/m@2"))
    assert counts(report) == (1, 1, 1, 1)
    assert desk.held("s") == {("ann@example.com", "user", "owner", None), ("cat@example.com", "user", "reader", None)}


def test_roles_say_nothing_of_deployments(desk: Desk) -> None:
    desk.bring(desk.deployed("s,chat,azure/m"))
    desk.bring(desk.table("s,ann,owner"))
    assert set(desk.subscription("s").deployments) == {"chat"}


def test_an_unknown_role_is_kept_for_the_policy_decides(desk: Desk) -> None:
    desk.bring(desk.table("s,ann,Cognitive  Services User"))
    assert desk.held("s") == {("ann@example.com", "user", "cognitive services user", None)}


def test_a_principal_is_of_the_kind_that_its_own_row_says(desk: Desk) -> None:
    groups = desk.written("groups.csv", "group,member", "ops,robot")
    desk.bring(desk.table("s,ops,group,Ops,,reader", "s,robot,service_principal,Robot,,owner"), groups=[str(groups)])
    assert ("Robot", "service_principal", "owner", None) in desk.held("s")
    assert ("Robot", "service_principal", "reader", "Ops") in desk.held("s")


def test_rows_that_cannot_be_read_are_told_and_nothing_is_taken_away(desk: Desk) -> None:
    desk.bring(desk.table("s,ann,owner", "s,bob,reader", "t,cat,owner"))
    report = desk.bring(desk.table("s,ann,owner", "s,dan,user,Dan,dan@example.com,owner,more"), whole=True)
    assert [(remark.file, remark.line) for remark in report.unreadable] == [(str(desk.folder / "table.csv"), 3)]
    assert (report.kept, report.revoked) == (True, 0)
    assert len(desk.held("s")) == 2
    assert len(desk.held("t")) == 1


def test_a_group_that_is_not_known_completely_takes_nothing_away(desk: Desk) -> None:
    roles = desk.table("s,ops,group,Ops,,reader")
    desk.bring(roles, groups=[str(desk.written("groups.csv", "group,member", "ops,ann", "ops,bob"))])
    report = desk.bring(roles, groups=[str(desk.written("groups.csv", "group,member", "ops,ann", "ops,"))])
    assert (report.revoked, len(report.unreadable), len(desk.subscription("s").roles)) == (0, 1, 3)


def test_a_listing_that_breaks_off_records_nothing(desk: Desk) -> None:
    text = (FIXTURES / "roles-1.json").read_text()
    with pytest.raises(LedgerError):
        desk.bring(FIXTURES / "roles-2.json", desk.written("cut.json", text[: len(text) // 2]))
    assert desk.head == 0


def test_files_that_contradict_each_other_are_told(desk: Desk) -> None:
    first, second = desk.deployed("s,chat,azure/m@1"), desk.deployed("s,chat,azure/m@2", "s,new,azure/m", name="other.csv")
    report = desk.bring(first, second)
    assert [(Path(remark.file).name, remark.line) for remark in report.unreadable] == [("other.csv", 2)]
    assert desk.subscription("s").deployments["chat"].scope.as_dict() == {"version": "1"}


def test_a_row_that_another_file_has_too_is_skipped(desk: Desk) -> None:
    report = desk.bring(desk.table("s,ann,owner"), desk.table("s,ann,owner", name="other.csv"))
    assert [(Path(remark.file).name, remark.line) for remark in report.skipped] == [("other.csv", 2)]
    assert report.assigned == 1


def test_inherited_roles_of_another_subscription_are_not_counted_to_the_named_one(desk: Desk) -> None:
    with pytest.raises(LedgerError, match=r"roles-2\.json"):
        desk.bring(ROLES[0], ROLES[1], subscriptions=[RETAIL])
    assert desk.head == 0


class TestTooSmall:
    def test_a_listing_with_less_than_half_is_refused_unless_forced(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner", "s,bob,owner", "s,cat,owner"))
        before = desk.head
        with pytest.raises(SnapshotTooSmall):
            desk.bring(desk.table("s,ann,owner"))
        assert desk.head == before
        assert desk.bring(desk.table("s,ann,owner"), forced=True).revoked == 2

    def test_an_empty_list_empties_a_named_subscription_if_forced(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner"))
        empty = desk.written("empty.json", "[]")
        with pytest.raises(SnapshotTooSmall):
            desk.bring(empty, subscriptions=["S"], kind="roles")
        assert desk.bring(empty, subscriptions=["S"], kind="roles", forced=True).revoked == 1

    def test_a_subscription_that_is_refused_keeps_no_other_back(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner", "s,bob,owner", "s,cat,owner", "t,ann,owner"))
        report = desk.bring(desk.table("s,ann,owner", "t,ann,owner", "t,bob,reader"))
        assert (report.assigned, report.revoked, len(report.refused)) == (1, 0, 1)

    def test_nothing_was_seen_in_the_future(self, desk: Desk) -> None:
        with pytest.raises(SeenInFuture):
            desk.bring(desk.table("s,ann,owner"), seen_at=parse_instant("2999-01-01"))

    def test_an_older_listing_is_refused(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner"), seen_at=parse_instant("2025-01-20"))
        with pytest.raises(LedgerError, match="seen at"):
            desk.bring(desk.table("s,bob,owner"), seen_at=parse_instant("2025-01-10"))


class TestWhole:
    """A listing of the whole directory: what it does not name is gone."""

    def test_a_subscription_that_is_not_named_is_emptied(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner", "t,ann,owner", "u,ann,owner", "u,bob,owner", "u,cat,owner"))
        assert desk.bring(desk.table("s,ann,owner", "t,ann,owner"), whole=True).revoked == 3
        assert desk.held("u") == set()

    def test_less_than_half_of_the_directory_is_refused_unless_forced(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner", "t,ann,owner", "u,ann,owner"))
        before = desk.head
        with pytest.raises(DirectoryShrunk):
            desk.bring(desk.table("s,ann,owner"), whole=True)
        assert desk.head == before
        assert desk.people.find("zoe") is None
        assert desk.bring(desk.table("s,ann,owner"), whole=True, forced=True).revoked == 2

    def test_new_subscriptions_do_not_make_up_for_those_that_vanish(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner", "t,ann,owner", "u,ann,owner"))
        with pytest.raises(DirectoryShrunk):
            desk.bring(desk.table(*(f"other-{number},ann,owner" for number in range(9))), whole=True)

    def test_the_last_deployment_of_a_subscription_with_roles_goes_too(self, desk: Desk) -> None:
        roles = desk.table("s,ann,owner", "t,ann,owner")
        desk.bring(roles, desk.deployed("s,chat,azure/m", "t,chat,azure/m"))
        assert desk.bring(roles, desk.deployed("s,chat,azure/m"), whole=True).deleted == 1
        assert desk.subscription("t").deployments == {}

    def test_subscriptions_without_deployments_do_not_count_for_deployments(self, desk: Desk) -> None:
        desk.bring(desk.table(*(f"s-{number},ann,owner" for number in range(9))), desk.deployed("s-1,chat,azure/m", "s-2,chat,azure/m"))
        assert desk.bring(desk.deployed("s-1,chat,azure/m"), whole=True).deleted == 1
        assert len(desk.held("s-2")) == 1


class TestPeople:
    """What a listing does not say of somebody stays as it is known."""

    def test_a_listing_without_addresses_takes_none_away(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner"))
        desk.bring(desk.written("bare.csv", "subscription,principal,principal_type,role", "s,ann,user,owner"))
        assert desk.people.addresses([desk.known("ann")]) == {desk.known("ann"): 1}
        assert (desk.card(desk.known("ann")).name, desk.card(desk.known("ann")).address) == ("Ann", "ann@example.com")

    def test_the_same_listings_in_turn_write_no_new_cards(self, desk: Desk) -> None:
        bare = desk.written("bare.csv", "subscription,principal,principal_type,address,role", "s,ann,user,ann@example.com,owner")
        for _ in range(3):
            desk.bring(desk.table("s,ann,owner"))
            desk.bring(bare)
        assert desk.people.addresses([desk.known("ann")]) == {desk.known("ann"): 1}

    def test_a_new_address_is_a_new_card_of_the_same_person(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner"))
        before = desk.known("ann")
        desk.bring(desk.table("s,ann,user,Ann,ann@example.org,owner"))
        assert (desk.known("ann"), desk.people.addresses([before])) == (before, {before: 2})

    def test_a_hostile_name_is_kept_and_harms_nothing(self, desk: Desk) -> None:
        names = ["x\r\nBcc: y@example.com", "n" * 10_000, "\N{PARTY POPPER}", "\N{RIGHT-TO-LEFT OVERRIDE}txt.exe", "=1+1"]
        rows = [f's,p{number},user,"{name}",p{number}@example.com,owner' for number, name in enumerate(names)]
        file = desk.folder / "hostile.csv"
        file.write_bytes("\n".join((HEADER, *rows)).encode())
        report = desk.bring(file)
        assert (report.assigned, report.unreadable) == (5, [])
        assert [desk.card(desk.known(f"p{number}")).name for number in range(5)] == names

    def test_somebody_who_was_erased_and_is_listed_again_is_somebody_new(self, desk: Desk) -> None:
        desk.bring(desk.table("s,ann,owner"))
        before = desk.known("ann")
        desk.people.erase(before, desk.ledger.now())
        desk.bring(desk.table("s,ann,owner"))
        assert desk.known("ann") != before
        assert len(desk.subscription("s").roles) == 1


def test_nobody_stands_in_the_ledger_in_clear(desk: Desk) -> None:
    desk.bring(*ROLES, groups=[str(FIXTURES / "groups.csv")])
    desk.bring(FIXTURES / "roles.csv")
    content = b"".join(path.read_bytes() for path in desk.folder.iterdir() if path.name.startswith("ledger."))
    secrets = [cell for row in (FIXTURES / "roles.csv").read_text().splitlines()[1:] for cell in row.split(",")[1:5:1] if len(cell) > 5]
    for secret in {*secrets} - {"user", "group", "service_principal"}:
        assert secret.encode() not in content, secret
        assert secret.lower().encode() not in content.lower(), secret


def test_a_subscription_is_told_as_it_was_at_every_instant(desk: Desk) -> None:
    told = {}
    for day, rows in enumerate((["ann"], ["ann", "bob"], ["bob", "cat"], ["cat"]), start=1):
        desk.clock.set(f"2025-03-{day:02}T09:00:00Z")
        desk.bring(desk.table(*(f"s,{who},owner" for who in rows)))
        told[f"2025-03-{day:02}T09:00:00Z"] = {desk.known(who) for who in rows}
    for at, members in told.items():
        assert desk.subscription("s", at).members(["owner"]) == members
    assert desk.subscription("s", "2025-03-01T08:59:59Z").members(["owner"]) == frozenset()


def test_an_import_that_was_broken_off_goes_on(desk: Desk) -> None:
    roles = desk.table(*(f"s-{number:04},ann,owner" for number in range(1200)))

    class Killed(Exception):
        pass

    from api.cli.directory_files import gather  # noqa: PLC0415
    from api.directory.importing import DirectoryImport, Terms  # noqa: PLC0415

    def kill(done: int) -> None:
        raise Killed(done)

    with pytest.raises(Killed):
        DirectoryImport(desk.ledger, desk.people, Terms("listing"), kill).run(gather([roles], (), (), None))
    assert 0 < desk.head < 1200
    desk.bring(roles)
    assert desk.head == 1200
    assert desk.bring(roles).assigned == 0


def test_a_command_key_records_once_and_counts_as_the_first_time(desk: Desk) -> None:
    desk.bring(desk.table("s,ann,owner", "t,ann,owner"))
    listed = desk.table("s,ann,owner", "s,bob,owner")
    first = desk.bring(listed, whole=True, command_key="k")
    assert counts(first) == (1, 1, 0, 0)
    assert counts(desk.bring(listed, whole=True, command_key="k")) == (1, 1, 0, 0)


def test_deployments_are_of_the_model_that_they_name(desk: Desk) -> None:
    desk.bring(FIXTURES / "deployments.json")
    assert desk.subscription(RETAIL).deployments["contoso-retail/search"].key == SubjectKey("azure-openai", "gpt-4o")
