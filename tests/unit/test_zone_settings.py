"""What a zone states of itself: country, operator, and assurance per objective, the least of which counts."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from node.model.label import Access, Objective
from node.settings import ZoneSettings
from node.sovereignty.place import obstacles
from node.storage.objects import open_object_store
from node.storage.objects.vault import evidence
from tests.labels import TODAY, label

LEVELS = (4, 3, 2, 3, 4, 3, 3, 4)
OBJECTIVES = {
    objective.value: {"level": level, "evidence": f"report {objective.value}"}
    for objective, level in zip(Objective, LEVELS, strict=True)
}


def test_the_least_objective_is_the_assurance_and_the_evidence_is_kept(tmp_path: Path) -> None:
    settings = ZoneSettings(name="a", objectives=OBJECTIVES, operator="Example", jurisdiction="FIN", country="FIN")

    zone = open_object_store(settings, tmp_path).zone

    assert zone.assurance == settings.level == 2
    assert [(each.objective.value, each.level, each.evidence) for each in zone.assurances] == [
        (name, each["level"], each["evidence"]) for name, each in OBJECTIVES.items()
    ]
    assert obstacles(label(assurance=2), zone, today=TODAY) == ()
    assert obstacles(label(assurance=3), zone, today=TODAY) == ("assurance 2 is below 3",)
    assert evidence(zone) == {
        "fairnode-zone": "a",
        "fairnode-country": "FIN",
        "fairnode-operator": "Example",
        "fairnode-jurisdiction": "FIN",
        "fairnode-assurance": "2",
    }


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"objectives": {**OBJECTIVES, "SOV-9": OBJECTIVES["SOV-1"]}}, "SOV-9"),
        ({"objectives": {name: OBJECTIVES[name] for name in list(OBJECTIVES)[1:]}}, "SOV-1"),
        ({"objectives": {**OBJECTIVES, "SOV-1": {"level": 5, "evidence": "x"}}}, "less than or equal to 4"),
        ({"objectives": {**OBJECTIVES, "SOV-1": {"level": 4, "evidence": ""}}}, "at least 1 character"),
        ({"objectives": {**OBJECTIVES, "SOV-1": {"level": 4}}}, "evidence"),
        ({"objectives": OBJECTIVES, "assurance": 2}, "either assurance or objectives"),
        ({"jurisdiction": "Finland"}, "jurisdiction"),
    ],
)
def test_assurance_that_is_not_accounted_for_is_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ZoneSettings(**values)  # type: ignore[arg-type]


def test_a_bucket_for_the_trail_holds_no_records(tmp_path: Path) -> None:
    zone = open_object_store(ZoneSettings(object_lock=True, tier="confidential"), tmp_path).zone

    assert zone.tier is Access.CONFIDENTIAL
    assert obstacles(label(), zone, today=TODAY) == ("its objects are locked against deletion",)
