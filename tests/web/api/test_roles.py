"""REST: every route for every scope, as one table; a route without a line here fails."""

import re

from tests.flows.home import Home
from tests.web.api.rest import Rest

from lenskeep.access import Scope
from lenskeep.web.api.app import describe, make_api

READ, OPERATE, ADMIN = (Scope.READ, Scope.OPERATE, Scope.ADMIN)
SETTING = {"uri": "./Device/Vendor/MSFT/Policy/Config/Experience/AllowCortana", "value": 0}
PROFILE = {"name": "x", "settings": [SETTING]}
WISH = {"verb": "get", "uri": "./DevDetail/SwV"}

TABLE: dict[tuple[str, str], tuple[Scope, object]] = {
    ("GET", "/fleet"): (READ, None),
    ("GET", "/devices"): (READ, None),
    ("GET", "/devices/{id}"): (READ, None),
    ("PATCH", "/devices/{id}"): (OPERATE, {"name": "x"}),
    ("GET", "/devices/{id}/timeline"): (READ, None),
    ("GET", "/devices/{id}/messages"): (ADMIN, None),
    ("POST", "/devices/{id}/link"): (ADMIN, {"earlier": "dev_0"}),
    ("POST", "/devices/{id}/retire"): (ADMIN, {}),
    ("GET", "/devices/{id}/leaving"): (READ, None),
    ("DELETE", "/devices/{id}/leaving"): (OPERATE, None),
    ("GET", "/devices/{id}/owner"): (READ, None),
    ("GET", "/fleet/silent"): (READ, None),
    ("POST", "/devices/{id}/unenroll"): (OPERATE, {}),
    ("POST", "/devices/{id}/wipe"): (OPERATE, {}),
    ("PUT", "/devices/{id}/custody"): (OPERATE, {"custody": "lost"}),
    ("POST", "/devices/{id}/certificates/revoke"): (ADMIN, {}),
    ("GET", "/devices/{id}/operations"): (READ, None),
    ("POST", "/devices/{id}/operations"): (OPERATE, WISH),
    ("GET", "/devices/{id}/operations/{operation}"): (READ, None),
    ("DELETE", "/devices/{id}/operations/{operation}"): (OPERATE, None),
    ("POST", "/operations"): (OPERATE, {**WISH, "devices": ["dev_1"]}),
    ("GET", "/operations/{id}"): (READ, None),
    ("DELETE", "/operations/{id}"): (OPERATE, None),
    ("POST", "/operations/{id}/retry"): (OPERATE, None),
    ("GET", "/profiles"): (READ, None),
    ("POST", "/profiles"): (OPERATE, PROFILE),
    ("POST", "/profiles/check"): (READ, {"settings": [SETTING]}),
    ("POST", "/profiles/import"): (OPERATE, {"document": "x"}),
    ("GET", "/profiles/{id}"): (READ, None),
    ("PATCH", "/profiles/{id}"): (OPERATE, {"name": "x"}),
    ("DELETE", "/profiles/{id}"): (OPERATE, None),
    ("GET", "/profiles/{id}/progress"): (READ, None),
    ("GET", "/profiles/{id}/revisions"): (READ, None),
    ("POST", "/profiles/{id}/revisions"): (OPERATE, {"settings": [SETTING], "base": 1}),
    ("GET", "/profiles/{id}/revisions/{number}"): (READ, None),
    ("GET", "/profiles/{id}/revisions/{number}/changes"): (READ, None),
    ("GET", "/profiles/{id}/document"): (READ, None),
    ("GET", "/sign-in-providers"): (READ, None),
    ("POST", "/sign-in-providers"): (
        ADMIN,
        {"name": "x", "issuer": "https://id.example", "client_id": "x"},
    ),
    ("GET", "/sign-in-providers/{id}"): (READ, None),
    ("DELETE", "/sign-in-providers/{id}"): (ADMIN, None),
    ("POST", "/sign-in-providers/{id}/check"): (ADMIN, None),
    ("GET", "/groups"): (READ, None),
    ("POST", "/groups"): (OPERATE, {"name": "x"}),
    ("POST", "/groups/preview"): (READ, {"rule": "edition = x"}),
    ("GET", "/groups/{id}"): (READ, None),
    ("PATCH", "/groups/{id}"): (OPERATE, {"name": "x"}),
    ("POST", "/groups/{id}/check"): (READ, {"add": ["dev_1"]}),
    ("DELETE", "/groups/{id}"): (OPERATE, None),
    ("GET", "/groups/{id}/devices"): (READ, None),
    ("POST", "/groups/{id}/devices"): (OPERATE, {"add": ["dev_1"]}),
    ("POST", "/groups/{id}/plan"): (READ, {"settings": [SETTING]}),
    ("POST", "/groups/{id}/rehearse"): (READ, {"settings": [SETTING]}),
    ("GET", "/tags"): (READ, None),
    ("POST", "/devices/tags"): (OPERATE, {"devices": ["dev_1"], "add": ["x"]}),
    ("GET", "/devices/{id}/tags"): (READ, None),
    ("GET", "/devices/{id}/groups"): (READ, None),
    ("GET", "/devices/{id}/settings"): (READ, None),
    ("POST", "/devices/{id}/settings/retry"): (OPERATE, {}),
    ("GET", "/devices/{id}/plan"): (READ, None),
    ("GET", "/assignments"): (READ, None),
    ("POST", "/assignments"): (OPERATE, {"profile": "prf_1", "group": "grp_all"}),
    ("PATCH", "/assignments/{id}"): (OPERATE, {"priority": 1}),
    ("DELETE", "/assignments/{id}"): (OPERATE, None),
    ("GET", "/guards"): (READ, None),
    ("POST", "/guards/{profile}/{revision}/release"): (OPERATE, None),
    ("POST", "/guards/{profile}/{revision}/reset"): (OPERATE, None),
    ("GET", "/compliance"): (READ, None),
    ("GET", "/templates"): (READ, None),
    ("GET", "/templates/{name}"): (READ, None),
    ("POST", "/templates/{name}/start"): (OPERATE, {"name": "x"}),
    ("POST", "/templates/{name}/compare"): (READ, {"device": "dev_1"}),
    ("GET", "/catalog/search"): (READ, None),
    ("GET", "/catalog/node"): (READ, None),
    ("GET", "/authority"): (READ, None),
    ("POST", "/authority/rotate"): (ADMIN, {}),
    ("POST", "/authority/deliver"): (ADMIN, {}),
    ("POST", "/authority/serve"): (ADMIN, {}),
    ("POST", "/authority/finish"): (ADMIN, {}),
    ("GET", "/devices/{id}/certificates"): (READ, None),
    ("GET", "/enrollment/rules"): (READ, None),
    ("PUT", "/enrollment/rules"): (ADMIN, {"base": 0, "rules": {}}),
    ("POST", "/enrollment/rules/try"): (READ, {"applicant": {}}),
    ("PUT", "/enrollment/maintenance"): (ADMIN, {"until": None}),
    ("GET", "/enrollment/ways"): (READ, None),
    ("GET", "/enrollment/names"): (ADMIN, None),
    ("GET", "/enrollment/attempts"): (READ, None),
    ("GET", "/first-run"): (READ, None),
    ("PUT", "/first-run"): (ADMIN, {"base": 0, "plan": {"ways": ["x"]}}),
    ("GET", "/devices/{id}/first-run"): (READ, None),
    ("GET", "/wearer"): (READ, None),
    ("PUT", "/wearer"): (ADMIN, {"base": 0, "words": {"x": ""}}),
    ("GET", "/devices/{id}/wearer"): (READ, None),
    ("GET", "/autopilot/devices"): (READ, None),
    ("POST", "/autopilot/devices"): (OPERATE, {}),
    ("GET", "/autopilot/export"): (OPERATE, None),
    ("GET", "/autopilot/devices/{serial}"): (READ, None),
    ("PATCH", "/autopilot/devices/{serial}"): (OPERATE, {"group_tag": "x"}),
    ("DELETE", "/autopilot/devices/{serial}"): (OPERATE, None),
    ("GET", "/licenses"): (READ, None),
    ("POST", "/licenses"): (ADMIN, {"name": "x", "document": "<License/>"}),
    ("DELETE", "/licenses/{id}"): (ADMIN, None),
    ("GET", "/devices/{id}/edition"): (READ, None),
    ("POST", "/devices/{id}/edition"): (OPERATE, {"license": "none"}),
    ("GET", "/accounts"): (ADMIN, None),
    ("POST", "/accounts"): (ADMIN, {"name": "a@example.org"}),
    ("POST", "/accounts/{id}/disable"): (ADMIN, None),
    ("GET", "/bulk-accounts"): (ADMIN, None),
    ("POST", "/bulk-accounts"): (ADMIN, {"name": "bulk@example.org"}),
    ("DELETE", "/bulk-accounts/{id}"): (ADMIN, None),
    ("GET", "/packages"): (READ, None),
    ("POST", "/packages"): (ADMIN, {"name": "Ward 7"}),
    ("GET", "/packages/{id}"): (READ, None),
    ("DELETE", "/packages/{id}"): (ADMIN, None),
    ("GET", "/packages/{id}/files"): (ADMIN, None),
    ("GET", "/packages/{id}/customizations.xml"): (ADMIN, None),
    ("GET", "/instructions"): (READ, None),
    ("GET", "/instructions/qr.svg"): (READ, None),
    ("GET", "/codes"): (OPERATE, None),
    ("POST", "/codes"): (OPERATE, {}),
    ("DELETE", "/codes/{id}"): (OPERATE, None),
    ("POST", "/admins"): (ADMIN, {"name": "grace", "role": "viewer"}),
    ("GET", "/admins"): (ADMIN, None),
    ("PATCH", "/admins/{id}"): (ADMIN, {"role": "viewer"}),
    ("POST", "/admins/{id}/disable"): (ADMIN, None),
    ("GET", "/audit"): (ADMIN, None),
    ("GET", "/tokens"): (ADMIN, None),
    ("POST", "/tokens"): (ADMIN, {"name": "t"}),
    ("DELETE", "/tokens/{id}"): (ADMIN, None),
    ("GET", "/entra/tenants"): (READ, None),
    ("POST", "/entra/tenants"): (ADMIN, {"tenant": "x"}),
    ("GET", "/entra/tenants/{id}"): (READ, None),
    ("PATCH", "/entra/tenants/{id}"): (ADMIN, {"label": "x"}),
    ("DELETE", "/entra/tenants/{id}"): (ADMIN, None),
    ("POST", "/entra/tenants/{id}/keys"): (ADMIN, {}),
    ("POST", "/entra/try"): (ADMIN, {"token": "x"}),
    ("GET", "/terms"): (READ, None),
    ("PUT", "/terms"): (ADMIN, {"title": "x", "text": "x"}),
    ("DELETE", "/terms"): (ADMIN, None),
    ("GET", "/terms/versions"): (READ, None),
    ("GET", "/terms/acceptances"): (READ, None),
}
"""(method, path) -> (the least scope that reaches, a body that is well-formed)."""

ORDER = (READ, OPERATE, ADMIN)


async def test_a_route_is_open_to_its_scope_and_those_above(rest: Rest) -> None:
    """What is asked for is missing on purpose: allowed callers learn so, others nothing at all."""
    seen = {}

    for (method, path), (_, body) in TABLE.items():
        concrete = re.sub("{(number|revision)}", "1", path).replace("{name}", "none")
        concrete = re.sub("{[a-z]+}", "none_1", concrete)
        answers = [(await rest.ask(method, concrete, body, scope)).status_code for scope in ORDER]
        assert not {401, 405, 500} & set(answers), (method, path, answers)
        seen[method, path] = [status != 403 for status in answers]

    assert seen == {
        route: [ORDER.index(scope) >= ORDER.index(least) for scope in ORDER]
        for route, (least, _) in TABLE.items()
    }


def test_the_table_names_every_route(home: Home) -> None:
    paths = describe(make_api(home.house))["paths"]

    routes = {(method.upper(), path) for path, found in paths.items() for method in found}

    assert routes == TABLE.keys()
