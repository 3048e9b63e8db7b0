"""What REST takes and answers of bulk accounts and provisioning packages."""

import base64
from datetime import datetime
from typing import Any

from pydantic import Field

from lenskeep.base.errors import Invalid
from lenskeep.base.secret import Secret
from lenskeep.enrollment.package.building import Building
from lenskeep.enrollment.package.definition import FirstRun, Proof, Wifi
from lenskeep.enrollment.package.instructions import Instructions, said, steps_for
from lenskeep.flows.entry.bulk import USUAL_DAYS, BulkMade, BulkWish
from lenskeep.flows.entry.package.keeping import Folder, Listed
from lenskeep.flows.entry.package.wish import PackageWish, UserWish
from lenskeep.flows.records import Account
from lenskeep.web.api.inputs import Body
from lenskeep.web.api.models import Answer

PREPARES: str = "none"
"""A package that enrolls nothing."""
_PROOFS: dict[str, Any] = {"enum": [*(each.value for each in Proof), PREPARES]}


def _text_of(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


# --- bulk accounts -------------------------------------------------------------------------


class BulkAccountBody(Body):
    """A new bulk account: by a password that is made, or by a certificate, given or made."""

    name: str = Field(examples=["package-ward-7@example.org"])
    days: int = Field(USUAL_DAYS, description="How long it enrolls.")
    uses: int | None = Field(None, description="Headsets; null: as many as come.")
    certificate: str = Field("", description="PEM of the certificate that proves it.")
    make_certificate: bool = Field(False, description="Make a certificate and its key instead.")

    @property
    def wish(self) -> BulkWish:
        """What was asked for."""
        return BulkWish(
            self.name, self.days, self.uses, self.certificate.encode(), self.make_certificate
        )


class BulkAccountRow(Answer):
    """A bulk account."""

    id: str
    name: str
    by: str = Field(description="password or certificate")
    certificate_sha256: str = Field(description="Of the certificate, in hexadecimal, or empty.")
    uses_left: int | None
    expires_at: datetime | None
    created_at: datetime
    disabled_at: datetime | None

    @classmethod
    def values(cls, account: Account) -> dict[str, Any]:
        """Return what a row shows of an account."""
        digest = account.certificate_sha256
        return {
            "id": account.id,
            "name": account.name,
            "by": Proof.PASSWORD.value if digest is None else Proof.CERTIFICATE.value,
            "certificate_sha256": "" if digest is None else digest.hex(),
            "uses_left": account.uses_left,
            "expires_at": account.expires_at,
            "created_at": account.created_at,
            "disabled_at": account.disabled_at,
        }

    @classmethod
    def of(cls, account: Account) -> "BulkAccountRow":
        """Make the answer."""
        return cls(**cls.values(account))


class NewBulkAccount(BulkAccountRow):
    """A bulk account just added; its secrets are shown here only."""

    password: str | None
    pfx: str = Field(description="Base64 of the certificate with its key (PKCS#12), or empty.")
    pfx_password: str | None
    thumbprint: str = Field(description="What a package names the certificate by, or empty.")

    @classmethod
    def made(cls, made: BulkMade) -> "NewBulkAccount":
        """Make the answer that shows secrets once."""
        return cls(
            **cls.values(made.account),
            password=made.password.reveal() if made.password else None,
            pfx=_text_of(made.pfx),
            pfx_password=made.pfx_password.reveal() if made.pfx_password else None,
            thumbprint=made.thumbprint,
        )


# --- packages ------------------------------------------------------------------------------


class PackageWifi(Body):
    """A wireless network; without a key an open one, else WPA2-Personal."""

    ssid: str
    key: str | None = None
    hidden: bool = False


class PackageUser(Body):
    """The local account; without a password one is made and shown once."""

    name: str
    password: str | None = None
    owner: bool = Field(True, description="Whether it is a device owner.")


class PackageFirstRun(Body):
    """What of the first run is left out."""

    skip_calibration: bool = False
    skip_training: bool = False
    skip_wifi: bool = False
    region: int | None = Field(default=None, description="Windows' number of a country (GEOID).")


class PackageBody(Body):
    """A new provisioning package."""

    name: str = Field(examples=["Ward 7"])
    version: str = "1.0"
    enroll_by: str = Field("password", json_schema_extra=_PROOFS)
    upn: str = Field("", description="Of its bulk account; empty: made from the name.")
    days: int = Field(USUAL_DAYS, description="How long it enrolls.")
    uses: int | None = Field(None, description="Headsets; null: as many as come.")
    roots: list[str] | None = Field(
        None, description="PEM of root certificates; null: this server's own, where it needs them."
    )
    wifi: list[PackageWifi] = Field(default_factory=list)
    user: PackageUser | None = None
    time_zone: str = Field("", examples=["W. Europe Standard Time"])
    first_run: PackageFirstRun = PackageFirstRun()
    kiosk: str = Field("", description="An AssignedAccessConfiguration document.")
    kiosk_profile: str = Field("", description="Or a profile, by name or id, whose kiosk it is.")
    device_name: str = Field("", examples=["W7-%SERIAL%"])

    @property
    def wish(self) -> PackageWish:
        """What was asked for. Raises Invalid."""
        return PackageWish(
            name=self.name,
            version=self.version,
            proof=_proof(self.enroll_by),
            upn=self.upn,
            days=self.days,
            uses=self.uses,
            roots=None if self.roots is None else tuple(each.encode() for each in self.roots),
            wifi=tuple(
                Wifi(each.ssid, _secret(each.key), hidden=each.hidden) for each in self.wifi
            ),
            user=_user(self.user),
            time_zone=self.time_zone,
            first_run=FirstRun(**self.first_run.model_dump()),
            kiosk=self.kiosk,
            kiosk_profile=self.kiosk_profile,
            device_name=self.device_name,
        )


def _proof(text: str) -> Proof | None:
    if text == PREPARES:
        return None
    try:
        return Proof(text)
    except ValueError:
        allowed = ", ".join(_PROOFS["enum"])
        raise Invalid.field("enroll_by", f"{text[:40]!r} is not a way", allowed) from None


def _secret(text: str | None) -> Secret | None:
    return Secret(text) if text else None


def _user(user: PackageUser | None) -> UserWish | None:
    if user is None:
        return None
    return UserWish(user.name, _secret(user.password), owner=user.owner)


class PackageBuilding(Answer):
    """How the package is built on a Windows PC."""

    files: list[str]
    command: str
    steps: list[str]
    assumed: list[str] = Field(description="What nobody has seen yet, and what to do then.")


class PackageRow(Answer):
    """A provisioning package; no secret is shown."""

    id: str
    name: str
    version: str
    enroll_by: str
    upn: str
    account_id: str
    created_at: datetime
    sets_up: dict[str, Any] = Field(description="Everything else that it sets up.")

    @classmethod
    def values(cls, listed: Listed) -> dict[str, Any]:
        """Return what a row shows of a package."""
        hidden = ("form", "guid", "account_id", "upn", "proof", "version", "roots")
        shown = {key: value for key, value in listed.shown.items() if key not in hidden}
        roots = listed.shown.get("roots")
        names = (
            [each["name"] for each in roots if isinstance(each, dict)]
            if isinstance(roots, list)
            else []
        )
        return {
            "id": listed.id,
            "name": listed.name,
            "version": listed.version,
            "enroll_by": listed.proof or PREPARES,
            "upn": listed.upn,
            "account_id": listed.account_id,
            "created_at": listed.created_at,
            "sets_up": {**shown, "roots": names},
        }

    @classmethod
    def of(cls, listed: Listed) -> "PackageRow":
        """Make the answer."""
        return cls(**cls.values(listed))


class PackageDetail(PackageRow):
    """A package with how it is built."""

    building: PackageBuilding
    warnings: list[str]

    @classmethod
    def told(cls, listed: Listed, building: Building, warnings: tuple[str, ...]) -> "PackageDetail":
        """Make the answer."""
        built = PackageBuilding.model_validate(building)
        return cls(**cls.values(listed), building=built, warnings=list(warnings))


class PackageFile(Answer):
    """A file of the folder that Windows Configuration Designer reads; it may hold secrets."""

    name: str
    content: str = Field(description="Base64.")


class NewPackage(PackageDetail):
    """A package just made, secrets in its files."""

    files: list[PackageFile]
    user_password: str | None = Field(description="Of the local account, where it was made here.")

    @classmethod
    def made(cls, folder: Folder) -> "NewPackage":
        """Make the answer that shows secrets."""
        password = folder.user_password
        return cls(
            **cls.values(folder.listed),
            building=PackageBuilding.model_validate(folder.building),
            warnings=list(folder.warnings),
            files=[
                PackageFile(name=name, content=_text_of(content))
                for name, content in folder.files.items()
            ],
            user_password=password.reveal() if password else None,
        )


# --- instructions --------------------------------------------------------------------------


class WayInstructions(Answer):
    """What to do to bring a headset in by one way."""

    way: str
    title: str
    needs: list[str]
    since: str = Field(description="The first build of HoloLens 2 that has it; empty: all.")
    first_gen: str
    steps: list[str]
    sees: str

    @classmethod
    def of(cls, told: Instructions, build: str, server: str) -> "WayInstructions":
        """Make the answer for a build; empty: every build's steps."""
        return cls(
            way=told.way,
            title=told.title,
            needs=list(told.needs),
            since=told.since,
            first_gen=told.first_gen,
            steps=[said(step.text, server) for step in steps_for(told, build)],
            sees=told.sees,
        )


class EnrollmentInstructions(Answer):
    """What to press, for a sheet beside the headset. No secret is in it."""

    server: str
    page: str = Field(description="Where a headset and a printer find the sheet.")
    link: str = Field(description="Opens a headset's enrollment page with the server filled in.")
    root_sha256: str = Field(description="Fingerprint of the root certificate, in pairs of digits.")
    root_url: str
    ways: list[WayInstructions]
