"""The XML signature of an enrollment by certificate; most messages are signed again."""

from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Final

from lxml import etree
from tests.fuzz import keys
from tests.fuzz.harness import Target, attempt, check_words, demand, same
from tests.fuzz.mutators import markup

from lenskeep.base.errors import Refusal, Refused
from lenskeep.certificates.xml_signature import MAX_BYTES, verify_signature
from lenskeep.virtual.enrollment.package.signing import sign_message
from lenskeep.wire import wstep, xml
from lenskeep.wire.errors import BadMessage

_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"


def run(data: bytes) -> None:
    """Verify the message; what comes back is itself right, and a request or none."""
    certificate = keys.certificate(keys.rsa_key())
    try:
        signed = verify_signature(data, certificate, keys.NOW)
    except Refused as refused:
        check_words(refused)
        demand(refused.kind is Refusal.AUTHENTICATION, "every fault alike")
        return
    inside = xml.read(signed, max_bytes=2 * MAX_BYTES)
    demand(all(each.tag != _DS for each in inside.iter()), "no signature is in what it covers")
    same(signed, verify_signature(data, certificate, keys.NOW), "the same message, the same part")
    late = attempt(Refused, verify_signature, data, certificate, keys.NOW + timedelta(hours=1))
    demand(late is None, "nothing is good for an hour")
    attempt(BadMessage, wstep.read_request, signed)


def mutate(data: bytes, random: Random) -> bytes:
    """Return another message; two of three are signed anew."""
    body = markup.mutate(data, random)
    if random.random() < 0.67:
        with suppress(etree.LxmlError, ValueError, TypeError):
            return sign_message(_bare(body), keys.rsa_key())
    return body


def _bare(body: bytes) -> bytes:
    """Return the message without its signatures."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(body[:MAX_BYTES], parser)
    for each in list(root.iter(_DS)):
        parent = each.getparent()
        if parent is not None:
            parent.remove(each)
    return etree.tostring(root, encoding="utf-8", xml_declaration=False)


TARGET: Final = Target(
    name="signature",
    covers=("lenskeep.certificates.xml_signature:verify_signature",),
    run=run,
    mutate=mutate,
    max_bytes=MAX_BYTES + 1024,
    slow=3.0,
)
