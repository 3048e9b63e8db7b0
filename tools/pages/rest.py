"""docs/reference/rest.md, from the OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from tools.pages.source import MADE, assemble, code, table

from lenskeep.flows.house import House
from lenskeep.web.api.app import describe, make_api

Schema = Mapping[str, Any]

_BEFORE: Final = """
Everything that the console and the command line do, for programs. The same as a machine reads it:
`GET /api/v1/openapi.json`, without a token.

- All paths below lie under `/api/v1`.
- Send `Authorization: Bearer lk_...`; `lenskeep token new NAME --scope read|operate|admin` makes a
  token. `read` may see, `operate` may also queue operations and make codes, `admin` may do all.
- Bodies are JSON, in and out. Moments are UTC in ISO 8601. Fields that we do not know are refused.
- A list is `{"items": [...], "next": ...}`. Give `next` back as `after` to get the following page;
  at the end it is null.
- Every error is `application/problem+json` with `title`, `status`, `detail` and `complaints`;
  wrong input is answered 422 with all complaints at once. [errors.md](errors.md) has the table.

```console
$ curl --cacert root.pem -H "Authorization: Bearer $TOKEN" https://mdm.example.org/api/v1/devices
```

## Paths
"""
_OUTSIDE: Final = """
## Beside REST

| path | what it answers |
| --- | --- |
| `/EnrollmentServer/Discovery.svc` | discovery: GET is the reachability probe, POST is SOAP |
| `/EnrollmentServer/Policy.svc` | certificate policy, SOAP |
| `/EnrollmentServer/Enrollment.svc` | the certificate and the provisioning document, SOAP |
| `/ManagementServer/MDM.svc` | management sessions, SyncML |
| `/livez` | 200 `{"status": "ok"}` while the process answers at all |
| `/readyz` | 200 while it can serve, else 503: database and authority are there, no stop asked |
| `/healthz` | 200 `{"status": "ok"}` while the server can read its database, else 503 |
| `/metrics` | [numbers](metrics.md) for Prometheus; from another machine with a token |
| `/` | the console |

[Talk to the server by hand](../how-to/talk-to-the-server-by-hand.md) shows the first four at work.
"""


def page() -> str:
    """Return the page."""
    document = openapi()
    schemas = document["components"]["schemas"]
    operations = list(_operations(document))
    rows = [
        (f"`{method.upper()} {path}`", each["summary"], _body_name(each), _answer_name(each))
        for path, method, each in operations
    ]
    used = [name for name in schemas if not name.startswith("Listing_")]
    return assemble(
        "# REST",
        MADE,
        _BEFORE,
        table(("request", "what it does", "body", "answer"), rows),
        "## Queries",
        table(("path", "parameter", "what it narrows"), _queries(operations)),
        _OUTSIDE,
        "## Bodies and answers",
        *(_schema(name, schemas[name]) for name in sorted(used)),
    )


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document; the routes ask nothing of a house before they are called."""
    return describe(make_api(cast("House", None)))


def _operations(document: Schema) -> Iterator[tuple[str, str, Schema]]:
    for path, methods in document["paths"].items():
        for method, each in methods.items():
            yield path, method, each


def _body_name(operation: Schema) -> str:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return _type(content["schema"]) if content else ""


def _answer_name(operation: Schema) -> str:
    status, answer = next(
        (status, each) for status, each in operation["responses"].items() if status.startswith("2")
    )
    content = answer.get("content", {}).get("application/json", {})
    words = _type(content["schema"]) if content else "nothing"
    return f"{status}: {words}"


def _queries(operations: list[tuple[str, str, Schema]]) -> Iterator[tuple[str, str, str]]:
    for path, _, each in operations:
        for parameter in each.get("parameters", []):
            if parameter["in"] == "query" and parameter["name"] not in ("after", "limit"):
                words = parameter.get("description", "exactly this value")
                yield code(path), code(parameter["name"]), words
    yield "every list", "`after`", "the `next` of the page before"
    yield "every list", "`limit`", "rows a page, 1 to 200, 50 if nothing is said"


def _schema(name: str, schema: Schema) -> str:
    words = " ".join(str(schema.get("description", "")).split())
    if "enum" in schema:
        values = ", ".join(code(str(each)) for each in schema["enum"])
        return assemble(f"### {name}", words, f"One of {values}.")
    required = schema.get("required", [])
    rows = [
        (code(field), _type(each), _field_words(each, is_required=field in required))
        for field, each in schema.get("properties", {}).items()
    ]
    return assemble(f"### {name}", words, table(("field", "type", ""), rows))


def _field_words(each: Schema, *, is_required: bool) -> str:
    words = str(each.get("description", ""))
    if "default" in each and each["default"] is not None and not is_required:
        words = f"{words} Default: `{each['default']}`.".strip()
    return words


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return _link(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if schema.get("format") == "date-time":
        return "moment"
    if schema.get("type") == "object":
        return "object of texts"
    words = {"string": "text", "integer": "number", "boolean": "true or false"}
    return words.get(schema.get("type", ""), str(schema.get("type", "any")))


def _link(name: str) -> str:
    if name.startswith("Listing_"):
        inner = name.removeprefix("Listing_").removesuffix("_")
        return f"list of {_link(inner)}"
    return f"[{name}](#{name.lower()})"
