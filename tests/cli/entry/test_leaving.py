"""Commands for the ways out, as they are typed."""

import json
import sys

import pytest
from tests.cli.conftest import Served, Type

from lenskeep.access import Scope
from lenskeep.cli.output import ExitCode


def test_the_ways_out_are_read(type_: Type, served: Served) -> None:
    """The best one, and what each removes."""
    device = served.enroll(1)

    typed = type_("device", "leaving", device, *served.way(Scope.READ))

    assert ExitCode.OK == typed.code
    assert "best way" in typed.out
    assert "unenroll: It takes away what this server brought" in typed.out
    assert "users and their data" in typed.out
    as_json = json.loads(type_("device", "leaving", device, "--json", *served.way()).out)
    assert "unenroll" == as_json["best"]["exit"]


def test_a_device_is_told_to_leave_and_stays(type_: Type, served: Served) -> None:
    """`leaving` shows it meanwhile, and so does the list."""
    device = served.enroll(2)

    told = type_("device", "unenroll", device, "--reason", "sold", *served.way(Scope.OPERATE))
    shown = type_("device", "leaving", device, *served.way())
    listed = type_("devices", "HOLO-2", *served.way())
    back = type_("device", "stay", device, *served.way())
    again = type_("device", "stay", device, *served.way())

    assert [0, 0, 0, 0] == [each.code for each in (told, shown, listed, back)]
    assert "unenroll: It is told at its next contact" in shown.out
    assert "enrolled, told to unenroll" in listed.out
    assert ExitCode.CONFLICT == again.code


def test_what_cannot_be_undone_is_not_done_where_nobody_can_be_asked(
    type_: Type, served: Served
) -> None:
    """A script says --yes."""
    device = served.enroll(3)

    for verb in ("wipe", "retire", "revoke"):
        typed = type_("device", verb, device, *served.way())
        assert ExitCode.USAGE == typed.code
        assert "--yes" in typed.err

    wiped = type_("device", "wipe", device, "--yes", *served.way(Scope.OPERATE))
    assert ExitCode.OK == wiped.code
    assert "reset itself" in wiped.out


@pytest.mark.parametrize(("typed_name", "code"), [("HOLO-4", 0), ("yes", ExitCode.USAGE)])
def test_the_name_is_typed_by_a_person(
    type_: Type,
    served: Served,
    monkeypatch: pytest.MonkeyPatch,
    typed_name: str,
    code: int,
) -> None:
    """And nothing else is taken for it."""
    device = served.enroll(4 if code == 0 else 5)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: typed_name)

    assert code == type_("device", "retire", device, *served.way()).code


def test_a_device_is_lost_stolen_spare_and_found(type_: Type, served: Served) -> None:
    """Each says what it means; a list shows them."""
    device = served.enroll(6)

    said = [
        type_("device", verb, device, "--reason", "Ward 3", *served.way(Scope.OPERATE))
        for verb in ("lost", "stolen")
    ]
    listed = type_("devices", "--custody", "stolen", *served.way())
    spare = type_("device", "spare", device, *served.way())
    found = type_("device", "found", device, *served.way())

    assert all("can still be locked or wiped" in each.out for each in said)
    assert "enrolled, stolen" in listed.out
    assert ("spare" in spare.out, "in use" in found.out) == (True, True)


def test_a_stolen_device_is_revoked_with_the_same_word(type_: Type, served: Served) -> None:
    """Only an administrator does that."""
    device = served.enroll(7)
    words = ("device", "stolen", device, "--revoke", "--yes")

    refused = type_(*words, *served.way(Scope.OPERATE))
    untouched = type_("devices", "HOLO-7", *served.way())
    done = type_(*words, *served.way())
    again = type_("device", "revoke", device, "--yes", *served.way())

    assert (ExitCode.REFUSED, ExitCode.OK) == (refused.code, done.code)
    assert "stolen" not in untouched.out
    assert "refused from now on" in done.out
    assert ExitCode.CONFLICT == again.code


def test_the_owner_is_told(type_: Type, served: Served) -> None:
    """With the reason, and what only an owner can do."""
    typed = type_("device", "owner", served.enroll(8), *served.way(Scope.READ))

    assert ExitCode.OK == typed.code
    assert "the first local user (likely)" in typed.out
    assert "WITHOUT ONE" in typed.out


def test_silent_devices_are_listed(type_: Type, served: Served) -> None:
    """Those of the last week are not."""
    served.enroll(9)
    none = type_("silent", *served.way(Scope.READ))
    served.home.clock.advance(days=2)

    some = type_("silent", "--days", "1", *served.way(Scope.READ))

    assert "every device was heard of within 7 days" in none.err
    assert "HOLO-9" in some.out
    assert "did not come" in some.out
