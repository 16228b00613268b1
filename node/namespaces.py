"""The namespaces the node writes, bound once (rdflib's own DCAT namespace is DCAT 2).

Prefixes are those of the DCAT-AP 3 specification, section "Namespaces".
"""

from __future__ import annotations

from functools import lru_cache

from node.model.rdf import Iri

PREFIXES: dict[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "cerif": "https://w3id.org/cerif/model#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dqv": "http://www.w3.org/ns/dqv#",
    "fni": "https://w3id.org/fairnode/infrastructure#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "locn": "http://www.w3.org/ns/locn#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

OAI = "http://www.openarchives.org/OAI/2.0/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
OAI_PROVENANCE = "http://www.openarchives.org/OAI/2.0/provenance"
OAI_IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"
OAI_BRANDING = "http://www.openarchives.org/OAI/2.0/branding/"
OAI_FRIENDS = "http://www.openarchives.org/OAI/2.0/friends/"
OAI_DATACITE = "http://schema.datacite.org/oai/oai-1.1/"
DATACITE_4 = "http://datacite.org/schema/kernel-4"
DATACITE_3 = "http://datacite.org/schema/kernel-3"
DC = "http://purl.org/dc/elements/1.1/"
XML = "http://www.w3.org/XML/1998/namespace"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NAMELESS = Iri("urn:fairnode:file")
"""In place of a name: what a record in a file is called that states no address of its own."""


@lru_cache(maxsize=2048)
def expand(curie: str) -> Iri:
    """Return the IRI of a CURIE such as `dcat:Dataset`.

    Raises:
        KeyError: the prefix is not in `PREFIXES`.
    """
    prefix, _, local = curie.partition(":")
    return Iri(PREFIXES[prefix] + local)


RDF_TYPE = expand("rdf:type")
