"""The seed's example: three subscriptions, eleven members with an address in the five roles, and those who cannot be told.

Anna stands in two subscriptions, Bjorn in two roles, Kim in both ways, and Goran was made an owner above all three.
"""

from collections.abc import Mapping

from domain.directory.commands import Assignment
from domain.directory.events import Level, PrincipalKind
from tests.api.notices.hooks import Hooks
from tests.api.notices.site import Site, snapshot, user

RETAIL, RESEARCH, SUPPORT = (f"5ab00000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
PATHS = {RETAIL: "retail", RESEARCH: "research", SUPPORT: "support"}

TOLD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "anna.berg": {RETAIL: ("owner",), RESEARCH: ("owner",)},
    "bjorn.dahl": {RETAIL: ("contributor", "reader")},
    "chen.li": {RETAIL: ("reader",)},
    "dana.okoye": {RETAIL: ("monitoring contributor",)},
    "emil.novak": {RESEARCH: ("monitoring reader",)},
    "fatima.rahman": {RESEARCH: ("contributor",)},
    "goran.ilic": {RETAIL: ("owner",), RESEARCH: ("owner",), SUPPORT: ("owner",)},
    "hana.sato": {RESEARCH: ("reader",), SUPPORT: ("owner",)},
    "ines.costa": {SUPPORT: ("contributor",)},
    "jonas.weber": {SUPPORT: ("contributor",)},
    "kim.park": {RETAIL: ("monitoring reader",), SUPPORT: ("contributor",)},
}
THROUGH_GROUP = ("ines.costa", "jonas.weber", "kim.park")
"""Who are contributors of the third as members of a group."""
NOT_TOLD = "lena.fischer"
"""In a role that the policy does not name."""
EXCLUDED = {"service_principal": RETAIL, "no_address": RETAIL, "group_not_expanded": RESEARCH}


def address(name: str) -> str:
    return f"{name}@contoso.com"


def fill(site: Site, hooks: Hooks) -> None:
    """Record the directory and a webhook for each subscription."""
    ids = dict(zip(TOLD, site.known(*map(address, TOLD)), strict=True))
    (lena,) = site.known(address(NOT_TOLD))
    held: dict[str, list[Assignment]] = {RETAIL: [], RESEARCH: [], SUPPORT: []}
    for name, places in TOLD.items():
        for subscription, roles in places.items():
            via = "operators" if name in THROUGH_GROUP and subscription == SUPPORT else None
            held[subscription] += [user(ids[name], role, via=via) for role in roles]
    held[RETAIL] += [
        user(lena, "cognitive services user"),
        user("nobody-knows-their-address", "reader"),
        Assignment(principal="a-program", kind=PrincipalKind.SERVICE_PRINCIPAL, role="contributor"),
    ]
    held[RESEARCH] += [_group("strangers", "reader")]
    held[SUPPORT] += [_group("operators", "contributor")]
    site.record(*(snapshot(subscription, *members) for subscription, members in held.items()))
    for subscription, path in PATHS.items():
        site.webhook(subscription, hooks.url(path))


def _group(id_: str, role: str) -> Assignment:
    return Assignment(principal=id_, kind=PrincipalKind.GROUP, role=role, level=Level.MANAGEMENT_GROUP)
