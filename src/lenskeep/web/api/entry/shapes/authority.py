"""What REST takes and answers of the certificate authority."""

from datetime import datetime

from pydantic import Field

from lenskeep.flows.authority.rotating import AuthorityView, Paper, Shown, thumbprint_of
from lenskeep.web.api.inputs import Body
from lenskeep.web.api.models import Answer, deep


class RotationBody(Body):
    """How to rotate."""

    keep_root: bool = Field(False, description="New issuers under the same root.")
    renew_now: bool = Field(
        False, description="Headsets renew at their next contact, not within a year."
    )


class DeliveryBody(Body):
    """What to send to headsets that have not come over."""

    renew_now: bool = Field(False, description="Tell them to renew at their next contact, too.")


class ForceBody(Body):
    """Whether to go on over those who are left behind."""

    force: bool = Field(False, description="Headsets left behind have to enroll again.")


class CertificateEra(Answer):
    """One era of the authority: a root and what it signed."""

    number: int
    root: str = Field(description="SHA-1 of the root, as headsets name it.")
    root_subject: str
    root_ends: datetime
    issuer_subject: str
    issuer_ends: datetime
    issues: bool = Field(description="Device certificates are issued by it.")
    serves: bool = Field(description="The server shows a certificate of it.")
    devices: int = Field(description="Devices with a certificate of it that counts.")

    @classmethod
    def of(cls, shown: Shown) -> "CertificateEra":
        """Make the answer."""
        era = shown.era
        return cls(
            number=era.number,
            root=thumbprint_of(era),
            root_subject=era.root.subject.rfc4514_string(),
            root_ends=era.root.not_valid_after_utc,
            issuer_subject=era.devices.subject.rfc4514_string(),
            issuer_ends=era.devices.not_valid_after_utc,
            issues=shown.issues,
            serves=shown.serves,
            devices=shown.devices,
        )


class RestingDevice(Answer):
    """A device that holds up the end of a rotation."""

    device: str = deep("device_id")
    name: str
    last_seen: datetime | None
    not_after: datetime
    has_root: bool


class CertificateAuthority(Answer):
    """How the authority stands."""

    eras: list[CertificateEra]
    is_rotating: bool
    without_root: int = Field(description="Devices that lack the newest root.")
    waiting_for: list[RestingDevice]
    rotate_by: datetime = Field(description="When to begin the next rotation at the latest.")
    advice: str

    @classmethod
    def of(cls, view: AuthorityView) -> "CertificateAuthority":
        """Make the answer."""
        return cls(
            eras=[CertificateEra.of(each) for each in view.eras],
            is_rotating=view.is_rotating,
            without_root=view.without_root,
            waiting_for=[RestingDevice.model_validate(each) for each in view.retiring],
            rotate_by=view.rotate_by,
            advice=view.advice,
        )


class Delivery(Answer):
    """How many devices got something to do."""

    devices: int


class DeviceCertificate(Answer):
    """One certificate of a device."""

    serial: str = deep("certificate", "serial")
    state: str = Field(description="in use, not used yet, ended or revoked.")
    not_before: datetime = deep("certificate", "not_before")
    not_after: datetime = deep("certificate", "not_after")
    renews_from: datetime = Field(description="From when its headset is expected to renew it.")
    used_at: datetime | None = deep("certificate", "used_at")
    revoked_at: datetime | None = deep("certificate", "revoked_at")

    @classmethod
    def of(cls, paper: Paper) -> "DeviceCertificate":
        """Make the answer."""
        return cls.model_validate(paper)
