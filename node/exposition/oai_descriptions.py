"""What the provider says of itself: Identify with its descriptions, and the names of sets (sections 4.2, 4.6).

Guidelines: oai-identifier, branding and friends at https://www.openarchives.org/OAI/2.0/guidelines.htm
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from node.exposition import oai_xml as xml
from node.exposition.oai_provider import Provider
from node.namespaces import OAI_BRANDING, OAI_FRIENDS, OAI_IDENTIFIER, XSI
from node.terms import vocabularies

_SCHEMAS = "http://www.openarchives.org/OAI/2.0/"
_FAMILIES = {
    "source": "Records by source",
    "kind": "Records by kind",
    "type": "Records by type",
    "theme": "Records by theme",
    "infrastructure": "Records by infrastructure",
    "openaire_data": "OpenAIRE: research data",
}
_THEMES = "http://publications.europa.eu/resource/authority/data-theme/"


def identify(provider: Provider) -> Iterable[str]:
    """Return the content of an answer to Identify."""
    _, earliest = provider.repository.clock()
    descriptions = (_oai_identifier(provider), _branding(provider), _friends(provider))
    return xml.elements(
        "Identify",
        (
            xml.element("repositoryName", provider.name),
            xml.element("baseURL", provider.base_url),
            "<protocolVersion>2.0</protocolVersion>",
            xml.element("adminEmail", provider.admin_email),
            f"<earliestDatestamp>{xml.stamp(earliest, provider.granularity)}</earliestDatestamp>",
            "<deletedRecord>persistent</deletedRecord>",
            xml.element("granularity", provider.granularity),
            "<compression>gzip</compression>",
            *(f"<description>{each}</description>" for each in descriptions if each),
        ),
    )


def list_sets(specs: Sequence[str]) -> Iterable[str]:
    """Return the content of an answer to ListSets; a set's ancestors are sets too (section 2.6)."""
    whole = {":".join(spec.split(":")[: depth + 1]) for spec in specs for depth in range(spec.count(":") + 1)}
    return xml.elements(
        "ListSets",
        (
            f"<set>{xml.element('setSpec', spec)}{xml.element('setName', _set_name(spec))}</set>"
            for spec in sorted(whole)
        ),
    )


def _set_name(spec: str) -> str:
    family, _, member = spec.partition(":")
    name = _FAMILIES.get(family, family)
    if family == "theme" and member:
        member = vocabularies.label(f"{_THEMES}{member}") or member
    return f"{name}: {member}" if member else name


def _oai_identifier(provider: Provider) -> str:
    namespace = provider.repository_identifier
    return (
        _opened("oai-identifier", OAI_IDENTIFIER, "oai-identifier.xsd")
        + f"<scheme>oai</scheme>{xml.element('repositoryIdentifier', namespace)}<delimiter>:</delimiter>"
        + f"{xml.element('sampleIdentifier', f'oai:{namespace}:aaaaaaaaaaaaaaaaaaaaaaaa')}</oai-identifier>"
    )


def _branding(provider: Provider) -> str:
    if not provider.icon:
        return ""
    home = provider.base_url.removesuffix("/oai")
    icon = xml.element("url", provider.icon) + xml.element("link", home) + xml.element("title", provider.name)
    return _opened("branding", OAI_BRANDING, "branding.xsd") + f"<collectionIcon>{icon}</collectionIcon></branding>"


def _friends(provider: Provider) -> str:
    if not provider.friends:
        return ""
    urls = "".join(xml.element("baseURL", url) for url in provider.friends)
    return _opened("friends", OAI_FRIENDS, "friends.xsd") + f"{urls}</friends>"


def _opened(name: str, namespace: str, schema: str) -> str:
    return f'<{name} xmlns="{namespace}" xmlns:xsi="{XSI}" xsi:schemaLocation="{namespace} {_SCHEMAS}{schema}">'
