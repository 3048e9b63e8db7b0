"""What proving is asked, and what it finds out."""

from dataclasses import dataclass, field

from lenskeep.flows.device.attempting import ENROLLMENT, Trail
from lenskeep.flows.entrance import Way
from lenskeep.flows.records import Principal
from lenskeep.wire.soap import BinaryToken, UsernameToken


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who knocks: an address, and the client certificate (DER) that the connection proves."""

    address: str
    certificate: bytes | None = field(default=None, repr=False)
    trail: Trail = field(default_factory=lambda: Trail(ENROLLMENT), compare=False)
    """What is found out about this step, for the record of attempts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that wants to be believed."""

    token: UsernameToken | BinaryToken | None
    visitor: Visitor
    body: bytes = field(repr=False)
    """The whole message, for a signature that covers it."""
    issuing: bool
    """Whether a certificate is asked for; at GetPolicies nothing is consumed."""
    context: tuple[tuple[str, str], ...] = ()
    """The AdditionalContext items, claims all of them."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Whom we believe, and how the headset comes."""

    principal: Principal
    way: Way
    user: str
    """The user name for the management account; empty for a headset without a user."""
    tenant: str = ""
    """Entra tenant."""
    user_id: str = ""
    """Entra object id."""
    entra_device: str = ""
    """Entra device id."""
    tickets: tuple[bytes, ...] = ()
    """Digests of one-time secrets, spent in the transaction that stores the enrollment."""
    signed_body: bytes | None = field(default=None, repr=False)
    """What a signature covered: the request is read from it, not from what came."""
    hint: str = ""
    """More of where it comes from, for the record of attempts (the name of a provider, say)."""
