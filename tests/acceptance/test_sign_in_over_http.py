"""A person signs in at a node that really serves, through an OpenID provider that really runs, over HTTP."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import requests

from tests.contract.identity_world import AUTHORITY, GROUP, NAMESPACE, SECRET, VARIABLE, issuer
from tests.servers.fairnode import Home, free_port, wait_for

SETTINGS = f"""
[identity]
allow_networks = ["127.0.0.0/8"]

[[identity.issuers]]
name = "test"
issuer = "ISSUER"
client_id = "node"
client_secret_env = "{VARIABLE}"
opaque_tokens = true
programs_without_subject = true
namespaces = ["{NAMESPACE}"]
authorities = ["{AUTHORITY}"]

[[identity.issuers.roles]]
entitlement = "{GROUP}:role=steward"
role = "steward"
"""


def test_a_person_signs_in_over_http_and_a_program_comes_with_a_token(tmp_path: Path) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    home = Home(tmp_path / "home", {VARIABLE: SECRET})
    with issuer(tmp_path, base) as provider:
        home.run("init", "--base-url", base)
        file = home.path / "fairnode.toml"
        file.write_text(
            file.read_text(encoding="utf-8") + SETTINGS.replace("ISSUER", provider.issuer), encoding="utf-8"
        )
        made = home.json("token", "create", "--name", "nightly", "--owner", "ops", "--role", "steward")
        process = home.start("serve", "--port", str(port))
        try:
            wait_for(f"{base}/healthz", process)
            browser = requests.Session()

            asked = browser.get(f"{base}/login/test?next=/sources", allow_redirects=False, timeout=30)
            back = provider.sign_in(asked.headers["Location"], "stella")
            arrived = browser.get(back, timeout=30)
            me = browser.get(f"{base}/me", headers={"Accept": "application/json"}, timeout=30).json()

            assert arrived.url == f"{base}/sources" and "Stella Steward" in arrived.text
            assert me["audience"] == "steward" and me["who"]["roles"] == [{"role": "steward", "source": None}]
            assert _audience(base, provider.token("machine", base)) == "registered"
            assert _audience(base, provider.token("opaque-machine", base)) == "registered"
            assert _audience(base, made["token"]) == "steward"
            refused = requests.get(f"{base}/me", headers={"Authorization": "Bearer nonsense-nonsense"}, timeout=30)
            assert refused.status_code == 401 and refused.headers["WWW-Authenticate"].startswith("Bearer ")

            page = browser.get(f"{base}/logout", timeout=30).text
            token = page.partition('name="form_token" value="')[2].partition('"')[0]
            left = browser.post(urljoin(base, "/logout"), data={"form_token": token}, timeout=30)
            assert "You are signed out" in left.text
            assert browser.get(f"{base}/me", headers={"Accept": "application/json"}, timeout=30).json()["who"] is None
        finally:
            process.terminate()
            _, log = process.communicate(timeout=30)
    for secret in (SECRET, made["token"]):
        assert secret not in log


def _audience(base: str, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    answer = requests.get(f"{base}/me", headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    audience: str = answer.json()["audience"]
    return audience
