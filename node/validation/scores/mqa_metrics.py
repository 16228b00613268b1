"""The 23 metrics of data.europa.eu's Metadata Quality Assessment, and what each looks at.

https://data.europa.eu/mqa/methodology. A metric is of a dataset or of a distribution; "from vocabulary" looks at two
statements of a distribution, its format and its media type, each worth half.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from node.model.rdf import Iri, Node
from node.namespaces import PREFIXES, expand
from node.terms import vocabularies

About = Mapping[Iri, tuple[Node, ...]]
"""What is said of one resource: values by predicate."""
Check = Callable[[About], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric.

    Attributes:
        id: as the shapes of the profile `mqa` are called after `MQA-`.
        dimension: one of the five.
        points: its weight.
        of: `dataset` or `distribution`.
        checks: the statements it looks at, of equal worth; empty where metadata do not decide it.
        asks: the property whose addresses must answer; `None` for a metric without link checks.
    """

    id: str
    dimension: str
    points: int
    of: str
    checks: tuple[Check, ...] = ()
    asks: Iri | None = None

    @property
    def statements(self) -> int:
        """How many statements of a resource it looks at."""
        return len(self.checks) or 1


def values(about: About, predicate: Iri) -> tuple[Node, ...]:
    """Return the values of a property."""
    return about.get(predicate, ())


def _has(curie: str) -> Check:
    predicate = expand(curie)
    return lambda about: bool(values(about, predicate))


def _one(curie: str, condition: Callable[[str], bool]) -> Check:
    predicate = expand(curie)
    return lambda about: any(isinstance(value, Iri) and condition(value) for value in values(about, predicate))


_EU = "http://publications.europa.eu/resource/authority"
FILE_TYPE = re.compile(rf"{re.escape(_EU)}/file-type/[A-Z0-9_]+\Z")
MEDIA_TYPE = re.compile(r"https?://www\.iana\.org/assignments/media-types/[^/ ]+/[^/ ]+\Z")
ACCESS_RIGHT = re.compile(rf"{re.escape(_EU)}/access-right/(CONFIDENTIAL|NON_PUBLIC|PUBLIC|RESTRICTED|SENSITIVE)\Z")
LICENCE = re.compile(
    r"https?://creativecommons\.org/(licenses|publicdomain)/[a-z+-]+/[0-9.]+"
    rf"|{re.escape(_EU)}/licence/[A-Z0-9_]+\Z"
    r"|https?://spdx\.org/licenses/[A-Za-z0-9.+-]+"
    r"|https?://(www\.)?opendatacommons\.org/licenses/[a-z]+"
    r"|https?://opensource\.org/licenses?/[A-Za-z0-9.+-]+"
)


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda iri: pattern.match(iri) is not None


def _file_type_is(quality: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda iri: FILE_TYPE.match(iri) is not None and quality(iri)


def _metrics() -> Iterator[Metric]:
    for name, dimension, points, of, checks in (
        ("keyword", "findability", 30, "dataset", (_has("dcat:keyword"),)),
        ("theme", "findability", 30, "dataset", (_has("dcat:theme"),)),
        ("spatial", "findability", 20, "dataset", (_has("dct:spatial"),)),
        ("temporal", "findability", 20, "dataset", (_has("dct:temporal"),)),
        ("accessURL-status", "accessibility", 50, "distribution", ()),
        ("downloadURL", "accessibility", 20, "distribution", (_has("dcat:downloadURL"),)),
        ("downloadURL-status", "accessibility", 30, "distribution", ()),
        ("format", "interoperability", 20, "distribution", (_has("dct:format"),)),
        ("mediaType", "interoperability", 10, "distribution", (_has("dcat:mediaType"),)),
        (
            "vocabulary", "interoperability", 10, "distribution",
            (_one("dct:format", _matches(FILE_TYPE)), _one("dcat:mediaType", _matches(MEDIA_TYPE))),
        ),
        (
            "non-proprietary", "interoperability", 20, "distribution",
            (_one("dct:format", _file_type_is(vocabularies.is_non_proprietary)),),
        ),
        (
            "machine-readable", "interoperability", 20, "distribution",
            (_one("dct:format", _file_type_is(vocabularies.is_machine_readable)),),
        ),
        ("compliance", "interoperability", 30, "dataset", ()),
        ("license", "reusability", 20, "distribution", (_has("dct:license"),)),
        ("license-vocabulary", "reusability", 10, "distribution", (_one("dct:license", _matches(LICENCE)),)),
        ("accessRights", "reusability", 10, "dataset", (_has("dct:accessRights"),)),
        ("accessRights-vocabulary", "reusability", 5, "dataset", (_one("dct:accessRights", _matches(ACCESS_RIGHT)),)),
        ("contactPoint", "reusability", 20, "dataset", (_has("dcat:contactPoint"),)),
        ("publisher", "reusability", 10, "dataset", (_has("dct:publisher"),)),
        ("rights", "contextuality", 5, "distribution", (_has("dct:rights"),)),
        ("byteSize", "contextuality", 5, "distribution", (_has("dcat:byteSize"),)),
        ("issued", "contextuality", 5, "dataset", (_has("dct:issued"),)),
        ("modified", "contextuality", 5, "dataset", (_has("dct:modified"),)),
    ):  # fmt: skip
        asks = Iri(PREFIXES["dcat"] + name.removesuffix("-status")) if name.endswith("-status") else None
        yield Metric(id=name, dimension=dimension, points=points, of=of, checks=checks, asks=asks)


METRICS = tuple(_metrics())
WHOLE = sum(metric.points for metric in METRICS)
"""405."""
