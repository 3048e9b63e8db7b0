"""The whole way from a server's name to a managed headset, one call after the other.

Keeps what it has after each step: an enrollment that was interrupted goes on with the same key
and the same DeviceID, so that a lost answer costs nothing.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from lenskeep.virtual.device import Device
from lenskeep.virtual.enrollment import steps
from lenskeep.virtual.enrollment.certificate_request import Style, Wish, certificate_request
from lenskeep.virtual.enrollment.hresult import EnrollmentRefused, Hresult
from lenskeep.virtual.enrollment.keys import DEFAULT_BITS, KeySource, encode_key, load_key
from lenskeep.virtual.enrollment.package.customizations import Recipe
from lenskeep.virtual.enrollment.passage import Passage
from lenskeep.virtual.enrollment.proof import Proof, by_sign_in
from lenskeep.virtual.enrollment.provisioning import Pending, apply_document
from lenskeep.virtual.enrollment.ways import Entrance, entrances_of
from lenskeep.virtual.enrollment.web.broker import sign_in
from lenskeep.virtual.enrollment.web.terms import Occasion, accept_terms
from lenskeep.virtual.state import (
    CERTIFICATE_FILE,
    CHAIN_FILE,
    KEY_FILE,
    PACKAGE_FILE,
    TRUST_FILE,
    Candidate,
)
from lenskeep.virtual.transport import (
    NO_ACCIDENTS,
    Answer,
    Fate,
    Outgoing,
    Patience,
    Purpose,
    Transport,
)
from lenskeep.virtual.transport.address import joined, parts_of
from lenskeep.virtual.trouble import Breach, WrongState
from lenskeep.wire.discover import DiscoverResult
from lenskeep.wire.xcep import Policies

Tell = Callable[[str], None]
"""Is told what happens, one plain sentence at a time."""

_MOST_REDIRECTS: Final = 3
_REDIRECTS: Final = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Enrollment:
    """What an enrollment starts from. `trusted` is PEM, empty for the system's roots."""

    passage: Passage
    trusted: bytes
    style: Style | None = None
    accidents: Fate = NO_ACCIDENTS
    patience: Patience | None = None
    package: bytes = field(default=b"", repr=False)
    """The package that is applied, as it is kept."""


@dataclass(frozen=True, slots=True)
class _Services:
    """Where to go on, and how to prove oneself there."""

    policy_url: str | None
    enrollment_url: str
    proof: Proof = field(repr=False)
    discovery_url: str = ""


async def enroll(device: Device, wanted: Enrollment, keys: KeySource, tell: Tell) -> None:
    """Enroll the headset. Raises EnrollmentRefused, Breach, NoConnection or WrongState."""
    if device.state.account is not None:
        raise EnrollmentRefused(Hresult.ALREADY_ENROLLED)
    _require_way(device, wanted.passage)
    device.vault.write(TRUST_FILE, wanted.trusted)
    if wanted.passage.recipe is not None:
        device.vault.write(PACKAGE_FILE, wanted.package)
        _apply_recipe(device, wanted.passage.recipe)
    trust = device.trust(with_certificate=False)
    async with Transport(
        trust, wanted.patience, wanted.accidents, Purpose.ENROLL, device.switchboard
    ) as transport:
        await _Journey(device, wanted, transport, tell).run(keys)


def _require_way(device: Device, passage: Passage) -> None:
    """Raise WrongState where this headset, as it is, does not have the way."""
    if device.state.needs_reset:
        raise WrongState("the headset has lost its tenant; only a reset helps")
    if device.is_locked_to_tenant and not device.state.set_up:
        tenant = device.state.locked_by
        if passage.entrance is not Entrance.AUTOPILOT or not tenant or passage.tenant != tenant:
            raise WrongState("the first run waits for an Autopilot profile of the tenant")
    by_cable = device.state.network.ethernet
    if passage.entrance not in entrances_of(device.profile, by_cable=by_cable):
        if passage.entrance in entrances_of(device.profile, by_cable=True):
            raise WrongState(f"{device.profile.name} does this over a network cable alone")
        raise WrongState(f"{device.profile.name} cannot enroll by {passage.entrance.value}")


def _apply_recipe(device: Device, recipe: Recipe) -> None:
    """Let the headset have what the package brings besides the enrollment."""
    network = device.state.network
    if recipe.ssid:
        network = replace(network, by_hand=recipe.ssid)
    device.save(network=network, local_user=recipe.local_user or device.state.local_user)


class _Journey:
    def __init__(
        self, device: Device, wanted: Enrollment, transport: Transport, tell: Tell
    ) -> None:
        self._device = device
        self._wanted = wanted
        self._passage = wanted.passage
        self._transport = transport
        self._tell = tell
        self._calls = 0

    async def run(self, keys: KeySource) -> None:
        blob = await self._terms()
        services = await self._services()
        policies = await self._policies(services)
        request = replace(await self._request(keys, policies), blob=blob)
        answer = await self._post(
            services.enrollment_url,
            steps.token_message(services.enrollment_url, services.proof, request),
        )
        document = steps.read_token(answer)
        self._apply(document, request.device_id, services)

    async def _terms(self) -> str:
        """Return what the terms of use gave, empty where there are none."""
        passage = self._passage
        if passage.terms is None:
            return ""
        self._tell("The terms of use come first.")
        joins = passage.entrance.is_entra_join
        occasion = Occasion(self._device.profile, joins, passage.in_oobe)
        return await accept_terms(self._transport, passage.terms, occasion, self._tell)

    async def _services(self) -> _Services:
        """Ask discovery, unless a package names the services outright."""
        passage, profile = self._passage, self._device.profile
        recipe = passage.recipe
        if recipe is not None and recipe.skips_discovery and passage.proof is not None:
            self._tell("The package names the services; discovery is skipped.")
            return _Services(recipe.policy_url, recipe.enrollment_url, passage.proof)
        url = await self._probe(steps.discovery_url(passage.server, passage.email))
        asked = steps.discover_message(profile, url, passage.email, passage.offers)
        found = steps.read_discovery(
            await self._post(url, asked), profile, passage.offers, heeded=passage.heeds_discovery
        )
        self._tell(
            f"The server wants {found.auth_policy}, "
            f"enrollment version {found.enrollment_version or 'not given'}."
        )
        proof = await self._proof(found)
        return _Services(found.policy_url, found.enrollment_url, proof, url)

    async def _proof(self, found: DiscoverResult) -> Proof:
        """Return how this way proves itself; by hand, as the server chose."""
        passage = self._passage
        if passage.proof is not None:
            return passage.proof
        if found.auth_policy == "OnPremise":
            if passage.password is None:
                raise EnrollmentRefused(Hresult.PASSWORD_NEEDED)
            return passage.password
        if passage.person is None:
            raise EnrollmentRefused(
                Hresult.WEB_SIGN_IN, "it wants a sign-in page; this headset has only a password"
            )
        self._tell("The server has a sign-in page.")
        token = await sign_in(
            self._transport,
            found.authentication_url or "",
            passage.email,
            passage.person,
            self._tell,
        )
        return by_sign_in(token)

    async def _probe(self, url: str) -> str:
        """Look whether the address answers or points elsewhere ([MS-MDE2] 3.1.4.1)."""
        for _ in range(_MOST_REDIRECTS):
            self._tell(f"Looking for the server at {url}.")
            answer = await self._call(Outgoing("GET", url, steps.PROBE_HEADERS))
            if answer.status not in _REDIRECTS:
                break
            url = joined(url, answer.header("Location"))
            if parts_of(url).scheme != "https":
                raise EnrollmentRefused(Hresult.INSECURE_REDIRECT)
            self._tell("The server points to another address.")
        if answer.status != 200:
            raise Breach(
                "[MS-MDE2] 3.1.4.1", f"the discovery probe was answered HTTP {answer.status}"
            )
        return url

    async def _policies(self, services: _Services) -> Policies | None:
        url = services.policy_url
        if url is None:
            self._tell("The server has no policy service; the defaults hold.")
            return None
        answer = await self._post(url, steps.policies_message(url, services.proof))
        policies = steps.read_policies(answer)
        self._tell(f"The sign-in is accepted. Keys have {policies.minimal_key_length} bits.")
        return policies

    async def _request(self, keys: KeySource, policies: Policies | None) -> steps.TokenRequest:
        device, profile = self._device, self._device.profile
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
            certificate_request(key, wish),
            own.device_id,
            profile,
            device.state.hardware,
            self._passage,
        )

    def _apply(self, document: bytes, device_id: str, services: _Services) -> None:
        device = self._device
        stored = device.vault.read(KEY_FILE)
        if stored is None:
            raise WrongState("the key of this enrollment is gone")
        pending = Pending(
            load_key(stored),
            device_id,
            self._passage,
            device.now(),
            services.discovery_url,
            services.enrollment_url,
        )
        made = apply_document(document, pending)
        device.vault.write(CERTIFICATE_FILE, made.certificate)
        device.vault.write(CHAIN_FILE, made.chain)
        device.regrow(
            account=made.account,
            set_up=True,
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
