"""A FAIR Data Point on loopback: repository, catalogues, datasets and distributions, each an LDP resource of its own.

FAIR Data Point specification (https://specs.fairdatapoint.org/), LDP direct containers
(https://www.w3.org/TR/ldp/#ldpdc); Turtle written as the reference implementation lays it out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.servers.dcat_catalogue import Document, Site

_PREFIXES = """@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix fdp-o: <https://w3id.org/fdp/fdp-o#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix ldp: <http://www.w3.org/ns/ldp#> .
@prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


class FairDataPoint(Site):
    """Serves datasets in catalogues, each with so many distributions.

    Args:
        catalogs: names of datasets, by the name of their catalogue.
    """

    def __init__(self, catalogs: Mapping[str, Sequence[str]], *, distributions: int = 1) -> None:
        super().__init__()
        self._distributions = distributions
        self._catalogs = {name: list(datasets) for name, datasets in catalogs.items()}
        self.lay_out()

    def lay_out(self) -> None:
        """Write every document that is not there yet, and the lists anew."""
        self._write("", self._repository(), afresh=True)
        for catalog, datasets in self._catalogs.items():
            self._write(f"/catalog/{catalog}", self._catalog(catalog, datasets), afresh=True)
            for dataset in datasets:
                self._write(f"/dataset/{dataset}", self._dataset(catalog, dataset))
                for number in range(self._distributions):
                    self._write(f"/distribution/{dataset}-{number}", self._distribution(dataset, number))

    def add(self, catalog: str, dataset: str) -> None:
        """Publish one more dataset, whose documents are as old as all the others."""
        self._catalogs[catalog].append(dataset)
        self.lay_out()

    def remove(self, catalog: str, dataset: str) -> None:
        """Take a dataset away: nothing lists it, and its address says 404."""
        self._catalogs[catalog].remove(dataset)
        del self.documents[f"/dataset/{dataset}"]
        self.lay_out()

    def change(self, path: str, before: str, after: str) -> None:
        """Edit a document now."""
        found = self.documents[path]
        assert isinstance(found, Document) and before.encode() in found.body
        body = found.body.replace(before.encode(), after.encode())
        self.documents[path] = replace(found, body=body, modified=dt.datetime.now(dt.UTC).replace(microsecond=0))

    def _write(self, path: str, text: str, *, afresh: bool = False) -> None:
        key = path or "/"
        if afresh or key not in self.documents:
            self.documents[key] = Document(body=(_PREFIXES + text).encode())

    def _container(self, kind: str, relation: str, owner: str, members: Sequence[str]) -> str:
        contains = "".join(f"  ldp:contains <{self.url}/{kind}/{name}> ;\n" for name in members)
        return (
            f'<{self.url}/{kind}/> a ldp:DirectContainer ; dcterms:title "{kind}s" ;\n'
            f"  ldp:hasMemberRelation {relation} ;\n{contains}  ldp:membershipResource <{owner}> .\n"
        )

    def _repository(self) -> str:
        root = self.url
        catalogs = "".join(f"  fdp-o:metadataCatalog <{root}/catalog/{name}> ;\n" for name in self._catalogs)
        return (
            f"<{root}> a fdp-o:FAIRDataPoint, fdp-o:MetadataService, dcat:DataService, dcat:Resource ;\n"
            f'  dcterms:title "A FAIR Data Point"@en ;\n{catalogs}'
            f"  dcat:contactPoint [ a vcard:Kind ; vcard:hasEmail <mailto:steward@example.org> ] ;\n"
            f"  dcat:endpointURL <{root}> .\n"
            + self._container("catalog", "fdp-o:metadataCatalog", root, list(self._catalogs))
        )

    def _catalog(self, name: str, datasets: Sequence[str]) -> str:
        me = f"{self.url}/catalog/{name}"
        links = "".join(f"  dcat:dataset <{self.url}/dataset/{one}> ;\n" for one in datasets)
        return (
            f'<{me}> a dcat:Catalog, dcat:Resource ; dcterms:title "Catalogue {name}"@en ;\n{links}'
            f"  dcterms:isPartOf <{self.url}> .\n" + self._container("dataset", "dcat:dataset", me, datasets)
        )

    def _dataset(self, catalog: str, name: str) -> str:
        me = f"{self.url}/dataset/{name}"
        files = [f"{name}-{number}" for number in range(self._distributions)]
        links = "".join(f"  dcat:distribution <{self.url}/distribution/{one}> ;\n" for one in files)
        return (
            f'<{me}> a dcat:Dataset, dcat:Resource ; dcterms:title "Dataset {name}"@en ;\n'
            f'  dcterms:description "What {name} holds."@en ;\n{links}'
            f'  fdp-o:metadataModified "2024-05-06T07:08:09Z"^^xsd:dateTime ;\n'
            f'  dcterms:publisher [ a foaf:Agent ; foaf:name "An institute" ] ;\n'
            f"  dcterms:isPartOf <{self.url}/catalog/{catalog}> .\n"
            + self._container("distribution", "dcat:distribution", me, files)
        )

    def _distribution(self, dataset: str, number: int) -> str:
        me = f"{self.url}/distribution/{dataset}-{number}"
        return (
            f'<{me}> a dcat:Distribution, dcat:Resource ; dcterms:title "File {number} of {dataset}"@en ;\n'
            f"  dcat:downloadURL <{self.url}/files/{dataset}-{number}.csv> ;\n"
            f'  dcat:byteSize "1024"^^xsd:nonNegativeInteger ;\n'
            f"  dcterms:isPartOf <{self.url}/dataset/{dataset}> .\n"
        )
