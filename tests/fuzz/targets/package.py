"""What a headset is handed beside messages: an answer file, a web page; and licenses."""

import base64
from dataclasses import replace
from typing import Final

from tests.fuzz import keys
from tests.fuzz.harness import Target, attempt, demand, same
from tests.fuzz.mutators import markup
from tests.fuzz.targets.pkcs7 import certificate_der

from lenskeep.base.errors import Invalid
from lenskeep.enrollment.edition import MAX_LICENSE_BYTES, read_license
from lenskeep.virtual.enrollment.package.customizations import read_recipe
from lenskeep.virtual.enrollment.web.cookies import Cookies
from lenskeep.virtual.enrollment.web.page import read_page
from lenskeep.virtual.enrollment.web.policy import read_policy
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
        other = replace(recipe, secret="?", client_password="?", client=None)
        same(repr(recipe), repr(other), "secrets are not shown")
    _page(data.decode("utf-8", "replace"))
    license_ = attempt(Invalid, read_license, data)
    if license_ is not None:
        demand(len(license_.xml) <= MAX_LICENSE_BYTES, "no longer than it says")
        root = xml.read(license_.xml.encode("utf-8"), max_bytes=2 * MAX_LICENSE_BYTES)
        same(license_.root, xml.local_name(root), "the license is what was read")


def _page(given: str) -> None:
    """Read it as a web page in the sign-in window, its first line as the policy that came along."""
    url = "https://mdm.example.org/a/b"
    page = read_page(url, given)
    demand(all(each.method for each in page.forms), "a form has a method")
    policy = read_policy(url, {"content-security-policy": given.partition("\n")[0]})
    for form in page.forms[:9]:
        policy.lets_send_to(form.action)
    for script in page.scripts[:9]:
        policy.lets_run(script)
    policy.lets_frame(url)
    cookies = Cookies()
    cookies.take(url, given.splitlines()[:9])
    demand(len(cookies.header(url)) <= 1, "one header or none")


TARGET: Final = Target(
    name="package",
    covers=(
        "lenskeep.virtual.enrollment.package.customizations:read_recipe",
        "lenskeep.enrollment.edition:read_license",
        "lenskeep.virtual.enrollment.web.page:read_page",
        "lenskeep.virtual.enrollment.web.policy:read_policy",
    ),
    run=run,
    mutate=markup.mutate,
    max_bytes=MAX_LICENSE_BYTES + 1024,
)
