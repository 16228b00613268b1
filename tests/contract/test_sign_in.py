"""Signing in over a real OpenID provider: the code flow with PKCE, sessions, signing out, and what goes wrong."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests
import time_machine
from flask.testing import FlaskClient
from lxml import html

from node.storage.account_tables import sessions, sign_ins
from node.web import create_app
from tests.contract.identity_world import (
    AUTHORITY,
    BASE,
    GROUP,
    World,
    follow,
    issuer_settings,
    now,
    seen,
    sign_in,
    world,
)

BROWSER = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}
LIST = "/oai?verb=ListRecords&metadataPrefix=oai_dc"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("sign-in")) as place:
        yield place


@pytest.fixture
def browser(place: World) -> FlaskClient:
    return place.browser()


def changed(url: str, **changes: str | None) -> str:
    """Return a URL with other query parameters; `None` takes one away."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), **changes}
    return urlunsplit(parts._replace(query=urlencode({name: value for name, value in query.items() if value})))


def test_a_person_signs_in_and_is_sent_where_they_wanted_to_go(place: World, browser: FlaskClient) -> None:
    answer = sign_in(place, browser, "rita", target="/sources?x=1")

    assert answer.status_code == 303 and answer.headers["Location"] == "/sources?x=1"
    me = browser.get("/me", headers=JSON).json
    assert me["audience"] == "registered" and me["reads"] == [{"source": "restricted", "confidential": False}]
    assert me["who"]["issuer"] == place.issuer.issuer and me["who"]["subject"] == "rita"
    assert me["who"]["roles"] == [] and not me["who"]["program"]
    assert me["who"]["entitlements"] == [f"{GROUP}:readers#{AUTHORITY}"]


def test_the_question_has_pkce_a_state_a_nonce_and_this_issuers_own_address(browser: FlaskClient) -> None:
    answers = [browser.get("/login/test") for _ in range(2)]
    asked = [dict(parse_qsl(urlsplit(answer.headers["Location"]).query)) for answer in answers]

    for question in asked:
        assert question["response_type"] == "code" and question["code_challenge_method"] == "S256"
        assert question["redirect_uri"] == f"{BASE}/login/test/callback"
        assert question["scope"] == "openid profile entitlements"
    for name in ("state", "nonce", "code_challenge"):
        assert len({question[name] for question in asked}) == 2 and all(len(each[name]) >= 43 for each in asked)


def test_the_secrets_of_a_sign_in_are_not_in_the_database(place: World, browser: FlaskClient) -> None:
    state = dict(parse_qsl(urlsplit(browser.get("/login/test").headers["Location"]).query))["state"]

    with place.node.database.read() as connection:
        kept = {value for row in connection.execute(sign_ins.select()) for value in row}
    assert state not in kept


@pytest.mark.parametrize(
    ("account", "audience", "titles"),
    [
        (None, "public", {"Open sea"}),
        ("nora", "registered", {"Open sea", "Registered sea"}),
        ("mallory", "registered", {"Open sea", "Registered sea"}),
        ("rita", "registered", {"Open sea", "Registered sea", "Restricted sea"}),
        ("stella", "steward", {"Open sea", "Registered sea", "Restricted sea"}),
    ],
)
def test_everybody_sees_what_is_for_them(
    place: World, browser: FlaskClient, account: str | None, audience: str, titles: set[str]
) -> None:
    if account:
        sign_in(place, browser, account)

    assert browser.get("/me", headers=JSON).json["audience"] == audience
    listed = browser.get(LIST)
    assert seen(listed) == titles
    assert seen(browser.get("/")) == titles
    assert {"Authorization", "Cookie"} <= set(listed.vary)
    assert listed.headers.get("Cache-Control") == ("private, no-store" if account else None)


def test_sparql_never_gives_the_publics_answer_to_who_sees_more(place: World, browser: FlaskClient) -> None:
    query = "/sparql?query=" + "SELECT%20%3Ft%20%7B%3Fs%20%3Chttp%3A%2F%2Fpurl.org%2Fdc%2Fterms%2Ftitle%3E%20%3Ft%7D"
    assert seen(browser.get(query)) == {"Open sea"}
    sign_in(place, browser, "stella")

    answer = browser.get(query)

    # This node keeps graphs for the public only.
    assert answer.status_code == 503 and not seen(answer)
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_an_assurance_is_known(place: World, browser: FlaskClient) -> None:
    sign_in(place, browser, "stella")

    assert browser.get("/me", headers=JSON).json["who"]["assurance"] == ["https://refeds.org/assurance/IAP/high"]


def test_a_name_is_shown_as_text(place: World, browser: FlaskClient) -> None:
    sign_in(place, browser, "nora")

    page = browser.get("/me", headers=BROWSER)

    assert "<b>Nobody" not in page.text and "Nora <b>Nobody</b>" in html.fromstring(page.data).xpath("string(//h1)")


def test_the_session_cookie_is_out_of_reach(place: World, browser: FlaskClient) -> None:
    cookie = next(each for each in sign_in(place, browser, "rita").headers.getlist("Set-Cookie") if "session=" in each)

    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie and "Domain" not in cookie
    secret = cookie.partition("=")[2].partition(";")[0]
    with place.node.database.read() as connection:
        assert secret not in {row.digest for row in connection.execute(sessions.select())}


def test_a_node_behind_https_takes_cookies_of_this_host_over_tls_only(place: World) -> None:
    secure = place.node.settings.model_copy(update={"base_url": "https://node.example.org"})
    app = create_app(_with(place, secure))

    answer = app.test_client().get("/login/test", base_url="https://node.example.org")

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-fairnode-sign-in=") and "Secure" in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_signing_in_changes_the_sessions_secret_and_ends_the_one_before(place: World, browser: FlaskClient) -> None:
    sign_in(place, browser, "rita")
    first = browser.get_cookie("fairnode-session")
    sign_in(place, browser, "nora")
    second = browser.get_cookie("fairnode-session")

    assert first and second and first.value != second.value
    old = place.browser()
    old.set_cookie("fairnode-session", first.value)
    assert old.get("/me", headers=JSON).json["audience"] == "public"


def test_a_secret_that_an_attacker_planted_is_never_a_session(place: World, browser: FlaskClient) -> None:
    browser.set_cookie("fairnode-session", "planted-by-somebody-else-before-the-sign-in")
    sign_in(place, browser, "rita")
    cookie = browser.get_cookie("fairnode-session")

    assert cookie and cookie.value != "planted-by-somebody-else-before-the-sign-in"


@pytest.mark.parametrize(("later", "audience"), [(3500, "registered"), (3700, "public")])
def test_an_unused_session_ends_after_an_hour(place: World, browser: FlaskClient, later: int, audience: str) -> None:
    sign_in(place, browser, "rita")

    with time_machine.travel(now() + dt.timedelta(seconds=later), tick=True):
        answer = browser.get("/me", headers=JSON)

    assert answer.json["audience"] == audience
    assert ("fairnode-session=;" in str(answer.headers.getlist("Set-Cookie"))) == (audience == "public")


def test_every_session_ends_after_half_a_day_however_much_it_is_used(place: World, browser: FlaskClient) -> None:
    start = now()
    sign_in(place, browser, "rita")

    found = []
    for minutes in range(30, 13 * 60, 30):
        with time_machine.travel(start + dt.timedelta(minutes=minutes), tick=True):
            found.append(browser.get("/me", headers=JSON).json["audience"])

    assert found[:23] == ["registered"] * 23 and found[24:] == ["public"] * len(found[24:])


def test_signing_out_ends_the_session_here_and_says_how_to_end_it_there(place: World, browser: FlaskClient) -> None:
    sign_in(place, browser, "rita")
    cookie = browser.get_cookie("fairnode-session")
    (form,) = html.fromstring(browser.get("/logout", headers=BROWSER).data).xpath("//main//form")

    page = browser.post(form.get("action"), data=dict(form.form_values()), headers=BROWSER)

    (link,) = html.fromstring(page.data).xpath("//main//a/@href")
    assert link.startswith(f"{place.issuer.issuer}/session/end?")
    assert requests.get(link, timeout=30).status_code == 200
    again = place.browser()
    assert cookie
    again.set_cookie("fairnode-session", cookie.value)
    assert again.get("/me", headers=JSON).json["audience"] == "public"


@pytest.mark.parametrize("whose", ["nobody", "another", "none"])
def test_a_form_of_another_session_signs_nobody_out(place: World, browser: FlaskClient, whose: str) -> None:
    sign_in(place, browser, "rita")
    other = place.browser()
    if whose == "another":
        sign_in(place, other, "nora")
    found = re.search(r'name="form_token" value="([^"]+)"', other.get("/me").text + other.get("/register").text)
    token = found[1] if found and whose != "none" else ""

    answer = browser.post("/logout", data={"form_token": token}, headers=JSON)

    assert answer.status_code == 400 and browser.get("/me", headers=JSON).json["audience"] == "registered"


def test_another_site_signs_nobody_out(place: World, browser: FlaskClient) -> None:
    sign_in(place, browser, "rita")
    token = re.search(r'name="form_token" value="([^"]+)"', browser.get("/logout").text)
    assert token

    answer = browser.post("/logout", data={"form_token": token[1]}, headers={**JSON, "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403 and browser.get("/me", headers=JSON).json["audience"] == "registered"


def test_an_answer_counts_once(place: World, browser: FlaskClient) -> None:
    url = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "rita")
    cookie = browser.get_cookie("fairnode-sign-in")
    assert cookie and follow(browser, url).status_code == 303

    browser.set_cookie("fairnode-sign-in", cookie.value)
    again = follow(browser, url)

    assert again.status_code == 400 and again.json["code"] == "identity.sign-in-failed"


def test_an_answer_counts_in_the_browser_that_asked_only(place: World, browser: FlaskClient) -> None:
    url = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "mallory")
    victim = place.browser()
    victim.get("/login/test")

    answer = follow(victim, url)

    assert answer.status_code == 400 and victim.get("/me", headers=JSON).json["audience"] == "public"


def test_a_code_of_another_sign_in_is_refused(place: World, browser: FlaskClient) -> None:
    stolen = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "stella")
    attacker = place.browser()
    mine = place.issuer.sign_in(attacker.get("/login/test").headers["Location"], "mallory")

    # The attacker's own sign-in, with a code that was made for another browser's: PKCE and the nonce both miss.
    answer = follow(attacker, changed(mine, code=dict(parse_qsl(urlsplit(stolen).query))["code"]))

    assert answer.status_code == 400 and answer.json["detail"] == "the issuer refuses: invalid_grant"
    assert attacker.get("/me", headers=JSON).json["audience"] == "public"


def test_an_id_token_with_the_nonce_of_another_sign_in_is_refused(place: World, browser: FlaskClient) -> None:
    url = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "rita")
    with place.node.database.write() as connection:
        connection.execute(sign_ins.update().values(nonce="n" * 43))

    answer = follow(browser, url)

    assert answer.status_code == 400 and "not the answer to this sign-in" in answer.json["detail"]


@pytest.mark.parametrize("iss", [None, "https://evil.example", ""])
def test_an_answer_of_another_issuer_is_refused(place: World, browser: FlaskClient, iss: str | None) -> None:
    url = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "rita")

    answer = follow(browser, changed(url, iss=iss))

    assert answer.status_code == 400 and "another issuer" in answer.json["detail"]


@pytest.mark.parametrize(
    "changes", [{"state": None}, {"state": "x" * 43}, {"code": None}, {"code": "x" * 43}, {"code": "x" * 9000}]
)
def test_an_answer_that_lacks_its_proof_is_refused(
    place: World, browser: FlaskClient, changes: dict[str, str | None]
) -> None:
    url = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "rita")

    answer = follow(browser, changed(url, **changes))

    assert answer.status_code == 400 and answer.json["code"] == "identity.sign-in-failed"
    assert browser.get("/me", headers=JSON).json["audience"] == "public"


def test_an_answer_with_two_codes_is_refused(place: World, browser: FlaskClient) -> None:
    url = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "rita")

    assert follow(browser, f"{url}&code=another").status_code == 400


def test_a_person_who_says_no_is_told_so(place: World, browser: FlaskClient) -> None:
    url = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "rita", step="refuse")

    answer = follow(browser, url)

    assert answer.status_code == 400 and answer.json["detail"] == "the issuer says: access_denied"


def test_an_answer_after_more_than_ten_minutes_is_too_late(place: World, browser: FlaskClient) -> None:
    with time_machine.travel(now() - dt.timedelta(minutes=11), tick=True):
        asked = browser.get("/login/test").headers["Location"]
    url = place.issuer.sign_in(asked, "rita")

    assert follow(browser, url).status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/a\r\nX: y",
        "javascript:alert(1)",
        "evil",
        "/logout",
    ],
)
def test_nobody_is_sent_to_another_site(place: World, browser: FlaskClient, target: str) -> None:
    asked = browser.get("/login/test", query_string={"next": target})
    answer = follow(browser, place.issuer.sign_in(asked.headers["Location"], "nora"))

    assert answer.headers["Location"] == "/"


def test_the_login_page_lists_issuers_as_page_and_json(place: World, browser: FlaskClient) -> None:
    page = html.fromstring(browser.get("/login?next=/sources", headers=BROWSER).data)

    assert page.xpath("//main//li/a[. = 'Test AAI']/@href") == ["/login/test?next=/sources"]
    (listed,) = browser.get("/login", headers=JSON).json["issuers"]
    assert listed["issuer"] == place.issuer.issuer and listed["sign_in"] == "/login/test?next=/"


def test_an_issuer_nobody_knows_is_not_found(browser: FlaskClient) -> None:
    assert browser.get("/login/elsewhere").status_code == 404
    assert browser.get("/login/elsewhere/callback").status_code == 404


def test_an_answer_at_the_address_of_another_issuer_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    def two(provider: object) -> tuple[object, ...]:
        first = issuer_settings(provider.issuer)  # type: ignore[attr-defined]
        return first, issuer_settings("https://other.example", name="other", opaque_tokens=False)

    with world(tmp_path_factory.mktemp("two"), issuers=two) as place:
        browser = place.browser()
        url = place.issuer.sign_in(browser.get("/login/test").headers["Location"], "rita")

        answer = follow(browser, url.replace("/login/test/", "/login/other/"))

        assert answer.status_code == 400 and browser.get("/me", headers=JSON).json["audience"] == "public"


def test_a_session_ends_with_the_trust_in_its_issuer(place: World, browser: FlaskClient) -> None:
    sign_in(place, browser, "stella")
    cookie = browser.get_cookie("fairnode-session")
    assert cookie
    trusting = place.node.settings.identity.model_copy(update={"issuers": ()})
    less = create_app(_with(place, place.node.settings.model_copy(update={"identity": trusting}))).test_client()

    less.set_cookie("fairnode-session", cookie.value)

    assert less.get("/me", headers=JSON).json["audience"] == "public"


def test_roles_follow_the_settings_of_now_and_not_those_of_the_sign_in(place: World, browser: FlaskClient) -> None:
    sign_in(place, browser, "stella")
    cookie = browser.get_cookie("fairnode-session")
    assert cookie
    (issuer,) = place.node.settings.identity.issuers
    strict = place.node.settings.identity.model_copy(update={"issuers": (issuer.model_copy(update={"roles": ()}),)})
    less = create_app(_with(place, place.node.settings.model_copy(update={"identity": strict}))).test_client()

    less.set_cookie("fairnode-session", cookie.value)

    assert less.get("/me", headers=JSON).json["audience"] == "registered"


def _with(place: World, settings: object) -> object:
    import dataclasses

    return dataclasses.replace(place.node, settings=settings)  # type: ignore[type-var]
