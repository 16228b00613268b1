"""`/api/v1`: every answer is as the OpenAPI document promises, and strangers get no more than their share."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from node.node import Node
from node.settings import FetchSettings
from node.visitor_settings import MailSettings, PreflightSettings, RegistrationSettings, VisitorSettings
from node.web import create_app
from node.web.api import bp
from tests.servers.mail import mail_server
from tests.servers.registrant import Registrant
from tests.servers.scripted import Answer, Scripted, Seen
from tests.servers.visited_node import LOOPBACK, visited_node

ASKED = {
    "name": "observatory",
    "operator": "Example Observatory",
    "country": "FIN",
    "contact": "data@example.org",
    "metadata_license": "CC0-1.0",
}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with visited_node(tmp_path_factory.mktemp("home")) as node:
        yield node


@pytest.fixture
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


@pytest.fixture
def repository() -> Iterator[Registrant]:
    with Registrant() as repository:
        yield repository


@pytest.fixture(scope="module")
def described(node: Node) -> dict[str, Any]:
    document: dict[str, Any] = create_app(node).test_client().get("/api/v1/openapi.json").json
    return document


def check(described: Mapping[str, Any], path: str, method: str, answer: TestResponse) -> Any:
    """Hold an answer to its schema; return its value."""
    response = described["paths"][path][method]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = described["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"][answer.mimetype]["schema"]
    Draft202012Validator({**schema, "components": described["components"]}).validate(answer.json)
    for name in response.get("headers", {}):
        assert name in answer.headers
    return answer.json


def test_the_description_is_valid_and_names_every_address(node: Node, described: dict[str, Any]) -> None:
    validate(described)
    rules = {
        (rule.rule.replace("<key>", "{key}"), method.lower())
        for rule in create_app(node).url_map.iter_rules()
        if rule.endpoint.startswith(f"{bp.name}.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert {(path, method) for path, item in described["paths"].items() for method in item} == rules
    assert described["servers"] == [{"url": "http://127.0.0.1:8000"}]


def test_a_preflight_needs_no_login(client: FlaskClient, repository: Registrant, described: dict[str, Any]) -> None:
    answer = client.post("/api/v1/preflight", json={"url": repository.url, "sample": 20, "sets": ["data:software"]})

    report = check(described, "/api/v1/preflight", "post", answer)
    assert answer.status_code == 200 and report["verdict"] == "ready"
    assert report["repository"]["granularity"] == "YYYY-MM-DDThh:mm:ssZ"
    assert (report["sample"]["records"], report["sample"]["whole"]) == (16, True)
    assert {seen.get("set") for seen in repository.seen if seen.get("verb") == "ListRecords"} <= {"data:software", None}
    assert all(fix["examples"][0]["identifier"] for fix in report["fixes"])


def test_a_repository_that_does_not_answer_is_a_report_and_not_an_error(
    client: FlaskClient, described: dict[str, Any]
) -> None:
    answer = client.post("/api/v1/preflight", json={"url": "http://127.0.0.1:9/oai"})

    report = check(described, "/api/v1/preflight", "post", answer)
    assert (report["verdict"], report["repository"]) == ("failed", None) and report["error"]["advice"]


def test_a_sample_larger_than_the_nodes_limit_is_refused(client: FlaskClient, described: dict[str, Any]) -> None:
    answer = client.post("/api/v1/preflight", json={"url": "https://example.org/oai", "sample": 61})

    problem = check(described, "/api/v1/preflight", "post", answer)
    assert answer.status_code == 422
    assert problem["errors"] == [{"member": "sample", "detail": "must be a whole number from 1 to 60"}]


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"url": "https://a.example/", "url": "https://b.example/"}', "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b'"' + b"a" * 70_000 + b'"', "application/json", 413),
        (b"{}", "application/json", 422),
        (b'{"url": "https://example.org/oai", "depth": 9}', "application/json", 422),
        (b'{"url": "file:///etc/passwd"}', "application/json", 422),
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/preflight", "/api/v1/registrations"])
def test_what_is_no_request_is_a_problem_document(
    client: FlaskClient, described: dict[str, Any], path: str, data: bytes, content_type: str, status: int
) -> None:
    answer = client.post(path, data=data, content_type=content_type)

    assert answer.status_code == status
    assert check(described, path, "post", answer)["code"] == "request.refused"


def test_a_registration_is_opened_proven_and_looked_at(
    client: FlaskClient, repository: Registrant, described: dict[str, Any]
) -> None:
    path = "/api/v1/registrations"
    answer = client.post(path, json={**ASKED, "url": repository.url})
    opened = check(described, path, "post", answer)
    assert answer.status_code == 201 and answer.headers["Cache-Control"] == "no-store"
    assert opened["prove"]["mail"] is None
    one = answer.headers["Location"]
    seen = client.get(one)
    assert check(described, f"{path}/{{key}}", "get", seen)["state"] == "pending"
    assert opened["prove"]["file"]["content"] not in seen.text and ASKED["contact"] not in seen.text

    early = client.post(opened["prove"]["verify"])
    repository.prove(opened["prove"]["file"]["content"])
    proven = client.post(opened["prove"]["verify"])

    assert check(described, f"{path}/{{key}}/verify", "post", early)["code"] == "registration.unproven"
    value = check(described, f"{path}/{{key}}/verify", "post", proven)
    assert (value["state"], value["proof"], value["expires"], value["source"]) == ("proven", "file", None, None)
    again = client.post(path, json={**ASKED, "url": repository.url})
    assert again.status_code == 409 and check(described, path, "post", again)["advice"]


def test_a_mail_is_sent_over_the_api(tmp_path: Path, repository: Registrant, described: dict[str, Any]) -> None:
    with mail_server() as server:
        mail = MailSettings(host="127.0.0.1", port=server.port, security="none")
        with visited_node(tmp_path, mail=mail) as node:
            client = create_app(node).test_client()
            opened = client.post("/api/v1/registrations", json={**ASKED, "url": repository.url}).json
            server.refuses = True

            refused = client.post(opened["prove"]["mail"])
            server.refuses = False
            sent = client.post(opened["prove"]["mail"])
            again = client.post(opened["prove"]["mail"])

    path = "/api/v1/registrations/{key}/mail"
    assert check(described, path, "post", refused)["code"] == "mail.failed"
    assert check(described, path, "post", sent) == {"sent_to": "admin@sample.example"}
    assert [answer.status_code for answer in (refused, sent, again)] == [502, 202, 409]
    assert len(server.mails) == 1


@pytest.mark.parametrize(("method", "rest"), [("get", ""), ("post", "/verify"), ("post", "/mail")])
def test_an_unknown_registration_is_not_found(
    client: FlaskClient, described: dict[str, Any], method: str, rest: str
) -> None:
    answer = client.open(f"/api/v1/registrations/{'0' * 32}{rest}", method=method.upper())

    assert answer.status_code == 404
    check(described, f"/api/v1/registrations/{{key}}{rest}", method, answer)


def test_a_closed_node_says_so(tmp_path: Path, described: dict[str, Any]) -> None:
    with visited_node(tmp_path, registration=RegistrationSettings(open=False)) as node:
        answer = create_app(node).test_client().post("/api/v1/registrations", json={})

    assert answer.status_code == 403
    assert check(described, "/api/v1/registrations", "post", answer)["code"] == "registration.closed"


# Strangers and their share


def test_a_visitor_never_reaches_what_only_the_operator_may(
    tmp_path: Path, repository: Registrant, described: dict[str, Any]
) -> None:
    with visited_node(tmp_path, fetch=FetchSettings(allow_networks=(LOOPBACK,))) as node:
        answer = create_app(node).test_client().post("/api/v1/preflight", json={"url": repository.url})

    report = check(described, "/api/v1/preflight", "post", answer)
    assert report["error"]["code"] == "fetch.address-refused" and report["repository"] is None
    assert repository.seen == []


def test_a_redirect_into_a_private_network_is_not_followed(tmp_path: Path) -> None:
    with Scripted([Answer(b"secret")]) as inside:
        location = f"http://127.0.0.2:{inside.port}/latest/meta-data"
        with Scripted([Answer(status=302, headers={"Location": location})]) as outside:
            fetch = FetchSettings(visitor_networks=("127.0.0.1/32",), allow_networks=(LOOPBACK,), retries=0)
            with visited_node(tmp_path, fetch=fetch) as node:
                answer = create_app(node).test_client().post("/api/v1/preflight", json={"url": outside.url})

        assert inside.seen == []
    assert answer.json["error"]["code"] == "fetch.address-refused"


def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path, described: dict[str, Any]) -> None:
    with visited_node(tmp_path, visitors=VisitorSettings(per_hour=2)) as node:
        client = create_app(node).test_client()

        answers = [client.post("/api/v1/preflight", json={}) for _ in range(3)]
        other = client.post("/api/v1/preflight", json={}, environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
        spoofed = client.post("/api/v1/preflight", json={}, headers={"X-Forwarded-For": "192.0.2.8"})

    assert [answer.status_code for answer in answers] == [422, 422, 429]
    problem = check(described, "/api/v1/preflight", "post", answers[2])
    assert problem["code"] == "request.too-many" and 0 < int(answers[2].headers["Retry-After"]) <= 1801
    assert (other.status_code, spoofed.status_code) == (422, 429)


def test_so_many_preflights_run_at_once(tmp_path: Path, described: dict[str, Any]) -> None:
    going, go_on = threading.Event(), threading.Event()

    def wait(seen: Seen, document: str) -> str:
        going.set()
        go_on.wait(20)
        return document

    with (
        Registrant(wait) as repository,
        visited_node(tmp_path, preflight=PreflightSettings(concurrency=1, seconds=30, sample=10)) as node,
    ):
        app = create_app(node)
        answers: list[TestResponse] = []

        def ask() -> None:
            answers.append(app.test_client().post("/api/v1/preflight", json={"url": repository.url}))

        first = threading.Thread(target=ask)
        first.start()
        assert going.wait(10)
        second = app.test_client().post("/api/v1/preflight", json={"url": repository.url})
        go_on.set()
        first.join()
        third = app.test_client().post("/api/v1/preflight", json={"url": repository.url})

    assert second.status_code == 429 and int(second.headers["Retry-After"]) > 0
    check(described, "/api/v1/preflight", "post", second)
    assert [answer.status_code for answer in (*answers, third)] == [200, 200]


def test_a_preflight_takes_no_longer_than_was_set(tmp_path: Path) -> None:
    def slow(seen: Seen, document: str) -> str:
        time.sleep(0.15)
        return document

    with (
        Registrant(slow, page_size=5) as repository,
        visited_node(tmp_path, preflight=PreflightSettings(seconds=3, sample=60)) as node,
    ):
        begun = time.monotonic()
        answer = create_app(node).test_client().post("/api/v1/preflight", json={"url": repository.url})
        took = time.monotonic() - begun

    # Without a limit the sample alone would take many times as long; a busy machine may add a little.
    assert took < 4
    assert answer.json["verdict"] == "findings" and 0 < answer.json["sample"]["checked"] < 60
    assert "preflight.cut-short" in {fix["code"] for fix in answer.json["conformance"]}
