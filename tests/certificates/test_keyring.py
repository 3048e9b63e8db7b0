"""Sealing, opening, rotating and digesting with master keys."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenskeep.base.errors import Invalid, Unavailable
from lenskeep.base.system import SystemRandomness
from lenskeep.certificates.keyring import Keyring, new_master_key

OLD = base64.b64encode(b"o" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()


def test_a_fresh_master_key_makes_a_keyring() -> None:
    """What new_master_key gives is what from_text takes."""
    ring = Keyring.from_text(new_master_key(SystemRandomness()))

    assert ring.open("p", ring.seal("p", b"x")) == b"x"


@given(plain=st.binary(max_size=200), purpose=st.text(max_size=20))
@settings(max_examples=40, deadline=None)
def test_what_is_sealed_for_a_purpose_opens_for_it(plain: bytes, purpose: str) -> None:
    """Sealing and opening are each other's inverse, for every purpose and content."""
    ring = Keyring.from_text(OLD)

    assert plain == ring.open(purpose, ring.seal(purpose, plain))


def test_the_sealed_text_names_its_key_and_hides_its_content() -> None:
    """Every ciphertext carries the scheme and the name of its key, and none of the content."""
    ring = Keyring.from_text(NEW)

    sealed = ring.seal("p", b"open sesame" * 3)

    assert sealed.startswith(f"lk1:{ring.current_id}:")
    assert b"sesame" not in base64.urlsafe_b64decode(sealed.split(":")[2])


def test_the_same_content_is_sealed_differently_each_time() -> None:
    """No two seals are alike, so equal secrets cannot be seen to be equal.

    [NIST SP 800-38D] 5.2.1.1.
    """
    ring = Keyring.from_text(NEW)

    assert ring.seal("p", b"x") != ring.seal("p", b"x")


def test_another_purpose_does_not_open_it() -> None:
    """A sealed text moved to another column does not open there."""
    ring = Keyring.from_text(NEW)

    with pytest.raises(Unavailable, match="changed"):
        ring.open("other", ring.seal("p", b"x"))


def test_every_changed_character_is_noticed() -> None:
    """A sealed text with any character changed does not open, and the error shows no content."""
    ring = Keyring.from_text(NEW)
    sealed = ring.seal("p", b"sesame")

    for at in range(len(sealed)):
        changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
        with pytest.raises(Unavailable) as caught:
            ring.open("p", changed)
        assert "sesame" not in str(caught.value)


@pytest.mark.parametrize(
    "sealed", ["", "lk1", "lk1::", "lk1:a:b", "lk2:" + "a" * 12 + ":AAAA", "lk1:ä:AAAA", "x" * 99]
)
def test_what_is_no_sealed_text_is_unavailable(sealed: str) -> None:
    """Anything else in the place of a sealed text is one family of trouble."""
    with pytest.raises(Unavailable):
        Keyring.from_text(NEW).open("p", sealed)


def test_after_rotation_old_seals_open_and_new_ones_name_the_new_key() -> None:
    """A key put on top seals from then on, while the older one still opens."""
    before = Keyring.from_text(OLD)
    after = Keyring.from_text(f"# rotated in March\n{NEW}\n\n{OLD}  # the first one\n")
    sealed = before.seal("p", b"x")

    resealed = after.reseal("p", sealed)

    assert after.open("p", sealed) == b"x"
    assert resealed.startswith(f"lk1:{after.current_id}:")
    assert after.current_id != before.current_id
    assert resealed == after.reseal("p", resealed)


def test_a_dropped_key_is_named_when_it_is_missed() -> None:
    """What was sealed with a key that is gone says which key is needed."""
    before = Keyring.from_text(OLD)

    with pytest.raises(Unavailable, match=before.current_id):
        Keyring.from_text(NEW).open("p", before.seal("p", b"x"))


def test_digests_stay_the_same_while_keys_are_put_on_top() -> None:
    """A rotation does not end codes and tokens; dropping the last key does."""
    before = Keyring.from_text(OLD).digest("token", b"x")

    assert before == Keyring.from_text(f"{NEW}\n{OLD}").digest("token", b"x")
    assert before != Keyring.from_text(NEW).digest("token", b"x")


def test_digests_differ_by_purpose_and_by_where_it_ends() -> None:
    """Purpose and content cannot be shifted into each other."""
    ring = Keyring.from_text(OLD)

    digests = {ring.digest("a", b"bc"), ring.digest("ab", b"c"), ring.digest("", b"abc")}

    assert len(digests) == 3
    assert {32} == {len(each) for each in digests}


@pytest.mark.parametrize(
    ("text", "where"),
    [("", "there is none"), ("# nothing", "there is none"), (f"{OLD}\nshort", "line 2")],
)
def test_a_bad_master_key_text_is_invalid_and_not_quoted(text: str, where: str) -> None:
    """A master key text that holds no key or a broken one is refused by its line number."""
    with pytest.raises(Invalid, match=where) as caught:
        Keyring.from_text(text)

    assert "short" not in str(caught.value)


def test_a_keyring_shows_names_only() -> None:
    """The text form of a keyring holds no key."""
    ring = Keyring.from_text(OLD)

    assert f"Keyring({ring.current_id})" == repr(ring)
