"""What a server says in its faults ([MS-MDE2] 2.2.10)."""

from typing import Final

from lenskeep.enrollment.troubles.trouble import Trouble
from lenskeep.wire.soap import ErrorType, Subcode

FAULTS: Final = (
    Trouble(
        Subcode.MESSAGE_FORMAT.hresult,
        Subcode.MESSAGE_FORMAT.value,
        "the server cannot read the request",
        "a proxy that changes bodies, or a client that nobody knew",
        "go around the proxy; else report it with the line enrollment_refused of the log",
    ),
    Trouble(
        Subcode.AUTHENTICATION.hresult,
        Subcode.AUTHENTICATION.value,
        "the user name, password, code or token is not right",
        "mistyped; a code that is used up or past its time; a token for another server",
        "make a new code (lenskeep code new); for Entra: lenskeep entra try TOKEN",
    ),
    Trouble(
        Subcode.AUTHORIZATION.hresult,
        Subcode.AUTHORIZATION.value,
        "this user may not enroll",
        "the account is disabled, or the rules do not allow this user, domain or tenant",
        "lenskeep enrollment attempts says which rule; lenskeep enrollment rules show",
    ),
    Trouble(
        Subcode.CERTIFICATE_REQUEST.hresult,
        Subcode.CERTIFICATE_REQUEST.value,
        "the certificate request was not accepted",
        "a key of less than 2048 bits, or a request that is signed wrongly",
        "restart the headset and try again; else report it with the line of the log",
    ),
    Trouble(
        Subcode.ENROLLMENT_SERVER.hresult,
        Subcode.ENROLLMENT_SERVER.value,
        "the server is not set up for this",
        "the way of enrolling is not set up here",
        "lenskeep enrollment ways says what is missing",
    ),
    Trouble(
        Subcode.INTERNAL_SERVICE_FAULT.hresult,
        Subcode.INTERNAL_SERVICE_FAULT.value,
        "the server made a mistake, or something it needs is not there",
        "the disk is full, the database away, too many at once",
        "lenskeep doctor; the log has enrollment_failed with the reason",
    ),
    Trouble(
        Subcode.INVALID_SECURITY.hresult,
        Subcode.INVALID_SECURITY.value,
        "the headset sent no proof, or one of a kind that is not accepted here",
        "Join or Connect without an Entra tenant set up; a package with another way of signing in",
        "lenskeep enrollment ways; take Enroll only in device management, or add the tenant",
    ),
    Trouble(
        ErrorType.DEVICE_CAP_REACHED.hresult,
        ErrorType.DEVICE_CAP_REACHED.value,
        "this user has as many headsets as are allowed",
        "cap_per_user of the rules",
        "end the management of one (lenskeep device retire), or raise the cap",
    ),
    Trouble(
        ErrorType.DEVICE_NOT_SUPPORTED.hresult,
        ErrorType.DEVICE_NOT_SUPPORTED.value,
        "this kind of headset, edition or version may not enroll",
        "the rules; at another server: its platform is blocked there, or an old record of the"
        " headset is in the way",
        "update the headset, or change the rules; elsewhere: delete the old record, then reset",
    ),
    Trouble(
        ErrorType.NOT_SUPPORTED.hresult,
        ErrorType.NOT_SUPPORTED.value,
        "this way of enrolling is not offered",
        "it is closed by the rules or not set up, so that discovery names nothing",
        "lenskeep enrollment ways; without Entra: Enroll only in device management",
    ),
    Trouble(
        ErrorType.NOT_ELIGIBLE_TO_RENEW.hresult,
        ErrorType.NOT_ELIGIBLE_TO_RENEW.value,
        "the certificate cannot be renewed",
        "it was revoked or has ended, the headset left, or it is too early",
        "lenskeep device show; a headset whose certificate has ended must enroll again",
    ),
    Trouble(
        ErrorType.IN_MAINTENANCE.hresult,
        ErrorType.IN_MAINTENANCE.value,
        "the server takes nobody at the moment",
        "maintenance is on; on builds before 20H2 also: outside the hours of the rules",
        "wait, or lenskeep enrollment maintenance off",
    ),
    Trouble(
        ErrorType.USER_LICENSE.hresult,
        ErrorType.USER_LICENSE.value,
        "the user has no license for this",
        "said by servers that count licenses; Lenskeep does not",
        "the headset talks to another server: look at the address that was typed",
    ),
    Trouble(
        ErrorType.INVALID_ENROLLMENT_DATA.hresult,
        ErrorType.INVALID_ENROLLMENT_DATA.value,
        "the headset's description of itself is not acceptable",
        "terms of use were not accepted in this enrollment, or the description has no DeviceID",
        "begin again and accept the terms; else report it with the line of the log",
    ),
    Trouble(
        ErrorType.CUSTOM_SERVER_ERROR.hresult,
        ErrorType.CUSTOM_SERVER_ERROR.value,
        "the server says no, in words of its own",
        "the rules: this headset is on no list, or enrollment is closed at this hour",
        "read the words; lenskeep enrollment attempts says which rule",
    ),
)
