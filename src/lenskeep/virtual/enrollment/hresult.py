"""The error codes a Windows headset shows when an enrollment fails, each with words for a person.

Facility 24 (0x8018); which fault of the server gives which code: [MS-MDE2] 2.2.10.
"""

from enum import Enum
from typing import Final

from lenskeep.base.errors import LenskeepError
from lenskeep.wire.errors import BadMessage
from lenskeep.wire.soap import Fault


class Hresult(Enum):
    """A code and its meaning."""

    MESSAGE_FORMAT = (0x80180001, "the server found the request malformed")
    AUTHENTICATION = (0x80180002, "the user name or password is wrong")
    AUTHORIZATION = (0x80180003, "this user may not enroll a device")
    CERTIFICATE_REQUEST = (0x80180004, "the certificate request was rejected")
    ENROLLMENT_SERVER = (0x80180005, "the server is not set up correctly")
    INTERNAL_SERVICE_FAULT = (0x80180006, "the server had an internal error")
    INVALID_SECURITY = (0x80180007, "the server found the security header invalid")
    UNKNOWN = (0x80180008, "something unknown went wrong")
    ALREADY_ENROLLED = (0x8018000A, "this device is already enrolled")
    PASSWORD_NEEDED = (0x8018000E, "the server wants a password")
    WEB_SIGN_IN = (0x8018000F, "the sign-in page failed")
    CONNECTIVITY = (0x80180010, "the server cannot be reached")
    TLS_CERTIFICATE = (0x80180012, "the server's TLS certificate is not trusted")
    DEVICE_CAP_REACHED = (0x80180013, "this user has enrolled too many devices")
    DEVICE_NOT_SUPPORTED = (0x80180014, "the server does not support this kind of device")
    NOT_SUPPORTED = (0x80180015, "the server does not support enrollment")
    NOT_ELIGIBLE_TO_RENEW = (0x80180016, "this device may not renew its certificate")
    IN_MAINTENANCE = (0x80180017, "the server is in maintenance; try again later")
    USER_LICENSE = (0x80180018, "the user's license does not allow it")
    INVALID_ENROLLMENT_DATA = (0x80180019, "the server did not accept the enrollment data")
    INSECURE_REDIRECT = (0x8018001A, "the server redirects to an address that is not secure")
    CERTIFICATE_STORE_FAILED = (0x8018001E, "a certificate could not be put into its store")
    APPLICATION_FAILED = (0x8018001F, "the management account could not be set up")
    DMCLIENT_FAILED = (0x80180020, "the DMClient settings could not be applied")
    PASSPORT_FAILED = (0x80180021, "the PassportForWork settings could not be applied")
    OTHER_PROVIDER_FAILED = (0x80180022, "settings of the provisioning document were refused")
    PROVISIONING_FAILED = (0x80180023, "the provisioning document could not be applied")
    CLIENT_CERTIFICATE_NOT_FOUND = (0x80180024, "the certificate for TLS was not found")
    APPLICATIONS_FAILED = (0x80180025, "the app management settings could not be applied")
    KEY_CREATION_FAILED = (0x80180027, "the private key could not be made")
    CERTIFICATE_NOT_FOUND = (0x80180028, "the certificate to enroll with was not found")
    EMPTY_MESSAGE = (0x80180029, "the server sent an empty message")
    USER_CANCELLED = (0x8018002A, "the wearer cancelled it")
    CUSTOM_SERVER_ERROR = (0x80180032, "the server says no, with a reason of its own")
    TOO_MANY_REQUESTS = (0x80180033, "the server answered 429, too many requests")

    @property
    def code(self) -> int:
        """The number."""
        return self.value[0]

    @property
    def spelled(self) -> str:
        """The number as the Settings app shows it."""
        return f"0x{self.value[0]:08X}"

    @property
    def meaning(self) -> str:
        """The words."""
        return self.value[1]


_BY_CODE: Final = {each.code: each for each in Hresult}


def from_fault(fault: Fault) -> Hresult:
    """Return the code for a SOAP fault: the error type's where there is one, else the subcode's."""
    return _BY_CODE.get(fault.hresult, Hresult.UNKNOWN)


_BY_PROVIDER: Final = {
    "CertificateStore": Hresult.CERTIFICATE_STORE_FAILED,
    "APPLICATION": Hresult.APPLICATION_FAILED,
    "DMClient": Hresult.DMCLIENT_FAILED,
}


def from_breach(error: BadMessage) -> Hresult:
    """Return the code for a provisioning document that could not be taken: its provider's."""
    provider = error.where.partition("/")[0]
    return _BY_PROVIDER.get(provider, Hresult.PROVISIONING_FAILED)


class EnrollmentRefused(LenskeepError):
    """The server refused the enrollment, or what it sent cannot be used."""

    def __init__(self, hresult: Hresult, reason: str = "", trace_id: str = "") -> None:
        text = f"{hresult.spelled}: {hresult.meaning}"
        super().__init__(text + (f" - the server says: {reason}" if reason else ""))
        self.hresult = hresult
        self.reason = reason
        self.trace_id = trace_id
