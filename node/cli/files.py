"""Working with single files, no node needed: `fairnode map`, `validate`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from node.errors import MappingError, NotFound
from node.files import mapped_file, triples_of_file
from node.mapping import WRITERS, schema_org
from node.mapping.dcat_ap import shared_nodes, to_triples
from node.model.rdf import Iri
from node.model.report import Severity
from node.namespaces import PREFIXES
from node.syntax import write_rdf
from node.validation import load_profile, validate
from node.validation.reports import FORMATS, render

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


@click.command("validate")
@click.argument("file", type=_FILE)
@click.option("--profile", default="fair", show_default=True, help="A profile's name, or a shapes file.")
@click.option("--from", "prefix", help="Metadata prefix of the file, where it is not RDF.")
@click.option("--engine", type=click.Choice(["pyshacl"]), default="pyshacl", show_default=True)
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", show_default=True)
@click.option(
    "--fail-on",
    type=click.Choice([*(severity.label for severity in Severity), "never"]),
    default="violation",
    show_default=True,
    help="Exit 1 where a finding is at least this severe.",
)
@click.pass_context
def validate_(
    ctx: click.Context, file: str, profile: str, prefix: str | None, engine: str, form: str, fail_on: str
) -> None:
    """Validate the record in FILE: RDF (.ttl, .nt, .jsonld, .rdf), or any mapped format with --from.

    Needs no home folder. Exits 1 where findings reach --fail-on.
    """
    triples = triples_of_file(_read(file), Path(file).suffix, prefix)
    report = validate(triples, load_profile(profile))
    if not report.max_score and not report.results:
        raise MappingError(
            f"{file} holds nothing that the profile {profile} checks",
            advice="A record is a dcat:Dataset or dcat:DataService; is its class spelt right, or --from missing?",
        )
    click.echo(render(report, form), nl=not form.startswith("json"))
    if fail_on != "never":
        limit = Severity[fail_on.upper()]
        if any(finding.severity >= limit for finding in report.results):
            ctx.exit(1)


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}", advice="Check the path.") from error
