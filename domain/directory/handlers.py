"""What happens to subscriptions and people inside a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from domain.directory import decisions
from domain.directory.commands import (
    AssignRole,
    CreateDeployment,
    DeleteDeployment,
    DirectoryCommand,
    OptIn,
    OptOut,
    PersonCommand,
    RecordErasure,
    RecordSnapshot,
    RegisterWebhook,
    RemoveWebhook,
    RevokeRole,
    SubscriptionCommand,
)
from domain.directory.events import SubscriptionEvent
from domain.directory.person import fold as fold_person
from domain.directory.subscription import Subscription, evolve, fold
from domain.directory.wishes import record_wish
from domain.events import Position
from domain.notices.handlers import open_joined
from domain.recorded import Recorded
from domain.rules.answers import Question
from domain.rules.policy import policy_in_force
from domain.rules.questions import answer, policy_of
from domain.store.contract import Transaction
from domain.streams import person_stream, policy_stream, subscription_stream
from domain.subjects import Scope, SubjectKey


@dataclass
class Changes:
    """What a command about the directory left."""

    appended: list[Recorded] = field(default_factory=list)
    joined: list[tuple[SubjectKey, Scope]] = field(default_factory=list)
    """Models and deployments' scopes of which somebody has to be told now."""
    runs: tuple[Position, ...] = ()


def stream_of(command: DirectoryCommand) -> str:
    """Return the stream whose version a command's sender may insist on; a snapshot is about several."""
    if isinstance(command, RecordSnapshot):
        return ""
    if isinstance(command, OptOut | OptIn | RecordErasure):
        return person_stream(command.person)
    return subscription_stream(command.subscription)


def carry_out(command: DirectoryCommand, transaction: Transaction, actor: str) -> Changes:
    """Decide and append, and open the runs for those who joined.

    Raises:
        LedgerError: the decision refuses.
    """
    changes = Changes()
    match command:
        case RecordSnapshot():
            decisions.refuse_twice(command)
            for snapshot in command.subscriptions:
                known, seen_at = _known(snapshot.subscription, command.seen_at, transaction)
                events = decisions.take_snapshot(known, snapshot, command.source, seen_at, forced=bool(command.forced))
                _append(known, events, transaction, actor, changes)
        case OptOut() | OptIn() | RecordErasure():
            changes.appended += _record_wish(command, transaction, actor)
        case _:
            known, seen_at = _known(command.subscription, command.seen_at, transaction)
            _append(known, _decide(command, known, seen_at, transaction), transaction, actor, changes)
    if changes.joined and not (isinstance(command, RecordSnapshot) and command.quiet):
        changes.runs = open_joined(changes.joined, changes.appended[0].position, transaction, actor)
    return changes


def _known(subscription: str, stated: datetime | None, transaction: Transaction) -> tuple[Subscription, datetime]:
    history = transaction.history(subscription_stream(subscription))
    last = history[-1].event.seen_at if history else None  # type: ignore[attr-defined]  # every event of a subscription has it
    return fold(subscription, history), decisions.seen_at_of(stated, transaction.now(), subscription, last)


def _decide(command: SubscriptionCommand, known: Subscription, seen_at: datetime, transaction: Transaction) -> Sequence[SubscriptionEvent]:
    match command:
        case AssignRole():
            return decisions.assign_role(known, command, seen_at)
        case RevokeRole():
            return decisions.revoke_role(known, command, seen_at)
        case CreateDeployment():
            return _create_deployment(command, known, seen_at, transaction)
        case DeleteDeployment():
            return decisions.delete_deployment(known, command, seen_at)
        case RegisterWebhook():
            return decisions.register_webhook(known, command, seen_at)
        case RemoveWebhook():
            return decisions.remove_webhook(known, command, seen_at)
        case _:
            assert_never(command)


def _create_deployment(
    command: CreateDeployment, known: Subscription, seen_at: datetime, transaction: Transaction
) -> Sequence[SubscriptionEvent]:
    wanted, now, head = command.deployment, transaction.now(), transaction.head()
    question = Question(wanted.key, wanted.scope, now, now, head.position, head.recorded_at)
    told, policy = answer(transaction.history, question), policy_of(transaction.history, question)
    return decisions.create_deployment(known, command, told, policy, seen_at)


def _append(known: Subscription, events: Sequence[SubscriptionEvent], transaction: Transaction, actor: str, changes: Changes) -> None:
    if not events:
        return
    entries = transaction.append(subscription_stream(known.id), events, after=known.version, actor=actor)
    after = known
    for entry in entries:
        after = evolve(after, entry)
    changes.appended += entries
    for catalog in dict.fromkeys(deployment.key.catalog for deployment in after.deployments.values()):
        joined = decisions.joined_deployments(known, after, events, _notified_roles(catalog, transaction))
        changes.joined += [(deployment.key, deployment.scope) for deployment in joined if deployment.key.catalog == catalog]


def _notified_roles(catalog: str, transaction: Transaction) -> Sequence[str]:
    now = transaction.now()
    policy = policy_in_force(transaction.history(policy_stream(catalog)), now, now)
    return policy.notified_roles if policy else ()


def _record_wish(command: PersonCommand, transaction: Transaction, actor: str) -> Sequence[Recorded]:
    stream = person_stream(command.person)
    person = fold_person(command.person, transaction.history(stream))
    events = record_wish(person, command, decisions.not_ahead(command.seen_at, transaction.now()))
    return transaction.append(stream, events, after=person.version, actor=actor) if events else ()
