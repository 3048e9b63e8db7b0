"""Statements on accounts, codes, administrators, sign-ins and tokens."""

from typing import Final

from sqlalchemy import Integer, and_, bindparam, case, delete, insert, or_, select, update

from lenskeep.store.schema import account, admin, code, sign_in, token
from lenskeep.store.sql import Query, labeled

_LIMIT: Final = bindparam("limit", type_=Integer)

# --- accounts -----------------------------------------------------------------------------

ADD_ACCOUNT: Final = Query(insert(account))
ACCOUNT_BY_KEY: Final = Query(
    select(*labeled(account)).where(account.c.name_key == bindparam("name_key"))
)
ACCOUNTS_AFTER: Final = Query(
    select(*labeled(account), account.c.name_key)
    .where(account.c.name_key > bindparam("after"))
    .order_by(account.c.name_key)
    .limit(_LIMIT)
)
ACCOUNT_BY_CERTIFICATE: Final = Query(
    select(*labeled(account)).where(account.c.certificate_sha256 == bindparam("sha256"))
)
BULK_PROOFS: Final = Query(  # at most two rows: with a certificate, without one
    select(account.c.certificate_sha256.is_(None).label("by_password"))
    .distinct()
    .where(
        account.c.bulk == 1,
        account.c.disabled_at.is_(None),
        or_(account.c.expires_at.is_(None), account.c.expires_at > bindparam("now")),
        or_(account.c.uses_left.is_(None), account.c.uses_left > 0),
    )
)
ACCOUNT_STANDS: Final = Query(
    select(account.c.disabled_at).where(account.c.id == bindparam("account_id"))
)
_in_force: Final = and_(
    account.c.id == bindparam("account_id"),
    account.c.disabled_at.is_(None),
    or_(account.c.expires_at.is_(None), account.c.expires_at > bindparam("now")),
)
ACCOUNT_IN_FORCE: Final = Query(
    select(account.c.id).where(_in_force, account.c.bulk == 0).with_for_update()
)
USE_BULK_ACCOUNT: Final = Query(
    update(account)
    .where(
        _in_force,
        account.c.bulk == 1,
        or_(account.c.uses_left.is_(None), account.c.uses_left > 0),
    )
    .values(uses_left=account.c.uses_left - 1)
    .returning(account.c.id)
)
"""Nothing less one is nothing: without a limit it stays so."""
DISABLE_ACCOUNT: Final = Query(
    update(account)
    .where(account.c.id == bindparam("account_id"), account.c.disabled_at.is_(None))
    .values(disabled_at=bindparam("now"))
    .returning(account.c.id)
)

# --- codes --------------------------------------------------------------------------------

ADD_CODE: Final = Query(insert(code))
CODE_BY_DIGEST: Final = Query(select(*labeled(code)).where(code.c.digest == bindparam("digest")))
CODES: Final = Query(select(*labeled(code)).order_by(code.c.id.desc()).limit(_LIMIT))
CODES_AFTER: Final = Query(
    select(*labeled(code))
    .where(code.c.id < bindparam("after"))
    .order_by(code.c.id.desc())
    .limit(_LIMIT)
)
CODE_STANDS: Final = Query(select(code.c.expires_at).where(code.c.id == bindparam("code_id")))
END_CODE: Final = Query(
    update(code)
    .where(code.c.id == bindparam("code_id"), code.c.expires_at > bindparam("now"))
    .values(expires_at=bindparam("now"))
    .returning(code.c.id)
)
USE_CODE: Final = Query(
    update(code)
    .where(
        and_(
            code.c.id == bindparam("code_id"),
            code.c.uses_left > 0,
            code.c.expires_at > bindparam("now"),
        )
    )
    .values(
        uses_left=code.c.uses_left - 1,
        exhausted_at=case((code.c.uses_left == 1, bindparam("now")), else_=code.c.exhausted_at),
    )
    .returning(code.c.uses_left)
)

# --- administrators and sign-ins ----------------------------------------------------------

ADD_ADMIN: Final = Query(insert(admin))
ADMIN_BY_KEY: Final = Query(
    select(*labeled(admin)).where(admin.c.name_key == bindparam("name_key"))
)
ADMIN: Final = Query(select(*labeled(admin)).where(admin.c.id == bindparam("admin_id")))
ADMINS_AFTER: Final = Query(
    select(*labeled(admin), admin.c.name_key)
    .where(admin.c.name_key > bindparam("after"))
    .order_by(admin.c.name_key)
    .limit(_LIMIT)
)
OTHER_ACTIVE: Final = Query(
    select(admin.c.id)
    .where(
        admin.c.id != bindparam("admin_id"),
        admin.c.role == bindparam("role"),
        admin.c.disabled_at.is_(None),
    )
    .limit(1)
)
CHANGE_ADMIN: Final = Query(
    update(admin)
    .where(admin.c.id == bindparam("admin_id"))
    .values(
        role=bindparam("new_role"),
        password_hash=bindparam("new_password_hash"),
        disabled_at=bindparam("new_disabled_at"),
    )
    .returning(*labeled(admin))
)
END_SIGN_INS: Final = Query(delete(sign_in).where(sign_in.c.admin_id == bindparam("of_admin")))
ADD_SIGN_IN: Final = Query(insert(sign_in))
SIGN_IN_BY_DIGEST: Final = Query(
    select(*labeled(sign_in), *labeled(admin))
    .join(admin, admin.c.id == sign_in.c.admin_id)
    .where(sign_in.c.digest == bindparam("digest"))
)
END_SIGN_IN: Final = Query(
    delete(sign_in).where(sign_in.c.digest == bindparam("digest")).returning(sign_in.c.admin_id)
)

# --- tokens -------------------------------------------------------------------------------

ADD_TOKEN: Final = Query(insert(token))
TOKEN_BY_DIGEST: Final = Query(select(*labeled(token)).where(token.c.digest == bindparam("digest")))
TOKENS: Final = Query(select(*labeled(token)).order_by(token.c.id.desc()).limit(_LIMIT))
TOKENS_AFTER: Final = Query(
    select(*labeled(token))
    .where(token.c.id < bindparam("after"))
    .order_by(token.c.id.desc())
    .limit(_LIMIT)
)
TOKEN_STANDS: Final = Query(select(token.c.revoked_at).where(token.c.id == bindparam("token_id")))
REVOKE_TOKEN: Final = Query(
    update(token)
    .where(token.c.id == bindparam("token_id"), token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
    .returning(token.c.id)
)
