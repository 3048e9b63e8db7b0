"""A headset enrolls, syncs and leaves, against the double: real TLS, real certificates."""

import base64
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.virtual import double
from tests.virtual.double import Call, Double, Reply
from tests.virtual.manager import SECRET, Manager

from lenskeep.base.secret import Secret
from lenskeep.virtual.enrollment.certificate_request import Style
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.headset import Habits, VirtualHeadset
from lenskeep.virtual.session.report import Ended, Origin, SessionReport, SyncOptions
from lenskeep.virtual.transport import Accidents, Patience
from lenskeep.virtual.trouble import Breach, NoConnection, SessionRefused, WrongState
from lenskeep.wire.syncml.digest import md5_digest
from lenskeep.wire.syncml.model import Alert, Status

SOON = Patience(first_pause_s=0.001, longest_pause_s=0.002)
ONCE = Patience(retries=0)
LOCATION = "./Vendor/MSFT/Policy/Config/System/AllowLocation"


Server = tuple[Manager, Double]


async def enrolled(
    server: Server, folder: Path | None = None, build: str = "HL2-20348.1503"
) -> VirtualHeadset:
    headset = VirtualHeadset.create(folder, build=build)
    habits = Habits(style=Style.WINDOWS_11, patience=ONCE)
    _, running = server
    ca = running.authority.pem
    await headset.enroll(running.base, "anna@example.com", SECRET, ca, habits=habits)
    return headset


async def sync(headset: VirtualHeadset, **wishes: Any) -> SessionReport:
    return await headset.sync(SyncOptions(**{"patience": SOON, **wishes}))


async def test_a_headset_enrolls_by_the_addresses_that_it_is_given(server: Server) -> None:
    said: list[str] = []
    headset = VirtualHeadset.create(build="22621.1244")
    _, running = server

    ca = running.authority.pem
    await headset.enroll(f"127.0.0.1:{running.port}", "a@b.c", SECRET, ca, tell=said.append)

    account = headset.account
    assert account is not None
    assert account.provider == "Double"
    assert account.client_secret == Secret("client-secret")
    assert [call.method for call in running.calls] == ["GET", "POST", "POST", "POST"]
    assert {call.headers["user-agent"] for call in running.calls} == {"ENROLLClient"}
    assert said[-1] == "Enrolled with Double MDM."


async def test_a_wrong_password_is_told_in_the_words_of_the_headset(server: Server) -> None:
    _, running = server
    headset = VirtualHeadset.create()

    with pytest.raises(EnrollmentRefused, match="0x80180002") as refused:
        await headset.enroll(running.base, "a@b.c", "wrong", running.authority.pem)

    assert refused.value.hresult is Hresult.AUTHENTICATION
    assert not headset.is_enrolled
    assert len(running.calls) == 3


async def test_a_server_that_the_ca_does_not_vouch_for_is_not_spoken_to(server: Server) -> None:
    _, running = server
    stranger = double.make_authority()

    with pytest.raises(NoConnection, match="not trusted"):
        await VirtualHeadset.create().enroll(running.base, "a@b.c", SECRET, stranger.pem)

    assert running.calls == []


async def test_a_lost_certificate_is_asked_for_again_with_the_same_key(server: Server) -> None:
    _, running = server
    headset = VirtualHeadset.create()
    habits = Habits(Style.WINDOWS_11, Accidents(lose_answer=4), ONCE)
    ca = running.authority.pem
    with pytest.raises(NoConnection):
        await headset.enroll(running.base, "a@b.c", SECRET, ca, habits=habits)

    await headset.enroll(running.base, "a@b.c", SECRET, ca, habits=Habits(Style.WINDOWS_11))

    first, second = (call.body for call in running.calls if call.path == "/Enroll")
    assert double.public_key_of(first) == double.public_key_of(second)
    assert headset.device_id.encode() in first


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('value="w7"', 'value="w5"', "APPLICATION"),
        (f'<parm name="AAUTHDATA" value="{double.NONCE}"/>', "", "AAUTHDATA"),
        ('FirstRetries" value="5"', 'FirstRetries" value="0"', "Poll"),
        ('name="RenewPeriod" value="42"', 'name="RenewPeriod" value="400"', "renewal window"),
        ('type="DMClient"', 'type="Surprise"', "Surprise|DMClient"),
    ],
)
async def test_a_broken_provisioning_document_fails_the_enrollment(
    server: Server, old: str, new: str, words: str
) -> None:
    manager, _ = server

    def bend(call: Call, reply: Reply) -> Reply:
        if call.path != "/Enroll":
            return reply
        key = double.public_key_of(call.body)
        usage = ExtendedKeyUsageOID.CLIENT_AUTH
        client = manager.authority.issue(key, usage)
        text = double.document(manager.authority, client, manager.base)
        assert old in text
        return double.token(text.replace(old, new))

    manager.twist = bend

    with pytest.raises(Breach, match=words):
        await enrolled(server)


async def test_a_certificate_for_another_key_is_not_taken(server: Server) -> None:
    manager, _ = server

    def bend(call: Call, reply: Reply) -> Reply:
        if call.path != "/Enroll":
            return reply
        key = rsa.generate_private_key(65537, 2048).public_key()
        client = manager.authority.issue(key, ExtendedKeyUsageOID.CLIENT_AUTH)
        return double.token(double.document(manager.authority, client, manager.base))

    manager.twist = bend

    with pytest.raises(Breach, match="another public key"):
        await enrolled(server)


async def test_a_version_above_the_offered_one_is_a_breach(server: Server) -> None:
    manager, _ = server
    manager.twist = lambda call, reply: (
        double.discovered(manager.base, version="5.0") if b"Discover" in call.body else reply
    )

    with pytest.raises(Breach, match=r"5\.0 where the headset offered 4\.0"):
        await enrolled(server)


async def test_a_session_reads_sets_and_proves(server: Server) -> None:
    manager, running = server
    headset = await enrolled(server)
    manager.batches = [
        double.get("10", "./DevDetail/SwV") + double.change("Replace", "11", LOCATION, "2", "int"),
        double.get("12", "./Vendor/MSFT/Policy/Result/System/AllowLocation"),
    ]

    report = await sync(headset)

    assert report.messages == 3
    assert report.ended is Ended.NOTHING_MORE
    assert report.statuses == (200, 200, 200)
    assert manager.values["./DevDetail/SwV"] == "10.0.20348.1503"
    assert manager.values["./Vendor/MSFT/Policy/Result/System/AllowLocation"] == "2"
    target = running.calls[-1].target
    assert target == "/ManagementServer/MDM.svc?mode=Maintenance&Platform=WoA"
    assert running.calls[-1].has_certificate


async def test_the_first_message_is_the_one_real_clients_send(server: Server) -> None:
    manager, running = server
    headset = await enrolled(server)

    await sync(headset, user="none")

    first = manager.heard[0]
    assert [part.cmd_id for part in first.body] == ["2", "3", "4"]
    alerts = [part for part in first.body if isinstance(part, Alert)]
    assert [(alert.code, [item.data for item in alert.items]) for alert in alerts] == [
        (1201, []),
        (1224, ["none"]),
    ]
    assert running.calls[-1].target.endswith("?mode=Machine&Platform=WoA")


async def test_session_numbers_count_up(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)

    await sync(headset)
    await sync(headset)

    assert [message.header.session_id for message in manager.heard] == ["1", "2"]


async def test_a_challenge_is_answered_with_the_whole_package_and_a_digest(
    server: Server,
) -> None:
    manager, running = server
    headset = await enrolled(server)
    manager.accept = lambda message: message.header.credential is not None
    manager.batches = [double.get("10", "./DevInfo/Mod")]

    report = await sync(headset, client_certificate=False)

    asked, proven, last = manager.heard
    assert asked.header.credential is None
    assert (proven.header.msg_id, proven.header.source_name) == ("2", "dev-1")
    assert isinstance(proven.body[0], Status)
    assert proven.body[1:] == asked.body
    assert proven.header.credential is not None
    expected = md5_digest("dev-1", Secret("client-secret"), b"nonce number 1")
    assert proven.header.credential.data == expected
    assert last.header.credential == proven.header.credential
    assert report.challenged
    assert not running.calls[-1].has_certificate


async def test_a_proof_that_is_not_accepted_ends_the_session(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.accept = lambda _: False

    with pytest.raises(SessionRefused, match="407"):
        await sync(headset)

    assert len(manager.heard) == 2
    assert headset.device.state.open is None


async def test_the_provisioned_nonce_serves_for_a_proof_from_the_start(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)

    await sync(headset, proof_first=True)

    credential = manager.heard[0].header.credential
    assert credential is not None
    nonce = base64.b64decode(double.NONCE)
    assert credential.data == md5_digest("dev-1", Secret("client-secret"), nonce)


@pytest.mark.parametrize(
    "accidents",
    [
        Accidents(lose_answer=2),
        Accidents(lose_request=2),
        Accidents(double=2),
        Accidents(truncate=2),
        Accidents(hang=2, hang_s=0.01),
        Accidents(slow_s=0.01),
    ],
)
async def test_accidents_on_the_way_change_nothing_in_the_end(
    server: Server, accidents: Accidents
) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.batches = [double.change("Replace", "10", LOCATION, "2", "int")]

    report = await sync(headset, accidents=accidents)

    assert report.statuses == (200,)
    assert manager.statuses == [200]


async def test_the_same_bytes_answered_differently_are_a_breach(server: Server) -> None:
    manager, running = server
    headset = await enrolled(server)
    manager.twist = lambda _, reply: Reply(reply.body + b" " * len(running.calls))

    with pytest.raises(Breach, match="answered differently"):
        await sync(headset, accidents=Accidents(double=1))


async def test_a_killed_headset_sends_the_unanswered_bytes_again(
    server: Server, tmp_path: Path
) -> None:
    manager, running = server
    headset = await enrolled(server, tmp_path / "headset")
    manager.batches = [double.change("Replace", "10", LOCATION, "2", "int")]
    with pytest.raises(NoConnection):
        await sync(headset, accidents=Accidents(lose_request=2), patience=ONCE)
    waiting = headset.device.state.open

    again = VirtualHeadset.open(tmp_path / "headset")
    report = await sync(again)

    assert waiting is not None
    assert running.calls[-1].body == waiting.body
    assert report.resumed
    assert manager.statuses == [200]
    assert again.tree.value("./Device" + LOCATION[1:]) == "2"


async def test_a_poison_makes_the_headset_fall_silent(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.batches = [double.get("10", "./DevInfo/Man"), ""]

    report = await sync(headset, drop_on="./DevInfo/Man")

    assert report.ended is Ended.DROPPED
    assert len(manager.heard) == 1
    assert headset.device.state.open is None


async def test_nodes_fail_as_they_are_told(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.batches = [double.change("Replace", "10", LOCATION, "2", "int")]

    report = await sync(headset, failing={"./Device" + LOCATION[1:]: 425})

    assert report.statuses == (425,)
    assert headset.tree.find("./Device" + LOCATION[1:]) is None


async def test_the_wearer_leaves_and_everything_is_cleaned_up(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.batches = [double.change("Replace", "10", LOCATION, "2", "int")]
    await sync(headset)

    report = await headset.unenroll()

    assert report.ended is Ended.UNENROLLED
    assert not headset.is_enrolled
    assert headset.tree.find("./Device" + LOCATION[1:]) is None
    items = [i for p in manager.heard[-1].body if isinstance(p, Alert) for i in p.items]
    assert items[-1].meta.type == "com.microsoft:mdm.unenrollment.userrequest"
    assert (
        items[-1].meta.mark,
        items[-1].meta.format,
        items[-1].data,
    ) == ("critical", "int", "1")
    with pytest.raises(WrongState):
        await headset.sync()


async def test_leaving_does_not_need_a_server(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.twist = lambda _, __: Reply(hang_up=True)

    report = await headset.unenroll(SyncOptions(patience=ONCE))

    assert report.ended is Ended.UNHEARD
    assert not headset.is_enrolled


async def test_the_server_lets_a_headset_go(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    uri = "./Device/Vendor/MSFT/DMClient/Provider/Double/Unenroll"
    manager.batches = [double.execute("10", uri)]

    report = await sync(headset)

    assert report.ended is Ended.UNENROLLED
    assert manager.statuses == []
    assert [(message.header.session_id, message.header.msg_id) for message in manager.heard] == [
        ("1", "1"),
        ("2", "1"),
    ]
    assert not headset.is_enrolled


@pytest.mark.parametrize(("build", "told"), [("HL2-20348.1503", [202]), ("HL2-20348.1447", [])])
async def test_a_wipe_forgets_everything_and_new_builds_say_so(
    server: Server, build: str, told: list[int]
) -> None:
    manager, _ = server
    headset = await enrolled(server, build=build)
    serial = headset.device.state.hardware.serial
    manager.batches = [double.execute("10", "./Vendor/MSFT/RemoteWipe/doWipe")]

    report = await sync(headset)

    assert report.ended is Ended.WIPED
    assert manager.statuses == told
    assert not headset.is_enrolled
    assert headset.device.state.hardware.serial == serial


async def test_a_reboot_happens_after_the_session(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server, build="HL2-22621.1244")
    manager.batches = [double.execute("10", "./Vendor/MSFT/Reboot/RebootNow")]

    report = await sync(headset)

    assert report.statuses == (200,)
    assert headset.device.state.restarts == 1


async def test_a_changed_poll_schedule_holds_from_now_on(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    root = "./Device/Vendor/MSFT/DMClient/Provider/Double/Poll/"
    manager.batches = [
        double.change("Replace", "10", root + "IntervalForFirstSetOfRetries", "7", "int")
    ]

    await sync(headset)

    last = headset.device.state.last_session_at
    assert last is not None
    assert (headset.next_poll() - last).total_seconds() == 7 * 60


async def test_only_scheduled_polls_use_up_the_schedule(server: Server) -> None:
    headset = await enrolled(server)
    first = headset.next_poll()

    await sync(headset)
    after_user = headset.next_poll()
    for _ in range(5):
        await sync(headset, origin=Origin.SCHEDULE)

    last = headset.device.state.last_poll_at
    assert after_user == first
    assert last is not None
    assert (headset.next_poll() - last).total_seconds() == 15 * 60


async def test_a_message_without_final_is_answered_with_a_wish_for_more(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.batches = [double.get("10", "./DevInfo/Man")]
    manager.twist = lambda _, reply: (
        Reply(reply.body.replace(b"<Final/>", b"")) if b"<Get>" in reply.body else reply
    )

    await sync(headset)

    second = manager.heard[1]
    assert isinstance(second.body[-1], Alert)
    assert second.body[-1].code == 1222


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=500), "expected HTTP 200, got 500"),
        (Reply(b"<SyncML/>", kind="text/html"), "content type"),
        (Reply(b"<x/>", headers={"Transfer-Encoding": "chunked"}), "chunked"),
        (Reply(), "an empty answer to a message with commands"),
        (Reply(b"<SyncML"), "not well-formed"),
    ],
)
async def test_an_answer_that_is_framed_wrongly_is_a_breach(
    server: Server, reply: Reply, words: str
) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.twist = lambda _, __: reply

    with pytest.raises(Breach, match=words):
        await sync(headset)


async def test_an_empty_answer_to_mere_statuses_ends_the_session(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    manager.batches = [double.get("10", "./DevInfo/Man")]
    manager.twist = lambda call, reply: Reply() if b"<Results>" in call.body else reply

    report = await sync(headset)

    assert report.ended is Ended.NOTHING_MORE


async def test_a_policy_can_forbid_to_leave(server: Server) -> None:
    manager, _ = server
    headset = await enrolled(server)
    uri = "./Vendor/MSFT/Policy/Config/Experience/AllowManualMDMUnenrollment"
    manager.batches = [double.change("Replace", "10", uri, "0", "int")]
    await sync(headset)

    with pytest.raises(WrongState, match="forbids"):
        await headset.unenroll()

    assert headset.is_enrolled
