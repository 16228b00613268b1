"""Settings of link checks: whether the addresses in records answer, and how long an answer counts."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        ipaddress.ip_network(value.strip(), strict=False)
    return values


class LinkSettings(BaseModel):
    """Checks of the addresses in records (`fairnode links check`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    max_age_days: int = Field(
        30, ge=1, le=366, description="days an answer counts in scores; then the address is asked again"
    )
    pace: float = Field(1.0, ge=0.1, description="least seconds between two link checks of one host")
    timeout: float = Field(15, gt=0, le=120, description="seconds to wait for a connection or the next bytes")
    allow_networks: Annotated[tuple[str, ...], AfterValidator(_networks)] = Field(
        (),
        description="private networks that records may point into; `fetch.allow_networks` is not open to them",
    )
