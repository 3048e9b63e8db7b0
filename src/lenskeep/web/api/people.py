"""REST: enrollment accounts, one-time codes, administrators, tokens, the audit."""

from typing import Annotated

from fastapi import APIRouter, Query

from lenskeep.base.identifiers import CodeId
from lenskeep.base.secret import Secret
from lenskeep.flows import admins, people, reading
from lenskeep.flows.house import House
from lenskeep.web.api.guard import Asking
from lenskeep.web.api.inputs import (
    AccountBody,
    AdminBody,
    AdminChangeBody,
    CodeBody,
    Cut,
    Id,
    TokenBody,
)
from lenskeep.web.api.models import (
    AccountRow,
    AdminRow,
    AuditLine,
    CodeRow,
    Listing,
    NewAccount,
    NewAdmin,
    NewCode,
    NewToken,
    TokenRow,
)
from lenskeep.web.api.problems import documented


def make_people_router(house: House) -> APIRouter:
    """Return the routes."""
    router = APIRouter()
    _add_accounts(router, house)
    _add_codes(router, house)
    _add_admins(router, house)
    _add_tokens(router, house)
    _add_audit(router, house)
    return router


def _add_accounts(router: APIRouter, house: House) -> None:
    @router.get("/accounts", summary="List enrollment accounts", tags=["accounts"])
    async def list_accounts(caller: Asking, cut: Annotated[Cut, Query()]) -> Listing[AccountRow]:
        page = await people.list_accounts(house, caller, cut.page)
        return Listing[AccountRow].model_validate(page)

    @router.post(
        "/accounts",
        summary="Add an enrollment account; without a password one is made and shown once",
        tags=["accounts"],
        status_code=201,
        responses=documented(400, 409, 413),
    )
    async def add_account(caller: Asking, body: AccountBody) -> NewAccount:
        given = _secret(body.password)
        account, made = await people.add_account(house, caller, body.name, given)
        return NewAccount.of(account, None if given else made)

    @router.post(
        "/accounts/{id}/disable",
        summary="Disable an account: it enrolls nothing more",
        tags=["accounts"],
        status_code=204,
        responses=documented(404, 409),
    )
    async def disable_account(caller: Asking, id: Id) -> None:  # noqa: A002
        await people.disable_account(house, caller, id)


def _add_codes(router: APIRouter, house: House) -> None:
    @router.get("/codes", summary="List one-time codes", tags=["codes"])
    async def list_codes(caller: Asking, cut: Annotated[Cut, Query()]) -> Listing[CodeRow]:
        page = await people.list_codes(house, caller, cut.page)
        return Listing[CodeRow].model_validate(page)

    @router.post(
        "/codes",
        summary="Make a one-time code, shown once",
        tags=["codes"],
        status_code=201,
        responses=documented(400, 413),
    )
    async def new_code(caller: Asking, body: CodeBody) -> NewCode:
        code, secret = await people.new_code(house, caller, body.uses, body.minutes)
        return NewCode.of(code, secret)

    @router.delete(
        "/codes/{id}",
        summary="End a code before its time",
        tags=["codes"],
        status_code=204,
        responses=documented(404, 409),
    )
    async def end_code(caller: Asking, id: Id) -> None:  # noqa: A002
        await people.end_code(house, caller, CodeId(id))


def _add_admins(router: APIRouter, house: House) -> None:
    @router.get("/admins", summary="List the people who sign in", tags=["admins"])
    async def list_admins(caller: Asking, cut: Annotated[Cut, Query()]) -> Listing[AdminRow]:
        page = await admins.list_admins(house, caller, cut.page)
        return Listing[AdminRow].model_validate(page)

    @router.post(
        "/admins",
        summary="Add a person who signs in; without a password one is made and shown once",
        tags=["admins"],
        status_code=201,
        responses=documented(400, 409, 413),
    )
    async def add_admin(caller: Asking, body: AdminBody) -> NewAdmin:
        given = _secret(body.password)
        admin, made = await admins.add_admin(house, caller, body.name, body.role, given)
        return NewAdmin.of(admin, None if given else made)

    @router.patch(
        "/admins/{id}",
        summary="Change a person's role, password, or both; a new password ends the sign-ins",
        tags=["admins"],
        responses=documented(400, 404, 409, 413),
    )
    async def change_admin(caller: Asking, id: Id, body: AdminChangeBody) -> AdminRow:  # noqa: A002
        password = _secret(body.password)
        changed = await admins.change_admin(house, caller, id, body.role, password)
        return AdminRow.model_validate(changed)

    @router.post(
        "/admins/{id}/disable",
        summary="Disable a person: sign-ins end at once; never the last active administrator",
        tags=["admins"],
        status_code=204,
        responses=documented(404, 409),
    )
    async def disable_admin(caller: Asking, id: Id) -> None:  # noqa: A002
        await admins.disable_admin(house, caller, id)


def _add_audit(router: APIRouter, house: House) -> None:
    @router.get("/audit", summary="Read who changed what, newest first", tags=["audit"])
    async def list_audit(caller: Asking, cut: Annotated[Cut, Query()]) -> Listing[AuditLine]:
        page = await reading.list_audit(house, caller, cut.page)
        return Listing[AuditLine].model_validate(page)


def _add_tokens(router: APIRouter, house: House) -> None:
    @router.get("/tokens", summary="List tokens", tags=["tokens"])
    async def list_tokens(caller: Asking, cut: Annotated[Cut, Query()]) -> Listing[TokenRow]:
        page = await people.list_tokens(house, caller, cut.page)
        return Listing[TokenRow].model_validate(page)

    @router.post(
        "/tokens",
        summary="Make a token, shown once",
        tags=["tokens"],
        status_code=201,
        responses=documented(400, 409, 413),
    )
    async def new_token(caller: Asking, body: TokenBody) -> NewToken:
        token, secret = await people.new_token(house, caller, body.name, body.scope)
        return NewToken.of(token, secret)

    @router.delete(
        "/tokens/{id}",
        summary="Revoke a token",
        tags=["tokens"],
        status_code=204,
        responses=documented(404, 409),
    )
    async def revoke_token(caller: Asking, id: Id) -> None:  # noqa: A002
        await people.revoke_token(house, caller, id)


def _secret(text: str | None) -> Secret | None:
    return None if text is None else Secret(text)
