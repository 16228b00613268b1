"""A preflight on behalf of a visitor: nobody's private network is reached, and nobody waits longer than was set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from node.model.preflight import PreflightReport
from node.model.source import Source
from node.preflight import Limits, opening, preflight
from node.registration.rules import Reader, address, protocol, set_specs
from node.syntax import JsonValue
from node.web.current import current_node
from node.web.visits import admit, current_visits

MEMBERS = ("url", "kind", "metadata_prefix", "sets", "sample")
# What a preflight needs to come to its end after its time is over, so that a report is given and not an error.
_GRACE = 0.9
# Records looked at where the visitor does not say; the command line has the same.
_SAMPLE = 100


def look_over(values: Mapping[str, JsonValue]) -> PreflightReport:
    """Carry a preflight out.

    Args:
        values: the members `url`, `kind`, `metadata_prefix`, `sets`, `sample`.

    Raises:
        RequestRefused: a member is missing, unknown or unusable.
        TooManyRequests: the client had its share, or too many are under way.
        PreflightTimeout: it did not end in time.
    """
    admit()
    node = current_node()
    settings = node.settings
    reader = Reader(values)
    for member in values:
        if member not in MEMBERS:
            reader.refuse(member, "no such member")
    url = address(reader)
    kind, prefix = protocol(reader, {kind: each.metadata_prefix for kind, each in node.harvesters.items()})
    sets = set_specs(reader)
    most = settings.preflight.sample
    usual = min(_SAMPLE, most)
    sample = reader.number("sample", 1, most, usual) or usual
    reader.done()
    source = Source(name="preflight", url=url, kind=kind, metadata_prefix=prefix, set_specs=sets)

    def work() -> PreflightReport:
        return preflight(
            source,
            node.harvesters[kind],
            opening(settings.fetch.for_visitors()),
            now=dt.datetime.now(dt.UTC),
            limits=Limits(sample=sample, seconds=settings.preflight.seconds * _GRACE),
            profile=settings.validation.profile,
            base_url=settings.base_url,
            executor=node.executor,
        )

    return current_visits().run(work, settings.preflight.seconds)
