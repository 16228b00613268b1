"""Settings of the storage zones, and of the audit of what is really in them."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from node.model.label import Objective


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AssuranceSettings(_Section):
    """How far a zone meets one objective of the EU Cloud Sovereignty Framework, and what that rests on."""

    level: int = Field(ge=0, le=4, description="assurance level 0 to 4")
    evidence: str = Field(min_length=1, description="what it rests on: an audit, a contract, a certificate")


def _all_objectives(values: dict[str, AssuranceSettings]) -> dict[str, AssuranceSettings]:
    known = {each.value for each in Objective}
    if values and set(values) != known:
        odd = ", ".join(sorted(set(values) ^ known))
        raise ValueError(f"each of SOV-1 to SOV-8, and nothing else, has a level and evidence; see {odd}")
    return values


class ZoneSettings(_Section):
    """One storage zone: a place objects can live, and the facts that decide what may live there."""

    name: str = Field("default", pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="unique name of the zone")
    url: str = Field("file:objects", description="`file:FOLDER` (below the home) or `s3+http(s)://host[:port]/bucket`")
    country: str = Field("ZZZ", pattern=r"^[A-Z]{3}$", description="where the hardware stands, ISO 3166-1 alpha-3")
    operator: str = Field("", description="who runs it")
    jurisdiction: str = Field(
        "ZZZ", pattern=r"^[A-Z]{3}$", description="whose law the operator answers to, ISO 3166-1 alpha-3"
    )
    assurance: int = Field(0, ge=0, le=4, description="assurance level 0 to 4, stated as a whole")
    objectives: Annotated[dict[str, AssuranceSettings], AfterValidator(_all_objectives)] = Field(
        {}, description="instead of `assurance`: level and evidence for each of `SOV-1` to `SOV-8`; the least counts"
    )
    tier: Literal["public", "registered", "restricted", "confidential"] = Field(
        "public", description="highest access class it may hold"
    )
    encrypted: bool = Field(False, description="objects are encrypted at rest (needed above `registered`)")
    encrypted_by: Literal["server", "disk"] = Field(
        "server",
        description="`server` reports it of each object and is held to that; of a `disk` it is your statement",
    )
    versioned: bool = Field(False, description="old versions are kept (needed above `registered`)")
    object_lock: bool = Field(
        False, description="objects are locked against deletion: a bucket for the trail's heads, not for records"
    )
    access_key_env: str = Field("FAIRNODE_S3_ACCESS_KEY", description="environment variable that holds the access key")
    secret_key_env: str = Field("FAIRNODE_S3_SECRET_KEY", description="environment variable that holds the secret key")
    region: str = Field("us-east-1", description="region name the endpoint signs with")

    @model_validator(mode="after")
    def _one_assurance(self) -> Self:
        if self.objectives and "assurance" in self.model_fields_set:
            raise ValueError("give either assurance or objectives: the least level of the objectives is the assurance")
        return self

    @property
    def level(self) -> int:
        """The assurance that counts: the least of the objectives, where they are given."""
        return min((each.level for each in self.objectives.values()), default=self.assurance)


class DriftSettings(_Section):
    """The audit of what is really stored: `fairnode store verify`, and the worker by itself."""

    every_hours: float = Field(24, ge=0, description="hours between two audits by the worker; 0: never")
    repair: bool = Field(True, description="the worker's audits repair what is stricter than the database")
    threads: int = Field(8, ge=1, le=64, description="objects read at the same time")
    grace: float = Field(3600, ge=0, description="seconds an object may be there before the database knows of it")
