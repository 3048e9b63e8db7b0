"""Samples written by hand: bytes and values say the same, in both directions."""

from pathlib import Path

import pytest

from lenskeep.wire.syncml.codes import LOGIN_STATUS, UNENROLLMENT
from lenskeep.wire.syncml.model import (
    Alert,
    Challenge,
    CommandName,
    Credential,
    Group,
    GroupName,
    Header,
    Item,
    Message,
    Meta,
    Request,
    Results,
    Status,
    Unknown,
)
from lenskeep.wire.syncml.order import order_breaches
from lenskeep.wire.syncml.read import read_message
from lenskeep.wire.syncml.write import write_message

SAMPLES = Path(__file__).parent / "samples"
DEVICE = "0A1B2C3D4E5F60718293A4B5C6D7E8F9"
SERVER = "https://mdm.example.org/ManagementServer/MDM.svc"
EXAMPLE = "./Device/Vendor/MSFT/Example"


def info(name: str, value: str) -> Item:
    return Item(source=f"./DevInfo/{name}", data=value)


EXACT: dict[str, Message] = {
    "client-package1.xml": Message(
        Header("7", "1", SERVER, DEVICE),
        (
            Alert("2", 1201),
            Alert("3", 1224, (Item(meta=Meta(type=LOGIN_STATUS), data="user"),)),
            Request(
                CommandName.REPLACE,
                "4",
                (
                    info("DevId", DEVICE),
                    info("Man", "Microsoft Corporation"),
                    info("Mod", "HoloLens 2"),
                    info("DmV", "1.3"),
                    info("Lang", "en-US"),
                ),
            ),
        ),
    ),
    "server-package2.xml": Message(
        Header("7", "1", DEVICE, SERVER),
        (
            Status("1", "1", "0", "SyncHdr", 200),
            Status("2", "1", "2", "Alert", 200),
            Request(
                CommandName.GET,
                "3",
                (
                    Item(target="./DevDetail/SwV"),
                    Item(target="./DevDetail/Ext/Microsoft/DeviceName"),
                ),
            ),
            Request(
                CommandName.ADD,
                "4",
                (Item(target=f"{EXAMPLE}/One", meta=Meta(format="node")),),
                no_resp=True,
            ),
            Request(
                CommandName.REPLACE,
                "5",
                (
                    Item(
                        target=f"{EXAMPLE}/One/Text",
                        meta=Meta(format="chr", type="text/plain"),
                        data='<a b="1"> & \u00e9\r\n',
                    ),
                ),
            ),
            Group(
                GroupName.ATOMIC,
                "6",
                (
                    Request(
                        CommandName.REPLACE,
                        "7",
                        (Item(target=f"{EXAMPLE}/One/Number", data="0"),),
                        Meta(format="int"),
                    ),
                    Request(CommandName.DELETE, "8", (Item(target=f"{EXAMPLE}/Two"),)),
                ),
            ),
            Group(
                GroupName.SEQUENCE,
                "9",
                (Request(CommandName.EXEC, "10", (Item(target=f"{EXAMPLE}/Run", data=""),)),),
            ),
        ),
    ),
    "client-package3.xml": Message(
        Header("7", "2", SERVER, DEVICE),
        (
            Status("1", "1", "0", "SyncHdr", 200),
            Status("2", "1", "3", "Get", 200, ("./DevDetail/SwV",)),
            Status(
                "3",
                "1",
                "3",
                "Get",
                404,
                ("./DevDetail/Ext/Microsoft/DeviceName",),
                original_error="0x86000002",
            ),
            Results("4", "1", "3", (Item(source="./DevDetail/SwV", data="10.0.22621.1244"),)),
            Status("5", "1", "5", "Replace", 418),
            Results(
                "6",
                "1",
                "9",
                (Item(source=f"{EXAMPLE}/On", meta=Meta(format="bool"), data="true"),),
            ),
            Alert(
                "7",
                1226,
                (
                    Item(
                        source="./Vendor/MSFT/Example",
                        meta=Meta(format="int", type=UNENROLLMENT, mark="critical"),
                        data="1",
                    ),
                ),
            ),
        ),
    ),
    "server-challenge.xml": Message(
        Header("7", "1", DEVICE, SERVER),
        (
            Status(
                "1",
                "1",
                "0",
                "SyncHdr",
                407,
                challenge=Challenge("syncml:auth-md5", "b64", "Tm9uY2U="),
            ),
        ),
    ),
    "client-credential-and-chunk.xml": Message(
        Header(
            "7",
            "2",
            SERVER,
            DEVICE,
            source_name="Bruce2",
            credential=Credential("syncml:auth-md5", "b64", "Zz6EivR3yeaaENcRN6lpAQ=="),
            meta=Meta(max_msg_size=65536, max_obj_size=1048576),
        ),
        (
            Status("1", "1", "0", "SyncHdr", 200),
            Results(
                "2",
                "1",
                "3",
                (
                    Item(
                        source=f"{EXAMPLE}/Log",
                        meta=Meta(format="b64", size=6),
                        data="bGVu",
                        more_data=True,
                    ),
                ),
            ),
        ),
        final=False,
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_a_sample_is_read(name: str) -> None:
    assert read_message((SAMPLES / name).read_bytes()) == EXACT[name]


@pytest.mark.parametrize("name", EXACT)
def test_a_sample_is_written_to_the_byte(name: str) -> None:
    assert write_message(EXACT[name]) == (SAMPLES / name).read_bytes()


@pytest.mark.parametrize("name", EXACT)
def test_a_sample_keeps_the_exact_order(name: str) -> None:
    assert order_breaches((SAMPLES / name).read_bytes()) == ()


def test_a_message_with_every_freedom_is_read() -> None:
    """Foreign prefixes, namespace 1.1, any order, white space, typos, CDATA, a false encoding."""
    message = read_message((SAMPLES / "lenient.xml").read_bytes())

    assert message == Message(
        Header(
            "0",
            "3",
            "https://mdm.example.org/",
            "DEVICE",
            source_name="wearer",
            ver_dtd="1.1",
            ver_proto="DM/1.1",
        ),
        (
            Unknown("Surprise", "1"),
            Alert(
                "",
                1226,
                (
                    Item(
                        source="./Vendor/MSFT/Example",
                        meta=Meta(format="chr", type=UNENROLLMENT, mark="critical"),
                        data=" <a> & b ",
                    ),
                ),
            ),
            Request(CommandName.GET, "1", ()),
            Status("1", "2", "", "Get", 500, original_error="0x80004005"),
            Request(
                CommandName.REPLACE,
                "2",
                (
                    Item(
                        target="./Vendor/MSFT/Example/Document",
                        data='<Job id="1"><Name>a &amp; b</Name> tail &lt; '
                        '<x xmlns="urn:w" xmlns:n0="urn:w" n0:k="&quot;"/></Job>',
                    ),
                ),
            ),
        ),
    )


def test_every_sample_is_in_a_test() -> None:
    found = {path.name for path in SAMPLES.glob("*.xml")}

    assert found == {*EXACT, "lenient.xml"}
