"""Commands for who may enroll."""

import asyncio
import json
from pathlib import Path

from tests.cli.conftest import Served, Type
from tests.flows.home import ADMIN

from lenskeep.access import Scope
from lenskeep.flows.entrance import Attempt
from lenskeep.flows.entry.admission.rules import show_rules


def rules_of(served: Served) -> object:
    """Return the rules in force."""
    return asyncio.run(show_rules(served.home.house, ADMIN)).rules


def test_rules_go_out_and_come_in_as_one_document(
    served: Served, type_: Type, tmp_path: Path
) -> None:
    """What `show` prints, `set` takes; a wrong one is told by its fields."""
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"domains": ["example.org"], "cap_per_user": 3}))

    set_ = type_("enrollment", "rules", "set", str(file), *served.way())
    shown = type_("enrollment", "rules", "show", *served.way())
    file.write_text(json.dumps({"domain": ["example.org"]}))
    wrong = type_("enrollment", "rules", "set", str(file), *served.way())

    assert (0, 0, 2) == (set_.code, shown.code, wrong.code)
    assert "rules: domains, cap_per_user" in set_.err
    assert {"domains": ["example.org"], "cap_per_user": 3} == json.loads(shown.out)
    assert "domains?" in wrong.err


def test_an_old_base_is_a_conflict_and_no_json_is_told(
    served: Served, type_: Type, tmp_path: Path
) -> None:
    """As REST has it; a file that is none is told with its name."""
    file = tmp_path / "rules.json"
    file.write_text("{}")
    conflict = type_("enrollment", "rules", "set", str(file), "--base", "99", *served.way())
    file.write_text("{cap: 3}")
    broken = type_("enrollment", "rules", "set", str(file), *served.way())

    assert 8 == conflict.code
    assert 2 == broken.code
    assert "not JSON" in broken.err


def test_trying_says_the_rule_the_number_and_the_remedy(
    served: Served, type_: Type, tmp_path: Path
) -> None:
    """Status 0 where they let in, 1 where they refuse."""
    file = tmp_path / "draft.json"
    file.write_text(json.dumps({"builds": {"min": "22621"}}))
    words = ("enrollment", "rules", "try", "--rules", str(file), "--build")

    good = type_(*words, "10.0.22621.1244", *served.way(Scope.READ))
    bad = type_(*words, "10.0.19041.1103", *served.way(Scope.READ))
    device = type_(*words[:5], "--device", served.enroll(1), "--json", *served.way(Scope.READ))

    assert (0, 1) == (good.code, bad.code)
    assert "may enroll" in good.err
    for word in ("0x80180014", "builds", "update the headset"):
        assert word in bad.out
    assert "objections" in json.loads(device.out)


def test_maintenance_goes_on_and_off(served: Served, type_: Type) -> None:
    """For hours, until a moment, and off again."""
    on = type_("enrollment", "maintenance", "on", "--hours", "2", "--words", "Soon.", *served.way())
    rules = rules_of(served)
    until = type_(
        "enrollment", "maintenance", "on", "--until", "2099-01-01T00:00:00Z", *served.way()
    )
    off = type_("enrollment", "maintenance", "off", *served.way())

    assert (0, 0, 0) == (on.code, until.code, off.code)
    assert "Soon." in str(rules)
    assert "maintenance" not in str(rules_of(served))


def test_ways_are_listed_and_one_is_shown_with_its_steps(served: Served, type_: Type) -> None:
    """Seven; one by its letter, in whatever case; there is no H."""
    listed = type_("enrollment", "ways", *served.way(Scope.READ))
    one = type_("enrollment", "ways", "e", *served.way(Scope.READ))
    none = type_("enrollment", "ways", "H", *served.way(Scope.READ))

    assert (0, 0, 7) == (listed.code, one.code, none.code)
    assert "Autopilot, self-deploying" in listed.out
    for words in ("Enroll only in device management", "Administrator", "Wearer", "Where to press"):
        assert words in one.out


def test_attempts_are_listed_with_number_and_reason(served: Served, type_: Type) -> None:
    """Newest first, as many as asked for."""
    house = served.home.house
    for number in range(3):
        attempt = Attempt(
            f"att_{number}",
            house.clock.now(),
            "enrollment",
            "refused",
            user=f"user{number}@example.org",
            reason="rule builds: too old",
            hresult=0x80180014,
        )
        asyncio.run(house.entry.attempts.note(attempt))

    listed = type_("enrollment", "attempts", "--limit", "2", *served.way(Scope.READ))

    assert 0 == listed.code
    assert "user2@example.org" in listed.out
    assert "user0@example.org" not in listed.out
    assert "0x80180014" in listed.out
    assert "too old" in listed.out


def test_a_domain_that_is_none_is_not_looked_at(served: Served, type_: Type) -> None:
    """Told with its field."""
    answer = type_("enrollment", "check-names", "localhost", *served.way())

    assert 2 == answer.code
    assert "domain" in answer.err
