"""What REST takes and answers of licenses and editions."""

from datetime import datetime

from pydantic import Field

from lenskeep.enrollment.edition import UpgradeState
from lenskeep.flows.edition.upgrading import EditionView
from lenskeep.web.api.inputs import Body
from lenskeep.web.api.models import Answer


class LicenseBody(Body):
    """A license for HoloLens (1st gen)."""

    name: str = Field(examples=["Commercial Suite"])
    document: str = Field(description="The license XML as Microsoft sent it.")
    automatic: bool = Field(False, description="Every new 1st gen headset is upgraded with it.")


class UpgradeBody(Body):
    """Which license to send."""

    license: str = Field("", description="Name or id; not needed where there is only one.")


class EditionLicense(Answer):
    """A license; its text is told to nobody."""

    id: str
    name: str
    root: str = Field(description="Name of its root element.")
    size_bytes: int
    sha256: str
    automatic: bool
    notice: str
    created_at: datetime


class Edition(Answer):
    """How a device stands with its edition."""

    generation: str
    edition: str
    state: UpgradeState
    words: str
    remedy: str
    may_upgrade: bool
    sent_at: datetime | None

    @classmethod
    def of(cls, view: EditionView) -> "Edition":
        """Make the answer."""
        return cls(
            generation=view.generation,
            edition=view.edition,
            state=view.upgrade.state,
            words=view.upgrade.words,
            remedy=view.upgrade.remedy,
            may_upgrade=view.may_upgrade,
            sent_at=view.sent_at,
        )
