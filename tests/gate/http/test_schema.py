"""Calls made up from the OpenAPI, right ones and wrong ones: no accident, no answer that is not in it."""

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import positive_data_acceptance

from amlsec.gate.http.routes import router
from amlsec.gate.http.spooling import MEDIA
from amlsec.gate.http.values import IN_WORDS

SERVED = []
"""The application that is called; tests are collected before there is one."""
BY_MEANING = {"submit", "rotate_root", "protect", "set_policy", "make_token", "rollback", "model", "register", "review"}
"""Operations that may refuse what the schema lets through: files, TOML, odd letters, a source where the role has none."""
REFUSED = ["400", "401", "403", "404", "405", "408", "409", "413", "414", "415", "422", "429", "431"]
CONFIG = {
    "generation": {"deterministic": True},
    "phases": {"coverage": {"enabled": False}},
    "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
}


async def latest(scope, receive, send):
    await SERVED[-1](scope, receive, send)


def described():
    """The OpenAPI, which is the same for every gate; that schemathesis takes tuples for lists does no harm."""
    app = FastAPI(title="amlsec gate")
    app.include_router(router)
    told = app.openapi()
    told["components"]["schemas"]["SourceRecord"]["properties"]["likelihood"] = {
        "type": "array",
        "items": {"type": "number"},
    }
    return told


schemathesis.serializer.alias(sorted(set(MEDIA) - {"application/octet-stream"}), "application/octet-stream")
schema = schemathesis.openapi.from_dict(described(), config=SchemathesisConfig.from_dict(CONFIG))
schema.app = latest


@pytest.fixture
def admin(wild_place):
    SERVED.append(wild_place.app)
    yield wild_place.callers["administrating program"]
    SERVED.pop()


@schema.parametrize()
@settings(max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_no_call_is_an_accident(admin, case):
    by_meaning = case.operation.definition.raw["operationId"] in BY_MEANING
    case.call_and_validate(headers=admin, excluded_checks=[positive_data_acceptance] if by_meaning else [])


def patterns(told):
    """All that stand in an OpenAPI."""
    if isinstance(told, list):
        return {found for one in told for found in patterns(one)}
    if not isinstance(told, dict):
        return set()
    here = {told["pattern"]} if isinstance(told.get("pattern"), str) else set()
    return here | patterns(list(told.values()))


def test_every_pattern_is_told_in_words():
    assert patterns(schema.raw_schema) == set(IN_WORDS)


def test_it_says_who_may_call_what(place):
    told = place.call("GET", "/api/v1/openapi.json", "nobody").json()["paths"]
    assert told["/api/v1/queue"]["get"]["x-roles"] == ["admin", "reviewer"]
    assert told["/api/v1/submissions"]["post"]["x-roles"] == ["admin", "submitter"]
    assert told["/api/v1/session"]["post"]["x-roles"] == ["admin", "anyone", "reviewer", "submitter"]
    operations = [operation for methods in told.values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["description"] or operation["summary"] for operation in operations)
    assert "submissions" in [tag for operation in operations for tag in operation["tags"]]
