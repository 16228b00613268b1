"""JSON-LD contexts as far as documents of schema.org use them: a vocabulary, prefixes, aliases, a default language.

JSON-LD 1.1, section 3.1 (https://www.w3.org/TR/json-ld11/#the-context). Nothing is fetched: contexts named by address
count for what they are known to say; what a context defines beyond terms and prefixes is noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from node.namespaces import PREFIXES
from node.syntax import JsonValue

SCHEMA = "https://schema.org/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What terms mean at one place of a document.

    Attributes:
        vocab: the namespace of terms that are not defined; `None` where such terms mean nothing.
        language: the language of strings that name none.
        terms: prefixes and terms, with the IRI, the compact IRI or the keyword they stand for.
    """

    vocab: str | None = None
    language: str | None = None
    terms: Mapping[str, str] = field(default_factory=dict)

    def with_(self, value: JsonValue, note: Callable[[str], None]) -> Context:
        """Return this context with what an `@context` adds; `note` is told what is not followed."""
        if value is None:
            return Context()
        if isinstance(value, list):
            found = self
            for one in value:
                found = found.with_(one, note)
            return found
        if isinstance(value, str):
            known = _remote(value)
            if known is None:
                note(f"the context {value[:200]} is not at hand; its terms are not read")
                return self
            return replace(self, vocab=SCHEMA, terms={**self.terms, **known})
        if not isinstance(value, dict):
            return self
        imported = value.get("@import")
        found = self.with_(imported, note) if isinstance(imported, str) else self
        vocab, language = value.get("@vocab", found.vocab), value.get("@language", found.language)
        return replace(
            found,
            vocab=found.expand(vocab) or vocab if isinstance(vocab, str) else None,
            language=language if isinstance(language, str) else None,
            terms={**found.terms, **_definitions(value, note)},
        )

    def name(self, term: str) -> str | None:
        """Return schema.org's own name of a term of its vocabulary, else the term's IRI or keyword; `None` if none."""
        iri = self.expand(term)
        found = _SCHEMA_TERM.fullmatch(iri) if iri else None
        return found["name"] if found else iri

    def expand(self, term: str, depth: int = 0) -> str | None:
        """Return the IRI or the keyword that a term or a compact IRI stands for; `None` where it stands for nothing."""
        if term.startswith("@"):
            return term
        target = self.terms.get(term)
        if target is not None and target != term:
            # Terms that are defined by each other in a circle mean nothing.
            return self.expand(target, depth + 1) if target and depth < 8 else None
        prefix, colon, local = term.partition(":")
        if not colon:
            return f"{self.vocab}{term}" if self.vocab and term else None
        namespace = self.terms.get(prefix)
        if namespace is None or local.startswith("//") or depth >= 8:
            return term
        return f"{self.expand(namespace, depth + 1) or namespace}{local}"


def _remote(address: str) -> Mapping[str, str] | None:
    """The terms of a context known by its address; `None` where it is not known."""
    if _SCHEMA_CONTEXT.fullmatch(address.strip()):
        return _SCHEMA_PREFIXES
    if "w3id.org/ro/crate/" in address or "researchobject.org/ro-crate" in address:
        return _CRATE_TERMS
    return _SCHEMA_PREFIXES if _CODEMETA.fullmatch(address.strip()) else None


def _definitions(value: Mapping[str, JsonValue], note: Callable[[str], None]) -> dict[str, str]:
    found: dict[str, str] = {}
    for term, definition in value.items():
        if term.startswith("@"):
            continue
        if isinstance(definition, dict):
            strange = definition.keys() - _UNDERSTOOD
            container = definition.get("@container")
            if strange or container not in (None, "@list", "@set"):
                note(f"the context redefines “{term[:100]}” in a way that is not followed")
                found[term] = ""
                continue
            definition = definition.get("@id", term)
        found[term] = definition if isinstance(definition, str) else ""
    return found


_SCHEMA_CONTEXT = re.compile(
    r"https?://(?:www\.)?schema\.org(?:/(?:docs/jsonldcontext\.json(?:ld)?|version/[\w./-]+)?)?#?", re.IGNORECASE
)
_SCHEMA_TERM = re.compile(r"https?://(?:www\.)?schema\.org/(?P<name>[A-Za-z][\w-]*)")
_CODEMETA = re.compile(r"https?://(?:doi\.org/10\.5063/schema/codemeta-[\d.]+|w3id\.org/codemeta/[\w.]+)")
# Prefixes that schema.org's own context defines too.
_SCHEMA_PREFIXES: Mapping[str, str] = {
    **{prefix: PREFIXES[prefix] for prefix in ("dcat", "foaf", "owl", "prov", "rdf", "rdfs", "skos", "void", "xsd")},
    "dct": PREFIXES["dct"],
    "dcterms": PREFIXES["dct"],
    "schema": SCHEMA,
}
# https://w3id.org/ro/crate/1.1/context: schema.org's terms, and some that are not.
_CRATE_TERMS: Mapping[str, str] = {
    **_SCHEMA_PREFIXES,
    "cite-as": "https://www.iana.org/assignments/link-relations#cite-as",
    "conformsTo": PREFIXES["dct"] + "conformsTo",
    "File": SCHEMA + "MediaObject",
}
_UNDERSTOOD = frozenset({"@id", "@type", "@protected", "@prefix", "@container"})
