"""The description says what the server does: examples are tried, and schemathesis looks for differences."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis import Case
from schemathesis.checks import load_all_checks
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.specs.openapi.checks import positive_data_acceptance

from cleverinvo.app import ROUTES
from cleverinvo.errors import STATUS
from cleverinvo.feed.forms import EventTypes
from cleverinvo.invoices.forms import StatusList
from cleverinvo.reference import openapi
from cleverinvo.reference.examples import EXAMPLES
from cleverinvo.reference.wording import MEANINGS
from cleverinvo.webhooks.addresses import URL_PATTERN
from tests.conftest import PUBLIC_URL, Person
from tests.live import Live, serving

EXAMPLES_TRIED = 20
DESCRIPTION = openapi.build(ROUTES, PUBLIC_URL)
load_all_checks()

UNTHINKABLE = {f"^{pattern}$" for pattern in (URL_PATTERN, EventTypes.PATTERN, StatusList.PATTERN)}
"""Patterns of which hypothesis finds none of exactly the greatest length, though it tries for seconds."""


def thinkable(described: Any) -> Any:
    """The description, but that an address or a list in one text may be of any length."""
    match described:
        case dict():
            left_out = {"maxLength"} if described.get("pattern") in UNTHINKABLE else set()
            return {key: thinkable(value) for key, value in described.items() if key not in left_out}
        case list():
            return [thinkable(one) for one in described]
        case _:
            return described


SCHEMA = schemathesis.openapi.from_dict(thinkable(DESCRIPTION))


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DESCRIPTION["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_the_server_serves_its_description(alice: Person) -> None:
    served = alice.http.get("/docs/api/openapi.json")
    assert served.headers["content-type"] == "application/json"
    assert served.json() == json.loads(json.dumps(DESCRIPTION))


def test_every_route_is_described_once() -> None:
    described = [name for name, _ in operations()]
    assert sorted(described) == sorted(f"{route.method} {route.path}" for route in ROUTES)
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)


def test_every_operation_has_a_summary_and_its_errors() -> None:
    for name, operation in operations():
        assert operation["summary"], name
        assert {"401", "403", "429", "500", "503"} <= operation["responses"].keys(), name


def test_every_error_code_has_a_meaning() -> None:
    assert MEANINGS.keys() == STATUS.keys()


def like(example: Any, answer: Any) -> Any:
    """The answer with the example's ids, moments and signatures, which stand for any."""
    match example:
        case dict():
            return {key: like(example.get(key), value) for key, value in answer.items()}
        case list() if len(example) == len(answer):
            return [like(one, other) for one, other in zip(example, answer, strict=True)]
        case str() if example.startswith(("cli_", "inv_", "pay_", "https://invoices.example/")):
            return example if answer[:4] == example[:4] else answer
        case _:
            return answer


def test_the_examples_are_what_the_server_answers(alice: Person) -> None:
    client = alice.post("/clients", EXAMPLES["POST /api/v1/clients"].request).json()
    invoice_form = {**EXAMPLES["POST /api/v1/invoices"].request, "clientId": client["id"]}
    invoice = alice.post("/invoices", invoice_form).json()
    changed = alice.put(f"/clients/{client['id']}", EXAMPLES["PUT /api/v1/clients/{id}"].request).json()
    sent = alice.patch(f"/invoices/{invoice['id']}", EXAMPLES["PATCH /api/v1/invoices/{id}"].request).json()
    payment_form = EXAMPLES["POST /api/v1/invoices/{id}/payments"].request
    payment = alice.post(f"/invoices/{invoice['id']}/payments", payment_form).json()
    answers = {
        "POST /api/v1/clients": client,
        "PUT /api/v1/clients/{id}": changed,
        "POST /api/v1/invoices": invoice,
        "PATCH /api/v1/invoices/{id}": sent,
        "POST /api/v1/invoices/{id}/payments": payment,
        **{
            f"PUT /api/v1/account/{of}": alice.put(
                f"/account/{of}", EXAMPLES[f"PUT /api/v1/account/{of}"].request
            ).json()
            for of in ("reminders", "late-fees")
        },
    }
    assert answers.keys() == EXAMPLES.keys()
    for name, answer in answers.items():
        example = EXAMPLES[name].answer
        assert like(example, answer) == example, name
        assert list(answer) == list(example), name


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("live"), CLEVERINVO_RATE_LIMIT_BUSINESS="unlimited") as server:
        yield server


@hypothesis_settings(max_examples=EXAMPLES_TRIED, deadline=None, suppress_health_check=list(HealthCheck))
def keep_to_the_description(case: Case, live: Live) -> None:
    if str(case.query.get("wait")).isdecimal():
        case.query["wait"] = min(int(case.query["wait"]), 1)  # that it waits longer is told elsewhere
    case.call_and_validate(
        headers={"Authorization": f"Bearer {live.key}"},
        base_url=f"{live.url}/api/v1",
        # A form that fits its schema may still name a client that does not exist, or end before it begins.
        excluded_checks=[positive_data_acceptance],
    )


@pytest.mark.parametrize("name", [name for name, _ in operations()])
def test_the_server_keeps_to_its_description(name: str, live: Live) -> None:
    """What `schema.parametrize()` does, but the cases are thought up here, not by all who collect."""
    (operation,) = (found.ok() for found in SCHEMA.include(name=name).get_all_operations())
    case_by_case = build_operation_test(
        config=SCHEMA.config,
        operation=operation,
        test_func=keep_to_the_description,
        given_kwargs={},
        feedback=FeedbackSources(),
    )
    case_by_case(live=live)
