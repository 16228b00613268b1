"""Repositories that register themselves: what is asked for, the two proofs, and the source that comes of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from node.errors import Conflict, NotFound
from node.model.label import Access, PersonalData
from node.model.registration import Proof, Registration, RegistrationState
from node.model.source import Source
from node.node import Node
from node.pipeline import harvest_source
from node.registration import WELL_KNOWN, apply, approve, confirm, proof_url, refuse, send_confirmation, verify
from node.settings import FetchSettings
from node.storage.database import Database
from node.storage.registrations import MAILS_PER_ADDRESS, Registrations
from node.syntax import JsonValue
from node.visitor_errors import MailError, RegistrationClosed, RequestRefused, Unproven
from node.visitor_settings import MailSettings, RegistrationSettings
from tests.servers.mail import mail_server
from tests.servers.registrant import Registrant
from tests.servers.scripted import Answer, Scripted, Seen
from tests.servers.visited_node import visited_node

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ASKED: dict[str, JsonValue] = {
    "name": "observatory",
    "url": "https://repository.example.org/oai",
    "operator": "Example Observatory",
    "country": "Finland",
    "contact": "data@example.org",
    "metadata_license": "CC0-1.0",
}


def asked(**more: JsonValue) -> dict[str, JsonValue]:
    return {**ASKED, **more}


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    with visited_node(tmp_path / "home") as node:
        yield node


@pytest.fixture
def repository() -> Iterator[Registrant]:
    with Registrant() as repository:
        yield repository


def opened(node: Node, repository: Registrant, **more: JsonValue) -> tuple[str, str]:
    registration, token = apply(node, asked(url=repository.url, **more), NOW)
    return registration.id, token


# What is asked for


def test_what_is_asked_for_is_kept_in_the_words_of_a_source(node: Node) -> None:
    group = "urn:geant:example.org:group:sea"
    more = {"data_access": "registered", "data_zones": ["EU"], "data_personal": "none", "entitlements": [group]}

    registration, _ = apply(
        node, asked(sets=["a", "b", "a"], interval=3600, min_records=10, max_records=20, agreement=dict(more)), NOW
    )

    kept = Registrations(node.database).get(registration.id, NOW)
    assert kept == registration and kept.state is RegistrationState.PENDING
    application, agreement = kept.application, kept.application.agreement
    assert (application.kind, application.metadata_prefix, application.set_specs) == ("oai-pmh", "oai_dc", ("a", "b"))
    assert (application.interval, application.bounds.min_records, application.bounds.max_records) == (3600, 10, 20)
    assert (agreement.country, agreement.operator, agreement.contact) == (
        "FIN",
        "Example Observatory",
        ASKED["contact"],
    )
    assert agreement.metadata_license == "http://publications.europa.eu/resource/authority/licence/CC0"
    assert (agreement.data_access, agreement.data_personal) == (Access.REGISTERED, PersonalData.NONE)
    assert agreement.entitlements == (group,) and agreement.identity_assurance == ""


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", "Observatory"),
        ("name", "-x"),
        ("name", "a" * 64),
        ("name", None),
        ("url", "ftp://example.org/oai"),
        ("url", "https://user:secret@example.org/oai"),
        ("url", "https://example.org/oai#part"),
        ("url", "https://example.org/" + "a" * 2000),
        ("url", 7),
        ("kind", "gopher"),
        ("sets", ["a" * 301]),
        ("sets", ["a"] * 51),
        ("sets", [1]),
        ("sets", {"a": 1}),
        ("operator", ""),
        ("operator", "line\nbreak"),
        ("country", "Atlantis"),
        ("contact", "nobody"),
        ("contact", "a@b.example\nBcc: all@example.org"),
        ("metadata_license", "do what you like"),
        ("interval", 3599),
        ("interval", "soon"),
        ("interval", True),
        ("min_records", -1),
        ("max_records", 10**10),
        ("agreement", "all of it"),
        ("agreement.data_access", "secret"),
        ("agreement.data_zones", "EU"),
        ("agreement.data_assurance", 9),
        ("agreement.operator", "Somebody else"),
        ("agreement.review", "whenever"),
        ("agreement.peers", ["north"]),
        ("agreement.entitlements", ["urn:geant:example.org:res:a"]),
        ("agreement.entitlements", "urn:geant:example.org:group:sea"),
        ("agreement.record_floor", {}),
        ("agreement.data_floor", {"access": "public"}),
        ("agreement.sets", []),
        ("agreement.defaults", {}),
        ("password", "hunter2"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(node: Node, member: str, value: JsonValue) -> None:
    section, _, key = member.partition(".")
    values = asked(**{section: {key: value} if key else value})

    with pytest.raises(RequestRefused) as refused:
        apply(node, values, NOW)

    (named,) = [name for name, _ in refused.value.errors]
    assert named == member or (named == "agreement" and section == "agreement")
    assert Registrations(node.database).all(NOW) == ()


def test_every_fault_is_told_at_once(node: Node) -> None:
    with pytest.raises(RequestRefused) as refused:
        apply(node, {"url": "nowhere", "interval": 1, "surprise": 1}, NOW)

    told = {name for name, _ in refused.value.errors}
    assert {"url", "interval", "surprise", "name", "operator", "country", "contact", "metadata_license"} == told


# Names and addresses


@pytest.mark.parametrize(
    "more",
    [
        {"name": "observatory"},
        {"name": "other", "url": "https://repository.example.org/oai"},
        {"name": "other", "url": "HTTPS://Repository.example.org/oai/"},
    ],
)
def test_a_source_keeps_its_name_and_its_address(node: Node, more: dict[str, JsonValue]) -> None:
    node.sources.add(Source(name="observatory", url="https://repository.example.org/oai"), NOW)

    with pytest.raises(Conflict):
        apply(node, asked(**{"url": "https://new.example.org/oai", **more}), NOW)


@pytest.mark.parametrize(
    "more",
    [{"url": "https://new.example.org/oai"}, {"name": "other"}, {"name": "other", "url": f"{ASKED['url']}/"}],
)
def test_one_registration_is_open_for_each_name_and_address(node: Node, more: dict[str, JsonValue]) -> None:
    first, _ = apply(node, asked(), NOW)

    with pytest.raises(Conflict):
        apply(node, asked(**more), NOW)

    refuse(node, first.id, "a mistake", NOW)
    assert apply(node, asked(**more), NOW)


def registration(key: str, **more: object) -> Registration:
    from node.registration.rules import application

    plain = application(asked(), {"oai-pmh": "oai_dc"}, NOW.date())
    naive = NOW.replace(tzinfo=None)
    made = Registration(
        id=key,
        application=dataclasses.replace(plain, name=key, url=f"https://{key}.example.org/oai"),
        state=RegistrationState.PENDING,
        created=naive,
        expires=naive + 7 * DAY,
        file_digest="0" * 64,
    )
    return dataclasses.replace(made, **more)  # type: ignore[arg-type]


def test_registrations_are_kept_on_every_database(database: Database) -> None:
    store = Registrations(database)
    one = registration("one")

    store.add(one, most=2)
    store.prove("one", Proof.MAIL, NOW)

    assert store.get("one", NOW + 400 * DAY) == dataclasses.replace(
        one, state=RegistrationState.PROVEN, proof=Proof.MAIL, proven=NOW.replace(tzinfo=None)
    )
    store.add(registration("two"), most=2)
    with pytest.raises(RegistrationClosed):
        store.add(registration("three"), most=2)
    assert [item.id for item in store.all(NOW, RegistrationState.PENDING)] == ["two"]


def test_what_is_not_proven_in_time_is_forgotten(database: Database) -> None:
    store = Registrations(database)
    store.add(registration("one"), most=9)

    with pytest.raises(NotFound):
        store.get("one", NOW + 7 * DAY)
    store.add(
        dataclasses.replace(registration("one"), id="again", created=(NOW + 7 * DAY).replace(tzinfo=None)), most=9
    )

    assert [item.id for item in store.all(NOW)] == ["again"]


def test_what_was_refused_is_forgotten_later(database: Database) -> None:
    store = Registrations(database)
    store.add(registration("one"), most=9)
    store.decide("one", RegistrationState.REFUSED, NOW, "not ours")

    assert store.all(NOW + 179 * DAY)[0].reason == "not ours"
    assert store.all(NOW + 181 * DAY) == ()


def test_only_a_proven_registration_is_accepted_and_only_once(database: Database) -> None:
    store = Registrations(database)
    store.add(registration("one"), most=9)

    with pytest.raises(Conflict):
        store.decide("one", RegistrationState.ACCEPTED, NOW)
    store.prove("one", Proof.FILE, NOW)
    store.decide("one", RegistrationState.ACCEPTED, NOW)
    for state in (RegistrationState.ACCEPTED, RegistrationState.REFUSED):
        with pytest.raises(Conflict):
            store.decide("one", state, NOW)


def test_a_closed_node_takes_none(tmp_path: Path) -> None:
    with (
        visited_node(tmp_path, registration=RegistrationSettings(open=False)) as node,
        pytest.raises(RegistrationClosed),
    ):
        apply(node, asked(), NOW)


# The file


def test_the_file_with_the_token_proves_control_and_a_steward_makes_the_source(
    node: Node, repository: Registrant
) -> None:
    key, token = opened(node, repository, interval=7200)
    repository.prove(token)

    proven = verify(node, key, NOW)
    with pytest.raises(NotFound):
        node.sources.get("observatory")
    source = approve(node, key, NOW)

    assert (proven.state, proven.proof) == (RegistrationState.PROVEN, Proof.FILE)
    assert node.sources.get("observatory").source == source
    assert (source.url, source.interval, source.agreement.country) == (repository.url, 7200, "FIN")
    assert Registrations(node.database).get(key, NOW).state is RegistrationState.ACCEPTED
    assert node.schedule.due(dt.datetime.now(dt.UTC)) == ("observatory",)
    run = harvest_source(node, "observatory", now=lambda: dt.datetime.now(dt.UTC))
    assert run.balanced and run.listed == 312


def test_nobody_has_to_approve_where_the_operator_says_so(tmp_path: Path, repository: Registrant) -> None:
    with visited_node(tmp_path, registration=RegistrationSettings(approval="automatic")) as node:
        key, token = opened(node, repository)
        repository.prove(token)

        assert verify(node, key, NOW).state is RegistrationState.ACCEPTED
        assert node.sources.get("observatory").source.url == repository.url


def test_only_a_digest_of_the_token_is_kept(node: Node, repository: Registrant) -> None:
    key, token = opened(node, repository)

    kept = Registrations(node.database).get(key, NOW)

    assert token not in repr(kept) and len(token) >= 43
    assert token.encode() not in (node.settings.home / "node.db").read_bytes()


@pytest.mark.parametrize("body", [b"", b"another token", "tökén".encode(), b"\x00\xff" * 1000, b"x" * 20_000])
def test_a_file_without_the_token_proves_nothing(node: Node, repository: Registrant, body: bytes) -> None:
    key, _ = opened(node, repository)
    repository.files[WELL_KNOWN] = Answer(body)

    with pytest.raises(Unproven):
        verify(node, key, NOW)

    assert Registrations(node.database).get(key, NOW).state is RegistrationState.PENDING


def test_a_file_that_is_not_there_proves_nothing(node: Node, repository: Registrant) -> None:
    key, _ = opened(node, repository)

    with pytest.raises(Unproven, match="404"):
        verify(node, key, NOW)


def test_the_token_of_another_registration_proves_nothing(node: Node, repository: Registrant) -> None:
    _, other = apply(node, asked(name="other"), NOW)
    key, _ = opened(node, repository)
    repository.prove(other)

    with pytest.raises(Unproven):
        verify(node, key, NOW)


def test_a_redirect_to_another_host_proves_nothing(node: Node, repository: Registrant) -> None:
    key, token = opened(node, repository)

    def elsewhere(seen: Seen) -> Answer:
        return Answer(token.encode())

    with Scripted(elsewhere) as other:
        location = f"http://localhost:{other.port}/token"
        repository.files[WELL_KNOWN] = Answer(status=302, headers={"Location": location})

        with pytest.raises(Unproven, match="another host"):
            verify(node, key, NOW)

        assert [seen.path for seen in other.seen] == ["/token"]


def test_a_redirect_on_the_same_host_is_followed(node: Node, repository: Registrant) -> None:
    key, token = opened(node, repository)
    repository.files[WELL_KNOWN] = Answer(status=301, headers={"Location": "/moved.txt"})
    repository.files["/moved.txt"] = Answer(token.encode())

    assert verify(node, key, NOW).state is RegistrationState.PROVEN


def test_the_file_is_at_the_root_of_the_repositorys_own_address(node: Node) -> None:
    found, _ = apply(node, asked(url="https://repository.example.org:8443/~someone/oai?x=1"), NOW)

    assert proof_url(found.application) == f"https://repository.example.org:8443{WELL_KNOWN}"


def test_a_private_address_is_not_reached_for_a_visitor_though_it_is_for_the_operator(
    tmp_path: Path, repository: Registrant
) -> None:
    fetch = FetchSettings(allow_networks=("127.0.0.0/8",), backoff=0.01, retries=0)
    with visited_node(tmp_path, fetch=fetch, mail=MailSettings(host="127.0.0.1", security="none")) as node:
        key, token = opened(node, repository)
        repository.prove(token)

        with pytest.raises(Unproven, match="loopback"):
            verify(node, key, NOW)
        with pytest.raises(Exception, match="loopback"):
            send_confirmation(node, key, NOW)

    assert repository.seen == []


def test_a_proven_registration_stays_proven_without_the_file(node: Node, repository: Registrant) -> None:
    key, token = opened(node, repository)
    repository.prove(token)
    first = verify(node, key, NOW)
    repository.files.clear()

    assert verify(node, key, NOW + DAY) == first


def test_a_name_that_was_taken_meanwhile_is_told_to_the_steward(node: Node, repository: Registrant) -> None:
    key, token = opened(node, repository)
    repository.prove(token)
    verify(node, key, NOW)
    node.sources.add(Source(name="observatory", url="https://elsewhere.example.org/oai"), NOW)

    with pytest.raises(Conflict, match="observatory"):
        approve(node, key, NOW)

    assert Registrations(node.database).get(key, NOW).state is RegistrationState.PROVEN


def test_an_acceptance_that_was_cut_off_is_finished_by_the_next(node: Node, repository: Registrant) -> None:
    key, token = opened(node, repository)
    repository.prove(token)
    verify(node, key, NOW)
    node.sources.add(Source(name="observatory", url=repository.url), NOW)  # as a killed process leaves it

    approve(node, key, NOW)

    assert Registrations(node.database).get(key, NOW).state is RegistrationState.ACCEPTED


def test_an_unproven_registration_cannot_be_accepted(node: Node, repository: Registrant) -> None:
    key, _ = opened(node, repository)

    with pytest.raises(Conflict, match="pending"):
        approve(node, key, NOW)


def test_a_refused_registration_can_be_proven_no_more(node: Node, repository: Registrant) -> None:
    key, token = opened(node, repository)
    repository.prove(token)
    refuse(node, key, "not a repository of research data", NOW)

    with pytest.raises(Conflict, match="refused"):
        verify(node, key, NOW)
    with pytest.raises(Conflict, match="refused"):
        confirm(node, key, token, NOW)


# The mail


@pytest.fixture
def mailing(tmp_path: Path) -> Iterator[tuple[Node, list[object]]]:
    with mail_server() as server:
        mail = MailSettings(host="127.0.0.1", port=server.port, security="none")
        with visited_node(tmp_path / "mailing", mail=mail) as node:
            yield node, server.mails  # type: ignore[misc]


def link_in(text: str) -> dict[str, str]:
    (link,) = [word for word in text.split() if "/register/confirm" in word]
    return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}


def test_the_link_in_the_mail_to_the_published_address_proves_control(
    mailing: tuple[Node, list[tuple[list[str], object]]], repository: Registrant
) -> None:
    node, mails = mailing
    key, token = opened(node, repository)

    to = send_confirmation(node, key, NOW)

    ((recipients, mail),) = mails
    assert to == "admin@sample.example" and recipients == [to]
    text = mail.get_content()  # type: ignore[attr-defined]
    link = link_in(text)
    assert link["id"] == key and link["token"] != token
    assert repository.url in text and "Example Observatory" not in text and token not in text
    assert mail["Auto-Submitted"] == "auto-generated" and mail["Message-ID"]  # type: ignore[index]
    for wrong in ("", token, link["token"][:-1], "é"):
        with pytest.raises(Unproven):
            confirm(node, key, wrong, NOW)
    assert confirm(node, key, link["token"], NOW).proof is Proof.MAIL


def test_one_mail_is_sent_for_each_registration(mailing: tuple[Node, list[object]], repository: Registrant) -> None:
    node, mails = mailing
    key, _ = opened(node, repository)
    send_confirmation(node, key, NOW)

    with pytest.raises(Conflict):
        send_confirmation(node, key, NOW)

    assert len(mails) == 1


def test_nobody_can_have_an_address_flooded(mailing: tuple[Node, list[object]]) -> None:
    node, mails = mailing
    for number in range(MAILS_PER_ADDRESS):
        with Registrant() as repository:
            key, _ = opened(node, repository, name=f"r{number}")
            send_confirmation(node, key, NOW)

    with Registrant() as repository:
        key, _ = opened(node, repository, name="last")
        with pytest.raises(Conflict, match="wait for an answer"):
            send_confirmation(node, key, NOW)

    assert len(mails) == MAILS_PER_ADDRESS


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b.example, c@d.example", "Bob &lt;a@b.example&gt;", "a@b.example&#10;Bcc: c@d.example"]
)
def test_a_repository_without_a_plain_address_gets_no_mail(mailing: tuple[Node, list[object]], address: str) -> None:
    def renamed(seen: Seen, document: str) -> str:
        return document.replace("admin@sample.example", address)

    node, mails = mailing
    with Registrant(renamed) as repository:
        key, _ = opened(node, repository)

        with pytest.raises(RequestRefused, match="no e-mail address"):
            send_confirmation(node, key, NOW)

    assert mails == []


def test_a_mail_that_the_server_refuses_can_be_sent_again(tmp_path: Path, repository: Registrant) -> None:
    with mail_server() as server:
        mail = MailSettings(host="127.0.0.1", port=server.port, security="none")
        with visited_node(tmp_path, mail=mail) as node:
            key, _ = opened(node, repository)
            server.refuses = True
            with pytest.raises(MailError, match="not today"):
                send_confirmation(node, key, NOW)
            server.refuses = False

            send_confirmation(node, key, NOW)

    assert len(server.mails) == 1


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_the_node_logs_in_with_the_password_of_its_environment(
    tmp_path: Path, repository: Registrant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(password="hunter2") as server:
        mail = MailSettings(host="127.0.0.1", port=server.port, security="none", user="node")
        with visited_node(tmp_path, mail=mail) as node:
            key, _ = opened(node, repository)
            monkeypatch.setenv("FAIRNODE_SMTP_PASSWORD", "wrong")
            with pytest.raises(MailError):
                send_confirmation(node, key, NOW)
            monkeypatch.setenv("FAIRNODE_SMTP_PASSWORD", "hunter2")

            send_confirmation(node, key, NOW)

    assert len(server.mails) == 1


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl command to make a certificate with")
def test_a_server_whose_certificate_nobody_vouches_for_gets_neither_password_nor_mail(
    tmp_path: Path, repository: Registrant, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_file, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail.test"],
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key_file), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key_file)
    monkeypatch.setenv("FAIRNODE_SMTP_PASSWORD", "hunter2")

    with mail_server("hunter2", tls) as server:
        mail = MailSettings(host="127.0.0.1", port=server.port, user="node")
        with visited_node(tmp_path / "home", mail=mail) as node:
            key, _ = opened(node, repository)
            with pytest.raises(MailError, match="certificate verify failed"):
                send_confirmation(node, key, NOW)
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

            send_confirmation(node, key, NOW)

    assert len(server.mails) == 1


def test_a_node_without_a_mail_server_says_so(node: Node, repository: Registrant) -> None:
    key, _ = opened(node, repository)

    with pytest.raises(RequestRefused, match="sends no mail"):
        send_confirmation(node, key, NOW)
