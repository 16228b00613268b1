"""Packages of CKAN as `package_show` returns them, with the fields ckanext-dcat keeps DCAT-AP in.

Specifications: https://docs.ckan.org/en/latest/api/ (package_show),
https://docs.ckan.org/projects/ckanext-dcat/en/latest/mapping/.
"""

from __future__ import annotations

from node.errors import MappingError
from node.mapping.ckan.reading import read_resource
from node.mapping.json_reading import JsonReading, Part, member
from node.mapping.protocols import MappingContext
from node.model.mapped import Mapped
from node.syntax import JsonValue, parse_json


class Ckan:
    """The crosswalk of `ckan`."""

    prefixes: tuple[str, ...] = ("ckan", "ckan_package", "package_show")
    namespaces: tuple[str, ...] = ()
    media_types: tuple[str, ...] = ("application/json", "application/ld+json")

    def recognises(self, document: JsonValue) -> bool:
        """Tell whether a document is a package, or an answer of the Action API that holds one."""
        held = _package(JsonReading(document).root).members
        return "@context" not in held and "name" in held and not _SIGNS.isdisjoint(held)

    def read(self, payload: bytes, context: MappingContext) -> Mapped:
        """Map a package; see `Crosswalk.read`."""
        reading = JsonReading(parse_json(payload))
        package = _package(reading.root)
        if not package.members.keys() & {"name", "title", "id"}:
            raise MappingError("the document is no CKAN package: it has neither name nor title nor id")
        if package is not reading.root:
            reading.take(*(member(reading.root, name) for name in reading.root.members if name != "result"))
        resource, extra = read_resource(reading, package, context)
        return Mapped(resource=resource, extra=extra, unmapped=reading.unmapped(), findings=tuple(reading.findings))


CROSSWALK = Ckan()

_SIGNS = frozenset({"resources", "license_id", "metadata_modified", "owner_org", "num_resources"})


def _package(root: Part) -> Part:
    """The package itself, out of the Action API's answer where there is one around it."""
    inner = member(root, "result")
    return inner if "success" in root.members and inner.members else root
