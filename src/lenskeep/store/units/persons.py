"""What changes of a person who signs in, and who must stay."""

from typing import Final

from lenskeep.base.errors import Conflict, Missing
from lenskeep.base.identifiers import AdminId
from lenskeep.flows.ports import AdminChange
from lenskeep.flows.records import Admin, Audit
from lenskeep.store import rows
from lenskeep.store.rows import maybe_micros
from lenskeep.store.sql import Work
from lenskeep.store.statements import people
from lenskeep.store.units.journal import record

_IN_CHARGE: Final = "admin"
"""The role of which one active person must be left: nobody else could ever make another."""


def change_admin(admin_id: AdminId, change: AdminChange, audit: Audit) -> Work[Admin]:
    """Change the person; nothing happens where everything is so already."""
    found = yield people.ADMIN(admin_id=admin_id)
    if not found:
        raise Missing("administrator", admin_id)
    before = rows.admin(found[0])
    role = change.role or before.role
    disabled_at = before.disabled_at or (audit.at if change.disabled else None)
    if (role, disabled_at) == (before.role, before.disabled_at) and not change.password_hash:
        return before
    if _is_in_charge(before) and (role != _IN_CHARGE or disabled_at is not None):
        others = yield people.OTHER_ACTIVE(admin_id=admin_id, role=_IN_CHARGE)
        if not others:
            raise Conflict(f"{before.name!r} is the last active administrator; add another first")
    changed = yield people.CHANGE_ADMIN(
        admin_id=admin_id,
        new_role=role,
        new_password_hash=change.password_hash or before.password_hash,
        new_disabled_at=maybe_micros(disabled_at),
    )
    if change.disabled or change.password_hash:
        yield people.END_SIGN_INS(of_admin=admin_id)
    yield record((audit,))
    return rows.admin(changed[0])


def _is_in_charge(admin: Admin) -> bool:
    return admin.role == _IN_CHARGE and admin.disabled_at is None
