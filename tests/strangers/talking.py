"""Management sessions of a stranger: SyncML in many manners, from the protocol reference alone."""

import base64
import hashlib
import ssl
from dataclasses import dataclass, field, replace
from typing import Literal

from tests.strangers import strict_syncml
from tests.strangers.enrolling import Stranger
from tests.strangers.markup import EXTRA, METINF, PLAIN, SYNCML, E, Hand, write
from tests.strangers.strict_syncml import Command, Expected, Reply
from tests.strangers.wire import USUAL, Line, Post, Response, tls_context

SYNCML_TYPE = "application/vnd.syncml.dm+xml"
PATH = "/ManagementServer/MDM.svc"
MAX_MESSAGES = 40


@dataclass(frozen=True)
class Manner:
    """How one client talks. The defaults are Windows."""

    hand: Hand = PLAIN
    post: Post = USUAL
    credential: Literal["certificate", "digest", "both"] = "certificate"
    meta: Literal["each", "none", "prefixed"] = "each"
    cdata: bool = False
    session_id: str = "1"
    ids: Literal["two", "one", "words"] = "two"
    final: bool = True
    start: str = "1201"
    start_last: bool = False
    login_type: str = "com.microsoft/MDM/LoginStatus"
    login: str = "user"
    results_cmd: bool = False
    results_meta: bool = False
    results_refs: bool = False
    status_refs: bool = False
    results_first: bool = False
    results_twice: bool = False
    multi: Literal["each", "one"] = "each"
    reverse: bool = False
    strange: bool = False
    dev_info: bool = True
    lower_case: bool = False
    loc_name: bool = False
    content_type: str = SYNCML_TYPE
    query: str = "?mode=Maintenance&Platform=WoA"


@dataclass
class Node:
    """A value of the device."""

    value: str
    format: str = "chr"


@dataclass
class Talker:
    """A managed stranger with a few nodes."""

    stranger: Stranger
    nodes: dict[str, Node] = field(default_factory=dict)
    seen: list[Command] = field(default_factory=list)
    nonce: str = ""
    sent: list[bytes] = field(default_factory=list)
    """The messages of the last session, as bytes."""
    received: list[Response] = field(default_factory=list)

    def session(self, manner: Manner) -> list[Reply]:
        """Run one session to its end, every reply checked."""
        self.sent, self.received = [], []
        line: Line | None = None
        replies: list[Reply] = []
        number = 1
        opening = self.package_one(manner)
        parts = opening
        for _ in range(MAX_MESSAGES):
            body, expected = self.message(manner, str(number), parts)
            if line is None or not manner.post.keep:
                line = self.connect(manner)
            response = self.post(line, manner, body)
            reply = strict_syncml.reply(response, expected)
            self.sent.append(body)
            self.received.append(response)
            replies.append(reply)
            if reply.next_nonce:
                self.nonce = reply.next_nonce
            number += 1
            if reply.code in (401, 407):
                assert len(replies) < 4, "refused again and again"
                manner = replace(manner, credential="digest", loc_name=True)
                parts = [status(reply, None, 200), *opening]
                continue
            if not reply.commands:
                break
            parts = self.answers(reply, manner)
        else:
            raise AssertionError("the session does not end")
        if line is not None:
            line.close()
        return replies

    def connect(self, manner: Manner) -> Line:
        """Open a connection."""
        assert self.stranger.key_file is not None
        with_certificate = manner.credential != "digest"
        context: ssl.SSLContext = tls_context(
            self.stranger.ca,
            self.stranger.key_file if with_certificate else None,
            manner.post.tls,
        )
        return Line(self.stranger.port, context)

    def post(self, line: Line, manner: Manner, body: bytes) -> Response:
        """Send one message."""
        return line.exchange("POST", PATH + manner.query, body, manner.content_type, manner.post)

    # --- what is said -------------------------------------------------------------------------

    def package_one(self, manner: Manner) -> list[E]:
        """Return the commands of package 1, without their CmdIDs."""
        start = E(SYNCML, "Alert", [E(SYNCML, "Data", manner.start)])
        kind = _meta(manner, ("Type", manner.login_type))
        login = E(
            SYNCML,
            "Alert",
            [
                E(SYNCML, "Data", "1224"),
                E(SYNCML, "Item", [kind, E(SYNCML, "Data", manner.login, cdata=manner.cdata)]),
            ],
        )
        parts = [login, start] if manner.start_last else [start, login]
        if manner.strange:
            alert = _generic_alert(manner)
            parts.append(alert)
        if manner.dev_info:
            own = self.stranger.dev_id
            values = [
                ("DevId", own),
                ("Man", "Microsoft Corporation"),
                ("Mod", "HoloLens 2"),
                ("DmV", "1.3"),
                ("Lang", "en-US"),
            ]
            items = [
                E(
                    SYNCML,
                    "Item",
                    [
                        E(SYNCML, "Source", [E(SYNCML, "LocURI", f"./DevInfo/{name}")]),
                        E(SYNCML, "Data", value, exact=True, cdata=manner.cdata),
                    ],
                )
                for name, value in values
            ]
            parts.append(E(SYNCML, "Replace", items))
        return parts

    def message(self, manner: Manner, number: str, parts: list[E]) -> tuple[bytes, Expected]:
        """Return the bytes of a message and what must be answered to it."""
        first = number == "1"
        source = self.stranger.dev_id.lower() if manner.lower_case else self.stranger.dev_id
        assert self.stranger.provisioned is not None
        address = self.stranger.provisioned.address
        sender = [E(SYNCML, "LocURI", source)]
        if manner.loc_name:
            sender.append(E(SYNCML, "LocName", self.stranger.provisioned.auth_name))
        header = [
            E(SYNCML, "VerDTD", "1.2"),
            E(SYNCML, "VerProto", "DM/1.2"),
            E(SYNCML, "SessionID", manner.session_id),
            E(SYNCML, "MsgID", number),
            E(SYNCML, "Target", [E(SYNCML, "LocURI", address)]),
            E(SYNCML, "Source", sender),
        ]
        if manner.credential != "certificate":
            header.append(self.credential(manner))
        numbered, owed = _numbered(parts, manner, first)
        body: list[E] = list(numbered)
        if manner.strange:
            header.append(E(EXTRA, "Trace", "abc"))
        if manner.final:
            body.append(E(SYNCML, "Final"))
        root = E(SYNCML, "SyncML", [E(SYNCML, "SyncHdr", header), E(SYNCML, "SyncBody", body)])
        more = ((METINF, "m"),) if manner.meta == "prefixed" else ()
        hand = replace(manner.hand, more=(*manner.hand.more, *more))
        expected = Expected(manner.session_id, number, source, address, owed)
        return write(root, hand), expected

    def credential(self, manner: Manner, nonce: str | None = None) -> E:
        """Return a Cred: B64(MD5(B64(MD5(user:password)):nonce))."""
        assert self.stranger.provisioned is not None
        given = self.stranger.provisioned
        raw = base64.b64decode(nonce or self.nonce or given.nonce)
        inner = hashlib.md5(f"{given.auth_name}:{given.secret}".encode()).digest()
        digest = hashlib.md5(base64.b64encode(inner) + b":" + raw).digest()
        meta = _meta(manner, ("Format", "b64"), ("Type", "syncml:auth-md5"))
        return E(SYNCML, "Cred", [meta, E(SYNCML, "Data", base64.b64encode(digest).decode())])

    def answers(self, reply: Reply, manner: Manner) -> list[E]:
        """Do what was asked; return statuses and results."""
        parts = [status(reply, None, 200)]
        groups: list[list[E]] = []
        for command in reply.commands:
            self.seen.append(command)
            groups.append(self._answer(reply, command, manner))
        if manner.reverse:
            groups.reverse()
        parts += [each for group in groups for each in group]
        if manner.strange:
            parts.append(E(EXTRA, "Note", [E(EXTRA, "Data", "not yet invented")]))
        return parts

    def _answer(self, reply: Reply, command: Command, manner: Manner) -> list[E]:
        codes = [self._do(command, at) for at in range(len(command.uris))]
        statuses: list[E] = []
        if not codes:  # an alert
            statuses = [status(reply, command, 200)]
        elif len(set(codes)) == 1 and (len(codes) == 1 or manner.multi == "one"):
            refs = command.uris if manner.status_refs else []
            statuses = [status(reply, command, codes[0], refs)]
        elif manner.multi == "one":
            statuses = [status(reply, command, max(codes), [])]
        else:
            pairs = zip(codes, command.uris, strict=True)
            statuses = [status(reply, command, code, [uri]) for code, uri in pairs]
        results: list[E] = []
        if command.name == "Get" and 200 in codes:
            read = [uri for uri, code in zip(command.uris, codes, strict=True) if code == 200]
            results = [self._results(reply, command, read, manner)]
            if manner.results_twice:
                results *= 2
        return results + statuses if manner.results_first else statuses + results

    def _do(self, command: Command, at: int) -> int:
        uri = command.uris[at]
        if command.name == "Get":
            return 200 if uri in self.nodes else 404
        if command.name in ("Replace", "Add"):
            self.nodes[uri] = Node(command.values[at] or "", command.formats[at] or "chr")
        if command.name == "Delete":
            return 200 if self.nodes.pop(uri, None) else 404
        return 200

    def _results(self, reply: Reply, command: Command, uris: list[str], manner: Manner) -> E:
        parts = [E(SYNCML, "MsgRef", reply.msg_id), E(SYNCML, "CmdRef", command.cmd_id)]
        if manner.results_cmd:
            parts.append(E(SYNCML, "Cmd", "Get"))
        if manner.results_refs and len(uris) == 1:
            parts.append(E(SYNCML, "TargetRef", uris[0]))
        for uri in uris:
            node = self.nodes[uri]
            inside = [E(SYNCML, "Source", [E(SYNCML, "LocURI", uri)])]
            if manner.results_meta:
                inside.append(_meta(manner, ("Type", "text/plain"), ("Format", node.format)))
            elif node.format != "chr":
                inside.append(_meta(manner, ("Format", node.format)))
            inside.append(E(SYNCML, "Data", node.value, exact=True, cdata=manner.cdata))
            parts.append(E(SYNCML, "Item", inside))
        return E(SYNCML, "Results", parts)


def _meta(manner: Manner, *children: tuple[str, str]) -> E:
    ns = SYNCML if manner.meta == "none" else METINF
    return E(SYNCML, "Meta", [E(ns, name, value) for name, value in children])


def _generic_alert(manner: Manner) -> E:
    """Return a result of an app installation and an unknown alert with all marks."""
    kind = "Reversed-Domain-Name:com.microsoft.mdm.EnterpriseHostedAppInstall.result"
    source = "./User/Vendor/MSFT/EnterpriseModernAppManagement/AppInstallation/X_1/HostedInstall"
    meta = _meta(manner, ("Type", kind), ("Format", "int"), ("Mark", "informational"))
    item = [
        E(SYNCML, "Source", [E(SYNCML, "LocURI", source)]),
        meta,
        E(SYNCML, "Data", "0"),
        E(EXTRA, "Hint", "x"),
    ]
    return E(SYNCML, "Alert", [E(SYNCML, "Data", "1226"), E(SYNCML, "Item", item)])


def status(reply: Reply, command: Command | None, code: int, refs: list[str] | None = None) -> E:
    """Return a Status for a command, or for the header."""
    name, identifier = ("SyncHdr", "0") if command is None else (command.name, command.cmd_id)
    return E(
        SYNCML,
        "Status",
        [
            E(SYNCML, "MsgRef", reply.msg_id),
            E(SYNCML, "CmdRef", identifier),
            E(SYNCML, "Cmd", name),
            *[E(SYNCML, "TargetRef", each) for each in refs or []],
            E(SYNCML, "Data", str(code)),
        ],
    )


def _numbered(
    parts: list[E], manner: Manner, first: bool
) -> tuple[list[E], tuple[tuple[str, str], ...]]:
    """Give every part its CmdID; return them and the (CmdID, name) that are owed a status."""
    start = 2 if first and manner.ids == "two" else 1
    numbered: list[E] = []
    owed: list[tuple[str, str]] = []
    for number, part in enumerate(parts, start):
        identifier = f"c-{number}" if manner.ids == "words" else str(number)
        assert isinstance(part.content, list)
        ns = part.ns
        numbered.append(replace(part, content=[E(ns, "CmdID", identifier), *part.content]))
        if part.name not in ("Status", "Results"):
            owed.append((identifier if ns == SYNCML else "", part.name))
    return numbered, tuple(owed)
