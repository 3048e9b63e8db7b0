"""Who may do what: three roles, three token scopes, one table.

Answers Allowed or Refused before anything loads. Knows nobody in the house but base: a Caller
is made by the door that proved the identity (console sign-in, token, command line).
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from lenskeep.base.errors import Complaint, Invalid, Refusal, Refused, shown


class Role(Enum):
    """What a person or token may be; the value is the spelling outside."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Scope(Enum):
    """What a token may do; each is one role under another name."""

    READ = "read"
    OPERATE = "operate"
    ADMIN = "admin"

    @property
    def role(self) -> Role:
        """The role a token of this scope acts in."""
        return _ROLE_OF[self]


class Permission(Enum):
    """What can be asked for; the value is a word for the log."""

    SEE = "see"
    """Devices, inventory, operations, timelines."""
    OPERATE = "operate"
    """Queue, cancel and retry operations; name a device."""
    ENROLL = "enroll"
    """Make, list and end one-time codes: the work of who hands out headsets."""
    ADMINISTER = "administer"
    """Accounts, administrators, tokens, the audit; link records; end management."""


class CallerKind(Enum):
    """By which door a caller came; the values are those of the audit."""

    ADMIN = "admin"
    TOKEN = "token"  # noqa: S105 - a kind, not a secret
    CONSOLE = "command line"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, proved by a door of ours; `address` is where from, or empty."""

    kind: CallerKind
    name: str
    role: Role
    address: str = ""


@dataclass(frozen=True, slots=True)
class Allowed:
    """The caller may do it."""


_GRANTED: Final[dict[Role, frozenset[Permission]]] = {
    Role.VIEWER: frozenset({Permission.SEE}),
    Role.OPERATOR: frozenset({Permission.SEE, Permission.OPERATE, Permission.ENROLL}),
    Role.ADMIN: frozenset(Permission),
}

_ROLE_OF: Final = {
    Scope.READ: Role.VIEWER,
    Scope.OPERATE: Role.OPERATOR,
    Scope.ADMIN: Role.ADMIN,
}


def decide(caller: Caller, permission: Permission) -> Allowed | Refused:
    """Return whether the caller may do this; the reason of a refusal is for our log."""
    if permission in _GRANTED[caller.role]:
        return Allowed()
    who = f"{caller.kind.value} {caller.name!r} ({caller.role.value})"
    return Refused(Refusal.AUTHORIZATION, f"{who} may not {permission.value}")


def demand(caller: Caller, permission: Permission) -> None:
    """Raise the refusal, if there is one."""
    decision = decide(caller, permission)
    if isinstance(decision, Refused):
        raise decision


def parse_role(text: str) -> Role:
    """Return the role of that name. Raises Invalid."""
    try:
        return Role(text.strip().lower())
    except ValueError:
        allowed = ", ".join(each.value for each in Role)
        raise Invalid(Complaint("role", f"{shown(text)} is not a role", allowed)) from None


def parse_scope(text: str) -> Scope:
    """Return the scope of that name. Raises Invalid."""
    try:
        return Scope(text.strip().lower())
    except ValueError:
        allowed = ", ".join(each.value for each in Scope)
        raise Invalid(Complaint("scope", f"{shown(text)} is not a scope", allowed)) from None
