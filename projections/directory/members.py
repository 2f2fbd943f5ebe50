"""Who has to be told of a model: the members of some roles in every subscription that has a deployment of it, and its webhooks."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from sqlalchemy import CTE, ColumnElement, Connection, FromClause, Select, bindparam, exists, func, literal, or_, select, true, union_all

from domain.directory.events import PrincipalKind
from domain.events import Position
from domain.notices.audience import Member
from domain.subjects import Scope, SubjectKey
from projections.directory.standing import at, stood
from projections.directory.view import DEPLOYMENTS, ROLES, WEBHOOKS

_PAGE_ROWS = 1000
"""Rows that are in memory at a time."""

_BETWEEN, _WITHIN = "\x1e", "\x1f"
"""Between a member's reasons, and between the subscription and the role of one. Neither name holds such a character."""

_GROUP = PrincipalKind.GROUP.value


def members(
    connection: Connection,
    key: SubjectKey,
    scope: Scope,
    roles: Sequence[str],
    position: Position,
    joined_from: Position | None = None,
    decided_elsewhere: Callable[[Scope], bool] = lambda _: False,
) -> Iterator[Member]:
    """Return each member once, with all its reasons, as the directory stood at a position; in bounded memory.

    A subscription counts where it has a deployment of the model whose scope can lie in the claim's. A group of which anybody stands
    there in the same role is not named itself. Members come in the order of their first subscription: neighbours share subscriptions.

    Args:
        connection: To the views, which have taken in the log up to the position at least.
        key: The model.
        scope: What part of the model the claim is about.
        roles: Whose members are told.
        position: As of which entry.
        joined_from: Give only those who came to be members by this entry or a later one: who was a member of a subscription just before
            has been told for it.
        decided_elsewhere: Tells of which deployments, by their scope, the claim says nothing though they lie in its scope.
    """
    deployed = {text: Scope.of(json.loads(text)) for text in _scopes(connection, key)}
    scopes = [text for text, part in deployed.items() if part.meets(scope) and not decided_elsewhere(part)]
    asked = {"catalog": key.catalog, "model": key.model, "scopes": scopes, "roles": list(roles), "position": position}
    if joined_from is not None:
        asked |= {"before": joined_from - 1, "joined_from": joined_from}
    rows = connection.execution_options(yield_per=_PAGE_ROWS).execute(_members(joined=joined_from is not None), asked)
    for of_person, member, kind, _, reasons in rows:
        yield Member(member, PrincipalKind(kind) if of_person else None, _reasons(reasons))


def _reasons(text: str) -> tuple[tuple[str, str], ...]:
    """Take apart what the statement has put together; a role held in two ways stands there twice."""
    if _BETWEEN not in text:
        subscription, _, role = text.partition(_WITHIN)
        return ((subscription, role),)
    found = {(subscription, role) for subscription, _, role in (reason.partition(_WITHIN) for reason in text.split(_BETWEEN))}
    return tuple(sorted(found))


def _scopes(connection: Connection, key: SubjectKey) -> Sequence[str]:
    """Return the scopes of all deployments that a model ever had."""
    found = select(DEPLOYMENTS.c.scope_text).where(DEPLOYMENTS.c.catalog == key.catalog, DEPLOYMENTS.c.model == key.model).distinct()
    return connection.execute(found).scalars().all()


@lru_cache(maxsize=2)
def _members(*, joined: bool) -> Select[int, str, str, str, str]:
    """Return the statement that gives a row for each member."""
    deployed, deployed_before = _deployed("deployed", at()), _deployed("deployed_before", at("before"))
    held, hooks = ROLES.alias("held"), WEBHOOKS.alias("hooks")
    held_new = _new(held, deployed_before, _was_member(held)) if joined else true()
    hooks_new = _new(hooks, deployed_before, _was_webhook(hooks)) if joined else true()
    reasons = union_all(
        select(literal(1).label("of_person"), held.c.principal.label("id"), held.c.kind, held.c.subscription, held.c.role)
        .join_from(deployed, held, held.c.subscription == deployed.c.subscription)
        .where(_counts(held, at()), held_new),
        select(literal(0), hooks.c.webhook, literal(""), hooks.c.subscription, literal(""))
        .join_from(deployed, hooks, hooks.c.subscription == deployed.c.subscription)
        .where(stood(hooks, at()), hooks_new),
    ).cte("reasons")
    c = reasons.c
    first, told = func.min(c.subscription).label("first"), func.aggregate_strings(c.subscription + _WITHIN + c.role, _BETWEEN)
    return select(c.of_person, c.id, func.min(c.kind), first, told).group_by(c.of_person, c.id).order_by(first, c.id, c.of_person)


def _deployed(name: str, position: ColumnElement[Position]) -> CTE:
    """Return the subscriptions that have a deployment that counts."""
    c = DEPLOYMENTS.c
    of_model = (c.catalog == bindparam("catalog"), c.model == bindparam("model"), c.scope_text.in_(bindparam("scopes", expanding=True)))
    return select(c.subscription).where(*of_model, stood(DEPLOYMENTS, position)).distinct().cte(name)


def _counts(held: FromClause, position: ColumnElement[Position]) -> ColumnElement[bool]:
    """Tell the roles by which somebody was a member."""
    through = ROLES.alias()
    expanded = exists().where(
        through.c.subscription == held.c.subscription,
        through.c.role == held.c.role,
        through.c.via == held.c.principal,
        stood(through, position),
    )
    told = held.c.role.in_(bindparam("roles", expanding=True))
    return told & stood(held, position) & or_(held.c.kind != _GROUP, ~expanded)


def _new(stretch: FromClause, before: CTE, was: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell the reasons that came to be by an entry that is looked at: all of a new deployment's, and else those of new members."""
    joined = (stretch.c.from_position >= bindparam("joined_from")) & ~was
    return stretch.c.subscription.not_in(select(before.c.subscription)) | joined


def _was_member(held: FromClause) -> ColumnElement[bool]:
    earlier = ROLES.alias()
    same = (earlier.c.subscription == held.c.subscription, earlier.c.principal == held.c.principal)
    return exists().where(*same, _counts(earlier, at("before")))


def _was_webhook(hooks: FromClause) -> ColumnElement[bool]:
    earlier = WEBHOOKS.alias()
    same = (earlier.c.subscription == hooks.c.subscription, earlier.c.webhook == hooks.c.webhook)
    return exists().where(*same, stood(earlier, at("before")))
