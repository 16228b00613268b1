"""Serves every real answer and record of a folder to a node, each as a source of its own, and prints what came of it.

`python -m tests.faults.replay FOLDER HOME` is a process of its own, so that its memory can be told: the last line of
its output is the most it took. Records that came alone, or in answers to GetRecord, are served in a list.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from node.bootstrap import open_node
from node.settings import ComputeSettings, Settings, ValidationSettings
from node.telemetry import configure_logging
from tests.faults.documents import FIRST, IDENTIFY, envelope, error, listing, record
from tests.faults.scenario import Played, Scenario, Stage
from tests.peak import peak_mib
from tests.servers.hostile import XML, Asked, Hostile, Reply, Script

# Bodies are stored as they were after inflating, and the server frames them itself.
_FRAMING = ("connection", "content-encoding", "content-length", "transfer-encoding")


def answers(folder: Path) -> Iterator[tuple[str, Reply]]:
    """Yield the answers of a folder, by a name that a source can have."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in (".xml", ".txt"))
    for number, path in enumerate(files):
        name = re.sub(r"[^a-z0-9]+", "-", path.stem.lower())[:40].strip("-")
        recorded = Path(f"{path}.http.json")
        meta = json.loads(recorded.read_bytes()) if recorded.exists() else {}
        yield (
            f"{number}-{name}",
            Reply(body=_in_a_list(path.read_bytes()), status=meta.get("status", 200), headers=_headers(meta)),
        )


def is_identify(answer: Reply) -> bool:
    """Return whether an answer is one to Identify, and is served as that."""
    return re.search(rb"<(?:\w+:)?Identify[\s>]", answer.body) is not None


def _headers(meta: dict[str, Any]) -> dict[str, str]:
    given = meta.get("headers", {})
    pairs = given.items() if isinstance(given, dict) else given
    flat = {name: value[0] if isinstance(value, list) else value for name, value in pairs}
    return {name: value for name, value in flat.items() if name.lower() not in _FRAMING} or dict(XML)


def _in_a_list(body: bytes) -> bytes:
    """Return an answer to ListRecords that holds what a file does; what is an answer already stays as it is."""
    bare = re.sub(rb"^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*\?>", b"", body).strip()
    root = re.match(rb"(?:<!--.*?-->\s*|<\?.*?\?>\s*)*<(?:\w+:)?(\w[\w-]*)", bare, re.DOTALL)
    name = root[1] if root else b""
    if name == b"records":
        bare, name = re.sub(rb"^<records>|</records>$", b"", bare), b"record"
    if name == b"record":
        return _around(bare, envelope("<ListRecords>@</ListRecords>"))
    if name and name not in (b"OAI-PMH", b"html"):
        return _around(bare, listing(record("alone", payload="@")))
    return re.sub(rb"(</?(?:\w+:)?)GetRecord(?=[\s>])", rb"\1ListRecords", body)


def _around(inner: bytes, outer: str) -> bytes:
    before, _, after = outer.encode().partition(b"@")
    return before + inner + after


def _script(answer: Reply) -> Script:
    """The answer comes to the first question that it fits; whatever follows it is the end of the list."""

    def script(asked: Asked) -> Reply:
        if asked.params["verb"] == "Identify":
            return answer if is_identify(answer) else Reply(body=IDENTIFY)
        if "resumptionToken" in asked.params:
            return Reply(body=error("noRecordsMatch"))
        return Reply(body=FIRST) if is_identify(answer) else answer

    return script


def _account(played: Played) -> dict[str, Any]:
    run = played.run
    return {
        "source": run.source,
        "status": run.status.value,
        "error": run.error.code if run.error else None,
        "balanced": run.balanced,
        "headers": run.headers,
        "listed": run.listed,
        "requests": len(played.asked),
        "ledger": [[name, *entry] for name, entry in played.ledger.items()],
    }


def main(folder: Path, home: Path) -> None:
    """Play every answer of a folder to the node that lives in `home`."""
    configure_logging(level="error")
    settings = Settings(
        compute=ComputeSettings(executor="inline"), validation=ValidationSettings(profile="")
    ).model_copy(update={"home": home})
    with Hostile() as server, closing(open_node(settings)) as node:
        stage = Stage(node, server)
        for name, answer in answers(folder):
            scenario = Scenario(name=name, script=_script(answer), source={"metadata_prefix": "whatever"})
            print(json.dumps(_account(stage.play(scenario))), flush=True)
            server.unmount(name)
    print(peak_mib())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
