"""Who is known: to have, or to have had, a role; and webhooks."""

from sqlalchemy import Connection, bindparam, select

from projections.directory.view import ROLES, WEBHOOKS

_PERSON = select(ROLES.c.principal).where(ROLES.c.principal == bindparam("id")).limit(1)
_WEBHOOK = select(WEBHOOKS.c.webhook).where(WEBHOOKS.c.webhook == bindparam("id")).limit(1)


def is_known(connection: Connection, id_: str) -> bool:
    """Tell whether somebody ever had a role, or a webhook was ever registered, under an opaque id."""
    return any(connection.execute(asked, {"id": id_}).first() for asked in (_PERSON, _WEBHOOK))
