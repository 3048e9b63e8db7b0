"""SyncML's numbers and names: status codes, alert codes, alert types.

`meaning` puts a status in plain words for an administrator, with the next step where there is one.
"""

from enum import IntEnum
from typing import Final

SYNC_HEADER: Final = "SyncHdr"
"""The `Cmd` of the status that answers a header; its `CmdRef` is "0"."""

AUTH_MD5: Final = "syncml:auth-md5"


class StatusCode(IntEnum):
    """The status codes of [OMA-SyncMLRP 1.2.2] 10, with what Windows means by them."""

    IN_PROGRESS = 101
    OK = 200
    ADDED = 201
    ACCEPTED = 202
    NO_CONTENT = 204
    AUTHENTICATED = 212
    CHUNK_ACCEPTED = 213
    CANCELLED = 214
    NOT_EXECUTED = 215
    ROLLED_BACK = 216
    BAD_REQUEST = 400
    UNAUTHORIZED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    NOT_ALLOWED = 405
    NOT_SUPPORTED = 406
    MISSING_CREDENTIALS = 407
    TIMED_OUT = 408
    CONFLICT = 409
    GONE = 410
    SIZE_REQUIRED = 411
    INCOMPLETE = 412
    TOO_LARGE = 413
    URI_TOO_LONG = 414
    UNSUPPORTED_FORMAT = 415
    SIZE_TOO_BIG = 416
    RETRY_LATER = 417
    ALREADY_EXISTS = 418
    DEVICE_FULL = 420
    UNKNOWN_SEARCH_GRAMMAR = 421
    BAD_CGI = 422
    SOFT_DELETE_CONFLICT = 423
    SIZE_MISMATCH = 424
    PERMISSION_DENIED = 425
    PARTIAL_ITEM = 426
    ITEM_NOT_EMPTY = 427
    MOVE_FAILED = 428
    FAILED = 500
    NOT_IMPLEMENTED = 501
    SERVICE_UNAVAILABLE = 503
    DTD_NOT_SUPPORTED = 505
    PROCESSING_ERROR = 506
    ATOMIC_FAILED = 507
    REFRESH_REQUIRED = 508
    DATA_STORE_FAILURE = 510
    SERVER_FAILURE = 511
    SYNCHRONIZATION_FAILED = 512
    PROTOCOL_NOT_SUPPORTED = 513
    OPERATION_CANCELLED = 514
    ROLL_BACK_FAILED = 516
    ATOMIC_RESPONSE_TOO_LARGE = 517


class AlertCode(IntEnum):
    """The alert codes that Windows uses ([MS-MDM] 2.2.7.2)."""

    DISPLAY = 1100
    SERVER_INITIATED = 1200
    CLIENT_INITIATED = 1201
    NEXT_MESSAGE = 1222
    ABORT = 1223
    CLIENT_EVENT = 1224
    NO_END_OF_DATA = 1225
    GENERIC = 1226


LOGIN_STATUS: Final = "com.microsoft/MDM/LoginStatus"
"""1224; `user`, `others` or `none`."""
REQUEST_PENDING: Final = "Reversed-Domain-Name:com.microsoft.mdm.requestpending"
"""1224; a long command still runs."""
UNENROLLMENT: Final = "com.microsoft:mdm.unenrollment.userrequest"
"""1226; the wearer leaves management."""


def is_type(alert_type: str | None, known: str) -> bool:
    """Return whether the two alert types are the same; names compare without case."""
    return alert_type is not None and alert_type.strip().casefold() == known.casefold()


def is_success(code: int) -> bool:
    """Return whether the status says done, under way or (213) go on.

    214, 215 and 216 are no success: cancelled, not executed, rolled back.
    """
    return 200 <= code <= 213  # [OMA-SyncMLRP 1.2.2] 10


def meaning(code: int) -> str:
    """Return what the status means, in plain words, with the next step where there is one."""
    known = _MEANINGS.get(code)
    if known is not None:
        return known
    return next((words for limit, words in _CLASSES if code < limit), _CLASSES[-1][1])


_CLASSES: Final = (
    (200, "The device reports progress."),
    (300, "The device accepted the command."),
    (400, "The device points elsewhere. The command did not take effect."),
    (500, "The device refused the command."),
    (1000, "The device could not carry out the command."),
)

_MEANINGS: Final[dict[int, str]] = {
    101: "The command still runs on the device.",
    200: "Done.",
    201: "Done: the node was added.",
    202: "Accepted: the device carries it out later. Read the node back to see the outcome.",
    204: "Done: there is nothing to return.",
    212: "The proof of identity is accepted for the session.",
    213: "The piece arrived; the device waits for the next one.",
    214: "Cancelled: the session was broken off. Queue the operation again.",
    215: "Not carried out, because another command of the same group failed. Look at that one.",
    216: "Undone, because another command of the same group failed. Look at that one.",
    400: "The device could not read the command. Check the LocURI, the format and the value.",
    401: "The proof of identity was not accepted.",
    403: "The device forbids it.",
    404: (
        "There is no such node on the device. Check the spelling of the LocURI; "
        "the node may also need to be added first, or a newer build."
    ),
    405: (
        "The node does not allow this verb: it may be read-only, belong to a user who is not "
        "signed in, or not be settable on this edition. Try another verb, or ./User when the "
        "user is signed in."
    ),
    406: (
        "The device does not support this here: its build, edition or kind of enrollment lacks "
        "it. Check on which builds the setting exists."
    ),
    407: "A proof of identity is asked for.",
    408: "The device took too long. Queue the operation again.",
    409: "It conflicts with the present state of the device. Read the node and decide again.",
    410: "The node is gone for good.",
    411: "The device wants to know the size of the value first.",
    412: "The command is incomplete: something it needs is missing. Check format and value.",
    413: "The message is too large for the device. Send a smaller value.",
    414: "The LocURI is too long for the device.",
    415: "The node takes another format or media type. Read the node to see which, and resend.",
    416: "The value is larger than the device takes. Send a smaller value.",
    417: "The device is busy. Queue the operation again later.",
    418: "The node exists already. Use replace to change it.",
    420: "The device is full. Free storage on it first.",
    421: "The device does not understand the search.",
    422: "The device does not understand the query part of the LocURI.",
    423: "The node was deleted softly before and conflicts.",
    424: "The value arrived with another size than announced. Queue the operation again.",
    425: "The device denies permission: the server may not do this to this node.",
    426: "The device does not take values in pieces here. Send a smaller value.",
    427: "The node still has children. Delete them first.",
    428: "The node could not be moved.",
    500: "The command failed on the device. Check the value; the device's event log says more.",
    501: "The device does not implement the command.",
    503: "The device cannot do it at present. Queue the operation again later.",
    505: "The device does not speak this version of SyncML.",
    506: "The device stumbled while it carried out the command. Queue the operation again.",
    507: (
        "The group failed as a whole and nothing of it took effect. Look at the first command "
        "of the group that failed."
    ),
    508: "The device asks for a refresh of its state.",
    510: "The device could not store it. Restart the device and queue the operation again.",
    511: "The device failed severely while it carried out the command.",
    512: "The device broke off the session.",
    513: "The device does not speak this version of the protocol.",
    514: "The operation was cancelled on the device.",
    516: "The group failed and could not be undone: part of it took effect. Read the nodes back.",
    517: "The answer to the group is too large. Send fewer commands in one group.",
}
