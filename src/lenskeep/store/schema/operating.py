"""What several processes on one database tell each other: who does what, who is there."""

from typing import Final

from sqlalchemy import Index, Table

from lenskeep.store.schema.columns import (
    METADATA,
    count,
    id_column,
    moment,
    number,
    text_column,
)

lease: Final = Table(
    "lease",
    METADATA,
    id_column(),  # the duty, e.g. "housekeeping"
    text_column("holder"),  # worker.id
    count("term"),  # counts up with every new holder: who held an earlier term does nothing more
    moment("until"),
    moment("done_at"),  # when the duty was last done, or tried; 0 for never
)
"""Background work is done by whoever holds its lease."""

worker: Final = Table(
    "worker",
    METADATA,
    id_column(),
    text_column("host"),
    count("pid"),
    text_column("version"),
    text_column("schema"),
    text_column("master_keys"),  # their names, by commas, the one that it seals with first
    moment("started_at"),
    moment("seen_at"),
)
"""The processes that serve, as they last said themselves."""

stumble: Final = Table(
    "stumble",
    METADATA,
    number(),
    text_column("purpose"),  # what the secret was for
    text_column("account"),  # keyed digest of the name that was typed
    text_column("address"),  # keyed digest of the network it came from
    moment("at"),
    Index(None, "purpose", "account", "at"),
    Index(None, "purpose", "address", "at"),
    Index(None, "at"),
)
"""Wrong secrets of the last minutes: whoever guesses is counted by all processes together."""

era: Final = Table(
    "era",
    METADATA,
    id_column(),  # "schema"
    text_column("oldest"),  # the HEAD of the oldest code that may run on this database
)
"""What a rolling upgrade needs: whether code that is older than the schema may still serve."""
