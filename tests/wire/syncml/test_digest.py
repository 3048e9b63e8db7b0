"""The proofs that a credential carries."""

from base64 import b64encode
from hashlib import md5

from lenskeep.base.secret import Secret
from lenskeep.wire.syncml.digest import account_digest, is_same, md5_digest


def test_the_digest_is_that_of_the_published_vector() -> None:
    """The example of the OMA DM Protocol specification, recomputed."""
    assert md5_digest("Bruce2", Secret("OhBehave"), b"Nonce") == "Zz6EivR3yeaaENcRN6lpAQ=="


def test_the_nonce_is_raw_bytes_of_any_value() -> None:
    nonce = bytes(range(256))
    inner = b64encode(md5(b"u:p").digest())

    expected = b64encode(md5(inner + b":" + nonce).digest()).decode()

    assert md5_digest("u", Secret("p"), nonce) == expected


def test_another_user_password_or_nonce_is_another_digest() -> None:
    assert (
        len(
            {
                md5_digest("u", Secret("p"), b"n"),
                md5_digest("v", Secret("p"), b"n"),
                md5_digest("u", Secret("q"), b"n"),
                md5_digest("u", Secret("p"), b"o"),
            }
        )
        == 4
    )


def test_names_and_passwords_are_utf8() -> None:
    expected = b64encode(md5("\u00fc:\u20ac".encode()).digest()).decode()

    assert account_digest("\u00fc", Secret("\u20ac")) == expected


def test_proofs_compare_by_value() -> None:
    assert is_same("abc=", " abc=\n")
    assert not is_same("abc=", "abd=")
    assert not is_same("abc=", "\u00e9")
