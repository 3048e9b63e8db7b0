"""What the driver's errors mean in the house.

PostgreSQL's own text names keys and values ("Key (name)=(...) already exists"), so none of it
goes on: not as a message, not as the cause of one.
"""

from typing import Final

import asyncpg
from asyncpg import exceptions as trouble

from lenskeep.base.errors import Conflict, Invalid, Unavailable

Failure: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
    UnicodeEncodeError,
    OverflowError,
)
"""All that a call of the driver raises."""
_AGAIN: Final = (
    trouble.SerializationError,
    trouble.DeadlockDetectedError,
    trouble.InvalidCachedStatementError,  # the schema was changed beneath a prepared statement
    trouble.OutdatedSchemaCacheError,
)
_BROKEN: Final = (
    trouble.PostgresConnectionError,
    trouble.AdminShutdownError,
    trouble.CrashShutdownError,
    trouble.CannotConnectNowError,
    trouble.IdleInTransactionSessionTimeoutError,
    trouble.IdleSessionTimeoutError,
    trouble.ReadOnlySQLTransactionError,  # another server has taken over: find it again
)
_CONFIGURATION: Final = trouble.ClientConfigurationError
_WORDS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (trouble.InvalidPasswordError, "the database does not take this user and password"),
    (trouble.InvalidAuthorizationSpecificationError, "the database does not let this user in"),
    (trouble.InvalidCatalogNameError, "there is no such database on the server"),
    (trouble.InsufficientPrivilegeError, "the database user lacks a right"),
    (trouble.TooManyConnectionsError, "the database takes no more connections"),
    (trouble.DiskFullError, "the database's disk is full"),
    (trouble.ReadOnlySQLTransactionError, "the database may only be read"),
    (trouble.UndefinedTableError, "the database lacks a table; `lenskeep database migrate` helps"),
    (trouble.QueryCanceledError, "the database took too long"),
    (trouble.LockNotAvailableError, "the database took too long"),
    (TimeoutError, "the database took too long"),
)


def may_be_begun_again(error: Exception) -> bool:
    """Return whether nothing was stored because others were at it, or the schema was changed."""
    return isinstance(error, _AGAIN)


def is_taken(error: Exception) -> bool:
    """Return whether a key was taken: perhaps by one who was at it in the same moment."""
    return isinstance(error, trouble.UniqueViolationError)


def has_broken(error: Exception) -> bool:
    """Return whether the connection is gone, or in a state that nobody knows."""
    if isinstance(error, asyncpg.PostgresError):
        return isinstance(error, _BROKEN)
    return not is_of_input(error)


def is_of_input(error: Exception) -> bool:
    """Return whether a value is none that can be stored, as the driver or the server found."""
    if isinstance(error, asyncpg.InterfaceError):
        return isinstance(error, ValueError) and not isinstance(error, _CONFIGURATION)
    return isinstance(error, asyncpg.DataError | UnicodeEncodeError | OverflowError)


def wrap(error: Exception) -> Exception:
    """Return the error of our families that this one of the driver means."""
    if isinstance(error, trouble.IntegrityConstraintViolationError | trouble.RaiseError):
        return Conflict("the store has such a record already, or lacks what it refers to")
    if is_of_input(error):
        return Invalid.field("value", "it is no text or number that can be stored")
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return Unavailable(f"{words} ({type(error).__name__})")
    return Unavailable(f"the database cannot be used at the moment ({type(error).__name__})")
