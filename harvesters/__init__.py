"""The harvest protocols that come with the node; each file with a `HARVESTER` is listed here."""

from __future__ import annotations

from harvesters import ckan, csw, dcat, ldes, oai_pmh, ogc_records, resourcesync, sitemap
from node.harvest.protocols import Harvester

HARVESTERS: tuple[Harvester, ...] = (
    oai_pmh.HARVESTER,
    ckan.HARVESTER,
    csw.HARVESTER,
    dcat.HARVESTER,
    ogc_records.HARVESTER,
    sitemap.HARVESTER,
    ldes.HARVESTER,
    resourcesync.HARVESTER,
)
