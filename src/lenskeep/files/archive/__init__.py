"""One encrypted file that holds a backup: who may open it, its sealing, and what lies in it."""

from lenskeep.files.archive.locks import (
    Lock,
    Opener,
    PassphraseLock,
    PassphraseOpener,
    PrivateKeyOpener,
    PublicKeyLock,
    new_backup_key,
    public_half,
    read_opener,
    read_public_key,
)
from lenskeep.files.archive.records import (
    ArchiveReader,
    ArchiveWriter,
    End,
    Entry,
    Manifest,
    StoredFile,
    TableEnd,
    TableRows,
    TableStart,
)

__all__ = [
    "ArchiveReader",
    "ArchiveWriter",
    "End",
    "Entry",
    "Lock",
    "Manifest",
    "Opener",
    "PassphraseLock",
    "PassphraseOpener",
    "PrivateKeyOpener",
    "PublicKeyLock",
    "StoredFile",
    "TableEnd",
    "TableRows",
    "TableStart",
    "new_backup_key",
    "public_half",
    "read_opener",
    "read_public_key",
]
