"""`/register`: from a preflight to a registration in forms, without a script, and with harvested text as text."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from node.model.registration import Proof, RegistrationState
from node.node import Node
from node.registration import approve, refuse
from node.storage.registrations import Registrations
from node.visitor_settings import MailSettings, RegistrationSettings, VisitorSettings
from node.web import create_app, forms
from tests.servers.mail import MailServer, mail_server
from tests.servers.registrant import Registrant
from tests.servers.scripted import Seen
from tests.servers.visited_node import visited_node

NOW = dt.datetime.now(dt.UTC)
BROWSER = {"Accept": "text/html"}
TYPED = {
    "name": "observatory",
    "operator": "Example Observatory",
    "country": "FIN",
    "contact": "data@example.org",
    "metadata_license": "CC0-1.0",
}


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def node(tmp_path: Path, mails: MailServer) -> Iterator[Node]:
    mail = MailSettings(host="127.0.0.1", port=mails.port, security="none")
    with visited_node(tmp_path / "home", mail=mail) as node:
        yield node


@pytest.fixture
def client(node: Node) -> FlaskClient:
    return create_app(node).test_client()


@pytest.fixture
def repository() -> Iterator[Registrant]:
    with Registrant() as repository:
        yield repository


def page(answer: TestResponse, status: int = 200) -> Any:
    """Hold a page to what every page must be; return its tree."""
    assert answer.status_code == status and answer.mimetype == "text/html", answer.text[:500]
    tree = html.fromstring(answer.data)
    assert not tree.xpath("//script | //*[@style] | //@*[starts-with(name(), 'on')]")
    assert tree.get("lang") and tree.xpath("//title/text()") and tree.xpath("//main//h1")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    for address in tree.xpath("//form/@action | //link[@rel='stylesheet']/@href"):
        assert address.startswith("/")
    for field in tree.xpath("//main//input[@type != 'hidden'] | //main//select"):
        assert tree.xpath("//label[@for = $id]", id=field.get("id"))
        assert tree.xpath("//*[@id = $id]", id=field.get("aria-describedby"))
    assert len(set(tree.xpath("//@id"))) == len(tree.xpath("//@id"))
    return tree


def form(tree: Any, action: str) -> tuple[str, dict[str, str]]:
    """Return a form's action and what a browser would send of it."""
    (found,) = [each for each in tree.forms if re.search(action, each.get("action"))]
    return found.get("action"), dict(found.form_values())


def send(client: FlaskClient, tree: Any, action: str, **typed: str) -> TestResponse:
    address, values = form(tree, action)
    return client.post(address, data={**values, **typed}, headers=BROWSER)


def registered(client: FlaskClient, repository: Registrant, **typed: str) -> Any:
    start = page(client.get("/register"))
    report = page(send(client, start, "preflight", url=repository.url))
    return page(send(client, report, "/register$", **{**TYPED, **typed}), 201)


def test_a_repository_is_looked_over_registered_and_proven_by_forms_alone(
    client: FlaskClient, node: Node, repository: Registrant
) -> None:
    start = page(client.get("/register"))
    report = page(send(client, start, "preflight", url=repository.url))
    text = report.text_content()
    for said in ("OAI-PMH 2.0", "persistent", "YYYY-MM-DDThh:mm:ssZ", "oai_datacite", "data:software", "60 records on"):
        assert said in text
    assert "preflight.format-richer" in text and "R1.2-02" in text and "oai:sample.example:" in text

    opened = page(send(client, report, "/register$", **TYPED, interval="604800"), 201)
    (token,) = opened.xpath("//pre/code/text()")
    repository.prove(token)
    proven = page(send(client, opened, "verify"))

    assert "It is proven" in proven.text_content()
    (kept,) = Registrations(node.database).all(NOW)
    assert (kept.state, kept.proof) == (RegistrationState.PROVEN, Proof.FILE)
    assert kept.application.interval == 604800 and kept.application.url == repository.url
    standing = f"/register/{kept.id}"
    assert token not in client.get(standing).text and TYPED["contact"] not in client.get(standing).text
    approve(node, kept.id, NOW)
    accepted = page(client.get(standing))
    assert accepted.xpath("//a[@href = '/sources/observatory']")


def test_the_mail_leads_to_a_page_whose_button_confirms(
    client: FlaskClient, node: Node, repository: Registrant, mails: MailServer
) -> None:
    opened = registered(client, repository)
    sent = page(send(client, opened, "mail"))
    assert "admin@sample.example" in sent.text_content()
    assert not [each for each in sent.forms if "mail" in each.get("action")]
    (link,) = [word for word in mails.mails[-1][1].get_content().split() if "/register/confirm" in word]

    asked = page(client.get(link.removeprefix(node.settings.base_url)))
    (kept,) = Registrations(node.database).all(NOW)
    assert kept.state is RegistrationState.PENDING  # what looks at links in mails confirms nothing
    assert "Example Observatory" in asked.text_content() and repository.url in asked.text_content()
    confirmed = page(send(client, asked, "confirm"))

    assert "It is proven" in confirmed.text_content()
    assert Registrations(node.database).get(kept.id, NOW).proof is Proof.MAIL


def test_what_is_wrong_is_told_beside_the_field_and_what_was_typed_stays(
    client: FlaskClient, repository: Registrant
) -> None:
    report = page(send(client, page(client.get("/register")), "preflight", url=repository.url))
    wrong = {"country": "Atlantis", "contact": "nobody", "entitlements": "urn:geant:example.org:group:sea readers"}

    again = page(send(client, report, "/register$", **{**TYPED, **wrong}), 422)

    assert again.xpath("//*[@role = 'alert']//li[starts-with(., 'country')]")
    assert "not a country" in again.xpath("string(//*[@id = 'country-note'])")
    _, values = form(again, "/register$")
    assert (values["operator"], values["country"], values["url"]) == (TYPED["operator"], "Atlantis", repository.url)
    assert "group:GROUP" in again.xpath("string(//*[@id = 'entitlements-note'])")
    assert values["entitlements"] == wrong["entitlements"]
    right = {"country": "FIN", "contact": TYPED["contact"], "entitlements": "urn:geant:example.org:group:sea"}
    assert page(send(client, again, "/register$", **right), 201) is not None


def test_an_address_that_is_none_is_told_before_anything_is_asked(client: FlaskClient) -> None:
    again = page(send(client, page(client.get("/register")), "preflight", url="file:///etc/passwd"), 422)

    assert "http or https" in again.xpath("string(//*[@id = 'url-note'])")


def test_a_repository_that_cannot_be_harvested_gets_no_form_to_register(client: FlaskClient) -> None:
    report = page(send(client, page(client.get("/register")), "preflight", url="http://127.0.0.1:9/oai"))

    assert "cannot be harvested" in report.text_content() and report.xpath("//*[@role = 'alert']//code")
    assert not report.xpath("//form")


def test_text_of_a_repository_is_shown_as_text(client: FlaskClient) -> None:
    hostile = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"

    def spoil(seen: Seen, document: str) -> str:
        document = document.replace("Sample of invented research infrastructures", hostile)
        document = document.replace("admin@sample.example", hostile)
        return document.replace("<identifier>oai:", f"<identifier>oai:{hostile}")

    with Registrant(spoil) as repository:
        answer = send(client, page(client.get("/register")), "preflight", url=repository.url)

    tree = page(answer)
    assert "<script" not in answer.text and "<img" not in answer.text
    assert "<script>alert(1)</script>" in tree.xpath("string(//h1)")
    assert any("<script>" in text for text in tree.xpath("//dd/text()"))


@pytest.mark.parametrize("path", ["/register", "/register/preflight", "/register/confirm"])
@pytest.mark.parametrize("token", ["", "made-up", "form.x.y"])
def test_a_form_of_another_making_is_refused(client: FlaskClient, path: str, token: str) -> None:
    answer = client.post(path, data={"url": "http://127.0.0.1:9/", "form_token": token}, headers=BROWSER)

    assert page(answer, 400).xpath("//code[contains(., 'request.refused')]")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_that_another_site_sends_is_refused(client: FlaskClient, node: Node, site: str) -> None:
    _, values = form(page(client.get("/register")), "preflight")

    answer = client.post(
        "/register/preflight",
        data={**values, "url": "http://127.0.0.1:9/"},
        headers={**BROWSER, "Sec-Fetch-Site": site},
    )

    page(answer, 403)


def test_a_form_that_was_open_for_too_long_is_refused(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    start = page(client.get("/register"))
    monkeypatch.setattr(forms, "_SECONDS", -1)

    page(send(client, start, "preflight", url="http://127.0.0.1:9/"), 400)


def test_a_form_that_is_too_large_is_refused(client: FlaskClient) -> None:
    answer = send(client, page(client.get("/register")), "preflight", url="http://127.0.0.1:9/" + "a" * 100_000)

    page(answer, 413)


def test_a_proof_that_is_not_there_yet_loses_nothing(client: FlaskClient, repository: Registrant) -> None:
    opened = registered(client, repository)
    (token,) = opened.xpath("//pre/code/text()")

    again = page(send(client, opened, "verify"), 409)

    assert "answered 404" in again.xpath("string(//*[@role = 'alert'])")
    assert again.xpath("//pre/code/text()") == [token]
    repository.prove(token)
    assert "It is proven" in page(send(client, again, "verify")).text_content()


def test_a_line_that_is_not_of_the_registration_is_not_shown(client: FlaskClient, repository: Registrant) -> None:
    opened = registered(client, repository)

    again = page(send(client, opened, "verify", token="put this on your server"), 409)

    assert not again.xpath("//pre") and "put this" not in again.text_content()


def test_a_name_that_is_taken_leaves_the_form_as_it_was_filled(client: FlaskClient, repository: Registrant) -> None:
    registered(client, repository)
    report = page(send(client, page(client.get("/register")), "preflight", url=repository.url))

    again = page(send(client, report, "/register$", **TYPED), 409)

    assert "open already" in again.xpath("string(//*[@role = 'alert'])")
    assert form(again, "/register$")[1]["operator"] == TYPED["operator"]


def test_protocols_are_named_as_people_know_them(client: FlaskClient) -> None:
    offered = page(client.get("/register")).xpath("//select[@name = 'kind']/option")

    assert (offered[0].get("value"), offered[0].text) == ("oai-pmh", "OAI-PMH")
    assert {each.get("value") for each in offered} >= {"ckan", "dcat", "csw", "ldes", "sitemap"}


def test_nothing_is_said_to_be_well_that_was_not_looked_at(client: FlaskClient) -> None:
    report = page(send(client, page(client.get("/register")), "preflight", url="http://127.0.0.1:9/oai"))

    assert "Nothing was found" not in report.text_content()


def test_an_unproven_file_and_an_unknown_registration_are_pages(client: FlaskClient, repository: Registrant) -> None:
    opened = registered(client, repository)

    page(send(client, opened, "verify"), 409)
    page(client.get("/register/" + "0" * 32, headers=BROWSER), 404)
    page(client.get("/register/confirm?id=nobody&token=x", headers=BROWSER), 404)


def test_a_refused_registration_says_why(client: FlaskClient, node: Node, repository: Registrant) -> None:
    registered(client, repository)
    (kept,) = Registrations(node.database).all(NOW)
    refuse(node, kept.id, "no research <data>", NOW)

    assert "no research <data>" in page(client.get(f"/register/{kept.id}")).text_content()


def test_a_closed_node_and_a_busy_client_are_pages(tmp_path: Path) -> None:
    with visited_node(tmp_path / "closed", registration=RegistrationSettings(open=False)) as node:
        page(create_app(node).test_client().get("/register", headers=BROWSER), 403)
    with visited_node(tmp_path / "busy", visitors=VisitorSettings(per_hour=1)) as node:
        client = create_app(node).test_client()
        start = page(client.get("/register"))
        send(client, start, "preflight", url="http://127.0.0.1:9/")
        answer = send(client, start, "preflight", url="http://127.0.0.1:9/")
        assert page(answer, 429) is not None and int(answer.headers["Retry-After"]) > 0


def test_a_node_without_a_mail_server_offers_no_mail(tmp_path: Path, repository: Registrant) -> None:
    with visited_node(tmp_path / "silent") as node:
        opened = registered(create_app(node).test_client(), repository)

    assert [each.get("action").rpartition("/")[2] for each in opened.forms] == ["verify"]
