"""People who sign in: made, changed, disabled, and who they are at each request."""

from datetime import timedelta
from typing import Final

from lenskeep.access import Caller, CallerKind, Permission, Role, demand, parse_role
from lenskeep.base.errors import Invalid, Missing, Refusal, Refused
from lenskeep.base.identifiers import AdminId
from lenskeep.base.secret import Secret
from lenskeep.flows.guarding.counting import SIGN_IN, count_wrong
from lenskeep.flows.house import House
from lenskeep.flows.people import (
    BASE62,
    SECRET_CHARACTERS,
    audit_line,
    name_complaints,
    new_password,
    password_complaints,
)
from lenskeep.flows.ports import AdminChange
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import Admin, Page, SignIn

SIGN_IN_PURPOSE: Final = "sign-in"
SIGN_IN_HOURS: Final = 12
"""A working day; then a person signs in again."""
_SIGN_IN_LIFE: Final = timedelta(hours=SIGN_IN_HOURS)


async def add_admin(
    house: House, caller: Caller, name: str, role: str, password: Secret | None = None
) -> tuple[Admin, Secret]:
    """Add a person who signs in; without a password one is made. Raises Conflict on the name."""
    demand(caller, Permission.ADMINISTER)
    name = name.strip()
    complaints = [*name_complaints(name), *password_complaints(password)]
    try:
        checked = parse_role(role)
    except Invalid as invalid:
        raise Invalid(*complaints, *invalid.complaints) from None
    if complaints:
        raise Invalid(*complaints)
    secret = password or new_password(house)
    hashed = await house.hasher.hash(secret)
    admin = Admin(AdminId(house.ids.new("adm")), name, checked.value, hashed, house.clock.now())
    detail = {"name": name, "role": checked.value}
    await house.people.add_admin(admin, audit_line(house, caller, "admin.add", admin.id, detail))
    return admin, secret


async def list_admins(house: House, caller: Caller, page: PageRequest) -> Page[Admin]:
    """Return a page of the people who sign in, disabled ones too."""
    demand(caller, Permission.ADMINISTER)
    return await house.people.admins(page.after, page.limit)


async def change_admin(
    house: House,
    caller: Caller,
    reference: str,
    role: str | None = None,
    password: Secret | None = None,
) -> Admin:
    """Give the person of this id or name another role, another password, or both.

    A new role counts from the next request on; a new password ends every sign-in. Raises
    Missing, and Conflict where no active administrator would be left.
    """
    demand(caller, Permission.ADMINISTER)
    complaints = password_complaints(password)
    detail: dict[str, str] = {}
    if role is not None:
        try:
            role = detail["role"] = parse_role(role).value
        except Invalid as invalid:
            raise Invalid(*complaints, *invalid.complaints) from None
    if complaints:
        raise Invalid(*complaints)
    if password is not None:
        detail["password"] = "set"  # noqa: S105 - that it was, not what it is
    if not detail:
        raise Invalid.field("role", "nothing is to be changed", "a role, a password, or both")
    admin_id = await _admin_id(house, reference)
    change = AdminChange(role, await house.hasher.hash(password) if password else None)
    line = audit_line(house, caller, "admin.change", admin_id, detail)
    return await house.people.change_admin(admin_id, change, line)


async def disable_admin(house: House, caller: Caller, reference: str) -> Admin:
    """Disable the person of this id or name: sign-ins end at once, and there is no new one.

    Raises Missing, and Conflict for the last active administrator.
    """
    demand(caller, Permission.ADMINISTER)
    admin_id = await _admin_id(house, reference)
    line = audit_line(house, caller, "admin.disable", admin_id)
    return await house.people.change_admin(admin_id, AdminChange(disabled=True), line)


async def _admin_id(house: House, reference: str) -> AdminId:
    if reference.startswith("adm_"):
        return AdminId(reference)
    admin = await house.people.admin_by_name(reference.strip())
    if admin is None:
        raise Missing("administrator", reference)
    return admin.id


# --- who is it ----------------------------------------------------------------------------


async def sign_in(
    house: House, name: str, password: Secret, address: str = ""
) -> tuple[SignIn, Secret]:
    """Return a new sign-in and its secret, for the cookie.

    Raises Refused: AUTHENTICATION for an unknown or disabled person and a wrong password alike,
    TOO_MANY_ATTEMPTS for wrong ones beyond the limit. A right password is never slowed by those.
    """
    now = house.clock.now()
    is_name = not name_complaints(name.strip())
    admin = await house.people.admin_by_name(name.strip()) if is_name else None
    if admin is not None and admin.disabled_at is not None:
        admin = None
    suspicion = house.guard.sign_in.suspicion(address, now)
    hashed = admin.password_hash if admin is not None else house.hasher.dummy_hash
    right = await house.hasher.verify(hashed, password, suspicion=suspicion)
    if admin is None or not right:
        wait_s = await count_wrong(house, SIGN_IN, name, address)
        if wait_s is not None:
            reason = "too many wrong passwords"
            raise Refused(Refusal.TOO_MANY_ATTEMPTS, reason, retry_after_s=wait_s)
        raise Refused(Refusal.AUTHENTICATION, "unknown name or wrong password")
    secret = Secret(house.randomness.choice(BASE62, SECRET_CHARACTERS))
    signed = SignIn(_sign_in_digest(house, secret), admin, now, now + _SIGN_IN_LIFE)
    line = audit_line(house, _person(admin, address), "sign_in.start", admin.id)
    await house.people.add_sign_in(signed, line)
    return signed, secret


async def sign_out(house: House, caller: Caller, secret: Secret) -> None:
    """End the sign-in of this secret."""
    line = audit_line(house, caller, "sign_in.end", caller.name)
    await house.people.end_sign_in(_sign_in_digest(house, secret), line)


async def who(house: House, secret: Secret, address: str = "") -> Caller:
    """Return the person whose cookie this is. Raises Refused (AUTHENTICATION)."""
    found = await house.people.sign_in_by_digest(_sign_in_digest(house, secret))
    if found is None or found.expires_at <= house.clock.now():
        raise Refused(Refusal.AUTHENTICATION, "unknown or ended sign-in")
    if found.admin.disabled_at is not None:
        raise Refused(Refusal.AUTHENTICATION, "the person was disabled")
    return _person(found.admin, address)


def _person(admin: Admin, address: str) -> Caller:
    return Caller(CallerKind.ADMIN, admin.name, Role(admin.role), address)


def _sign_in_digest(house: House, secret: Secret) -> bytes:
    return house.keyring.digest(SIGN_IN_PURPOSE, secret.reveal().encode("utf-8", "replace"))
