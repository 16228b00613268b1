"""Who may speak to the network and who may parse: a request or a parser anywhere else is a red test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

DOOR = {"node/harvest/addresses.py", "node/harvest/connections.py", "node/harvest/failures.py", "node/harvest/fetch.py"}
# Services that the operator names in the settings, and nobody else.
OWN_SERVICES = {
    "node/storage/graphs/remote.py",
    "node/storage/graphs/remote_answer.py",
    "node/storage/objects/probe.py",
    "node/storage/objects/s3.py",
    "node/registration/mail.py",
}
# They listen, or ask for the name of this machine; they open no connection.
LISTENERS = {
    "node/web/server.py",
    "node/web/patience.py",
    "node/web/straight_loop.py",
    "node/web/straight_send.py",
    "node/demo/repository.py",
    "node/storage/owners.py",
}
# It reads an address by the parser that the door connects with, and connects to nothing.
READERS = {"node/model/web_origin.py"}
NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http.client", "httpx", "imaplib", "minio", "nntplib", "poplib", "requests",
    "smtplib", "socket", "ssl", "telnetlib", "urllib.request", "urllib3", "xmlrpc",
}  # fmt: skip
# `pickle` is here because reading one runs what it says; archives, because none is read.
PARSERS = {
    "bz2", "dill", "html5lib", "lzma", "marshal", "pickle", "pyld", "shelve", "tarfile", "xml.dom", "xml.etree",
    "xml.parsers", "xml.sax.expatreader", "xml.sax.handler", "yaml", "zipfile", "zlib",
}  # fmt: skip
PARSER_HOMES = {"node/harvest/inflate.py", "node/syntax/xml.py"}
# They pack what the node wrote itself, or need a checksum; they unpack nothing.
PACKERS = {"node/audit/evidence.py", "node/storage/schedule.py", "node/web/compression.py"}
LXML_PARSERS = {"fromstring", "parse", "iterparse", "XML", "HTML", "XMLParser", "HTMLParser", "XSLT", "XMLPullParser"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("node", "harvesters"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def users(modules: set[str]) -> set[str]:
    """Return the files that import one of some modules, or a part of one."""
    return {
        name
        for name, tree in sources()
        if any(found == each or found.startswith(f"{each}.") for found in imports(tree) for each in modules)
    }


def test_every_request_leaves_by_the_one_door_or_for_a_service_of_the_operator() -> None:
    assert users(NETWORK) == DOOR | OWN_SERVICES | LISTENERS | READERS


def test_the_client_of_issuers_is_handed_the_door() -> None:
    # Authlib brings clients of its own, which would resolve and connect without a check.
    found = {
        module
        for _, tree in sources()
        for module in imports(tree)
        if module.startswith("authlib") and "integrations" in module
    }

    assert found == set()


def test_nothing_listens_or_connects_by_another_name() -> None:
    calls = {
        (name, node.func.attr)
        for name, tree in sources()
        if name not in DOOR | OWN_SERVICES
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr in ("create_connection", "urlopen", "connect_ex", "urlretrieve")
    }

    assert calls == set()


def test_foreign_bytes_are_parsed_behind_the_gate_only() -> None:
    assert users(PARSERS) == PARSER_HOMES | PACKERS
    for name in PACKERS:
        assert not {"decompress", "decompressobj", "extractall"} & _called(name), name

    lxml = {
        name
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "etree"
        and node.attr in LXML_PARSERS
    }
    assert lxml == {"node/syntax/html.py", "node/syntax/rdf.py", "node/syntax/xml.py"}


def test_no_text_is_run_as_code() -> None:
    found = {
        (name, node.func.id)
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in ("eval", "exec", "compile", "__import__")
    }

    assert found == set()


def test_the_list_of_doors_names_files_that_are_there() -> None:
    for name in DOOR | OWN_SERVICES | LISTENERS | PARSER_HOMES | PACKERS:
        assert Path(ROOT, name).is_file()


def _called(name: str) -> set[str]:
    tree = ast.parse(Path(ROOT, name).read_text(encoding="utf-8"))
    return {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
