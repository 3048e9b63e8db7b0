"""The provisioning document: certificates, management account and poll schedule of an enrollment.

What other rooms use of it; the work is done in `provisioning`. A headset takes the document whole
or fails the enrollment, so both directions are strict: exactly CertificateStore, APPLICATION and
DMClient, as [MS-MDE2] 2.2.9.1 has them. `read_characteristics` reads any other document.
"""

from lenskeep.wire.provisioning.characteristic import (
    Characteristic,
    Parm,
    read_characteristics,
    write_characteristics,
)
from lenskeep.wire.provisioning.model import (
    Application,
    CompletePage,
    Credentials,
    Help,
    Poll,
    ProvisioningDocument,
    Renewal,
    RenewalDocument,
    Store,
    thumbprint,
)
from lenskeep.wire.provisioning.read import read_provisioning, read_renewal
from lenskeep.wire.provisioning.write import write_provisioning, write_renewal

__all__ = [
    "Application",
    "Characteristic",
    "CompletePage",
    "Credentials",
    "Help",
    "Parm",
    "Poll",
    "ProvisioningDocument",
    "Renewal",
    "RenewalDocument",
    "Store",
    "read_characteristics",
    "read_provisioning",
    "read_renewal",
    "thumbprint",
    "write_characteristics",
    "write_provisioning",
    "write_renewal",
]
