"""An audit as one file of evidence: a zip archive that anybody can check, and that comes out the same byte for byte.

Its members are stored, not compressed, sorted, and dated 1980, the first year a zip archive knows: compression differs
between versions of its library. `audit.json` is what the audit's digest is the SHA-256 of, and holds the digests of
`results.jsonl`, `rules.json` and the shapes files.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from node.audit.documents import Tally, result_line, rules_text
from node.audit.judging import canonical
from node.errors import StorageError
from node.model.audit import Audit, Judgement, Signature, Waiver, Yardstick
from node.storage.audit_scores import ScoreSheet
from node.syntax import JsonValue
from node.whole_file import whole_file

_README = """Evidence of an audit of metadata records.

audit.json       the audit; its SHA-256 is the digest that the audit is known and signed by
results.jsonl    one line per record, by the node's own name of it; its SHA-256 is "results" in audit.json
rules.json       the rules that "checks" speaks of, one character each in their order: f failed, u undecided,
                 . nothing to say; its SHA-256 is "profile"."rules" in audit.json. A finding says only what its
                 rule does not say already
profile/         the shapes; their SHA-256 are in "profile"."files" in audit.json
scores.json      points of FAIR, F-UJI, RDA or MQA, where there are any. They also rest on what the records' links
                 answered, of which it has the dates and a digest, so the audit's digest does not cover it
waivers.json     what was waived of these rules and sources, ever
signatures.json  who stood up for the digest, and when
MANIFEST.sha256  the SHA-256 of every other member: sha256sum -c MANIFEST.sha256

"rdf" in a line of results.jsonl is the SHA-256 of the canonical N-Triples that were judged.
"""


def check(audit: Audit, measure: Yardstick, results: Iterable[Judgement]) -> None:
    """Work out an audit's document again from what is stored.

    Raises:
        StorageError: what is stored is not what the digest was made of.
    """
    tally = Tally(measure, [each.source for each in audit.sources])
    for judgement in results:
        tally.add(judgement)
    again = hashlib.sha256(tally.document().encode()).hexdigest()
    if again != audit.digest:
        raise StorageError(
            f"what is stored of audit {audit.digest[:12]} has the digest {again[:12]}",
            advice="Somebody changed the database; restore a backup, and audit again.",
        )


def export(
    target: Path,
    audit: Audit,
    measure: Yardstick,
    results: Iterable[Judgement],
    waivers: Sequence[Waiver],
    signatures: Sequence[Signature],
    sheet: ScoreSheet | None = None,
) -> None:
    """Write an audit's evidence to a file, which is there whole or not at all.

    Args:
        sheet: its scores.

    Raises:
        SettingsError: the file cannot be written.
    """
    names = {each.source for each in audit.sources}
    codes = {rule.code for rule in measure.rules}
    about = [each for each in waivers if each.code in codes and (each.source is None or each.source in names)]
    members: list[tuple[str, Iterable[bytes]]] = [
        ("README.txt", [_README.encode()]),
        ("audit.json", [audit.document.encode()]),
        *((f"profile/{_member(name)}", [data]) for name, data in measure.files),
        ("results.jsonl", (result_line(each).encode() for each in results)),
        ("rules.json", [rules_text(measure.rules).encode()]),
        *([("scores.json", [sheet.document.encode()])] if sheet is not None else []),
        ("signatures.json", [canonical([_signature(each) for each in signatures]).encode()]),
        ("waivers.json", [canonical([waiver_values(each) for each in about]).encode()]),
    ]
    with whole_file(target) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        lines = [f"{_write(archive, name, parts)}  {name}\n" for name, parts in sorted(members, key=lambda m: m[0])]
        _write(archive, "MANIFEST.sha256", [line.encode() for line in lines])


def waiver_values(waiver: Waiver) -> dict[str, JsonValue]:
    """Return a waiver as JSON."""
    return {
        "waiver": waiver.number,
        "rule": waiver.code,
        "source": waiver.source,
        "record": waiver.record,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "created": waiver.created.isoformat(),
        "expires": waiver.expires.isoformat(),
        "ended": waiver.ended.isoformat() if waiver.ended else None,
    }


def _signature(signature: Signature) -> dict[str, JsonValue]:
    return {
        "audit": signature.audit,
        "who": signature.who,
        "at": f"{signature.at.isoformat()}Z",
        "note": signature.note,
    }


def _member(name: str) -> str:
    # A shapes file is named by whoever wrote the profile; in an archive it must stay below its folder.
    return "/".join(part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", "."))


def _write(archive: zipfile.ZipFile, name: str, parts: Iterable[bytes]) -> str:
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3  # the same on every system
    info.external_attr = 0o644 << 16
    digest = hashlib.sha256()
    with archive.open(info, "w", force_zip64=True) as member:
        for part in _joined(parts):
            digest.update(part)
            member.write(part)
    return digest.hexdigest()


def _joined(parts: Iterable[bytes], size: int = 1 << 16) -> Iterator[bytes]:
    waiting = bytearray()
    for part in parts:
        waiting += part
        if len(waiting) >= size:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)
