"""Every operation of the API's own OpenAPI document, asked with what its schema allows and not.

Bounded: a few examples an operation, the same in every run. What is held: no answer is an error of
the server, and a refusal is the document that the API promises.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from colnode.app import create_app
from colnode.identity import tokens
from colnode.node import Node

EXAMPLES = 4


@pytest.fixture
def program(
    node: Node, make_person: Callable[..., Any], make_organisation: Callable[..., Any]
) -> dict[str, str]:
    """The header of a program that may do everything in a city with one organisation."""
    admin = make_person(is_admin=True)
    make_organisation(owner=admin)
    with node.unit():
        token = tokens.create(node, admin.id, label="all", scopes=list(tokens.scope_names(node)))
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_operation_answers_with_an_error_of_the_server(
    node: Node, program: dict[str, str], mode: GenerationMode
) -> None:
    client: FlaskClient = create_app(node=node).test_client(use_cookies=False)
    document = client.get("/api/openapi.json", base_url="http://localhost:8000").json
    schema = schemathesis.openapi.from_dict(document)
    faults: list[str] = []
    count = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if mode is GenerationMode.POSITIVE or operation.body or operation.query:
            faults += _ask(client, operation, program, mode)
            count += 1
    assert count > 20
    assert faults == []


def _ask(
    client: FlaskClient, operation: Any, program: dict[str, str], mode: GenerationMode
) -> list[str]:
    """What goes wrong with one operation."""
    faults: list[str] = []

    @given(case=operation.as_strategy(mode))
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.explicit, Phase.generate],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        answer = client.open(
            case.formatted_path,
            method=case.method,
            query_string={key: value for key, value in (case.query or {}).items()},
            headers={**program, "Content-Type": case.media_type or "application/json"},
            data=None if not operation.body else json.dumps(case.body, default=str),
            base_url="http://localhost:8000",
        )
        if answer.status_code == 500:
            faults.append(f"{case.method} {case.formatted_path} {case.query} {case.body!r}"[:300])
        elif answer.status_code >= 400 and not answer.is_json:
            faults.append(f"{case.method} {case.formatted_path}: {answer.content_type}")

    ask()
    return faults
