"""Who may do what, as a table."""

import pytest

from lenskeep.access import (
    Allowed,
    Caller,
    CallerKind,
    Permission,
    Role,
    Scope,
    decide,
    demand,
    parse_role,
    parse_scope,
)
from lenskeep.base.errors import Invalid, Refusal, Refused

TABLE = {
    Role.VIEWER: {"see"},
    Role.OPERATOR: {"see", "operate", "enroll"},
    Role.ADMIN: {"see", "operate", "enroll", "administer"},
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_a_role_may_do_what_the_table_says(role: Role, permission: Permission) -> None:
    caller = Caller(CallerKind.ADMIN, "ada", role)

    decision = decide(caller, permission)

    assert isinstance(decision, Allowed) == (permission.value in TABLE[role])


def test_a_refusal_names_caller_and_permission_in_its_reason() -> None:
    caller = Caller(CallerKind.TOKEN, "nightly", Role.VIEWER)

    with pytest.raises(Refused) as caught:
        demand(caller, Permission.OPERATE)

    assert caught.value.kind is Refusal.AUTHORIZATION
    assert caught.value.reason == "token 'nightly' (viewer) may not operate"


def test_what_is_allowed_passes_silently() -> None:
    demand(Caller(CallerKind.CONSOLE, "root", Role.ADMIN), Permission.ADMINISTER)


def test_each_scope_acts_in_one_role() -> None:
    roles = [scope.role for scope in Scope]

    assert roles == [Role.VIEWER, Role.OPERATOR, Role.ADMIN]


def test_names_of_roles_and_scopes_are_read_in_any_case() -> None:
    assert parse_role(" Operator ") is Role.OPERATOR
    assert parse_scope("READ") is Scope.READ


@pytest.mark.parametrize(("parse", "field"), [(parse_role, "role"), (parse_scope, "scope")])
def test_an_unknown_name_is_answered_with_those_allowed(parse: object, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse("owner")  # type: ignore[operator]

    (complaint,) = caught.value.complaints
    assert (field, True) == (complaint.field, "admin" in (complaint.allowed or ""))
