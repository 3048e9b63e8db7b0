"""The hashing of passwords, off the event loop."""

from typing import Protocol

from lenskeep.base.secret import Secret


class PasswordHasher(Protocol):
    """Hashes passwords off the event loop, as many at once as there are cores."""

    async def hash(self, secret: Secret) -> str:
        """Return the argon2id hash in PHC form."""
        ...

    async def verify(self, password_hash: str, secret: Secret, *, suspicion: int = 0) -> bool:
        """Return whether it is the secret; the less suspicion, the sooner it is its turn."""
        ...

    @property
    def dummy_hash(self) -> str:
        """A hash of nothing known, checked for unknown names so that they cost the same."""
        ...
