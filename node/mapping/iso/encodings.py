"""Where the two XML encodings of ISO 19115 differ: the names of the properties that lead to the same thing.

ISO/TS 19139:2007 encodes ISO 19115:2003 (https://schemas.isotc211.org/19139/-/), ISO/TS 19115-3:2016 encodes
ISO 19115-1:2014 (https://schemas.isotc211.org/19115/-3/). Both put a property (`citation`) around every object
(`CI_Citation`); a path is the properties alone, so that profiles may replace the objects' classes by their own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """Paths that differ; each is one of several that may lead there.

    Attributes:
        namespaces: how the namespace of its root begins.
        identifier: of the metadata, from its root.
        language: of the metadata, from its root.
        locales: the languages of translations, from the root: objects with an `id`.
        locale_language: from such an object.
        scope: what is described, from the root: dataset, series, service.
        parent: identifier of the metadata this is a part of, from the root.
        lineage: from the root.
        itself: properties of the root that describe the metadata and not the resource.
        resource_language: from the identification.
        associated: related resources, from the identification.
        associated_target: from a related resource.
        format_name: from a format.
        measured: names of what was measured, from the root.
    """

    namespaces: tuple[str, ...]
    identifier: tuple[str, ...]
    language: tuple[str, ...]
    locales: tuple[str, ...]
    locale_language: tuple[str, ...]
    scope: tuple[str, ...]
    parent: tuple[str, ...]
    lineage: tuple[str, ...]
    itself: tuple[str, ...]
    resource_language: tuple[str, ...]
    associated: tuple[str, ...]
    associated_target: tuple[str, ...]
    format_name: tuple[str, ...]
    measured: tuple[str, ...]


ISO_19139 = Encoding(
    namespaces=("http://www.isotc211.org/2005/",),
    identifier=("fileIdentifier",),
    language=("language",),
    locales=("locale",),
    locale_language=("languageCode",),
    scope=("hierarchyLevel",),
    parent=("parentIdentifier",),
    lineage=("dataQualityInfo/lineage",),
    itself=(
        "language",
        "locale",
        "characterSet",
        "hierarchyLevelName",
        "dateStamp",
        "metadataStandardName",
        "metadataStandardVersion",
        "metadataConstraints",
        "metadataMaintenance",
    ),
    resource_language=("language",),
    associated=("aggregationInfo",),
    associated_target=(
        "aggregateDataSetIdentifier/code",
        "aggregateDataSetName/identifier/code",
    ),
    format_name=("name",),
    measured=("contentInfo/attributeDescription",),
)

ISO_19115_3 = Encoding(
    namespaces=("http://standards.iso.org/iso/19115/-3/", "http://www.isotc211.org/namespace/"),
    identifier=("metadataIdentifier/code",),
    language=("defaultLocale/language",),
    locales=("defaultLocale", "otherLocale"),
    locale_language=("language",),
    scope=("metadataScope/resourceScope",),
    parent=("parentMetadata/identifier/code",),
    lineage=("resourceLineage",),
    itself=(
        "defaultLocale",
        "otherLocale",
        "dateInfo",
        "metadataStandard",
        "metadataProfile",
        "metadataLinkage",
        "alternativeMetadataReference",
        "metadataConstraints",
        "metadataMaintenance",
    ),
    resource_language=("defaultLocale/language", "otherLocale/language"),
    associated=("associatedResource",),
    associated_target=("name/identifier/code", "name/onlineResource/linkage", "metadataReference/identifier/code"),
    format_name=("formatSpecificationCitation/title", "formatSpecificationCitation/alternateTitle"),
    measured=("contentInfo/attributeGroup/attribute/name/code", "contentInfo/attributeGroup/attribute/description"),
)


def encoding_of(namespace: str) -> Encoding | None:
    """Return the encoding that a root's namespace belongs to; `None` where it belongs to neither."""
    known = (ISO_19115_3, ISO_19139)
    return next((one for one in known if namespace.startswith(one.namespaces)), None)
