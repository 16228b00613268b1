"""Object storage: one store per storage zone, chosen by the scheme of the zone's URL."""

from __future__ import annotations

from pathlib import Path

from node.errors import SettingsError
from node.model.label import Access, Assurance, Objective, Zone
from node.settings import ZoneSettings
from node.storage.objects import file
from node.storage.objects.protocols import ObjectStat, ObjectStore, check_key, object_key

__all__ = ["ObjectStat", "ObjectStore", "check_key", "object_key", "open_object_store", "zone_of"]


def zone_of(settings: ZoneSettings) -> Zone:
    """Return a zone as its settings say it is."""
    return Zone(
        name=settings.name,
        url=settings.url,
        country=settings.country,
        operator=settings.operator,
        jurisdiction=settings.jurisdiction,
        assurance=settings.level,
        assurances=tuple(
            Assurance(objective=Objective(name), level=each.level, evidence=each.evidence)
            for name, each in sorted(settings.objectives.items())
        ),
        tier=Access[settings.tier.upper()],
        encrypted=settings.encrypted,
        versioned=settings.versioned,
        locked=settings.object_lock,
    )


def open_object_store(settings: ZoneSettings, home: Path) -> ObjectStore:
    """Open the store of a zone; nothing is asked of a server yet (`probe` does).

    Args:
        home: the folder that a relative `file:` URL is below.

    Raises:
        SettingsError: the URL has no scheme the node knows, or the zone lacks a setting.
        StorageError: the folder cannot be made.
    """
    zone = zone_of(settings)
    scheme = settings.url.partition(":")[0]
    if scheme == "file":
        return file.open_store(zone, home)
    if scheme in ("s3+http", "s3+https"):
        # The client of S3 takes long to load, and many nodes keep their objects in a folder.
        from node.storage.objects import s3

        return s3.open_store(zone, settings)
    raise SettingsError(f"zone {zone.name}: {settings.url!r} is neither file: nor s3+http(s)://")
