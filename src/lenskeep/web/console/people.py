"""Pages of those who come in: enrollment accounts, administrators, tokens. One page, three kinds.

A secret made here is shown on the answer to the form, once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response

from lenskeep.access import Caller, Role, Scope
from lenskeep.base.errors import Complaint, Conflict, Invalid, Missing
from lenskeep.base.secret import Secret
from lenskeep.flows import admins, people
from lenskeep.flows.house import House
from lenskeep.flows.reading import PageRequest
from lenskeep.flows.records import Account, Admin, Page, Token
from lenskeep.web.console.page import Visit, go
from lenskeep.web.console.visitor import Page as Show
from lenskeep.web.console.words import Look

_SHOWN: Final = 50
_STANDS: Final = Look("Active", "good", "It is accepted.")
_DISABLED: Final = Look("Disabled", "calm", "It is not accepted any more.")
_REVOKED: Final = Look("Revoked", "calm", "It is not accepted any more.")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the form for a new one says."""

    name: str = ""
    choice: str = ""
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row."""

    id: str
    name: str
    choice: str
    created_at: datetime
    ended_at: datetime | None
    look: Look


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of those who come in: its words, and the flows behind its page."""

    path: str
    title: str
    tab: str
    about: str
    new: str
    """Heading of the form."""
    secret_is: str
    """What the secret made is, and where it goes."""
    name_hint: str
    choice: tuple[str, tuple[str, ...]] | None
    """(label, words), the first is the usual one."""
    takes_password: bool
    end: str
    """The verb on the button that ends one."""
    end_means: str
    list: Callable[[House, Caller, PageRequest], Awaitable[Page[Entry]]]
    add: Callable[[House, Caller, Draft], Awaitable[Secret]]
    stop: Callable[[House, Caller, str], Awaitable[object]]


async def _accounts(house: House, caller: Caller, page: PageRequest) -> Page[Entry]:
    found = await people.list_accounts(house, caller, page)
    return Page(tuple(_entry(each, "", each.disabled_at) for each in found.items), found.next)


async def _admins(house: House, caller: Caller, page: PageRequest) -> Page[Entry]:
    found = await admins.list_admins(house, caller, page)
    return Page(
        tuple(_entry(each, each.role, each.disabled_at) for each in found.items), found.next
    )


async def _tokens(house: House, caller: Caller, page: PageRequest) -> Page[Entry]:
    found = await people.list_tokens(house, caller, page)
    return Page(
        tuple(_entry(each, each.scope, each.revoked_at) for each in found.items), found.next
    )


def _entry(each: Account | Admin | Token, choice: str, ended_at: datetime | None) -> Entry:
    ended = _REVOKED if isinstance(each, Token) else _DISABLED
    look = ended if ended_at else _STANDS
    return Entry(each.id, each.name, choice, each.created_at, ended_at, look)


async def _add_account(house: House, caller: Caller, draft: Draft) -> Secret:
    return (await people.add_account(house, caller, draft.name, draft.password))[1]


async def _add_admin(house: House, caller: Caller, draft: Draft) -> Secret:
    return (await admins.add_admin(house, caller, draft.name, draft.choice, draft.password))[1]


async def _new_token(house: House, caller: Caller, draft: Draft) -> Secret:
    return (await people.new_token(house, caller, draft.name, draft.choice))[1]


KINDS: Final = (
    Kind(
        path="/accounts",
        title="Enrollment accounts",
        tab="Accounts",
        about="An account enrolls headsets: its name and password are typed on them. "
        "A one-time code is shorter to type and ends by itself.",
        new="New account",
        secret_is="The password, to be typed on the headset",  # noqa: S106 - words
        name_hint="ward3@example.org",
        choice=None,
        takes_password=True,
        end="Disable",
        end_means="It enrolls nothing more. Its devices stay managed.",
        list=_accounts,
        add=_add_account,
        stop=people.disable_account,
    ),
    Kind(
        path="/admins",
        title="Administrators",
        tab="Administrators",
        about="People who sign in to this console. A viewer looks, an operator queues operations "
        "and makes codes, an admin does everything.",
        new="New administrator",
        secret_is="The password, for the sign-in",  # noqa: S106 - words
        name_hint="grace",
        choice=("Role", tuple(each.value for each in Role)),
        takes_password=True,
        end="Disable",
        end_means="Whoever is signed in as this person is out at once.",
        list=_admins,
        add=_add_admin,
        stop=admins.disable_admin,
    ),
    Kind(
        path="/tokens",
        title="Tokens",
        tab="Tokens",
        about="A token lets a program or the command line use REST. Each scope includes those "
        "before it.",
        new="New token",
        secret_is="The token, for LENSKEEP_TOKEN or an Authorization header",  # noqa: S106 - words
        name_hint="nightly report",
        choice=("Scope", tuple(each.value for each in Scope)),
        takes_password=False,
        end="Revoke",
        end_means="It opens nothing any more.",
        list=_tokens,
        add=_new_token,
        stop=people.revoke_token,
    ),
)


def show(kind: Kind) -> Show:
    """Return the page of this kind."""

    async def page(visit: Visit) -> Response:
        return await _answer(visit, kind, Draft())

    return page


def add(kind: Kind) -> Show:
    """Return what adds one of this kind and shows its secret this once."""

    async def act(visit: Visit) -> Response:
        password = visit.form.get("password", "") if kind.takes_password else ""
        draft = Draft(
            visit.form.get("name", ""),
            visit.form.get("choice", ""),
            Secret(password) if password else None,
        )
        try:
            secret = await kind.add(visit.house, visit.caller, draft)
        except Invalid as invalid:
            return await _answer(visit, kind, draft, 422, complaints=invalid.complaints)
        except Conflict as conflict:
            wrong = (Complaint("name", str(conflict)),)
            return await _answer(visit, kind, draft, 409, complaints=wrong)
        made = "" if draft.password else secret.reveal()
        return await _answer(visit, kind, Draft(), added=draft.name.strip(), made=made)

    return act


def stop(kind: Kind) -> Show:
    """Return what ends one of this kind; what must not end says why."""

    async def act(visit: Visit) -> Response:
        try:
            await kind.stop(visit.house, visit.caller, visit.request.path_params["id"])
        except Missing:
            raise
        except Conflict as conflict:
            return await _answer(visit, kind, Draft(), 409, refused=str(conflict))
        return go(visit.request, kind.path)

    return act


async def _answer(
    visit: Visit, kind: Kind, draft: Draft, status: int = 200, **said: object
) -> Response:
    after = visit.request.query_params.get("after") or None
    entries = await kind.list(visit.house, visit.caller, PageRequest(after, _SHOWN))
    values: dict[str, object] = {
        "kind": kind,
        "kinds": KINDS,
        "entries": entries,
        "after": after,
        "draft": draft,
        "added": "",
        "made": "",
        "refused": "",
        "complaints": (),
    }
    return visit.answer("people.html", values | said, status)
