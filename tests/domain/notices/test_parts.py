"""A model whose versions have dates of their own: each part is told its own dates, and nobody those of another part."""

import pytest

from domain.commands import Announce
from domain.ledger import Ledger
from domain.notices.opening import decided_elsewhere
from domain.streams import model_stream
from domain.subjects import WHOLE, Scope
from tests.domain.notices.site import DATES, dated, opened
from tests.ledgers import announce
from tests.spec import KEY

V1, V2, EU = (Scope.of(parts) for parts in ({"version": "1"}, {"version": "2"}, {"region": "eu"}))


def of_v1() -> Announce:
    return announce(retired="2025-09-01", scope={"version": "1"}, announced_at=None)


@pytest.fixture
def split(site: Ledger) -> Ledger:
    """Version 1 has a retirement of its own, and then the whole model gets dates."""
    site.execute(of_v1())
    site.execute(dated())
    return site


def test_dates_of_the_whole_open_a_run_for_each_part_whose_plan_they_change(split: Ledger) -> None:
    first, whole, version = opened(split)
    assert (first.scope, whole.scope, version.scope) == (V1, WHOLE, V1)
    assert str(whole.after.retired and whole.after.retired.value) == DATES["retired"]
    assert str(version.after.retired and version.after.retired.value) == "2025-09-01", "its own date stays"
    assert str(version.after.legacy and version.after.legacy.value) == DATES["legacy"], "what it does not say itself comes from the whole"


def test_a_part_whose_plan_stays_is_not_told_again(split: Ledger) -> None:
    before = len(opened(split))
    split.execute(announce(retired="2025-08-15", announced_at=None))
    assert [run.scope for run in opened(split)[before:]] == [WHOLE]


@pytest.mark.parametrize(
    ("run", "deployed", "elsewhere"),
    [
        (WHOLE, V1, True),
        (WHOLE, V1.joined(EU), True),
        (WHOLE, V2, False),
        (WHOLE, WHOLE, False),  # Its version is not known: it may be any.
        (V1, V1, False),
        (V1, WHOLE, False),
        (V1, V1.joined(EU), False),
    ],
    ids=str,
)
def test_who_lies_in_a_part_with_a_plan_of_its_own_is_not_told_by_the_run_of_the_whole(
    split: Ledger, run: Scope, deployed: Scope, *, elsewhere: bool
) -> None:
    found = [each for each in opened(split) if each.scope == run][-1]
    history = split.store.history(model_stream(KEY), found.run)
    assert decided_elsewhere(history, found, deployed) is elsewhere


def test_a_part_that_says_the_same_is_told_with_the_whole(site: Ledger) -> None:
    site.execute(announce(retired=DATES["retired"], scope={"version": "1"}, announced_at=None))
    site.execute(announce(retired=DATES["retired"], announced_at=None))
    whole = opened(site)[-1]
    assert whole.scope == WHOLE
    assert not decided_elsewhere(site.store.history(model_stream(KEY)), whole, V1)
