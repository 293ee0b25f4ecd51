"""The settings that every process has, and how a process reads them."""

import contextlib
import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import Clock, clock_from
from shared.errors import BadSettings
from shared.http.fields import EARLIEST, LATEST, Moment
from shared.settings.checks import HOST, URL, Brokers, Count, Folder, KeySource, MasterKey, Seconds

SERVICE_LINK = r"_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP)"

S = TypeVar("S", bound="Settings")


class Settings(BaseSettings):
    """Settings that every process has."""

    # An empty value is an unset one: `deploy/env.example` can be loaded as it is.
    model_config = SettingsConfigDict(env_prefix="TANGGAP_", env_ignore_empty=True, extra="ignore", frozen=True)

    environment: Literal["local", "production"] = Field(
        "local",
        description="`production` refuses every local convenience: own keys, embedded database, memory bus.",
    )
    data_dir: Folder = Field(
        Path(".tanggap"), description="Where a local installation keeps its database, keys and caught mail."
    )
    host: str = Field(
        "127.0.0.1", pattern=HOST, description="Address the HTTP server listens on; 0.0.0.0 in a container."
    )
    port: int = Field(8000, ge=0, le=65_535, description="Port of the HTTP server; 0 lets the system choose.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Lowest level that is logged: DEBUG, INFO, WARNING or ERROR."
    )
    body_limit_bytes: int = Field(262_144, ge=1_024, le=64_000_000, description="Larger request bodies get 413.")

    bus: Literal["memory", "kafka"] = Field("memory", description="`memory` needs all four services in one process.")
    kafka_bootstrap: Brokers = Field("", description="Kafka brokers, host:port, comma separated; needed by bus=kafka.")
    kafka_prefix: str = Field(
        "", pattern=r"^[a-zA-Z0-9._-]{0,100}$", description="Put before topics and groups where a cluster is shared."
    )
    kafka_partitions: int = Field(6, ge=1, le=1_000, description="Partitions of a topic when it is created.")
    kafka_replication: int = Field(
        1, ge=1, le=9, description="Replicas of a topic when it is created; 3 in production."
    )

    database_pool: int = Field(
        8,
        ge=2,
        le=200,
        description="Connections to PostgreSQL per service and process; twice as many in a burst.",
    )
    migrate_at_start: bool = Field(
        True, description="False where operators run `python -m services migrate` themselves."
    )

    commit_batch: Count = Field(200, description="At most so many requests share one commit.")
    relay_batch: Count = Field(1_000, description="At most so many outbox events are published at once.")
    poll_batch: Count = Field(1_000, description="At most so many events are taken from the bus at once.")
    poll_seconds: Seconds = Field(0.5, description="A loop that nothing wakes looks for work so often.")
    promise_seconds: Seconds = Field(
        5.0, description="A publisher promises so often that nothing older comes; a step of sla waits so long at most."
    )
    stall_seconds: Seconds = Field(30, description="A loop silent for longer makes the process unready.")
    inbox_keep_days: int = Field(30, ge=1, le=3_650, description="How long received event ids are remembered.")

    clock_speed: float = Field(
        1.0, gt=0, le=10_000_000, description="Simulated seconds per second, for demonstrations."
    )
    clock_origin: Moment | None = Field(
        None, description="Real moment at which acceleration began, shared by processes."
    )
    clock_start: Moment | None = Field(None, description="Simulated moment at the origin; default: the origin itself.")
    clock_until: Moment | None = Field(None, description="Simulated moment from which the clock runs at real speed.")

    public_url: str = Field(
        "",
        pattern=URL,
        max_length=200,
        description="Address at which people reach all pages; links in mails begin with it. Empty: own port.",
    )
    intake_url: str = Field(
        "",
        pattern=URL,
        max_length=200,
        description="Address at which people reach intake, where it has one of its own. Empty: as all others.",
    )
    sla_url: str = Field(
        "",
        pattern=URL,
        max_length=200,
        description="Address at which people reach sla, where it has one of its own. Empty: as all others.",
    )

    contacts_key: MasterKey = Field(None, description="Seals contacts; held by intake and notify only.")
    narrative_key: MasterKey = Field(None, description="Seals what people write; held by intake and routing only.")
    jwks: KeySource = Field(
        "", description="URL or file of the key set that signs officials' tokens; empty: a local key."
    )
    jwt_issuer: str = Field("tanggap", description="Required issuer of a token.")
    jwt_audience: str = Field("tanggap", description="Required audience of a token.")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.bus == "kafka" and not self.kafka_bootstrap:
            raise ValueError("bus=kafka needs kafka_bootstrap")
        if self.bus == "kafka" and (self.clock_speed != 1 or self.clock_start) and self.clock_origin is None:
            raise ValueError(
                "bus=kafka with clock_speed or clock_start needs clock_origin, or processes would disagree"
            )
        if self.environment == "production":
            self._refuse_conveniences()
        if self.clock_origin:
            self._refuse_lost_clock()
        return self

    def clock(self) -> Clock:
        """The clock on which a process with these settings runs."""
        return clock_from(self.clock_speed, self.clock_origin, self.clock_start, self.clock_until)

    def _refuse_lost_clock(self) -> None:
        with contextlib.suppress(OverflowError):
            if EARLIEST <= self.clock().now() < LATEST:
                return
        raise ValueError("clock_speed since clock_origin leads beyond the years 2000 to 2100")

    def _refuse_conveniences(self) -> None:
        """Called in production; a section adds what it refuses there."""
        if self.clock_speed != 1 or self.clock_start:
            raise ValueError("production runs on the real clock")
        if self.bus == "memory":
            raise ValueError("production needs bus=kafka")
        for name, url in (("intake_url", self.intake_url), ("sla_url", self.sla_url)):
            if url and not url.startswith("https://"):
                raise ValueError(f"production needs {name} to begin with https://, or none")
        if not self.jwks:
            raise ValueError("production needs jwks and refuses the local key")

    def database_url(self, service: str) -> str:
        """The address of a service's database, a field of its own section; empty where there is no such section."""
        return str(getattr(self, f"{service}_database_url", ""))

    def section(self, kind: type[S]) -> S:
        """These settings as those of a service. Raises BadSettings where they lack its section."""
        if not isinstance(self, kind):
            raise BadSettings(f"The settings of this process have no section {kind.__module__}.")
        return self


def load(kind: type[S], changes: Mapping[str, Any]) -> S:
    """The settings of this process; BadSettings says in one sentence which one makes no sense."""
    _refuse_unknown(kind, os.environ)
    try:
        return kind(**changes)
    except ValidationError as error:
        raise BadSettings("; ".join(map(_sentence, error.errors()))) from None


def _refuse_unknown(kind: type[Settings], surroundings: Mapping[str, str]) -> None:
    """Refuse a misspelt name: it would be ignored, and its setting would silently keep the default."""
    known = [f"TANGGAP_{name.upper()}" for name in kind.model_fields]
    for name, value in sorted(surroundings.items()):
        if name.upper().startswith("TANGGAP_") and name.upper() not in known and not _is_foreign(name, value):
            meant = "".join(f"; {nearest} may be meant" for nearest in get_close_matches(name.upper(), known, 1))
            raise BadSettings(f"{name.upper()} is refused: there is no such setting{meant}.")


def _is_foreign(name: str, value: str) -> bool:
    """The build's own name, and what a cluster says of services whose names begin like ours."""
    return name == "TANGGAP_CACHE" or value.startswith("tcp://") or re.search(SERVICE_LINK, name) is not None


def _sentence(error: object) -> str:
    assert isinstance(error, dict)
    name = "_".join(str(part) for part in error["loc"]).upper()
    reason = error["msg"].removeprefix("Value error, ")
    return f"TANGGAP_{name} is refused: {reason}" if name else f"The settings are refused: {reason}"
