"""One management session from the headset's side, message by message.

[OMA-DM-Protocol 1.2.1] 8 and [MS-MDM] 3. The message that awaits an answer is kept before it is
sent, with everything that the message before it changed: a headset that is killed sends the same
bytes again.
"""

import base64
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Final

from lenskeep.tree.uri import node_key
from lenskeep.virtual.builds import HOLOGRAPHIC_BUSINESS
from lenskeep.virtual.device import Device
from lenskeep.virtual.schedule import poll_of
from lenskeep.virtual.session import opening
from lenskeep.virtual.session.checks import (
    CHALLENGES,
    Command,
    Own,
    check_message,
    check_transport,
    commands_of,
    header_status,
)
from lenskeep.virtual.session.commands import Done, Execution, Executor
from lenskeep.virtual.session.mishaps import forget_replaced_vpn
from lenskeep.virtual.session.report import Ended, Origin, SessionReport, SyncOptions
from lenskeep.virtual.state import OpenSession
from lenskeep.virtual.transport import Answer, Outgoing, Transport, wait_of
from lenskeep.virtual.tree.rules import VENDOR
from lenskeep.virtual.tree.verbs import Circumstances, Effect
from lenskeep.virtual.trouble import Breach, NoConnection, Postponed, SessionRefused
from lenskeep.virtual.world.network import Stranded, proxy_of, syncs_over_proxy, way_out
from lenskeep.virtual.world.wearer import app_control
from lenskeep.wire.syncml.codes import AUTH_MD5, SYNC_HEADER, AlertCode, StatusCode
from lenskeep.wire.syncml.model import Alert, BodyPart, Group, Message, Request, Results, Status
from lenskeep.wire.syncml.write import write_message

_LARGEST_COUNTER: Final = 0xFFFF
_OUTLASTING: Final = (Effect.UNENROLL.value, Effect.RENEW.value)
"""What is done only after the session."""


async def converse(device: Device, options: SyncOptions, *, leaving: bool = False) -> SessionReport:
    """Run one session: the one that was interrupted, or a new one; then what it set off.

    Raises Breach, SessionRefused, Postponed, NoConnection, or WrongState where not enrolled.
    """
    leaving = leaving or Effect.UNENROLL.value in device.state.after
    report = await _run(device, options, leaving=leaving)
    if report.ended is Ended.UNENROLLED and not leaving:
        await _run(device, options, leaving=True)
    return report


async def _run(device: Device, options: SyncOptions, *, leaving: bool) -> SessionReport:
    _ = device.account
    trust = device.trust(with_certificate=options.client_certificate)
    async with Transport(
        trust, options.patience, options.accidents, switchboard=device.switchboard
    ) as transport:
        return await _Conversation(device, options, transport).run(leaving=leaving)


class _Conversation:
    def __init__(self, device: Device, options: SyncOptions, transport: Transport) -> None:
        self._device = device
        self._options = options
        self._transport = transport
        self._done: list[Done] = []
        self._sent = 0
        self._vector = base64.b64encode(secrets.token_bytes(12)).decode() + ".0"
        self._resumed = device.state.open is not None
        self._challenged = False
        self._poll = poll_of(device.tree, device.account.provider)

    async def run(self, *, leaving: bool) -> SessionReport:
        cut = self._cut()
        if cut and not leaving:
            raise NoConnection(cut)
        if leaving and self._device.state.open and not self._device.state.open.leaving:
            self._device.save(open=None, chunk=None)
            self._resumed = False
        if self._device.state.open is None:
            self._open(leaving=leaving)
        try:
            if cut:
                raise NoConnection(cut)
            ended = await self._talk()
        except NoConnection:
            if not self._is_leaving:
                raise
            ended = Ended.UNHEARD
        except (Breach, SessionRefused):
            if self._is_leaving:  # the cleanup does not depend on what the server says
                self._finish(Ended.UNHEARD)
            raise
        return self._finish(ended)

    def _cut(self) -> str:
        """Return why the headset has no way to the server, empty where it has one."""
        device, options = self._device, self._options
        way = way_out(device.tree, device.state.network, with_user=options.user == "user")
        if isinstance(way, Stranded):
            return way.reason
        in_background = options.origin in (Origin.SCHEDULE, Origin.PUSH)
        if in_background and not syncs_over_proxy(device.profile) and proxy_of(device.tree, way):
            return "this build does not sync through a proxy unless somebody starts it"
        return ""

    @property
    def _is_leaving(self) -> bool:
        session = self._device.state.open
        return session is not None and session.leaving

    @property
    def _session(self) -> OpenSession:
        session = self._device.state.open
        assert session is not None
        return session

    async def _talk(self) -> Ended:
        while True:
            answer = await self._exchange()
            if any(Effect(each).is_wipe for each in self._device.state.after):
                return Ended.WIPED
            try:
                ended = self._hear(answer)
            except (Breach, SessionRefused):
                if answer.status < 500:
                    self._give_up()
                raise
            if ended is not None:
                return ended

    # -- outgoing

    def _open(self, *, leaving: bool) -> None:
        """Begin a session and keep its first message."""
        device, account = self._device, self._device.account
        counter = device.state.session_counter % _LARGEST_COUNTER + 1
        name = opening.session_name(counter, self._sync_version())
        token = self._options.entra_token
        alerts = (
            *((opening.user_token_alert(token),) if token else ()),
            *device.state.alerts,
            *((opening.unenroll_alert(),) if leaving else ()),
        )
        first = opening.package_one(
            device.tree,
            opening.header(account, name, 1),
            opening.Opening(self._options.user, alerts),
        )
        proof = self._options.proof_first
        session = OpenSession(
            session_id=name,
            body=self._bytes(first, with_proof=proof),
            number=1,
            user=self._options.user,
            with_proof=proof,
            leaving=leaving,
            origin=self._options.origin.value,
        )
        device.save(session_counter=counter, open=session, chunk=None)

    def _bytes(self, message: Message, *, with_proof: bool) -> bytes:
        account = self._device.account
        if with_proof:
            message = opening.with_proof(message, account, account.nonce)
        return write_message(message)

    def _sync_version(self) -> float:
        return float(self._provider_value("SyncApplicationVersion") or "1.0")

    def _provider_value(self, name: str) -> str:
        provider = self._device.account.provider
        return self._device.tree.value(f"{VENDOR}DMClient/Provider/{provider}/{name}") or ""

    async def _exchange(self) -> Answer:
        session, account = self._session, self._device.account
        self._sent += 1
        occasion = opening.Occasion(
            user=session.user,
            origin=session.origin,
            vector=self._vector,
            ent_dm_id=self._provider_value("EntDMID"),
            sync_version=self._sync_version(),
            entra_token=self._options.entra_token,
        )
        address = self._provider_value("ManagementServiceAddress") or account.address
        out = Outgoing(
            "POST",
            opening.management_url(address, session.user),
            opening.http_headers(opening.read_own(session.body), occasion),
            session.body,
        )
        answer = await self._transport.send(out, self._sent, account.retries)
        if answer.status in (429, 503):
            wait_s = wait_of(answer)
            raise Postponed(f"the server asks to wait {wait_s} s", retry_after_s=wait_s)
        if answer.status in (401, 403):
            self._give_up()
            raise SessionRefused(answer.status, "as an HTTP status")
        return answer

    # -- incoming

    def _hear(self, answer: Answer) -> Ended | None:
        """Take in an answer; return how the session ended, or None where we answer in turn."""
        check_transport(answer)
        own = opening.read_own(self._session.body)
        if not answer.body:
            return self._empty(own)
        message = check_message(answer.body, Own(own, self._device.account.device_id))
        status = header_status(message)
        self._learn_nonce(status)
        if status.code in CHALLENGES:
            self._answer_challenge(own, message, status)
            return None
        if self._session.leaving:
            return Ended.UNENROLLED
        if status.code == StatusCode.AUTHENTICATED:
            self._keep(replace(self._session, with_proof=False))
        return self._obey(message)

    def _empty(self, own: Message) -> Ended:
        """An empty answer ends a session where no answer was owed."""
        if any(not isinstance(part, Status | Results) for part in own.body):
            raise Breach(
                "[OMA-DM-Protocol 1.2.1] 8 one Status for each command, in order",
                "an empty answer to a message with commands",
            )
        return Ended.NOTHING_MORE

    def _learn_nonce(self, status: Status) -> None:
        """Every challenge, also one that comes with a 200, brings the nonce for the next proof."""
        challenge = status.challenge
        if challenge is None or not challenge.next_nonce:
            return
        try:
            base64.b64decode(challenge.next_nonce, validate=True)
        except ValueError as error:
            raise Breach("[OMA-DM-Security 1.2.1] 5.3", "NextNonce is not base64") from error
        self._device.save(account=replace(self._device.account, nonce=challenge.next_nonce))

    def _answer_challenge(self, own: Message, message: Message, status: Status) -> None:
        """Send the whole message again under the next MsgID, with a digest; once."""
        self._challenged = True
        if self._session.challenged:
            raise SessionRefused(status.code, "the proof was not accepted")
        challenge = status.challenge
        if challenge is None or challenge.next_nonce is None:
            raise Breach("[OMA-DM-Security 1.2.1] 5.3", f"{status.code} without a challenge")
        if challenge.type != AUTH_MD5:
            raise Breach("[OMA-DM-Security 1.2.1] 5.3", f"a challenge for {challenge.type}")
        again = opening.once_more(own, message.header.msg_id)
        body = self._bytes(again, with_proof=True)
        number = self._session.number + 1
        self._keep(
            replace(self._session, body=body, number=number, with_proof=True, challenged=True)
        )

    def _obey(self, message: Message) -> Ended | None:
        commands = commands_of(message)
        if self._options.drop_on and _addresses(commands, node_key(self._options.drop_on)):
            return Ended.DROPPED
        execution = self._execute(message, commands)
        self._done.extend(execution.done)
        if self._options.witness:
            self._options.witness(execution.done)
        if execution.aborted:
            return Ended.ABORTED
        if Effect.UNENROLL in execution.effects and not self._device.is_work_account:
            self._device.save(after=(Effect.UNENROLL.value,))
            return Ended.UNENROLLED
        wipes = [effect.value for effect in execution.effects if effect.is_wipe]
        if wipes and not self._device.profile.confirms_wipe:
            self._device.save(after=tuple(wipes))
            return Ended.WIPED
        if not commands and message.final:
            return Ended.NOTHING_MORE
        self._reply(message, execution)
        return None

    def _execute(self, message: Message, commands: tuple[Command, ...]) -> Execution:
        device = self._device
        around = Circumstances(
            user_present=self._session.user == "user",
            local_time=device.now().astimezone().isoformat(timespec="seconds"),
            provider=device.account.provider,
            failing={node_key(uri): code for uri, code in self._options.failing.items()},
        )
        executor = Executor(device.tree, around, device.state.chunk)
        return executor.carry_out(commands, message.header.msg_id, first_id=2)

    def _reply(self, message: Message, execution: Execution) -> None:
        """Keep our next message together with all that the commands changed."""
        session, account = self._session, self._device.account
        parts: list[BodyPart] = [
            Status("1", message.header.msg_id, "0", SYNC_HEADER, 200),
            *execution.parts,
        ]
        if not message.final and not _asks_for_more(execution.parts):
            parts.append(Alert(str(len(parts) + 1), AlertCode.NEXT_MESSAGE))
        number = session.number + 1
        reply = Message(opening.header(account, session.session_id, number), tuple(parts))
        body = self._bytes(reply, with_proof=session.with_proof)
        self._device.save(
            open=replace(session, body=body, number=number, challenged=False),
            chunk=execution.chunk,
            alerts=(),
            after=self._device.state.after
            + tuple(
                # an unenrollment that comes this far is a work account's, which takes none
                each.value
                for each in execution.effects
                if each is not Effect.UNENROLL
            ),
        )
        if Effect.UPGRADE_EDITION in execution.effects:
            self._device.change_edition(HOLOGRAPHIC_BUSINESS)

    def _keep(self, session: OpenSession) -> None:
        self._device.save(open=session)

    # -- the end

    def _give_up(self) -> None:
        """Forget a session that cannot go on; the next one starts afresh."""
        if not self._is_leaving:
            self._device.save(open=None, chunk=None)

    def _finish(self, ended: Ended) -> SessionReport:
        device, session = self._device, self._session
        report = SessionReport(
            session_id=session.session_id,
            messages=self._sent,
            commands=tuple(self._done),
            ended=ended,
            resumed=self._resumed,
            challenged=self._challenged,
            exchanges=tuple(self._transport.exchanges),
        )
        forget_replaced_vpn(device.tree, device.profile, self._done)
        device.work_out(user_present=session.user == "user")
        now, carried = device.now(), len(self._done)
        line = f"{now.isoformat(timespec='seconds')} {ended.value}; {carried} commands"
        polls, last_poll_at = self._polls(now)
        after = device.state.after
        restarted = Effect.REBOOT.value in after
        kept = tuple(each for each in after if each in _OUTLASTING)
        device.save(
            open=None,
            chunk=None,
            alerts=device.state.alerts if ended is Ended.DROPPED else (),
            after=kept,
            polls=polls,
            last_poll_at=last_poll_at,
            last_session_at=now,
            blocking=tuple(sorted({*device.state.blocking, *app_control(device.tree)})),
            sessions=device.state.noted(line),
        )
        if session.leaving:
            device.save(needs_reset=device.is_joined)
            device.forget_account()
        elif ended is Ended.WIPED:
            device.reset(keep_package=Effect.WIPE_KEEPING_PACKAGE.value in after)
        elif restarted:
            device.restart()
        return report

    def _polls(self, now: datetime) -> tuple[int, datetime | None]:
        """Return how far the schedule is; sessions for other reasons do not count."""
        state = self._device.state
        if self._poll != poll_of(self._device.tree, self._device.account.provider):
            return 0, now  # assumed: a changed schedule begins anew
        if self._session.origin == Origin.SCHEDULE.value:
            return state.polls + 1, now
        return state.polls, state.last_poll_at


def _asks_for_more(parts: tuple[BodyPart, ...]) -> bool:
    return any(isinstance(p, Alert) and p.code == AlertCode.NEXT_MESSAGE for p in parts)


def _addresses(commands: tuple[Command, ...], key: str) -> bool:
    """Return whether any of the commands is about that node."""
    for command in commands:
        if isinstance(command, Group) and _addresses(command.commands, key):
            return True
        if isinstance(command, Request):
            targets = (item.target for item in command.items if item.target)
            if any(node_key(target) == key for target in targets):
                return True
    return False
