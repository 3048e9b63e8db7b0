"""REST: the OpenAPI document is public, complete, and true."""

from typing import Any

import pytest
from tests.flows.home import Home
from tests.web.api.rest import Rest

from lenskeep.web.api.app import describe, make_api


@pytest.fixture
def document(home: Home) -> dict[str, Any]:
    """The document."""
    return describe(make_api(home.house))


async def test_the_document_needs_no_token(rest: Rest) -> None:
    answer = await rest.ask("GET", "/openapi.json", scope=None)

    assert answer.status_code == 200
    assert answer.json()["servers"] == [{"url": "/api/v1"}]


def test_every_operation_has_a_summary_a_name_and_the_security_scheme(
    document: dict[str, Any],
) -> None:
    operations = [each for path in document["paths"].values() for each in path.values()]

    assert all(each["summary"] and each["security"] == [{"HTTPBearer": []}] for each in operations)
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names)
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_every_error_is_documented_as_a_problem(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            errors = {
                status: answer["content"]
                for status, answer in operation["responses"].items()
                if int(status) >= 400
            }

            assert {"401", "403", "422", "503"} <= errors.keys()
            for content in errors.values():
                assert list(content) == ["application/problem+json"]
    assert "Problem" in document["components"]["schemas"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = list(_references(document))

    assert found
    for reference in found:
        name = reference.removeprefix("#/components/schemas/")
        assert name in document["components"]["schemas"], reference


def _references(value: object) -> Any:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
