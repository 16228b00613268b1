"""What follows from a record's two labels as an ODRL policy (ODRL 2.2, https://www.w3.org/TR/odrl-model/).

It is an `odrl:Set` under a closed profile, `vocab/odrl-profile.ttl`: where rules meet the prohibition holds, and a term
that the profile does not have permits nothing. Policy and labels stand in one graph, named by the policy.
"""

from __future__ import annotations

from collections.abc import Iterator

from node.mapping.label_rdf import DATE, INTEGER, concept, label_triples, own, zone
from node.model.label import Label, Labels
from node.model.rdf import Iri, Literal, Triple
from node.namespaces import RDF_TYPE, expand
from node.sovereignty.labels import WORLD

PROFILE = Iri("https://w3id.org/fairnode/odrl")


def policy_triples(policy: Iri, *, record: Iri, resource: Iri, labels: Labels) -> tuple[Triple, ...]:
    """Return the policy graph of a record.

    Args:
        policy: its IRI; everything in the graph lies below it.
        record: the catalogue record, which the record's label is of.
        resource: the dataset or service described, which the data's label is of.

    Raises:
        LabelError: a label has no spelling.
    """
    found: list[Triple] = [
        (policy, RDF_TYPE, expand("odrl:Set")),
        (policy, expand("odrl:uid"), policy),
        (policy, expand("odrl:profile"), PROFILE),
        (policy, expand("odrl:conflict"), expand("odrl:prohibit")),
    ]
    for of, target, label in (("record", record, labels.record), ("data", resource, labels.data)):
        node = Iri(f"{policy}#{of}-label")
        found += label_triples(node, label)
        found.append((node, own("of"), target))
        found += _rules(policy, of, target, label)
    return tuple(found)


def _rules(policy: Iri, of: str, target: Iri, label: Label) -> Iterator[Triple]:
    def rule(name: str, kind: str, action: Iri) -> Iri:
        node = Iri(f"{policy}#{of}-{name}")
        found.extend(
            [
                (policy, expand(f"odrl:{kind}"), node),
                (node, RDF_TYPE, expand(f"odrl:{_RULES[kind]}")),
                (node, expand("odrl:target"), target),
                (node, expand("odrl:action"), action),
            ]
        )
        return node

    def constraint(on: Iri, name: str, left: Iri, operator: str, right: Iri | Literal) -> None:
        node = Iri(f"{on}-{name}")
        found.extend(
            [
                (on, expand("odrl:constraint"), node),
                (node, RDF_TYPE, expand("odrl:Constraint")),
                (node, expand("odrl:leftOperand"), left),
                (node, expand("odrl:operator"), expand(f"odrl:{operator}")),
                (node, expand("odrl:rightOperand"), right),
            ]
        )

    found: list[Triple] = []
    if label.policies:
        # A policy that this node cannot evaluate permits nobody anything, so there is nothing to constrain.
        rule("use", "prohibition", expand("odrl:use"))
    else:
        use = rule("use", "permission", expand("odrl:use"))
        constraint(use, "access", own("accessClass"), "gteq", concept("access", label.access.name))
        constraint(use, "personal", own("personalDataClass"), "gteq", concept("personal", label.personal.name))
        for code in sorted(label.critical):
            constraint(use, code.lower(), own("technologyCleared"), "hasPart", concept("critical", code))
        if label.retention.erase_by is not None:
            until = Literal(label.retention.erase_by.isoformat(), datatype=DATE)
            constraint(use, "until", expand("odrl:dateTime"), "lt", until)
    store = rule("store", "permission", own("store"))
    for code in sorted(label.zones):
        if code != WORLD:
            constraint(store, code.replace(":", "-").lower(), expand("odrl:spatial"), "isPartOf", zone(code))
    least = Literal(str(label.assurance), datatype=INTEGER)
    constraint(store, "assurance", own("storageAssurance"), "gteq", least)
    if label.retention.keep_until is not None:
        keep = rule("keep", "prohibition", expand("odrl:delete"))
        until = Literal(label.retention.keep_until.isoformat(), datatype=DATE)
        constraint(keep, "until", expand("odrl:dateTime"), "lt", until)
    if label.retention.erase_by is not None:
        erase = rule("erase", "obligation", expand("odrl:delete"))
        by = Literal(label.retention.erase_by.isoformat(), datatype=DATE)
        constraint(erase, "by", expand("odrl:dateTime"), "lteq", by)
    yield from found


_RULES = {"permission": "Permission", "prohibition": "Prohibition", "obligation": "Duty"}
