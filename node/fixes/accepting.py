"""Accepting a spelling: a text gets one meaning, nobody's decision is overwritten unawares, and all are remembered.

Mapping sets hold what is meant now (`node.terms.additions`). `vocab/history.tsv` beside them holds each decision, one a
line, and is only ever added to: who decided what, when and why, and what the text meant before.
"""

from __future__ import annotations

import getpass
from pathlib import Path

from node.errors import Conflict, SettingsError
from node.fixes.suggesting import shipped_meaning
from node.model.rdf import Iri
from node.terms.additions import FOLDER, Spelling, read_additions, terms, write_additions
from node.terms.tables import fold

HISTORY = "history.tsv"
_COLUMNS = ("date", "vocabulary", "text", "term", "before", "author", "account", "reason")


def accept(home: Path, row: Spelling, *, replace: bool = False) -> bool:
    """Let a text mean a term; returns `False`, and changes nothing, where it does already.

    Args:
        home: the node's home folder.
        replace: give a text another meaning than it has by an earlier decision or a shipped mapping.

    Raises:
        Conflict: it has, and is not to get another.
        SettingsError: the files cannot be read or written, or a replaced meaning is given no reason.
    """
    known = read_additions(home)
    same = [one for one in known if (one.vocabulary, fold(one.text)) == (row.vocabulary, fold(row.text))]
    shipped = shipped_meaning(row.vocabulary, row.text)
    # The node's own win over shipped ones.
    before = same[0].iri if same else shipped
    if before == row.iri:
        return False
    if before is not None and not replace:
        said = _told(same[0]) if same else "by a mapping that is shipped"
        raise Conflict(
            f"“{row.text}” means {terms(row.vocabulary).get(before) or before} ({before}) already, {said}",
            advice="Look at both. --replace gives it the new meaning, and --reason says why.",
        )
    if before is not None and not row.comment:
        raise SettingsError(
            f"“{row.text}” gets another meaning for no reason", advice="Say with --reason why it does not mean the old."
        )
    _remember(home, row, before)
    write_additions(home, [*(one for one in known if one not in same), row])
    return True


def _told(one: Spelling) -> str:
    who = f"accepted by {one.author or 'nobody named'}{f' on {one.date}' if one.date else ''}"
    return who + (f": {one.comment}" if one.comment else "")


def _remember(home: Path, row: Spelling, before: Iri | None) -> None:
    """Add a decision before it takes effect: one that is remembered and did not happen shows, the other would not."""
    path = home / FOLDER / HISTORY
    cells = (row.date, row.vocabulary, row.text, row.iri, before or "", row.author, getpass.getuser(), row.comment)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", newline="") as file:
            if file.tell() == 0:
                file.write("\t".join(_COLUMNS) + "\n")
            file.write("\t".join(" ".join(cell.split()) for cell in cells) + "\n")
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}", advice="Let the node write to its home folder.") from error
