"""Any number of plain records, cheaply made, for measurements and for tests of long lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from node.demo.description import Award, Description, Person, Text
from node.demo.draw import Draw
from node.demo.holdings import SampleRecord
from node.demo.rendering import RENDERINGS

BULK_SET = "data:bulk"


def generate(n: int, seed: int = 0) -> Iterator[SampleRecord]:
    """Yield `n` records whose payloads, about 2 KB of DataCite, are made only when they are served.

    Ten records share each second of datestamp. The same seed gives the same records; a larger `n` only adds some.
    """
    bulk = _Bulk(seed)
    for number in range(n):
        yield SampleRecord(
            identifier=f"oai:sample.example:bulk-{seed}-{number:08d}",
            datestamp=_FIRST + dt.timedelta(seconds=number // 10),
            sets=(BULK_SET,),
            prefixes=("oai_datacite", "oai_dc"),
            render=bulk.render,
        )


_FIRST = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
_WHAT = ("Temperature", "Turbidity", "Wind speed", "Soil moisture", "Snow depth", "Radiation", "Nitrate", "Sound level")
_WHERE = ("Aldmoor", "Brackenau", "Castelvento", "Dryholm", "Ekbacka", "Fontclaire", "Gołębnik", "Hylätty")
_WHO = ("Aaltonen-Graf, Tuuli", "Beaurivage, Colin", "Czarnecka-Holm, Ewa", "Dellapiana, Rocco", "Eklöv, Signe")
_LICENCES = ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/", "CC0-1.0", "CC-BY-SA-4.0")
_FORMATS = ("text/csv", "application/x-netcdf", "application/json", "application/x-hdf5")


class _Bulk:
    """Renders a record from its number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def render(self, identifier: str, prefix: str) -> str:
        return RENDERINGS[prefix](self._description(int(identifier.rpartition("-")[2])))

    def _description(self, number: int) -> Description:
        draw = Draw(f"{self._seed} {number}")
        what, where, plot = draw.one(_WHAT), draw.one(_WHERE), draw.between(1, 400)
        start = draw.between(1990, 2020)
        end = start + draw.between(1, 4)
        latitude, longitude = draw.between(3_600, 7_000) / 100, draw.between(-1_000, 3_000) / 100
        abstract = (
            f"{what} was measured every {draw.between(2, 60)} minutes on plot {plot} at {where} from {start} to {end}. "
            f"Values were checked by range and by comparison with plot {plot + 1}, and {draw.between(1, 90)} gaps of "
            f"more than a day are listed in a file of their own. Series number {number} of the monitoring programme."
        )
        return Description(
            local=f"bulk-{self._seed}-{number:08d}",
            doi=f"10.5072/bulk.{self._seed}.{number}",
            general_type="Dataset",
            label="Time series",
            titles=(Text(value=f"{what} on plot {plot} at {where}, {start}–{end}, series {number}", language="en"),),
            abstracts=(Text(value=abstract, language="en"),),
            creators=(Person(name=draw.one(_WHO), affiliation=f"Field station {where}"),),
            publisher="Bulk Monitoring Archive",
            host="Network of Field Stations",
            issued=f"{end + 1}-{draw.between(1, 12):02d}-{draw.between(1, 28):02d}",
            language="en",
            keywords=(what.lower(), "monitoring"),
            formats=(draw.one(_FORMATS),),
            size=draw.between(10_000, 900_000_000),
            licence=draw.one(_LICENCES),
            collected=f"{start}/{end}",
            place_name=where,
            place=(latitude, longitude),
            awards=(
                Award(funder="Fund for Field Stations", number=f"FFS-{draw.between(1, 999)}", title="Long series"),
            ),
            landing=f"https://data.bulk.example/series/{number}",
        )
