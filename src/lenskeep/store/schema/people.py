"""Who may enroll and who may manage: accounts, codes, administrators, sign-ins, tokens."""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, text

from lenskeep.store.schema.columns import (
    METADATA,
    blob,
    count,
    id_column,
    maybe_moment,
    moment,
    of,
    text_column,
)

account: Final = Table(
    "account",
    METADATA,
    id_column(),
    text_column("name"),
    text_column("name_key", unique=True),  # case-folded: names compare without case
    text_column("password_hash"),
    moment("created_at"),
    maybe_moment("disabled_at"),
    Column("bulk", Integer, nullable=False, server_default="0"),  # 1: for packages alone
    Column("uses_left", Integer),  # empty: as many as come
    maybe_moment("expires_at"),
    Column("certificate_sha256", LargeBinary),
)
Index("uq_account_certificate_sha256", account.c.certificate_sha256, unique=True)

code: Final = Table(
    "code",
    METADATA,
    id_column(),
    blob("digest", unique=True),
    count("uses_total"),
    count("uses_left"),
    moment("created_at"),
    moment("expires_at"),
    maybe_moment("exhausted_at"),
    Index(None, "expires_at"),
)

admin: Final = Table(
    "admin",
    METADATA,
    id_column(),
    text_column("name"),
    text_column("name_key", unique=True),
    text_column("role"),
    text_column("password_hash"),
    moment("created_at"),
    maybe_moment("disabled_at"),
)

sign_in: Final = Table(
    "sign_in",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),
    of("admin_id", "admin.id"),
    moment("created_at"),
    moment("expires_at"),
    Index(None, "expires_at"),
)

token: Final = Table(
    "token",
    METADATA,
    id_column(),
    text_column("name"),
    text_column("scope"),
    blob("digest", unique=True),
    moment("created_at"),
    maybe_moment("revoked_at"),
)
Index(  # the name of a revoked token is free again
    "uq_token_name_living",
    token.c.name,
    unique=True,
    sqlite_where=text("revoked_at IS NULL"),
    postgresql_where=text("revoked_at IS NULL"),
)
