"""Every setting, each with its reason; read from the environment with the prefix TANGGAP_."""

import base64
import binascii
import contextlib
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from email.errors import InvalidHeaderDefect
from email.policy import SMTP
from pathlib import Path
from typing import Annotated, Literal, Self

from jwt import PyJWKSet, PyJWTError
from pydantic import AfterValidator, Field, FilePath, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from shared.clock import clock_from
from shared.fields import EARLIEST, LATEST, Moment
from shared.vault import KEY_BYTES

SERVICE_LINK = r"_SERVICE_(HOST|PORT)|_PORT_\d+_(TCP|UDP)"


class BadSettings(Exception):
    """A setting makes no sense."""


def _master_key(value: SecretStr | None) -> SecretStr | None:
    if value is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(value.get_secret_value())
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError("must be 32 bytes in URL-safe base64")
    return value


def _database_url(value: str) -> str:
    if not value:
        return value
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("must look like postgresql://role@host/database") from None
    if url.drivername not in ("postgresql", "postgresql+asyncpg"):
        raise ValueError("must be PostgreSQL: postgresql://role@host/database")
    return url.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def _bootstrap(value: str) -> str:
    if value and not all(re.fullmatch(r"[^\s:,]+|[^\s,]+:\d{1,5}", broker.strip()) for broker in value.split(",")):
        raise ValueError("must be host:port, comma separated")
    return value


def _jwks(value: str) -> str:
    if not value or value.startswith(("http://", "https://")):
        return value
    if not Path(value).is_file():
        raise ValueError("must be a URL or an existing file")
    try:
        named = any(key.key_id for key in PyJWKSet.from_json(Path(value).read_text()).keys)
    except (PyJWTError, ValueError, TypeError, AttributeError, OSError):
        named = False
    if not named:
        raise ValueError("must be a file that holds a key set (JWKS), each key with its kid")
    return value


def _regions(value: str) -> str:
    if not all(re.fullmatch(r"\d\d(\.\d\d)?", code.strip()) for code in value.split(",") if code.strip()):
        raise ValueError("must be codes such as 35 or 35.78, comma separated")
    return value


def _sender(value: str) -> str:
    with contextlib.suppress(Exception):  # The library stumbles over bad headers in many ways.
        header = SMTP.header_factory("From", value)
        [group], [sender] = header.groups, header.addresses
        header.fold(policy=SMTP).encode("ascii")
        broken = group.display_name or any(isinstance(defect, InvalidHeaderDefect) for defect in header.defects)
        alone = value == sender.addr_spec or value.endswith(f"<{sender.addr_spec}>")
        if not broken and alone and value.isprintable() and re.fullmatch(r"[!#-?A-~]+@[!#-?A-~]+", sender.addr_spec):
            return value
    raise ValueError("must be an address: name@host or Words <name@host>")


def _absolute(value: Path) -> Path:
    try:
        return value.expanduser().absolute()
    except RuntimeError:
        raise ValueError("must be a folder; there is no such user's home") from None


Folder = Annotated[Path, AfterValidator(_absolute)]
HOST = r"^[A-Za-z0-9._:-]*$"
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
MasterKey = Annotated[SecretStr | None, AfterValidator(_master_key)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]


class Settings(BaseSettings):
    """The settings of one process."""

    # An empty value is an unset one: `deploy/env.example` can be loaded as it is.
    model_config = SettingsConfigDict(env_prefix="TANGGAP_", env_ignore_empty=True, extra="ignore", frozen=True)

    environment: Literal["desk", "production"] = Field(
        "desk",
        description="`production` refuses every convenience of a desk: local keys, embedded database, memory bus.",
    )
    data_dir: Folder = Field(Path(".tanggap"), description="Where a desk keeps its database, keys and caught mail.")
    host: str = Field("127.0.0.1", pattern=HOST, description="Address the HTTP server listens on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port of the HTTP server; 0 lets the system choose.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    body_limit_bytes: int = Field(262_144, ge=1_024, le=64_000_000, description="Larger request bodies get 413.")

    bus: Literal["memory", "kafka"] = Field("memory", description="`memory` needs all four services in one process.")
    kafka_bootstrap: Annotated[str, AfterValidator(_bootstrap)] = Field(
        "", description="Kafka brokers, host:port, comma separated; needed by bus=kafka."
    )
    kafka_prefix: str = Field(
        "", pattern=r"^[a-zA-Z0-9._-]{0,100}$", description="Put before topics and groups where a cluster is shared."
    )
    kafka_partitions: int = Field(6, ge=1, le=1_000, description="Partitions of a topic when it is created.")
    kafka_replication: int = Field(
        1, ge=1, le=9, description="Replicas of a topic when it is created; 3 in production."
    )

    intake_database_url: DatabaseUrl = Field(
        "", description="PostgreSQL of intake, as its role; empty: embedded, at a desk."
    )
    routing_database_url: DatabaseUrl = Field("", description="PostgreSQL of routing, as its role.")
    sla_database_url: DatabaseUrl = Field("", description="PostgreSQL of sla, as its role.")
    notify_database_url: DatabaseUrl = Field("", description="PostgreSQL of notify, as its role.")
    database_pool: int = Field(
        8,
        ge=2,
        le=200,
        description="Connections to PostgreSQL per service and process; twice as many in a burst.",
    )
    migrate_at_start: bool = Field(
        True, description="False where operators run `python -m services migrate` themselves."
    )

    commit_batch: Count = Field(200, description="Most requests that share one commit.")
    relay_batch: Count = Field(1_000, description="Most outbox events published at once.")
    poll_batch: Count = Field(1_000, description="Most events taken from the bus at once.")
    sweep_batch: Count = Field(2_000, description="Most due clocks taken at once.")
    poll_seconds: Seconds = Field(0.5, description="How long an idle loop rests when nothing wakes it.")
    stall_seconds: Seconds = Field(30, description="A loop silent for longer makes the process unready.")
    inbox_keep_days: int = Field(30, ge=1, le=3_650, description="How long received event ids are remembered.")

    clock_speed: float = Field(
        1.0, gt=0, le=10_000_000, description="Simulated seconds per second, for demonstrations."
    )
    clock_origin: Moment | None = Field(
        None, description="Real moment at which acceleration began, shared by processes."
    )
    clock_start: Moment | None = Field(None, description="Simulated moment at the origin; default: the origin itself.")

    contacts_key: MasterKey = Field(None, description="Seals contacts; held by intake and notify only.")
    narrative_key: MasterKey = Field(None, description="Seals what people write; held by intake and routing only.")
    pin_key: MasterKey = Field(None, description="Gives each complaint its PIN; held by intake only.")
    jwks: Annotated[str, AfterValidator(_jwks)] = Field(
        "", description="URL or file of the key set that signs officials' tokens; empty: the desk's key."
    )
    jwt_issuer: str = Field("tanggap", description="Required issuer of a token.")
    jwt_audience: str = Field("tanggap", description="Required audience of a token.")

    smtp_host: str = Field(
        "", pattern=HOST, description="Mail server; empty: a local one that catches mail, at a desk."
    )
    smtp_port: int = Field(25, ge=1, le=65_535, description="Port of the mail server.")
    smtp_user: str = Field("", description="User at the mail server, if it asks for one.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password at the mail server.")
    smtp_starttls: bool = Field(False, description="Encrypt the connection to the mail server.")
    smtp_connections: int = Field(4, ge=1, le=100, description="Simultaneous connections to the mail server.")
    mail_from: Annotated[str, AfterValidator(_sender)] = Field(
        "Tanggap <no-reply@tanggap.example>", description="Sender of every message."
    )
    mail_attempts: int = Field(
        8, ge=1, le=100, description="Attempts, with growing pauses, before a message has failed."
    )

    directory_regions: Annotated[str, AfterValidator(_regions)] = Field(
        "", description="Region codes to load, comma separated (35.78 brings 35 along); empty: the whole country."
    )
    directory_overlay: FilePath | None = Field(
        None, description="CSV of agencies that are added or replace those shipped."
    )
    calendar_exceptions: FilePath | None = Field(
        None, description="CSV date,kind,note: days that differ from the decree."
    )

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

    def _refuse_lost_clock(self) -> None:
        with contextlib.suppress(OverflowError):
            if EARLIEST <= clock_from(self.clock_speed, self.clock_origin, self.clock_start).now() < LATEST:
                return
        raise ValueError("clock_speed since clock_origin leads beyond the years 2000 to 2100")

    def _refuse_conveniences(self) -> None:
        if self.clock_speed != 1 or self.clock_start:
            raise ValueError("production runs on the real clock")
        if self.bus == "memory":
            raise ValueError("production needs bus=kafka")
        if not self.jwks:
            raise ValueError("production needs jwks and refuses the desk's key")
        if not self.smtp_host:
            raise ValueError("production needs smtp_host")

    def database_url(self, service: str) -> str:
        return str(getattr(self, f"{service}_database_url"))

    @property
    def regions(self) -> frozenset[str]:
        return frozenset(code.strip() for code in self.directory_regions.split(",") if code.strip())


def master_key(settings: Settings, name: str) -> bytes:
    """The 32 bytes of `contacts_key`, `narrative_key` or `pin_key`; a desk makes its own on first use."""
    given: SecretStr | None = getattr(settings, name)
    if given is not None:
        return base64.urlsafe_b64decode(given.get_secret_value())
    if settings.environment == "production":
        raise BadSettings(f"TANGGAP_{name.upper()} is refused: production needs it")
    return desk_secret(settings, name, lambda: os.urandom(KEY_BYTES))


def desk_secret(settings: Settings, name: str, make: Callable[[], bytes]) -> bytes:
    """A secret that a desk makes once and keeps in its data directory, whoever of several processes comes first."""
    path = settings.data_dir / "secrets" / name
    try:
        if not path.exists():
            _write_once(path, make())
        return path.read_bytes()
    except OSError as error:
        raise BadSettings(f"TANGGAP_DATA_DIR is refused: {error}") from error


def _write_once(path: Path, secret: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent) as draft:
        draft.write(secret)
        draft.flush()
        os.fsync(draft.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft.name, path)


def load(**changes: object) -> Settings:
    """The settings of this process; BadSettings says in one sentence what makes no sense."""
    _refuse_unknown(os.environ)
    try:
        return Settings(**changes)  # type: ignore[arg-type]
    except ValidationError as error:
        raise BadSettings("; ".join(map(_sentence, error.errors()))) from None


def _refuse_unknown(surroundings: Mapping[str, str]) -> None:
    """A misspelt name would be ignored, and its setting keep a default that nobody meant."""
    known = [f"TANGGAP_{name.upper()}" for name in Settings.model_fields]
    for name, value in sorted(surroundings.items()):
        if name.upper().startswith("TANGGAP_") and name.upper() not in known and not _of_others(name, value):
            meant = "".join(f"; {nearest} may be meant" for nearest in get_close_matches(name.upper(), known, 1))
            raise BadSettings(f"{name.upper()} is refused: there is no such setting{meant}.")


def _of_others(name: str, value: str) -> bool:
    """The build's own name, and what a cluster tells of services whose names begin like ours."""
    return name == "TANGGAP_CACHE" or value.startswith("tcp://") or re.search(SERVICE_LINK, name) is not None


def _sentence(error: object) -> str:
    assert isinstance(error, dict)
    name = "_".join(str(part) for part in error["loc"]).upper()
    reason = error["msg"].removeprefix("Value error, ")
    return f"TANGGAP_{name} is refused: {reason}" if name else f"The settings are refused: {reason}"
