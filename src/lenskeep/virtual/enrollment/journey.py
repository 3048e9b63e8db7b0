"""The whole way from a server's name to a managed headset, one call after the other.

Keeps what it has after each step: an enrollment that was interrupted goes on with the same key
and the same DeviceID, so that a lost answer costs nothing.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from lenskeep.virtual.builds import Profile
from lenskeep.virtual.device import Device
from lenskeep.virtual.enrollment import steps
from lenskeep.virtual.enrollment.certificate_request import Style, Wish, certificate_request
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.keys import DEFAULT_BITS, KeySource, encode_key, load_key
from lenskeep.virtual.enrollment.provisioning import Pending, apply_document
from lenskeep.virtual.state import (
    CERTIFICATE_FILE,
    CHAIN_FILE,
    KEY_FILE,
    TRUST_FILE,
    Candidate,
)
from lenskeep.virtual.transport import (
    NO_ACCIDENTS,
    Accidents,
    Answer,
    Outgoing,
    Patience,
    Transport,
)
from lenskeep.virtual.trouble import Breach, WrongState
from lenskeep.wire.xcep import Policies

Tell = Callable[[str], None]
"""Is told what happens, one plain sentence at a time."""

_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What an enrollment starts from. `trusted` is PEM, empty for the system's roots."""

    server: str
    person: steps.Person
    trusted: bytes
    style: Style | None = None
    accidents: Accidents = NO_ACCIDENTS
    patience: Patience | None = None


async def enroll(device: Device, wanted: Enrollment, keys: KeySource, tell: Tell) -> None:
    """Enroll the headset. Raises EnrollmentRefused, Breach, NoConnection or WrongState."""
    if device.state.account is not None:
        raise EnrollmentRefused(Hresult.ALREADY_ENROLLED)
    device.vault.write(TRUST_FILE, wanted.trusted)
    trust = device.trust(with_certificate=False)
    async with Transport(trust, wanted.patience, wanted.accidents) as transport:
        await _Journey(device, wanted, transport, tell).run(keys)


class _Journey:
    def __init__(
        self, device: Device, wanted: Enrollment, transport: Transport, tell: Tell
    ) -> None:
        self._device = device
        self._wanted = wanted
        self._transport = transport
        self._tell = tell
        self._calls = 0

    async def run(self, keys: KeySource) -> None:
        url = steps.discovery_url(self._wanted.server, self._wanted.person.name)
        url = await self._probe(url)
        profile = self._device.profile
        found = steps.read_discovery(
            await self._post(url, steps.discover_message(profile, url, self._wanted.person.name)),
            profile,
        )
        self._tell(
            f"The server wants a password ({found.auth_policy}), "
            f"enrollment version {found.enrollment_version or 'not given'}."
        )
        policies = await self._policies(found.policy_url)
        request = await self._request(keys, policies, profile)
        answer = await self._post(
            found.enrollment_url,
            steps.token_message(found.enrollment_url, self._wanted.person, request),
        )
        self._apply(steps.read_token(answer), request.device_id)

    async def _probe(self, url: str) -> str:
        """Look whether the address answers or points elsewhere ([MS-MDE2] 3.1.4.1)."""
        for _ in range(_MOST_REDIRECTS):
            self._tell(f"Looking for the server at {url}.")
            answer = await self._call(Outgoing("GET", url, steps.PROBE_HEADERS))
            if answer.status not in _REDIRECTS:
                break
            url = urljoin(url, answer.header("Location"))
            if urlsplit(url).scheme != "https":
                raise EnrollmentRefused(Hresult.INSECURE_REDIRECT)
            self._tell("The server points to another address.")
        if answer.status != 200:
            raise Breach(
                "[MS-MDE2] 3.1.4.1", f"the discovery probe was answered HTTP {answer.status}"
            )
        return url

    async def _policies(self, url: str | None) -> Policies | None:
        if url is None:
            self._tell("The server has no policy service; the defaults hold.")
            return None
        answer = await self._post(url, steps.policies_message(url, self._wanted.person))
        policies = steps.read_policies(answer)
        self._tell(f"The password is accepted. Keys have {policies.minimal_key_length} bits.")
        return policies

    async def _request(
        self, keys: KeySource, policies: Policies | None, profile: Profile
    ) -> steps.TokenRequest:
        device = self._device
        bits = max(policies.minimal_key_length if policies else 0, DEFAULT_BITS)
        kept = device.vault.read(KEY_FILE) if device.state.candidate else None
        key = load_key(kept) if kept else None
        if key is None or key.key_size < bits:
            key = await keys.new(bits)
            candidate = Candidate(uuid.uuid4().hex.upper(), str(uuid.uuid4()))
            device.vault.write(KEY_FILE, encode_key(key))
            device.save(candidate=candidate)
            self._tell("Made a new key.")
        else:
            self._tell("Going on with the key of an enrollment that was interrupted.")
        own = device.state.candidate
        assert own is not None
        habit = Style.WINDOWS_11 if profile.is_windows_11_based else Style.WINDOWS_10
        style = self._wanted.style or habit
        hash_oid = policies.hash_oid if policies else None
        wish = Wish(own.guid, own.device_id, hash_oid, style)
        return steps.TokenRequest(
            certificate_request(key, wish), own.device_id, profile, device.state.hardware
        )

    def _apply(self, document: bytes, device_id: str) -> None:
        device = self._device
        stored = device.vault.read(KEY_FILE)
        if stored is None:
            raise WrongState("the key of this enrollment is gone")
        pending = Pending(load_key(stored), device_id, self._wanted.person.name, device.now())
        made = apply_document(document, pending)
        device.vault.write(CERTIFICATE_FILE, made.certificate)
        device.vault.write(CHAIN_FILE, made.chain)
        device.regrow(
            account=made.account,
            candidate=None,
            session_counter=0,
            open=None,
            chunk=None,
            alerts=(),
            after=(),
            polls=0,
            last_poll_at=None,
            last_session_at=None,
        )
        self._tell(f"Enrolled with {made.account.name or made.account.provider}.")

    async def _post(self, url: str, body: bytes) -> Answer:
        return await self._call(Outgoing("POST", url, steps.POST_HEADERS, body))

    async def _call(self, out: Outgoing) -> Answer:
        self._calls += 1
        return await self._transport.send(out, self._calls)
