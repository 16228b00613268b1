"""Canaries: unique random words in every field of records of every class, and everything a node can be asked, asked."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import quote, urljoin, urlsplit

import requests

FIELDS = (
    "title", "creator", "subject", "description", "publisher", "contributor", "type", "format", "identifier",
    "source", "relation", "coverage", "rights",
)  # fmt: skip
RDF = ("text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples")
RESULTS = ("application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values")
_MOST_PAGES = 120
_MOMENTS = re.compile(r"\('(?:Date|ETag)', '[^']*'\)|<responseDate>[^<]*</responseDate>")


@dataclass(frozen=True)
class Flock:
    """The canaries of one class of records.

    Attributes:
        name: the class, and the source that holds it.
        words: one for each field of each record.
        identifiers: of the records at their source; each holds a canary too.
    """

    name: str
    words: tuple[str, ...]
    identifiers: tuple[str, ...]
    records: tuple[bytes, ...]


def flock(name: str, count: int = 1) -> Flock:
    """Return records of a class, each field of each with a word of its own."""
    words: list[str] = []
    identifiers: list[str] = []
    records: list[bytes] = []
    for _ in range(count):
        words.append(_word())
        identifiers.append(f"oai:{name}.example:{words[-1]}")
        fields = ""
        for each in FIELDS:
            words.append(_word())
            fields += f"<dc:{each}>{words[-1]}</dc:{each}>"
        words.append(_word())
        fields += f"<dc:relation>https://{words[-1]}.example/about</dc:relation>"
        records.append(
            f"<record><header><identifier>{identifiers[-1]}</identifier><datestamp>2026-01-01T00:00:00Z</datestamp>"
            f"</header><metadata><oai_dc:dc xmlns:oai_dc='http://www.openarchives.org/OAI/2.0/oai_dc/' "
            f"xmlns:dc='http://purl.org/dc/elements/1.1/'>{fields}<dc:date>2020-01-01</dc:date></oai_dc:dc></metadata>"
            f"</record>".encode()
        )
    return Flock(name, tuple(words), tuple(identifiers), tuple(records))


def _word() -> str:
    # Letters that no hash, no base32 and no English word looks like.
    return "canary" + secrets.token_hex(10)


@dataclass
class Sweep:
    """Asks a node everything as one viewer, and keeps what it said.

    Attributes:
        hidden: local names of some records that it may not see, with their sources and identifiers there.
        told_apart: what was answered in another way for one of them than for a name that nobody has.
        said: by request, all bytes of the answer, its headers first.
        oai: header identifiers by metadata prefix, and what completeListSize said.
        count: what SPARQL counted.
        audits: the audits of its records, as they are listed.
    """

    base: str
    headers: Mapping[str, str]
    local_ids: tuple[str, ...]
    oai_ids: tuple[str, ...]
    subjects: tuple[str, ...]
    words: tuple[str, ...]
    hidden: tuple[tuple[str, str, str], ...] = ()
    said: dict[str, bytes] = field(default_factory=dict)
    oai: dict[str, set[str]] = field(default_factory=dict)
    sizes: dict[str, set[int]] = field(default_factory=dict)
    count: int = -1
    audits: tuple[Mapping[str, object], ...] = ()
    told_apart: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Ask it all."""
        with requests.Session() as self._http:
            self._http.headers.update(self.headers)
            self._oai()
            self._sparql()
            self._records()
            self._pages()
            self._oracles()

    def _ask(self, path: str, method: str = "GET", **options: object) -> requests.Response:
        answer = self._http.request(
            method,
            urljoin(self.base, path),
            allow_redirects=False,
            timeout=60,
            **options,  # type: ignore[arg-type]
        )
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        key = f"{method} {path} {options.get('headers', '')}{options.get('data', '')}"
        self.said[key] = headers.encode() + b"\n\n" + answer.content
        return answer

    def _oai(self) -> None:
        self._ask("/oai?verb=Identify")
        self._ask("/oai?verb=ListMetadataFormats")
        sets = re.findall(r"<setSpec>([^<]+)</setSpec>", self._ask("/oai?verb=ListSets").text)
        for prefix in ("oai_dc", "oai_datacite", "dcat"):
            for verb in ("ListRecords", "ListIdentifiers"):
                self._follow(prefix, f"verb={verb}&metadataPrefix={prefix}", verb)
            for name in self.oai_ids:
                self._ask(f"/oai?verb=GetRecord&metadataPrefix={prefix}&identifier={name}")
        for spec in (*sets, "source:confidential", "source:registered"):
            self._follow(f"set {spec}", f"verb=ListRecords&metadataPrefix=oai_dc&set={spec}", "ListRecords")
        for name in self.oai_ids:
            self._ask(f"/oai?verb=ListMetadataFormats&identifier={name}")

    def _follow(self, name: str, query: str, verb: str) -> None:
        found = self.oai.setdefault(name, set())
        while query:
            text = self._ask(f"/oai?{query}").text
            found |= set(re.findall(r"<header><identifier>([^<]+)</identifier>", text))
            self.sizes.setdefault(name, set()).update(map(int, re.findall(r'completeListSize="(\d+)"', text)))
            token = re.search(r"<resumptionToken[^>]*>([^<]+)</resumptionToken>", text)
            query = f"verb={verb}&resumptionToken={token[1]}" if token else ""

    def _sparql(self) -> None:
        for media_type in RESULTS:
            self._query("SELECT * { ?s ?p ?o }", media_type)
            self._query("SELECT * { GRAPH ?g { ?s ?p ?o } }", media_type)
        for media_type in RDF:
            self._query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", media_type)
            for subject in self.subjects:
                self._query(f"DESCRIBE <{subject}>", media_type)
        for word in self.words[::5]:
            answer = self._query(f'ASK {{ ?s ?p ?o FILTER CONTAINS(STR(?o), "{word}") }}', RESULTS[0])
            self.said[f"ask {word}"] = word.encode() if '"boolean":true' in answer.replace(" ", "") else b""
        self._query("SELECT DISTINCT ?g FROM NAMED <urn:x> { GRAPH ?g {} }", RESULTS[0])
        count = self._query(
            "SELECT (COUNT(DISTINCT ?r) AS ?n) { ?r a <http://www.w3.org/ns/dcat#CatalogRecord> }", "text/csv"
        )
        self.count = int(count.split()[1])
        self._ask("/sparql", headers={"Accept": "text/turtle"})
        self._query("SELECT ?x { this is no query", RESULTS[0])

    def _query(self, query: str, media_type: str) -> str:
        return self._ask("/sparql", "POST", data={"query": query}, headers={"Accept": media_type}).text

    def _records(self) -> None:
        for local in self.local_ids:
            for path in (f"/record/{local}/raw", f"/policy/{local}", f"/timemap/{local}"):
                self._ask(path)
            self._ask(f"/dataset/{local}/linkset.json")
            for media_type in ("text/html", *RDF):
                self._ask(f"/dataset/{local}", headers={"Accept": media_type})
            for extension in ("", ".ttl", ".jsonld", ".rdf", ".nt", ".html"):
                self._ask(f"/record/{local}{extension}")

    def _pages(self) -> None:
        """Follow every link of every page, and ask for what no page links to."""
        todo = [
            "/",
            "/sources",
            "/audit",
            "/audit.json",
            "/catalog",
            "/healthz",
            "/readyz",
            "/metrics",
            "/openapi.json",
        ]
        todo += ["/robots.txt", "/sitemap.xml", "/.well-known/void", "/.well-known/jwks.json", "/trail/head", "/sparql"]
        todo += ["/api/v1/sources", "/api/v1/records", "/register", "/me", "/login", "/search?q=canary", "/store"]
        self.audits = tuple(self._ask("/audit.json").json()["audits"])
        opened: set[str] = set()
        while todo and len(opened) < _MOST_PAGES:
            path = todo.pop(0)
            if path in opened or "logout" in path:
                continue
            opened.add(path)
            answer = self._ask(path, headers={"Accept": "text/html"})
            if answer.is_redirect:
                todo.append(self._local(answer.headers["Location"], path) or "/")
            if "html" in answer.headers.get("Content-Type", ""):
                todo += [link for link in self._links(answer.text, path) if link not in opened]
            if not path.startswith(("/dataset/", "/record/")):
                for media_type in ("application/json", "text/turtle"):
                    self._ask(path, headers={"Accept": media_type})

    def _oracles(self) -> None:
        """Put names of hidden records wherever a request may have a name, and see whether that finds them."""
        for local, source, identifier in self.hidden:
            # A name right beside it, so that lists by name go on at the same place.
            self._compare(local, local[:-1] + ("3" if local[-1] == "2" else "2"))
            run = self._ask(f"/sources/{source}.json").json()["runs"][0]["run"]
            ledger = f"/sources/{source}/runs/{run}.json?after="
            self._same(ledger + quote(identifier), ledger + quote(f"{identifier}x"), {})

    def _compare(self, local: str, unknown: str) -> None:
        audit = self.audits[0]["audit"]
        for path in (
            *("/catalog?after=", "/catalog?kind=Dataset&after=", "/catalog?kind=Service&after="),
            *("/dataset/", "/record/", "/policy/", "/timegate/", "/timemap/", "/memento/20260101000000/"),
            *(f"/audit/{audit}/record/", f"/audit/{audit}?after=", "/oai?verb=ListRecords&resumptionToken="),
            *(f"/oai?verb={verb}:localhost.localdomain:" for verb in (
                "GetRecord&metadataPrefix=oai_dc&identifier=oai", "ListMetadataFormats&identifier=oai")),
        ):  # fmt: skip
            for media_type in ("text/html", "text/turtle") if path.startswith("/catalog") else ("text/html",):
                self._same(path + local, path + unknown, {local: unknown}, media_type)
        for end in ("/raw", "/linkset.json", ".ttl"):
            self._same(f"/dataset/{local}{end}", f"/dataset/{unknown}{end}", {local: unknown})

    def _same(self, path: str, other: str, echoed: Mapping[str, str], media_type: str = "*/*") -> None:
        found = []
        for each in (path, other):
            # Not compressed: how long that is depends on the letters of the name that was sent.
            answer = self._ask(each, headers={"Accept": media_type, "Accept-Encoding": "identity"})
            told = f"{answer.status_code} {sorted(answer.headers.items())}\n{answer.text}"
            # What is always another moment's, and digests of what echoes the name.
            told = _MOMENTS.sub("", told)
            for name, unknown in echoed.items():
                told = told.replace(unknown, name)
            found.append(told)
        if found[0] != found[1]:
            self.told_apart.append(f"{path} {media_type}")

    def _links(self, text: str, path: str) -> Iterator[str]:
        parser = _Links()
        parser.feed(text)
        for link in parser.found:
            if (local := self._local(link, path)) is not None:
                yield local

    def _local(self, link: str, path: str) -> str | None:
        parts = urlsplit(urljoin(urljoin(self.base, path), link))
        known = (urlsplit(self.base).netloc, "127.0.0.1:8000")
        if parts.scheme not in ("http", "https") or parts.netloc not in known:
            return None
        return quote(parts.path, safe="/%:@") + (f"?{parts.query}" if parts.query else "")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if name in ("href", "src", "action") and value]
