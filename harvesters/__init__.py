"""The harvest protocols that come with the node; each file with a `HARVESTER` is listed here."""

from __future__ import annotations

from harvesters import oai_pmh
from node.harvest.protocols import Harvester

HARVESTERS: tuple[Harvester, ...] = (oai_pmh.HARVESTER,)
