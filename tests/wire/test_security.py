"""Tokens of a security header: certificates are known as such, whatever they are called."""

import pytest

from lenskeep.wire import xml
from lenskeep.wire.security import (
    JWT_TOKEN,
    SECURITY,
    USER_TOKEN,
    X509_TOKEN,
    BinaryToken,
    read_token,
)

CERTIFICATE = "MIICsDCCAZigAwIBAgIUNA9m"
WEB_TOKEN = "bGtfYWJjZGVm"


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        (X509_TOKEN, CERTIFICATE, X509_TOKEN),
        ("X509v3", CERTIFICATE, X509_TOKEN),
        (USER_TOKEN, CERTIFICATE, X509_TOKEN),
        (USER_TOKEN, WEB_TOKEN, USER_TOKEN),
        (JWT_TOKEN, CERTIFICATE, JWT_TOKEN),
        ("urn:other#X509v3", CERTIFICATE, "urn:other#X509v3"),
    ],
)
def test_a_certificate_is_one_by_its_kind_or_its_bytes(kind: str, data: str, expected: str) -> None:
    text = (
        f'<o:Security xmlns:o="{SECURITY}"><o:BinarySecurityToken o:ValueType="{kind}">'
        f" \r\n {data}\r\n</o:BinarySecurityToken></o:Security>"
    )

    token = read_token(xml.read(text.encode()))

    assert isinstance(token, BinaryToken)
    assert (expected, data) == (token.value_type, token.data)
    assert data not in repr(token)
