"""Settings: `fairnode.toml` in the home folder, each key also as `FAIRNODE_SECTION__KEY`; an unknown key is an error.

Every key is documented in `docs/reference/settings.md`; a test holds the two together.
"""

from __future__ import annotations

import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as PydanticSettingsError

from node.credential_settings import CredentialSettings, check_credentials, unlike_credentials
from node.errors import SettingsError
from node.identity_settings import IdentitySettings
from node.link_settings import LinkSettings
from node.oai_settings import OaiSettings as OaiSettings
from node.peer_settings import PeerSettings, check_issuers, unlike
from node.storage_settings import DriftSettings
from node.storage_settings import ZoneSettings as ZoneSettings
from node.trail_settings import TrailSettings
from node.visitor_settings import MailSettings, PreflightSettings, RegistrationSettings, VisitorSettings

SETTINGS_FILE = "fairnode.toml"
NO_DOMAIN = "localhost.localdomain"
"""The namespace of OAI identifiers of a node that has no domain name."""


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if (
        parts.scheme not in ("http", "https")
        or not parts.netloc
        or parts.path.strip("/")
        or parts.query
        or parts.fragment
    ):
        raise ValueError(
            "must be an http or https URL without path, query or fragment; a node has a host name of its own"
        )
    return value.rstrip("/")


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        ipaddress.ip_network(value.strip(), strict=False)
    return values


def _unlike(zones: tuple[ZoneSettings, ...]) -> tuple[ZoneSettings, ...]:
    if len({zone.name for zone in zones}) != len(zones):
        raise ValueError("two zones have one name")
    return zones


BaseUrl = Annotated[str, AfterValidator(_http_url)]
Networks = Annotated[tuple[str, ...], AfterValidator(_networks)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(_Section):
    """Where things are kept."""

    database: str = Field(
        "sqlite:///node.db", description="`sqlite:///FILE` (below the home) or `postgresql+psycopg://...`"
    )
    graphs: str = Field(
        "oxigraph:graphs", description="`oxigraph:FOLDER` (below the home) or `sparql+http(s)://host:port`"
    )
    graphs_for: dict[str, str] = Field(
        {},
        description="graph stores of those who see more than the public, each a store of its own: by `registered`, "
        "`steward`, `peer:NAME` or an entitlement that agreements name, a URL as in `graphs`; who has none is answered "
        "503, and whose entitlements have none from that of the `registered`",
    )
    graphs_query_path: str = Field("/query", description="query path of a remote graph store")
    graphs_update_path: str = Field("/update", description="update path of a remote graph store")
    graphs_user: str = Field("", description="user of a remote graph store that asks for one (Digest); empty has none")
    graphs_password_env: str = Field(
        "FAIRNODE_GRAPHS_PASSWORD", description="environment variable that holds that user's password"
    )
    zones: Annotated[tuple[ZoneSettings, ...], AfterValidator(_unlike)] = Field(
        (ZoneSettings(),), min_length=1, description="storage zones, in order of preference"
    )


class FetchSettings(_Section):
    """Requests to foreign hosts."""

    timeout: float = Field(30, gt=0, description="seconds to wait for a connection or the next bytes; doubled twice")
    deadline: float = Field(300, gt=0, description="seconds one request may take in all, retries included")
    retries: int = Field(5, ge=0, description="tries after the first")
    backoff: float = Field(1.0, ge=0, description="seconds before the first retry; doubled each time, with jitter")
    pace: float = Field(0.0, ge=0, description="least seconds between two requests to one host")
    max_bytes: int = Field(64 * 2**20, gt=0, description="largest answer, after inflating, in bytes")
    max_ratio: int = Field(200, gt=1, description="largest ratio of inflated to received bytes")
    max_redirects: int = Field(5, ge=0, description="redirects followed; each target's address is checked")
    allow_networks: Networks = Field((), description="private networks that sources may live in, such as 127.0.0.0/8")
    visitor_networks: Networks = Field(
        (), description="private networks that visitors may have looked over; `allow_networks` is not open to them"
    )
    contact: str = Field(
        "", description="mail or URL put into the User-Agent, so that a repository can reach the operator"
    )

    def for_visitors(self) -> FetchSettings:
        """Return the settings for what strangers ask for: no private network is open but those meant for them."""
        return self.model_copy(update={"allow_networks": self.visitor_networks})


class SparqlSettings(_Section):
    """The SPARQL endpoint."""

    timeout: float = Field(30, gt=0, description="seconds a query may run; then its process is killed")
    workers: int = Field(2, ge=1, description="query processes")
    queue: int = Field(
        12, ge=0, description="queries that may wait for a worker, each on a thread of the server; more get 429"
    )
    client_queries: int = Field(
        8, ge=1, description="queries of a client under way or waiting, fewer than the server has threads; more get 429"
    )
    client_seconds: float = Field(
        30, gt=0, description="seconds of query time a client regains in a minute; who has none left gets 429"
    )
    client_burst: float = Field(60, gt=0, description="seconds of query time a client has saved up at most")
    services: tuple[Annotated[str, Field(pattern=r'^https?://[^\s<>"{}|^`\\]+$')], ...] = Field(
        (), description="SPARQL endpoints of peers that a query may name in SERVICE, each as its absolute IRI"
    )
    memory_mb: int = Field(1536, ge=256, description="MiB a query may take beyond an idle query process")
    max_rows: int = Field(1_000_000, ge=1, description="rows (or triples) an answer may have")
    max_bytes: int = Field(200 * 2**20, ge=1024, description="bytes an answer may have")
    max_query_bytes: int = Field(2**20, ge=1024, description="bytes a query may have")


class ValidationSettings(_Section):
    """The check of every harvested record."""

    profile: str = Field("fair", description="profile of shapes/profiles.toml; empty switches validation off")
    audited: tuple[str, ...] = Field(
        (),
        description="profiles that judge every record while it is harvested and hold none back: `fairnode audit run` "
        "finds their verdicts there and has nothing left to judge",
    )


class AuditSettings(_Section):
    """What is kept of audits; signed ones are kept for ever."""

    keep_last: int = Field(20, ge=1, description="audits of the same sources by the same profile that are always kept")
    keep_days: int = Field(365, ge=1, description="days that any audit is kept after it was last confirmed")


class WorkerSettings(_Section):
    """The worker, which harvests sources when they are due."""

    poll: float = Field(30, gt=0, description="seconds between two looks at what is due")
    dead_after_days: int = Field(
        30, ge=1, description="days without a good run after which a failing source is reported as dead"
    )


class ComputeSettings(_Section):
    """Where mapping and validation run."""

    executor: str = Field(
        "processes",
        pattern=r"^(processes|inline|dask://[^/]+:\d+)$",
        description="`processes`, `inline` or `dask://scheduler:8786`; Dask knows no time limit",
    )
    processes: int = Field(0, ge=0, description="processes; 0 is one per core")


class Settings(BaseSettings):
    """All settings of a node.

    Attributes:
        home: the folder that relative paths are below.
    """

    model_config = SettingsConfigDict(env_prefix="FAIRNODE_", env_nested_delimiter="__", extra="forbid", frozen=True)

    base_url: BaseUrl = Field("http://127.0.0.1:8000", description="the node's public address")
    country: str = Field("ZZZ", pattern=r"^[A-Z]{3}$", description="where the node's operator sits, ISO 3166-1 alpha-3")
    log_format: Literal["text", "json"] = Field("text", description="`text` or `json` log lines on standard error")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severe line that is logged"
    )
    store: StoreSettings = StoreSettings()
    oai: OaiSettings = OaiSettings()
    fetch: FetchSettings = FetchSettings()
    sparql: SparqlSettings = SparqlSettings()
    validation: ValidationSettings = ValidationSettings()
    audit: AuditSettings = AuditSettings()
    compute: ComputeSettings = ComputeSettings()
    worker: WorkerSettings = WorkerSettings()
    links: LinkSettings = LinkSettings()
    drift: DriftSettings = DriftSettings()
    visitors: VisitorSettings = VisitorSettings()
    preflight: PreflightSettings = PreflightSettings()
    registration: RegistrationSettings = RegistrationSettings()
    mail: MailSettings = MailSettings()
    identity: IdentitySettings = IdentitySettings()
    trail: TrailSettings = TrailSettings()
    peers: Annotated[tuple[PeerSettings, ...], AfterValidator(unlike)] = Field(
        (), description="federation peers; see below"
    )
    credentials: Annotated[tuple[CredentialSettings, ...], AfterValidator(unlike_credentials)] = Field(
        (), description="tokens for repositories that need a login; see below"
    )
    home: Path = Field(
        Path("fairnode-home"), exclude=True, description="set by FAIRNODE_HOME or --home, never in the file"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings

    @property
    def repository_identifier(self) -> str:
        """The namespace of OAI identifiers: a domain name (guidelines for oai-identifier, section 2)."""
        if self.oai.repository_identifier:
            return self.oai.repository_identifier
        host = urlsplit(self.base_url).hostname or ""
        labels = host.split(".")
        is_domain = len(labels) > 1 and all(label[:1].isalpha() for label in labels)
        return host if is_domain else NO_DOMAIN


def home_folder(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the home folder: the argument, else `FAIRNODE_HOME`, else `./fairnode-home`."""
    return Path(given or os.environ.get("FAIRNODE_HOME") or "fairnode-home").resolve()


def load_settings(home: Path) -> Settings:
    """Read the settings of the node that lives in `home`; the environment wins over the file.

    Raises:
        SettingsError: the file is not TOML, a key is unknown, or a value is unusable; the message names the key.
    """
    path = home / SETTINGS_FILE
    values: dict[str, Any] = {}
    if path.exists():
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path}: {error}") from error
    _refuse_unknown_environment()
    return make_settings(values, home)


def make_settings(values: dict[str, Any], home: Path) -> Settings:
    """Return settings made of values and the environment, which wins.

    Raises:
        SettingsError: a key is unknown, a value is unusable, or a peer's issuer is none; the message names the key.
    """
    try:
        made = Settings(**values).model_copy(update={"home": home})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        what = "no such setting" if first["type"] == "extra_forbidden" else first["msg"]
        variable = f"FAIRNODE_{key.upper().replace('.', '__')}"
        raise SettingsError(f"{key} ({SETTINGS_FILE}, or {variable} in the environment): {what}") from error
    except PydanticSettingsError as error:
        raise SettingsError(
            f"the environment: {error}",
            advice="""Lists and tables are written as JSON there, such as '["127.0.0.0/8"]'.""",
        ) from error
    check_issuers(made.peers, tuple(each.issuer for each in made.identity.issuers))
    check_credentials(made.credentials, tuple(each.name for each in made.identity.issuers))
    return made


def _refuse_unknown_environment() -> None:
    """pydantic-settings ignores unknown environment variables; a misspelt one would silently do nothing."""
    known = {name.upper() for name in Settings.model_fields}
    reserved = {"S3", "SMTP", "OIDC", "SOURCE", "GRAPHS"}
    for name in os.environ:
        if name.startswith("FAIRNODE_"):
            section = name.removeprefix("FAIRNODE_").partition("__")[0]
            if section not in known and section.partition("_")[0] not in reserved:
                raise SettingsError(f"environment variable {name}: no such setting")
