"""Labels in RDF: read as written, told in declared terms only, and closed against what is not."""

import dataclasses
import datetime as dt

import pyoxigraph as ox
import pytest
from hypothesis import given

from node.errors import LabelError
from node.mapping.label_rdf import COUNTRY, SOVEREIGNTY, label_triples, read_label
from node.mapping.policies import PROFILE, policy_triples
from node.model.label import Access, Labels, Retention
from node.model.rdf import Iri, Literal
from node.namespaces import expand
from node.resources import data_folder
from node.sovereignty.labels import least, most_restrictive
from node.sovereignty.zones import zone_table
from node.syntax import to_ntriples
from tests.labels import label
from tests.labels import labels as any_label

NODE = Iri("https://node.example/policy/a#record-label")
POLICY = Iri("https://node.example/policy/a")
RECORD = Iri("https://node.example/record/a")
DATA = Iri("https://doi.org/10.1234/a")


def declared() -> set[str]:
    found = set()
    for name in ("sovereignty.ttl", "odrl-profile.ttl"):
        text = (data_folder("vocab") / name).read_bytes()
        found |= {quad.subject.value for quad in ox.parse(text, ox.RdfFormat.TURTLE)}
    return found


def policy(record=None, data=None):
    return policy_triples(
        POLICY, record=RECORD, resource=DATA, labels=Labels(record=record or least(), data=data or least())
    )


@given(any_label)
def test_a_label_is_read_as_it_was_written(made):
    made = dataclasses.replace(made, zones=made.zones - {"QQ", "NAT:ZZZ"} or frozenset({"EU"}))

    assert read_label(NODE, label_triples(NODE, made)) == made


@given(any_label, any_label)
def test_a_policy_tells_both_labels_below_its_own_name_and_in_declared_terms(record, data):
    known = declared()
    triples = policy(record, data)

    assert read_label(Iri(f"{POLICY}#record-label"), triples) == record
    assert read_label(Iri(f"{POLICY}#data-label"), triples) == data
    assert {subject for subject, _, _ in triples if subject != POLICY and not subject.startswith(f"{POLICY}#")} == set()
    used = {term for triple in triples for term in triple[1:] if isinstance(term, Iri) and term.startswith(SOVEREIGNTY)}
    assert used - {f"{SOVEREIGNTY}zone-qq"} <= known
    assert PROFILE in known
    assert len(list(ox.parse(to_ntriples(triples).encode(), ox.RdfFormat.N_TRIPLES))) == len(set(triples))


def test_every_zone_of_the_table_has_its_concept():
    assert {f"{SOVEREIGNTY}zone-{entry.code.lower()}" for entry in zone_table()} <= declared()


def test_something_nothing_is_known_about_is_prohibited():
    triples = policy(data=most_restrictive())
    use = Iri(f"{POLICY}#data-use")

    assert (POLICY, expand("odrl:prohibition"), use) in triples
    assert (POLICY, expand("odrl:permission"), use) not in triples


def test_access_residency_and_retention_become_rules():
    made = label(
        access=Access.RESTRICTED,
        zones="EU NAT:DEU",
        assurance=2,
        retention=Retention(keep_until=dt.date(2027, 1, 1), erase_by=dt.date(2028, 1, 1)),
    )
    triples = policy(data=made)

    constraints = {
        (str(node).removeprefix(f"{POLICY}#"), str(value).rpartition("/")[2])
        for node, predicate, value in triples
        if predicate == expand("odrl:rightOperand") and isinstance(value, Iri)
    }
    assert ("data-use-access", "sovereignty#access-restricted") in constraints
    assert ("data-store-eu", "sovereignty#zone-eu") in constraints
    assert ("data-store-nat-deu", "DEU") in constraints
    assert (POLICY, expand("odrl:obligation"), Iri(f"{POLICY}#data-erase")) in triples
    assert (Iri(f"{POLICY}#data-keep"), expand("odrl:action"), expand("odrl:delete")) in triples


GOOD = label_triples(NODE, label(access=Access.REGISTERED, origin=frozenset({"FIN"})))
OWN = Iri(f"{SOVEREIGNTY}access")


@pytest.mark.parametrize(
    "triples",
    [
        [],
        [triple for triple in GOOD if triple[1] != OWN],
        [*GOOD, (NODE, OWN, Iri(f"{SOVEREIGNTY}access-public"))],
        [*GOOD, (NODE, Iri(f"{SOVEREIGNTY}unheardOf"), Literal("x"))],
        [*GOOD, (NODE, expand("odrl:permission"), DATA)],
        [*GOOD, (NODE, Iri(f"{SOVEREIGNTY}criticalTechnology"), Iri(f"{SOVEREIGNTY}critical-cta11"))],
        [*GOOD, (NODE, Iri(f"{SOVEREIGNTY}origin"), Iri("https://example.org/FIN"))],
        [*GOOD, (NODE, Iri(f"{SOVEREIGNTY}origin"), Iri(f"{COUNTRY}fin"))],
        [*GOOD, (NODE, Iri(f"{SOVEREIGNTY}eraseBy"), Literal("soon"))],
        [*GOOD, (NODE, Iri(f"{SOVEREIGNTY}eraseBy"), Literal("2027-01-01"))],
    ],
)
def test_a_label_with_a_term_that_is_none_is_refused(triples):
    with pytest.raises(LabelError):
        read_label(NODE, triples)
