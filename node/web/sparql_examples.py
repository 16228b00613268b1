"""The example queries of the SPARQL page, in the shapes that stay fast as the node grows."""

from __future__ import annotations

EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        "Datasets and their titles",
        """PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>

SELECT ?dataset ?title WHERE {
  ?dataset a dcat:Dataset ; dct:title ?title .
}
LIMIT 20""",
    ),
    (
        "How many datasets each publisher has",
        """PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>

SELECT ?publisher (SAMPLE(?name) AS ?label) (COUNT(DISTINCT ?dataset) AS ?datasets) WHERE {
  ?dataset dct:publisher ?publisher .
  OPTIONAL { ?publisher foaf:name ?name }
}
GROUP BY ?publisher
ORDER BY DESC(?datasets)
LIMIT 20""",
    ),
    (
        "Everything one record's graph says",
        """CONSTRUCT { ?s ?p ?o }
WHERE {
  { SELECT ?g WHERE { GRAPH ?g { ?record a <http://www.w3.org/ns/dcat#CatalogRecord> } } LIMIT 1 }
  GRAPH ?g { ?s ?p ?o }
}""",
    ),
    (
        "Datasets changed since the beginning of the year 2024",
        """PREFIX dct: <http://purl.org/dc/terms/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

SELECT ?dataset ?modified WHERE {
  ?dataset dct:modified ?modified .
  FILTER (?modified >= "2024-01-01"^^xsd:date)
}
ORDER BY DESC(?modified)
LIMIT 20""",
    ),
)
