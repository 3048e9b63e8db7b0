"""REST: who may enroll, the ways in, the names they need, who tried."""

from dataclasses import replace
from typing import Any

import pytest
from tests.flows.home import ADMIN, Home
from tests.web.api.rest import Rest

from lenskeep.access import Scope
from lenskeep.flows.entrance import Attempt
from lenskeep.flows.entry.admission.names import look_at_names
from lenskeep.flows.house import House
from lenskeep.flows.ports import Looked

RULES = {"domains": ["example.org"], "builds": {"min": "20348.1501"}, "cap_per_user": 5}


async def set_rules(rest: Rest, rules: dict[str, Any], base: int = 0) -> dict[str, Any]:
    """Set rules."""
    answer = await rest.ask("PUT", "/enrollment/rules", {"base": base, "rules": rules})
    assert 200 == answer.status_code, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_nothing_was_set_is_version_0_without_a_rule(rest: Rest) -> None:
    """As a new server has it."""
    found = await rest.get("/enrollment/rules")

    assert {"version": 0, "at": None, "actor": "", "rules": {}} == found


async def test_rules_that_are_set_are_those_that_are_shown(rest: Rest) -> None:
    """With their version, and by whom."""
    told = await set_rules(rest, RULES)

    assert told == await rest.get("/enrollment/rules")
    assert (1, "a admin token", RULES) == (told["version"], told["actor"], told["rules"])


async def test_rules_on_an_outdated_base_are_a_conflict(rest: Rest) -> None:
    """Somebody else was faster: nothing of theirs is lost."""
    await set_rules(rest, RULES)

    answer = await rest.ask("PUT", "/enrollment/rules", {"base": 0, "rules": {}})

    assert 409 == answer.status_code
    assert RULES == (await rest.get("/enrollment/rules"))["rules"]


async def test_everything_that_is_wrong_comes_back_by_its_field(rest: Rest) -> None:
    """All complaints at once, and nothing is set."""
    wrong = {"domain": ["example.org"], "editions": ["x"], "maintenance": {"until": "soon"}}

    answer = await rest.ask("PUT", "/enrollment/rules", {"base": 0, "rules": wrong})

    assert 422 == answer.status_code
    fields = {each["field"] for each in answer.json()["complaints"]}
    assert {"domain", "editions[0]", "maintenance.until"} == fields
    assert 0 == (await rest.get("/enrollment/rules"))["version"]


async def test_maintenance_is_switched_without_touching_the_rules(rest: Rest) -> None:
    """On, kept by rules that do not speak of it, and off."""
    await set_rules(rest, RULES)
    until = {"until": "2027-01-01T00:00:00Z", "words": "Moving house."}

    on = (await rest.ask("PUT", "/enrollment/maintenance", until)).json()
    kept = await set_rules(rest, {"cap_per_user": 1}, base=2)
    off = (await rest.ask("PUT", "/enrollment/maintenance", {})).json()
    past = await rest.ask("PUT", "/enrollment/maintenance", {"until": "2020-01-01T00:00:00Z"})

    assert RULES | {"maintenance": until} == on["rules"]
    assert {"cap_per_user": 1, "maintenance": until} == kept["rules"]
    assert {"cap_per_user": 1} == off["rules"]
    assert 422 == past.status_code


async def test_somebody_described_is_tried_by_the_rules_or_a_draft(rest: Rest) -> None:
    """Nothing is stored by it."""
    await set_rules(rest, RULES)
    anna = {"user": "anna@example.org", "os_version": "10.0.22621.1244"}
    eve = {"user": "eve@example.com", "os_version": "10.0.19041.1103"}

    good = (await rest.ask("POST", "/enrollment/rules/try", {"applicant": anna})).json()
    bad = (await rest.ask("POST", "/enrollment/rules/try", {"applicant": eve})).json()
    draft = {"applicant": anna, "rules": {"hours": {"zone": "UTC", "days": ["sun"]}}}
    weekday = (await rest.ask("POST", "/enrollment/rules/try", draft)).json()
    sunday = draft | {"at": "2026-11-22T12:00:00Z"}
    later = (await rest.ask("POST", "/enrollment/rules/try", sunday)).json()

    assert (True, None, []) == (good["allowed"], good["refused"], good["objections"])
    assert ["users", "builds"] == [each["rule"] for each in bad["objections"]]
    assert ("users", "0x80180003") == (bad["refused"]["rule"], bad["refused"]["number"])
    assert "0x80180032" == weekday["refused"]["number"]
    assert later["allowed"]
    assert RULES == (await rest.get("/enrollment/rules"))["rules"]


async def test_a_device_is_tried_as_it_came(rest: Rest) -> None:
    """By its latest enrollment; an unknown one is missing."""
    device = await rest.home.enroll(1)

    allowed = (await rest.ask("POST", "/enrollment/rules/try", {"device": device})).json()
    draft = {"device": device, "rules": {"ways": ["package"]}}
    refused = (await rest.ask("POST", "/enrollment/rules/try", draft)).json()
    nobody = await rest.ask("POST", "/enrollment/rules/try", {"device": "dev_none"})
    neither = await rest.ask("POST", "/enrollment/rules/try", {})

    assert allowed["allowed"]
    assert "ways" == refused["refused"]["rule"]
    assert (404, 422) == (nobody.status_code, neither.status_code)


@pytest.mark.parametrize(
    "body",
    [
        '{"applicant": {}, "at": "0001-01-01T00:00:00+14:00"}',
        '{"applicant": {}, "at": "9999-12-31T23:59:00-12:00"}',
        '{"applicant": {}, "at": "2026-01-01T00:00:00"}',
        '{"applicant": {"way": "magic"}}',
        '{"applicant": {"serial": "\\ud800"}}',
        '{"applicant": {"user": "a\\u0000"}}',
        '{"applicant": {}, "rules": {"\\ud800": 1}}',
    ],
)
async def test_what_cannot_be_is_not_tried(rest: Rest, body: str) -> None:
    """Moments outside of time, characters that nothing can carry, ways that there are not."""
    answer = await rest.ask_raw("POST", "/enrollment/rules/try", body)

    assert 422 == answer.status_code, answer.text


async def test_ways_stand_as_they_are_set_up(rest: Rest) -> None:
    """A new server needs something for each; a code opens one path, closing it wins."""
    before = {each["letter"]: each for each in (await rest.get("/enrollment/ways"))["items"]}
    await rest.ask("POST", "/codes", {})
    with_code = {each["letter"]: each for each in (await rest.get("/enrollment/ways"))["items"]}
    await set_rules(rest, {"ways": ["web sign-in", "package"]})
    closed = {each["letter"]: each for each in (await rest.get("/enrollment/ways"))["items"]}

    assert list("ABCDEFG") == list(before)
    assert {"needs set-up"} == {each["state"] for each in before.values()}
    assert "code new" in before["E"]["ways"][0]["missing"]
    assert ("offered", "needs set-up") == (with_code["E"]["state"], with_code["A"]["state"])
    assert ["not offered", "offered"] == [each["state"] for each in closed["E"]["ways"]]
    assert ("not offered", "needs set-up") == (closed["A"]["state"], closed["G"]["state"])
    assert any("localhost:8443" in step for step in before["E"]["wearer"])


class Found:
    """A probe that finds what a test says; the real one has tests of its own."""

    def __init__(self, trouble: str, *addresses: str) -> None:
        self.trouble = trouble
        self.addresses = addresses
        self.asked: list[tuple[str, int]] = []

    async def look(self, host: str, port: int, roots: tuple[bytes, ...]) -> Looked:
        """Say it."""
        assert roots
        self.asked.append((host, port))
        addresses = self.addresses[len(self.asked) - 1 :][:1]
        return Looked(host, addresses, "", True, "lenskeep", True, "", 200, self.trouble)


def with_probe(home: Home, probe: Found) -> House:
    """Return the house with this probe."""
    return replace(home.house, entry=replace(home.house.entry, names=probe))


async def test_only_the_names_of_the_domain_that_was_typed_are_asked_for(home: Home) -> None:
    """The server's own, and EnterpriseEnrollment at 443; what is wrong is told of each."""
    probe = Found("", "192.0.2.1", "192.0.2.9")
    own, found = await look_at_names(with_probe(home, probe), ADMIN, "Example.org")

    assert [("localhost", 8443), ("EnterpriseEnrollment.example.org", 443)] == probe.asked
    assert () == own.troubles
    assert ["443", "another address"] == [
        word
        for word, trouble in zip(("443", "another address"), found.troubles, strict=True)
        if word in trouble
    ]


async def test_a_domain_that_is_none_is_refused(rest: Rest) -> None:
    """Nothing is looked up."""
    for domain in ("", "localhost", "example.org/x", "127.0.0.1:22"):
        answer = await rest.ask("GET", f"/enrollment/names?domain={domain}")
        assert 422 == answer.status_code, domain


async def test_attempts_come_newest_first_with_their_number_in_words(rest: Rest) -> None:
    """Page by page."""
    store, clock = rest.home.house.entry.attempts, rest.home.clock
    for number in range(3):
        clock.advance(seconds=1)
        hresult = 0x80180014 if number == 1 else 0
        outcome = "refused" if hresult else "ok"
        await store.note(
            Attempt(f"att_{number}", clock.now(), "enrollment", outcome, hresult=hresult)
        )

    first = await rest.get("/enrollment/attempts", limit=2)
    second = await rest.get("/enrollment/attempts", after=first["next"])

    assert ["att_2", "att_1", "att_0"] == [
        each["id"] for each in (*first["items"], *second["items"])
    ]
    refused = first["items"][1]
    assert "0x80180014" == refused["number"]
    assert "may not enroll" in refused["meaning"]
    assert refused["remedy"]
    assert "" == first["items"][0]["number"]


async def test_a_viewer_sees_rules_and_sets_none(rest: Rest) -> None:
    """Reading is a viewer's, changing an administrator's."""
    seen = await rest.ask("GET", "/enrollment/rules", scope=Scope.READ)
    set_ = await rest.ask("PUT", "/enrollment/rules", {"base": 0, "rules": {}}, Scope.OPERATE)
    names = await rest.ask("GET", "/enrollment/names?domain=example.org", scope=Scope.OPERATE)

    assert (200, 403, 403) == (seen.status_code, set_.status_code, names.status_code)


async def test_ten_thousand_serial_numbers_are_a_list_like_any_other(rest: Rest) -> None:
    """As many as one list takes, by digest; one more is too many."""
    many = [f"sha256:{number:064x}" for number in range(10_000)]
    await set_rules(rest, {"devices": {"serials": many}})

    known = {"serial": "0123", "os_version": "10.0.22621.1244"}
    refused = (await rest.ask("POST", "/enrollment/rules/try", {"applicant": known})).json()
    body = {"base": 1, "rules": {"devices": {"serials": [*many, "0123"]}}}
    too_many = await rest.ask("PUT", "/enrollment/rules", body)

    assert "devices" == refused["refused"]["rule"]
    assert 422 == too_many.status_code
