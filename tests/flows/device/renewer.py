"""A headset that enrolls, renews and reports with real keys, in this very process.

For what needs the clock moved through years: enrollment and renewal go through the flows behind
the doors, byte for byte as they come from outside. Its requests are signed by another library.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import (
    PKCS7Options,
    PKCS7SignatureBuilder,
)
from cryptography.x509.oid import NameOID
from tests.flows.device.wearer import Wearer
from tests.flows.home import OPERATOR, Home

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.identifiers import DeviceId
from lenskeep.base.secret import Secret
from lenskeep.flows.device.enrolling.headers import ENROLLMENT_PATH
from lenskeep.flows.device.enrolling.issue import enroll
from lenskeep.flows.device.identity import Proof
from lenskeep.flows.device.manage import Answered, manage
from lenskeep.flows.device.proving.asked import Visitor
from lenskeep.flows.people import new_code
from lenskeep.flows.records import DeviceFilter
from lenskeep.virtual.builds import find_profile
from lenskeep.virtual.tree.book import rulebook
from lenskeep.virtual.tree.seed import AccountFacts, Hardware, seeds
from lenskeep.virtual.tree.store import Tree
from lenskeep.wire import soap, wap, wstep
from lenskeep.wire.syncml.model import Alert, Header, Item, Message, Meta
from lenskeep.wire.syncml.write import write_message

Key = ec.EllipticCurvePrivateKey
SERVER: Final = "https://localhost"


@dataclass(frozen=True)
class Papers:
    """A key and its certificate."""

    key: Key
    der: bytes

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate."""
        return x509.load_der_x509_certificate(self.der)


@dataclass
class Headset:
    """A headset, its papers, and the roots that it was given."""

    home: Home
    dev_id: str
    device: DeviceId
    papers: Papers
    roots: list[bytes]
    session: int = 0
    next_key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def ask(self, signer: Papers | None = None, key: Key | None = None) -> bytes:
        """Return a renewal's message: the request of the next key, signed with our papers."""
        return renewal(signed(signer or self.papers, request(key or self.next_key)))

    async def renew(self, connection: Papers | None = None) -> wap.RenewalDocument:
        """Renew; return what came, not yet in use."""
        shown = connection or self.papers
        return await answered(self.home, self.ask(), shown.der)

    async def take(self, document: wap.RenewalDocument) -> None:
        """Put the new certificate in place of the old one."""
        self.papers = Papers(self.next_key, document.client)
        self.next_key = new_key()
        if document.root is not None:
            self.roots.append(document.root)

    async def report(self, papers: Papers | None = None) -> Answered:
        """Begin a session; return the answer to its first message."""
        self.session += 1
        login = Item(meta=Meta(type="com.microsoft/MDM/LoginStatus"), data="user")
        parts = (Alert("2", 1201), Alert("3", 1224, (login,)))
        header = Header(str(self.session), "1", f"{SERVER}/ManagementServer/MDM.svc", self.dev_id)
        body = write_message(Message(header, parts))
        return await manage(self.home.house, Proof((papers or self.papers).der), body)


def new_key() -> Key:
    """Return a key that is made quickly."""
    return ec.generate_private_key(ec.SECP256R1())


def request(key: Key) -> bytes:
    """Return a PKCS#10 of this key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "anything")])
    built = x509.CertificateSigningRequestBuilder().subject_name(name)
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def signed(papers: Papers, content: bytes) -> bytes:
    """Return it inside a PKCS#7 that these papers sign."""
    builder = PKCS7SignatureBuilder().set_data(content)
    signed = builder.add_signer(papers.certificate, papers.key, hashes.SHA256())
    return signed.sign(Encoding.DER, [PKCS7Options.Binary])


def renewal(content: bytes, value_type: str = wstep.PKCS7) -> bytes:
    """Return the message of a renewal; the token in its header says nothing, as of Windows."""
    token = soap.UsernameToken("", Secret(""))
    address = f"{SERVER}{ENROLLMENT_PATH}"
    header = soap.RequestHeader(soap.ACTION_RST, soap.MESSAGE_ID_RST, address, token)
    kind = wstep.RequestType.RENEW
    asked = wstep.SecurityTokenRequest(kind, wstep.TOKEN_TYPE, value_type, content, ())
    return wstep.write_request(header, asked)


async def answered(home: Home, body: bytes, der: bytes | None) -> wap.RenewalDocument:
    """Return the document that answers a renewal over a connection with this certificate."""
    answer = await enroll(home.house, body, Visitor("192.0.2.9", der))
    _, response = wstep.read_response(answer)
    return wap.read_renewal(response.provisioning)


async def refusal(home: Home, body: bytes, der: bytes | None) -> tuple[Refusal, str]:
    """Return how a renewal is refused: the kind that shows outside, and the reason in our log."""
    try:
        await enroll(home.house, body, Visitor("192.0.2.9", der))
    except Refused as refused:
        return refused.kind, refused.reason
    raise AssertionError("it was not refused")


async def enrolled(home: Home, number: int = 1, kind: str = "Full") -> Headset:
    """Return a headset that enrolled with a code and had its first session."""
    _, code = await new_code(home.house, OPERATOR)
    key, dev_id = new_key(), f"{number:032X}"
    context = (("DeviceID", dev_id), ("HWDevID", f"{number:064X}"), ("EnrollmentType", kind))
    token = soap.UsernameToken("ada@example.org", code)
    address = f"{SERVER}{ENROLLMENT_PATH}"
    header = soap.RequestHeader(soap.ACTION_RST, soap.MESSAGE_ID_RST, address, token)
    asked = wstep.SecurityTokenRequest(
        wstep.RequestType.ISSUE, wstep.TOKEN_TYPE, wstep.PKCS10, request(key), context
    )
    answer = await enroll(home.house, wstep.write_request(header, asked), Visitor("192.0.2.9"))
    _, response = wstep.read_response(answer)
    document = wap.read_provisioning(response.provisioning)
    rows = (await home.store.fleet.devices(DeviceFilter(), None, 100)).items
    (device,) = [row.id for row in rows if row.device_id == dev_id]
    headset = Headset(home, dev_id, device, Papers(key, document.client), [document.root])
    assert (await headset.report()).outcome == "answered"
    return headset


def worn(headset: Headset, build: str = "HL2-22621.1244") -> Wearer:
    """Return the headset with a tree of its own, to have whole sessions."""
    hardware = Hardware("0" * 64, "02-00-5E-00-53-01", "000000000001", "HOLOLENS-1")
    account = AccountFacts("Lenskeep", "Lenskeep", SERVER, headset.dev_id)
    profile = find_profile(build)
    tree = Tree(rulebook(profile), seeds(profile, hardware, account))
    der, session = headset.papers.der, headset.session
    return Wearer(headset.home, headset.device, headset.dev_id, der, tree, session)


def settled(home: Home, **chosen: object) -> None:
    """Change settings of the house under test."""
    settings = home.house.settings.model_copy(update=chosen)
    home.house = replace(home.house, settings=settings)
