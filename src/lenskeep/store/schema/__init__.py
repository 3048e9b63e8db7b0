"""The tables, written once for SQLite and PostgreSQL.

A change here needs a migration (`migrations/versions`); a test compares the two.
"""

from lenskeep.store.schema.columns import METADATA
from lenskeep.store.schema.conversations import (
    conversation,
    known,
    message_body,
    operation,
    reply,
)
from lenskeep.store.schema.desired import (
    assignment,
    cohort,
    cohort_group,
    device_group,
    guard,
    mandate,
    profile,
    progress,
    revision,
    standing,
    tree_guard,
    tree_owner,
    wanted_tree,
)
from lenskeep.store.schema.devices import certificate, device, enrollment, provisioning
from lenskeep.store.schema.entry import attempt, autopilot, document, item, renewal, ticket
from lenskeep.store.schema.journal import audit, timeline
from lenskeep.store.schema.operating import era, lease, stumble, worker
from lenskeep.store.schema.people import account, admin, code, sign_in, token
from lenskeep.store.schema.triggers import AUDIT_GUARDS, COHORT_COPIES

__all__ = [
    "AUDIT_GUARDS",
    "COHORT_COPIES",
    "METADATA",
    "account",
    "admin",
    "assignment",
    "attempt",
    "audit",
    "autopilot",
    "certificate",
    "code",
    "cohort",
    "cohort_group",
    "conversation",
    "device",
    "device_group",
    "document",
    "enrollment",
    "era",
    "guard",
    "item",
    "known",
    "lease",
    "mandate",
    "message_body",
    "operation",
    "profile",
    "progress",
    "provisioning",
    "renewal",
    "reply",
    "revision",
    "sign_in",
    "standing",
    "stumble",
    "ticket",
    "timeline",
    "token",
    "tree_guard",
    "tree_owner",
    "wanted_tree",
    "worker",
]
