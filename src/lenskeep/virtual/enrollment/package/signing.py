"""The XML signature of an enrollment by certificate, made by hand ([XMLDSig] 3.1).

An enveloped signature over the whole message: exclusive canonicalization, RSA with SHA-256, the
key named by a reference to the token beside it ([MS-MDE2] 3.4, [WSS X.509 Token Profile] 3.2).
"""

import base64
import hashlib
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from lenskeep.wire.security import SECURITY, UTILITY

X509_TOKEN: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"  # noqa: S105 - a kind
)

_X509: Final = X509_TOKEN.removesuffix("v3")
_DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
_EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED: Final = f"{_DSIG}enveloped-signature"
_RSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256: Final = "http://www.w3.org/2001/04/xmlenc#sha256"
_TOKEN_ID: Final = "uuid-29801C2F-F26B-46AD-984B-AFAEFB545FF8"  # noqa: S105 - a name
"""`assumed:` a constant, like the identifiers of the other tokens."""


def sign_message(body: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """Return the message with a signature in its security header, behind the certificate."""
    root = etree.fromstring(body, _parser())
    security = root.find(f".//{{{SECURITY}}}Security")
    token = None if security is None else security.find(f"{{{SECURITY}}}BinarySecurityToken")
    if security is None or token is None:
        raise ValueError("a message without a certificate cannot be signed")
    token.set(f"{{{UTILITY}}}Id", _TOKEN_ID)
    digest = hashlib.sha256(_canonical(root)).digest()
    signature = etree.SubElement(security, f"{{{_DSIG}}}Signature", nsmap={None: _DSIG})
    info = _signed_info(signature, digest)
    value = etree.SubElement(signature, f"{{{_DSIG}}}SignatureValue")
    signed = key.sign(_canonical(info), padding.PKCS1v15(), hashes.SHA256())
    value.text = base64.b64encode(signed).decode("ascii")
    _key_info(signature)
    return etree.tostring(root, encoding="utf-8", xml_declaration=False)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _canonical(element: etree._Element) -> bytes:
    """[XML Exclusive C14N 1.0], without comments."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _signed_info(signature: etree._Element, digest: bytes) -> etree._Element:
    info = _child(signature, "SignedInfo")
    _child(info, "CanonicalizationMethod", Algorithm=_EXCLUSIVE)
    _child(info, "SignatureMethod", Algorithm=_RSA_SHA256)
    reference = _child(info, "Reference", URI="")
    transforms = _child(reference, "Transforms")
    _child(transforms, "Transform", Algorithm=_ENVELOPED)
    _child(transforms, "Transform", Algorithm=_EXCLUSIVE)
    _child(reference, "DigestMethod", Algorithm=_SHA256)
    _child(reference, "DigestValue").text = base64.b64encode(digest).decode("ascii")
    return info


def _key_info(signature: etree._Element) -> None:
    info = _child(signature, "KeyInfo")
    holder = etree.SubElement(info, f"{{{SECURITY}}}SecurityTokenReference")
    etree.SubElement(
        holder, f"{{{SECURITY}}}Reference", {"URI": f"#{_TOKEN_ID}", "ValueType": _X509}
    )


def _child(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_DSIG}}}{name}", dict(attributes))
