"""`fairnode map`: a single file, no node needed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from node.errors import NotFound
from node.files import mapped_file
from node.mapping import schema_org
from node.mapping.crosswalks import WRITERS
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.model.rdf import Iri
from node.namespaces import PREFIXES
from node.syntax import write_rdf

_RDF_FORMATS = {
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}
_DOCUMENTS = {**{writer.prefix: writer.write for writer in WRITERS}, "schema_org": schema_org.write}
_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.command("map")
@click.argument("file", type=_FILE)
@click.option("--from", "prefix", required=True, help="Metadata prefix of the file, such as oai_dc.")
@click.option(
    "--to",
    "target",
    type=click.Choice([*_RDF_FORMATS, *_DOCUMENTS]),
    default="turtle",
    show_default=True,
)
@click.pass_context
def map_(ctx: click.Context, file: str, prefix: str, target: str) -> None:
    """Map one metadata record in FILE ('-' reads standard input) and print the result.

    What was not used, and what was understood with reservations, goes to standard error. Needs no home folder.
    """
    mapped = mapped_file(_read(file), Path(file).suffix, prefix)
    for finding in mapped.findings:
        line = f" (line {finding.source_line})" if finding.source_line else ""
        click.echo(f"{finding.severity.label}: {finding.message} [{finding.code}]{line}", err=True)
    for part in mapped.unmapped:
        click.echo(f"not used: {part.path}: {part.value}", err=True)
    if target in _RDF_FORMATS:
        base = Iri(mapped.resource.iri)
        shared = [triple for _, bundle in shared_nodes(mapped.resource) for triple in bundle]
        triples = [*to_triples(mapped.resource, base=base), *mapped.extra, *shared]
        sys.stdout.write(write_rdf(triples, _RDF_FORMATS[target], prefixes=PREFIXES).decode())
        return
    click.echo(_DOCUMENTS[target](mapped.resource))


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}", advice="Check the path.") from error
