"""DataCite relation types as properties of DCMI, DCAT 3 and PROV, and back.

Source: DataCite Metadata Schema 4.6, appendix 1, relationType
(https://datacite-metadata-schema.readthedocs.io/en/4.6/appendices/appendix-1/relationType/).
"""

from __future__ import annotations

from node.model.rdf import Iri
from node.namespaces import expand

# The first relation type of a property is the one written for it.
_TABLE = """
IsReferencedBy       dct:isReferencedBy
IsCitedBy            dct:isReferencedBy
IsSupplementTo       dct:isReferencedBy
References           dct:references
Cites                dct:references
IsSupplementedBy     dct:relation
Other                dct:relation
IsPartOf             dct:isPartOf
IsPublishedIn        dct:isPartOf
HasPart              dct:hasPart
HasVersion           dcat:hasVersion
IsVersionOf          dcat:isVersionOf
IsNewVersionOf       dcat:previousVersion
Continues            dcat:prev
IsContinuedBy        dcat:next
Obsoletes            dct:replaces
IsObsoletedBy        dct:isReplacedBy
IsPreviousVersionOf  dct:isReplacedBy
Requires             dct:requires
IsRequiredBy         dct:isRequiredBy
IsVariantFormOf      dct:isFormatOf
IsOriginalFormOf     dct:hasFormat
IsTranslationOf      dct:isVersionOf
HasTranslation       dct:hasVersion
IsDocumentedBy       foaf:page
Documents            foaf:topic
IsMetadataFor        foaf:topic
Describes            foaf:topic
HasMetadata          foaf:isPrimaryTopicOf
IsDescribedBy        foaf:isPrimaryTopicOf
IsDerivedFrom        dct:source
IsSourceOf           prov:hadDerivation
IsCompiledBy         prov:wasInfluencedBy
Compiles             prov:influenced
IsCollectedBy        prov:wasGeneratedBy
Collects             prov:generated
IsReviewedBy         schema:review
Reviews              schema:itemReviewed
IsIdenticalTo        owl:sameAs
"""
_PAIRS = [(line.split()[0], expand(line.split()[1])) for line in _TABLE.strip().splitlines()]

PREDICATES: dict[str, Iri] = dict(_PAIRS)
RELATION_TYPES: dict[Iri, str] = {predicate: name for name, predicate in reversed(_PAIRS)} | {
    expand("dct:relation"): "References",
    expand("prov:wasDerivedFrom"): "IsDerivedFrom",
    expand("dct:conformsTo"): "References",
}


def predicate(relation_type: str) -> Iri | None:
    """Return the property of a relation type, whatever its case; `None` for one DataCite does not know."""
    return PREDICATES.get(relation_type) or _BY_LOWER_CASE.get(relation_type.lower())


_BY_LOWER_CASE = {name.lower(): found for name, found in _PAIRS}
