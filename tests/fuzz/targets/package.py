"""What comes in files of a package: the answer file, as a headset reads it, and a license."""

import base64
from typing import Final

from tests.fuzz import keys
from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import markup
from tests.fuzz.targets.pkcs7 import certificate_der

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.edition import MAX_LICENSE_BYTES, read_license
from lenskeep.virtual.enrollment.package.customizations import read_recipe
from lenskeep.virtual.trouble import WrongState
from lenskeep.wire import xml

_CERTIFICATE: Final = certificate_der(keys.ec_key())
_BAD_VERSION: Final = _CERTIFICATE.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09", 1)
_FILES: Final = {
    "root.cer": _CERTIFICATE,
    "Root.pem": b"-----BEGIN CERTIFICATE-----\n"
    + base64.encodebytes(_CERTIFICATE)
    + b"-----END CERTIFICATE-----\n",
    "odd.cer": _BAD_VERSION,
    "broken.cer": _CERTIFICATE[:100],
    "client.pfx": b"0\x82 no real one",
}


def run(data: bytes) -> None:
    """Read the file as an answer file, and as a license."""
    recipe = attempt(WrongState, read_recipe, data, _FILES)
    if recipe is not None:
        demand(recipe.user and recipe.secret, "an account and its secret")
        demand(recipe.secret not in repr(recipe), "secrets are not shown")
    license_ = attempt(Invalid, read_license, data)
    if license_ is not None:
        demand(len(license_.xml) <= MAX_LICENSE_BYTES, "no longer than it says")
        root = xml.read(license_.xml.encode("utf-8"), max_bytes=2 * MAX_LICENSE_BYTES)
        same(license_.root, xml.local_name(root), "the license is what was read")


TARGET: Final = Target(
    name="package",
    covers=(
        "lenskeep.virtual.enrollment.package.customizations:read_recipe",
        "lenskeep.enrollment.edition:read_license",
    ),
    run=run,
    mutate=markup.mutate,
    max_bytes=MAX_LICENSE_BYTES + 1024,
)
