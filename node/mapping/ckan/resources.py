"""The resources of a CKAN package as distributions.

https://docs.ckan.org/projects/ckanext-dcat/en/latest/mapping/, rows of dcat:Distribution: `url` is what CKAN serves,
`access_url` and `download_url` what the source says of it.
"""

from __future__ import annotations

from node.mapping.checksums import checksum
from node.mapping.ckan.fields import Fields
from node.mapping.formats import Format, byte_size, read_format
from node.mapping.json_reading import JsonReading, Part, member, peek
from node.mapping.rights import Rights
from node.model.dcat import Distribution
from node.model.rdf import Iri, Literal
from node.terms import identifiers, vocabularies

MAX_DISTRIBUTIONS = 10_000


def distributions(
    reading: JsonReading, package: Part, page: Iri | None, license_iri: Iri | None
) -> tuple[Distribution, ...]:
    """Return the resources of a package as distributions; those past `MAX_DISTRIBUTIONS` stay, with a finding.

    Args:
        page: where a resource without an address can be had.
        license_iri: the package's licence, which holds for resources without one of their own.
    """
    found: dict[Distribution, None] = {}
    for part in reading.of(package, "resources"):
        if len(found) == MAX_DISTRIBUTIONS:
            message = f"only the first {MAX_DISTRIBUTIONS} resources were read"
            reading.note("mapping.distributions-many", message, part)
            break
        if part.members:
            way = _distribution(reading, part, page, license_iri)
            if way is not None:
                found[way] = None
    return tuple(found)


def _distribution(reading: JsonReading, part: Part, page: Iri | None, license_iri: Iri | None) -> Distribution | None:
    fields = Fields(reading, part)
    served = next(iter(fields.links("url")), None)
    downloads = fields.links("download_url")
    is_file = peek(member(part, "url_type")) in ("upload", "datastore") or (served and "/download/" in served)
    download = next(iter(downloads), None) or (served if is_file else None)
    known = _format(fields)
    rights = Rights()
    for one in fields.parts("license", "license_id", "rights"):
        rights.add(reading, one, reading.literal(one))
    titles = fields.literals("name", "name_translated", "title")
    fields.take(*_HOUSEKEEPING)
    way = Distribution(
        access_url=next(iter(fields.links("access_url")), None) or served or download or page,
        download_url=download,
        iri=next(iter(fields.links("uri")), None),
        title=titles or ((Literal(known.name),) if known.name else ()),
        description=fields.literals("description", "description_translated", one_line=False),
        media_type=known.media_type,
        file_format=known.file_type,
        byte_size=_size(reading, fields),
        license=rights.license or (None if rights.statements else license_iri),
        rights=tuple(rights.statements),
        issued=fields.date("issued", "created"),
        modified=fields.date("modified", "last_modified", "metadata_modified"),
        checksum=_checksum(reading, fields),
        conforms_to=fields.links("conforms_to"),
    )
    return way if way != Distribution(access_url=page) else None


def _format(fields: Fields) -> Format:
    """The media type, and the file type of `format`, which says more where both are told."""
    by_type = [_known(fields, part, text) for part in fields.parts("mimetype") if (text := fields.reading.line(part))]
    by_name = [_known(fields, part, text) for part in fields.parts("format") if (text := fields.reading.line(part))]
    found = [*by_name, *by_type]
    return Format(
        media_type=next((one.media_type for one in (*by_type, *by_name) if one.media_type), None),
        file_type=next((one.file_type for one in found if one.file_type), None),
        name=next((one.name for one in found if one.name), None),
    )


def _known(fields: Fields, part: Part, text: str) -> Format:
    # ckanext-dcat keeps addresses of the EU's file types and of IANA's media types.
    iri = identifiers.iri(text)
    if iri and (vocabularies.media_type(iri) or vocabularies.file_type(iri)):
        return Format(media_type=vocabularies.media_type(iri), file_type=vocabularies.file_type(iri))
    return read_format(fields.reading, part, text)


def _size(reading: JsonReading, fields: Fields) -> int | None:
    for part in fields.parts("size", "byte_size"):
        text = reading.line(part)
        size = byte_size(text) if text else None
        if size is not None:
            return size
        if text:
            reading.note("mapping.value-unusable", f"“{text}” is no size in bytes", part, text)
    return None


def _checksum(reading: JsonReading, fields: Fields) -> tuple[str, str] | None:
    """The checksum; CKAN's own `hash` names its algorithm only where ckanext-dcat added it."""
    algorithm = next(map(peek, fields.parts("hash_algorithm")), "")
    for part in fields.parts("hash"):
        found = checksum(algorithm, peek(part))
        if found:
            fields.take("hash", "hash_algorithm")
            return found
        if peek(part):
            reading.note("mapping.value-unusable", f"“{peek(part)}” is no checksum", part, peek(part))
    return None


# What CKAN keeps for itself.
_HOUSEKEEPING = (
    "id", "package_id", "position", "state", "resource_type", "url_type", "datastore_active", "cache_url",
    "cache_last_updated", "revision_id", "mimetype_inner", "datastore_contains_all_records_of_source_file",
    "ckan_url", "hash_algorithm",
)  # fmt: skip
