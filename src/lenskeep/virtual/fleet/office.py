"""The administrator of a rehearsal: orders by REST what the fleet is then to carry out.

Everything that it makes goes to headsets of this fleet alone, by a group of their own.
"""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from lenskeep.base.errors import Refusal, Refused
from lenskeep.base.secret import Secret
from lenskeep.virtual.transport import BUSY, Answer, Line, Outgoing, Trust, Watch, wait_of

_PATIENCE_S: Final = 120.0
_HOLDS: Final = 20
"""How often a busy server is asked again."""
_PAGE: Final = 200
_CONFIG: Final = "./Device/Vendor/MSFT/Policy/Config/"
_SETTINGS: Final = (
    ("MixedReality/BrightnessButtonDisabled", "1"),
    ("MixedReality/VolumeButtonDisabled", "1"),
    ("MixedReality/MicrophoneDisabled", "1"),
    ("Browser/AllowPopups", "1"),
    ("Browser/AllowSmartScreen", "1"),
    ("Experience/AllowCortana", "0"),
    ("Privacy/LetAppsAccessLocation", "2"),
    ("Settings/AllowDateTime", "0"),
    ("System/AllowLocation", "1"),
    ("DeviceLock/MinDevicePasswordLength", "6"),
)
"""A change of ten settings that every HoloLens 2 takes."""
_APPS: Final = "./User/Vendor/MSFT/EnterpriseModernAppManagement/AppInstallation/"
_MANIFEST: Final = '<Application PackageUri="https://apps.example/{name}.appx"/>'


@dataclass(frozen=True, slots=True)
class Ordered:
    """An operation: where REST has it, and what it executes."""

    path: str
    uri: str


class Office:
    """Speaks to the server's REST interface with an administrator's token."""

    def __init__(self, server: str, token: Secret, ca: bytes) -> None:
        url = server if "://" in server else f"https://{server}"
        self._api = f"{url.rstrip('/')}/api/v1"
        self._token = token
        self._trust = Trust(ca)
        self._idle: list[Line] = []
        self._ids: dict[str, str] = {}

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """Return what the server answers. Raises Refused where it says no, NoConnection."""
        headers = (
            ("Authorization", f"Bearer {self._token.reveal()}"),
            ("Content-Type", "application/json"),
        )
        content = json.dumps(body).encode() if body is not None else b""
        answer = await self._sent(Outgoing(method, f"{self._api}{path}", headers, content))
        if answer.status >= 400:
            said = answer.body.decode("utf-8", "replace")[:300]
            raise Refused(Refusal.AUTHORIZATION, f"{method} {path}: {answer.status} {said}")
        return json.loads(answer.body) if answer.body else None

    async def _sent(self, out: Outgoing) -> Answer:
        """Return the answer, after as many tries as a busy server asks for."""
        line = self._idle.pop() if self._idle else Line(self._trust, Watch())
        answer = await line.request(out, _PATIENCE_S)
        for _ in range(_HOLDS):
            if answer.status not in BUSY:
                break
            await asyncio.sleep(wait_of(answer))
            answer = await line.request(out, _PATIENCE_S)
        self._idle.append(line)
        return answer

    async def learn_ids(self) -> None:
        """Read which device each DevId is."""
        after = ""
        while True:
            page = await self.ask("GET", f"/devices?limit={_PAGE}{after}")
            self._ids |= {row["device_id"]: row["id"] for row in page["items"]}
            if not page["next"]:
                return
            after = f"&after={quote(page['next'])}"

    async def id_of(self, dev_id: str) -> str:
        """Return the server's name for a headset."""
        if dev_id not in self._ids:
            page = await self.ask("GET", f"/devices?text={dev_id}")
            self._ids |= {row["device_id"]: row["id"] for row in page["items"]}
        return self._ids[dev_id]

    async def order_change(self, name: str, dev_ids: Iterable[str]) -> str:
        """Let these headsets want ten settings; return the profile."""
        devices = [await self.id_of(each) for each in dev_ids]
        group = await self.ask("POST", "/groups", {"name": name, "devices": devices})
        settings = [{"uri": _CONFIG + path, "value": value} for path, value in _SETTINGS]
        saved = await self.ask("POST", "/profiles", {"name": name, "settings": settings})
        profile: str = saved["profile"]["id"]
        await self.ask(
            "POST",
            "/assignments",
            {"profile": profile, "group": group["id"], "accept_conflicts": True},
        )
        return profile

    async def order_app(self, dev_id: str, name: str) -> Ordered:
        """Let a headset install an app: a node that says which, then the Exec of it."""
        device = await self.id_of(dev_id)
        where, uri = f"/devices/{device}/operations", f"{_APPS}{name}/HostedInstall"
        content = {"uri": uri, "format": "xml", "value": _MANIFEST.format(name=name)}
        await self.ask("POST", where, {"verb": "add", **content})
        queued = await self.ask("POST", where, {"verb": "exec", **content})
        return Ordered(f"{where}/{queued['id']}", uri)

    async def state_of(self, ordered: Ordered) -> str:
        """Return how an operation stands."""
        found = await self.ask("GET", ordered.path)
        return str(found["state"])

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop().close()
