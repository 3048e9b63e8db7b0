"""Parts of the house whose libraries are loaded when they are first used: most never are."""

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from lenskeep.base.secret import Secret
from lenskeep.base.system import SystemClock, SystemRandomness
from lenskeep.flows.ports import Tried
from lenskeep.flows.ports.outside import Begun, ProviderSettings, Vouched
from lenskeep.tree.operation import Operation

if TYPE_CHECKING:
    from lenskeep.outside.oidc import OpenIdSignIn
    from lenskeep.virtual.rehearsal import Rehearsals


class Rehearsing:
    """Plays operations on virtual headsets for flows, off the event loop, one trial at a time."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._turn = asyncio.Semaphore(1)

    def nearest(self, generation: str, edition: str, os_build: str) -> str:
        """Return the played build that stands in best for such a device."""
        return self._played.nearest(generation, edition, os_build)

    async def rehearse(
        self, build: str, operations: Sequence[tuple[Operation, str]]
    ) -> tuple[Tried, ...]:
        """Return what a fresh headset of this build says, in order."""
        from lenskeep.virtual.rehearsal import Rehearsed

        wanted = [Rehearsed(operation, atomic) for operation, atomic in operations]
        async with self._turn:
            found = await asyncio.to_thread(self._played.rehearse, build, wanted)
        return tuple(Tried(each.status, each.value, each.effective) for each in found)

    @cached_property
    def _played(self) -> "Rehearsals":
        from lenskeep.virtual.rehearsal import Rehearsals

        return Rehearsals(self._provider)


class SigningIn:
    """Signs somebody in with an OpenID provider; its libraries are loaded for the first one."""

    async def begin(self, provider: ProviderSettings, redirect_uri: str, hint: str = "") -> Begun:
        """Return whither to send the browser. Raises Unavailable, and Invalid with the reason."""
        return await self._sign_in.begin(provider, redirect_uri, hint)

    async def finish(
        self, provider: ProviderSettings, redirect_uri: str, begun: Begun, code: Secret
    ) -> Vouched:
        """Return whom the provider vouches for. Raises Refused (AUTHENTICATION), Unavailable."""
        return await self._sign_in.finish(provider, redirect_uri, begun, code)

    @cached_property
    def _sign_in(self) -> "OpenIdSignIn":
        from lenskeep.outside.oidc import OpenIdSignIn

        return OpenIdSignIn(SystemClock(), SystemRandomness())
