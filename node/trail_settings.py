"""Settings of the trail."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TrailSettings(BaseModel):
    """The trail of decisions, and where its signed heads are kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sign_every_hours: float = Field(
        24, ge=0, description="hours after which the worker signs how far the trail has grown; 0: never by itself"
    )
    lock_days: int = Field(
        400, ge=1, le=36_500, description="days that a zone with object lock keeps a head, whatever happens to the node"
    )
