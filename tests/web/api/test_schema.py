"""REST keeps what its OpenAPI document says, for inputs that nobody thought of."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from tests.flows.home import ADMIN, open_home
from tests.web.api.rest import mounted

from lenskeep.flows.people import new_token

EXAMPLES = 5
"""A route; the whole stays within seconds."""


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The document of a house with one device, and a token that may do everything."""
    with open_home(tmp_path_factory.mktemp("house")) as home:
        asyncio.run(home.enroll(1))
        _, secret = asyncio.run(new_token(home.house, ADMIN, "schema", "admin"))
        schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", mounted(home))
        schema.config.headers = {"Authorization": f"Bearer {secret.reveal()}"}
        yield schema


def test_no_input_leads_beyond_the_document(described: Any) -> None:
    """No error of ours, no status, type or shape that is not documented, nothing wrong accepted.

    Whether everything that fits the shapes is accepted is not asked: what is no LocURI is
    refused by its meaning.
    """
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 20

    for operation in operations:
        _try(operation, GenerationMode.POSITIVE)
        if _can_be_wrong(operation):
            _try(operation, GenerationMode.NEGATIVE)


def _can_be_wrong(operation: Any) -> bool:
    """Return whether it takes words at all: nothing can be wrong with a question without any."""
    raw = operation.definition.raw
    return bool(raw.get("parameters") or raw.get("requestBody") or operation.method == "post")


def _try(operation: Any, mode: GenerationMode) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def asked(case: Any) -> None:
        if mode is GenerationMode.POSITIVE and "/devices/{id}" in operation.path:
            case.path_parameters["id"] = "dev_1"
        if mode is GenerationMode.POSITIVE and isinstance(case.body, dict) and "uri" in case.body:
            case.body["uri"] = "./DevDetail/SwV"
        case.call_and_validate(excluded_checks=[checks.positive_data_acceptance])

    asked()
