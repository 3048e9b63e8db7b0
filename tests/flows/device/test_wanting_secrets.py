"""A key that a profile wants is nowhere at rest in the clear, and no viewer reads it."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from tests.flows.device.rude import rude
from tests.flows.device.test_wanting import state, want
from tests.flows.device.test_wanting_answers import in_pieces, sync_in_pieces
from tests.flows.home import ADMIN, OPERATOR, VIEWER, Home, open_home

from lenskeep.certificates.keyring import Keyring, new_master_key
from lenskeep.desired.known import Known, load_known
from lenskeep.desired.standing import SettingState
from lenskeep.flows.desired import planning, rolling
from lenskeep.flows.device.keeping import opened_session, sealed_session
from lenskeep.flows.reading import PageRequest, list_audit, read_timeline, show_device
from lenskeep.session.state import Pieces, Session
from lenskeep.tree.fact import Fact
from lenskeep.tree.value import Format

KEY = "Sesam-oeffne-dich-4711"
WLAN = "./Device/Vendor/MSFT/WiFi/Profile/Ward%207/WlanXml"
NETWORK = (
    '<WLANProfile xmlns="http://www.microsoft.com/networking/WLAN/profile/v1"><name>Ward 7</name>'
    "<SSIDConfig><SSID><name>Ward 7</name></SSID></SSIDConfig>"
    "<connectionType>ESS</connectionType><connectionMode>auto</connectionMode><MSM><security>"
    "<authEncryption><authentication>WPA2PSK</authentication><encryption>AES</encryption>"
    "<useOneX>false</useOneX></authEncryption><sharedKey><keyType>passPhrase</keyType>"
    f"<protected>false</protected><keyMaterial>{KEY}</keyMaterial></sharedKey></security></MSM>"
    "</WLANProfile>"
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A house with a real store."""
    with open_home(tmp_path) as home:
        yield home


def found_at_rest(folder: Path, secret: str) -> list[str]:
    """Return where the secret is readable: in files, and in what the database unpacks."""
    needle = secret.encode()
    found = [each.name for each in folder.rglob("*") if each.is_file() and needle in read(each)]
    with closing(sqlite3.connect(folder / "lenskeep.db")) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master")]
        for table in tables:
            with suppress(sqlite3.OperationalError):  # an index
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    found += [table for value in row if needle in unpacked(value)]
    return found


def read(path: Path) -> bytes:
    """Return the bytes of a file."""
    return path.read_bytes()


def unpacked(value: object) -> bytes:
    """Return a column's value, decompressed where it is compressed."""
    octets = value if isinstance(value, bytes) else str(value).encode()
    with suppress(zlib.error):
        return zlib.decompress(octets)
    return octets


async def test_the_key_of_a_network_is_in_the_clear_nowhere(home: Home, tmp_path: Path) -> None:
    """While it is applied, after it was verified, and in what anybody may look at."""
    headset = await rude(home)
    await headset.sync()
    await want(home, (WLAN, NETWORK))
    seen: list[str] = []

    async def look(_: int) -> None:
        seen.extend(found_at_rest(tmp_path, KEY))

    headset.between = look
    for _ in range(3):
        await headset.sync()
    home.clock.advance(hours=25)
    await headset.sync()

    assert headset.value(WLAN) == NETWORK
    assert any(KEY.encode() in each for each in headset.replies)
    assert (await state(home, headset, WLAN))[0] is SettingState.VERIFIED
    assert seen == []
    assert found_at_rest(tmp_path, KEY) == []
    page = PageRequest(limit=200)
    shown = [
        await rolling.device_settings(home.house, VIEWER, headset.device),
        await show_device(home.house, VIEWER, headset.device),
        await planning.plan_device(home.house, VIEWER, headset.device),
        await read_timeline(home.house, OPERATOR, headset.device, page),
        await list_audit(home.house, ADMIN, page),
    ]
    assert all(KEY not in repr(each) for each in shown)
    told = await rolling.device_settings(home.house, VIEWER, headset.device)
    assert KEY not in "".join(f"{each.wanted}{each.known}" for each in told.settings)


async def test_who_may_read_secrets_reads_what_the_headset_told(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, (WLAN, NETWORK))
    await headset.sync()

    shown = await rolling.device_settings(home.house, OPERATOR, headset.device)

    assert [each.known for each in shown.settings] == [NETWORK]


async def test_a_reply_with_a_key_is_given_again_as_it_was(home: Home) -> None:
    headset = await rude(home)
    await headset.sync()
    await want(home, (WLAN, NETWORK))
    said: list[bytes] = []
    say = headset.say

    async def keep(body: bytes) -> bytes:
        said.append(body)
        return await say(body)

    headset.say = keep  # type: ignore[method-assign]
    await headset.sync()
    carrying = [n for n, each in enumerate(headset.replies) if KEY.encode() in each]
    headset.say = say  # type: ignore[method-assign]
    first = len(headset.replies) - len(said)

    (at,) = carrying
    assert await say(said[at - first]) == headset.replies[at]


def test_without_the_key_it_was_sealed_with_only_the_status_is_known(home: Home) -> None:
    """A dropped line of the master key stops no headset: it is asked again."""
    told = Fact(WLAN, 200, home.clock.now(), Format.CHR, NETWORK)
    stored = home.house.stored_known(Known().learn([told]))
    other = Keyring.from_text(new_master_key(home.house.randomness))
    elsewhere = replace(home.house, tools=replace(home.house.tools, keyring=other))

    assert home.house.open_known(stored).get(WLAN) == told
    assert elsewhere.open_known(stored).get(WLAN) == replace(told, value=None)
    assert load_known(stored).get(WLAN) == replace(told, value=None)


async def test_a_key_that_is_told_in_pieces_is_not_kept_in_the_clear(
    home: Home, tmp_path: Path
) -> None:
    """What came of a value so far is stored until the rest comes."""
    headset = await rude(home)
    await headset.sync()
    await want(home, (WLAN, NETWORK))
    seen: list[str] = []
    say = headset.say

    async def look(body: bytes) -> bytes:
        answer = await say(body)
        seen.extend(found_at_rest(tmp_path, KEY))
        return answer

    headset.say = look  # type: ignore[method-assign]
    await sync_in_pieces(headset, in_pieces)

    assert (await state(home, headset, WLAN))[0] is SettingState.VERIFIED
    assert seen == []


def test_pieces_that_cannot_be_opened_are_let_go(home: Home) -> None:
    """Stored by an older version, or under a key that was dropped: the session goes on."""
    pieces = Pieces("1", "2", WLAN, 900, "chr", "<WLANProfile>")
    session = Session("1", "1", home.clock.now(), incoming=pieces)

    assert opened_session(home.house, session) == replace(session, incoming=None)
    assert opened_session(home.house, sealed_session(home.house, session)) == session
