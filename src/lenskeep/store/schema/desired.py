"""What should be true of which headsets: profiles, groups, wanted trees, and how devices stand."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from lenskeep.store.schema.columns import (
    DERIVED,
    METADATA,
    blob,
    count,
    id_column,
    maybe_moment,
    maybe_text,
    moment,
    number,
    of,
    text_column,
)

# --- who gets what ------------------------------------------------------------------------

mandate: Final = Table(  # one row: compared and raised by every change of who gets what
    "mandate",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    count("version"),
)

profile: Final = Table(
    "profile",
    METADATA,
    id_column(),
    text_column("name"),
    text_column("name_key", unique=True),  # case-folded: names compare without case
    text_column("description"),
    moment("created_at"),
    count("revision"),  # the number of the latest
    text_column("template"),
)

revision: Final = Table(
    "revision",
    METADATA,
    of("profile_id", "profile.id", key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    moment("at"),
    text_column("author"),
    text_column("reason"),
    count("settings"),
    text_column("sealed"),
)

device_group: Final = Table(  # `group` is a word of SQL
    "device_group",
    METADATA,
    id_column(),
    text_column("name"),
    text_column("name_key", unique=True),
    text_column("kind"),
    text_column("rule"),
    text_column("description"),
    moment("created_at"),
)

assignment: Final = Table(
    "assignment",
    METADATA,
    id_column(),
    of("profile_id", "profile.id"),
    Column("revision", Integer),  # empty: always the latest
    of("group_id", "device_group.id"),
    count("excludes"),
    count("priority"),
    moment("created_at"),
    text_column("actor"),
    Index(None, "profile_id"),
    Index(None, "group_id"),
)

# --- wanted trees -------------------------------------------------------------------------

wanted_tree: Final = Table(
    "wanted_tree",
    METADATA,
    id_column(),  # a digest of what is in it
    text_column("sealed"),
    count("nodes"),
)

tree_owner: Final = Table(  # a tree may outlive a profile: no reference
    "tree_owner",
    METADATA,
    of("tree_id", "wanted_tree.id", key=True),
    Column("profile_id", Text, primary_key=True),
    count("revision"),
    count("nodes"),
    Index(None, "profile_id"),
)

tree_guard: Final = Table(  # staged roll-outs in the tree, begun or not: no reference
    "tree_guard",
    METADATA,
    of("tree_id", "wanted_tree.id", key=True),
    Column("guard_key", Text, primary_key=True),
    Index(None, "guard_key"),
)

cohort: Final = Table(
    "cohort",
    METADATA,
    number(),
    text_column("groups", unique=True),  # JSON list, sorted
    Column("tree_id", Text, ForeignKey("wanted_tree.id")),  # empty: nothing is wanted
    Index(None, "tree_id"),
)

cohort_group: Final = Table(  # `cohort.groups` once more, to be asked by group
    "cohort_group",
    METADATA,
    Column("cohort_id", cohort.c.id.type, ForeignKey("cohort.id"), primary_key=True),
    of("group_id", "device_group.id", key=True),
    Index(None, "group_id"),
)

# --- how devices stand --------------------------------------------------------------------

guard: Final = Table(
    "guard",
    METADATA,
    Column("key", Text, primary_key=True),
    text_column("profile_id"),  # a device may begin it when the profile is just gone
    count("revision"),
    text_column("state"),
    Column("scout", Text, ForeignKey("device.id")),
    moment("created_at"),
    maybe_moment("claimed_at"),
    maybe_moment("released_at"),
    text_column("released_by"),
    Index(None, "profile_id"),
    Index(None, "scout"),
)

standing: Final = Table(  # of active enrollments only
    "standing",
    METADATA,
    of("enrollment_id", "enrollment.id", key=True),
    of("device_id", "device.id"),
    text_column("tree"),  # planned against last; it may be gone
    blob("body"),
    count("settled"),
    maybe_moment("due_at"),
    text_column("device_print"),
    maybe_text("worst"),
    Column("cohort_id", cohort.c.id.type, info=DERIVED),  # the device's: triggers keep it so
    Index(None, "device_id"),
    Index(None, "tree"),
    Index(None, "worst", "cohort_id", "tree"),  # counted without reading rows
)

progress: Final = Table(
    "progress",
    METADATA,
    of("device_id", "device.id", key=True),
    Column("profile_id", Text, primary_key=True),
    count("revision"),
    text_column("state"),
    count("verified"),
    count("total"),
    count("failed"),
    Index(None, "profile_id", "state"),  # counted without reading rows
)
