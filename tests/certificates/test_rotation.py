"""Eras of the authority: the steps of a rotation, and what is stored of them."""

from datetime import timedelta

import pytest

from lenskeep.base.errors import Conflict, Unavailable
from lenskeep.certificates.authority import Authority
from lenskeep.certificates.rotation import ROTATE_BEFORE, Eras, rotate_by


def test_a_rotation_takes_three_steps() -> None:
    """Issuing first, then serving, then the old one is gone."""
    calm = Eras()

    begun = calm.begin()
    assert Eras(issuing=2, serving=1, accepted=(1, 2)) == begun
    assert ((1,), True) == (begun.retiring, begun.is_rotating)
    served = begun.serve()
    assert Eras(issuing=2, serving=2, accepted=(1, 2)) == served
    finished = served.finish()
    assert Eras(issuing=2, serving=2, accepted=(2,)) == finished
    assert Eras(issuing=3, serving=2, accepted=(2, 3)) == finished.begin()


def test_finishing_serves_too() -> None:
    """A server that showed an era that no longer counts would be left alone."""
    assert Eras(issuing=2, serving=2, accepted=(2,)) == Eras().begin().finish()


def test_steps_that_do_not_fit_are_refused() -> None:
    """No second rotation on top of one, nothing to finish without one."""
    begun = Eras().begin()

    for step in (begun.begin, begun.serve().serve, Eras().serve, Eras().finish):
        with pytest.raises(Conflict):
            step()


@pytest.mark.parametrize("state", [Eras(), Eras().begin(), Eras(7, 7, (7,))])
def test_what_is_stored_comes_back(state: Eras) -> None:
    """The stored form holds all of it."""
    assert state == Eras.load(state.dump())


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"[]",
        b"{}",
        b'{"issuing": 1, "serving": 1}',
        b'{"issuing": 1, "serving": 1, "accepted": []}',
        b'{"issuing": 1, "serving": 1, "accepted": [2]}',
        b'{"issuing": 2, "serving": 1, "accepted": [2]}',
        b'{"issuing": 1, "serving": 1, "accepted": [2, 1]}',
        b'{"issuing": 0, "serving": 0, "accepted": [0]}',
        b'{"issuing": "x", "serving": 1, "accepted": [1]}',
        b'{"issuing": 1, "serving": 1, "accepted": 1}',
        b"\xff",
    ],
)
def test_what_makes_no_sense_is_not_guessed(stored: bytes) -> None:
    """Whoever edited the file has to mend it: no headset is locked out by a guess."""
    with pytest.raises(Unavailable):
        Eras.load(stored)


def test_a_rotation_begins_before_certificates_are_cut_short(devices: Authority) -> None:
    """A certificate's life and a year before the issuer ends."""
    ends = devices.certificate.not_valid_after_utc

    assert ends - timedelta(days=365) - ROTATE_BEFORE == rotate_by(devices.certificate, 365)
