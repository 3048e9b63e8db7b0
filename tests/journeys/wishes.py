"""What the journeys of the desired state ask of a server, over REST."""

from typing import Any

from tests.journeys.conftest import Headset, Server

CONFIG = "./Device/Vendor/MSFT/Policy/Config/"
ALL = "grp_all"

Plain = dict[str, Any]


def made(server: Server, method: str, path: str, body: object = None) -> Any:
    """Return what a request answered that has to succeed."""
    answer = server.request(method, f"/api/v1{path}", body)
    assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def wish(policy: str, value: object) -> Plain:
    """Return one setting of a profile; `policy` is `Area/Name`, or a whole LocURI."""
    uri = policy if policy.startswith("./") else CONFIG + policy
    return {"uri": uri, "value": value, "acknowledged": True}


def profile(server: Server, name: str, *settings: Plain, **more: object) -> str:
    """Make a profile; return its id."""
    body = {"name": name, "settings": settings, "reason": "a journey", **more}
    found: str = made(server, "POST", "/profiles", body)["profile"]["id"]
    return found


def save(server: Server, profile_id: str, base: int, *settings: Plain, **more: object) -> None:
    """Save another revision."""
    body = {"settings": settings, "base": base, "reason": "a journey", **more}
    made(server, "POST", f"/profiles/{profile_id}/revisions", body)


def group(server: Server, name: str, *headsets: Headset, **more: object) -> str:
    """Make a group by hand; return its id."""
    devices = [server.device_of(each)["id"] for each in headsets]
    body = {"name": name, "devices": devices, **more} if devices else {"name": name, **more}
    found: str = made(server, "POST", "/groups", body)["id"]
    return found


def assign(server: Server, profile_id: str, group_id: str = ALL, **more: object) -> str:
    """Assign a profile; return the assignment's id."""
    body = {"profile": profile_id, "group": group_id, **more}
    found: str = made(server, "POST", "/assignments", body)["assignment"]["id"]
    return found


def unassign(server: Server, assignment: str) -> None:
    """Take an assignment back."""
    made(server, "DELETE", f"/assignments/{assignment}")


def settings(server: Server, headset: Headset) -> dict[str, Plain]:
    """Return how a headset's settings stand, by LocURI."""
    device = server.device_of(headset)["id"]
    found = made(server, "GET", f"/devices/{device}/settings")
    return {each["uri"]: each for each in found["settings"]}


def states(server: Server, headset: Headset) -> dict[str, str]:
    """Return the state of each setting, by what follows `Policy/Config/`, else by LocURI."""
    return {
        uri.removeprefix(CONFIG): each["state"] for uri, each in settings(server, headset).items()
    }
