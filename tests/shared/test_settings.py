"""Settings: an invalid value stops the start with one sentence, and production refuses all local defaults."""

import base64
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from deploy import env
from services.__main__ import main
from services.settings import Settings, load
from shared.errors import BadSettings
from shared.runtime import ALL
from shared.settings.secrets import local_secret, master_key

ROOT = Path(__file__).parents[2]
KEY = base64.urlsafe_b64encode(bytes(32)).decode()
PRODUCTION = {
    "TANGGAP_ENVIRONMENT": "production",
    "TANGGAP_BUS": "kafka",
    "TANGGAP_KAFKA_BOOTSTRAP": "kafka:9092",
    "TANGGAP_JWKS": "https://id.example/jwks",
    "TANGGAP_SMTP_HOST": "mail",
    "TANGGAP_PUBLIC_URL": "https://tanggap.example",
    **{f"TANGGAP_{name}_DATABASE_URL": "postgresql://x@db/x" for name in ("INTAKE", "ROUTING", "SLA", "NOTIFY")},
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("TANGGAP_")]:
        monkeypatch.delenv(name)
    yield


def start(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TANGGAP_")}
    command = [sys.executable, "-m", "services", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**inherited, **changes}, capture_output=True, text=True, timeout=60)


INVALID = [
    ("ENVIRONMENT", "moon"), ("PORT", "http"), ("PORT", "70000"), ("PORT", "-1"), ("LOG_LEVEL", "LOUD"),
    ("BODY_LIMIT_BYTES", "1"), ("BUS", "pigeon"), ("KAFKA_PARTITIONS", "0"), ("KAFKA_REPLICATION", "1.5"),
    ("KAFKA_PREFIX", "a b"), ("INTAKE_URL", "intake"), ("DATABASE_POOL", "1"), ("MIGRATE_AT_START", "perhaps"),
    ("COMMIT_BATCH", "0"),
    ("RELAY_BATCH", "x"), ("POLL_SECONDS", "nan"), ("POLL_SECONDS", "0"), ("STALL_SECONDS", "inf"),
    ("INBOX_KEEP_DAYS", "0"), ("CLOCK_SPEED", "0"), ("CLOCK_SPEED", "nan"), ("CLOCK_ORIGIN", "2025-07-07T00:00:00"),
    ("CLOCK_START", "yesterday"), ("CONTACTS_KEY", "short"), ("NARRATIVE_KEY", KEY[:-8]), ("PIN_KEY", "é"),
    ("JWKS", "/nowhere.json"), ("SMTP_PORT", "0"), ("MAIL_FROM", "nobody"), ("MAIL_ATTEMPTS", "0"),
    ("DIRECTORY_REGIONS", "Surabaya"), ("DIRECTORY_OVERLAY", "/nowhere.csv"), ("CALENDAR_EXCEPTIONS", "/nowhere.csv"),
    ("SLA_DATABASE_URL", "nonsense"), ("SLA_DATABASE_URL", "mysql://a@b/c"), ("KAFKA_BOOTSTRAP", "a b"),
    ("KAFKA_BOOTSTRAP", "kafka:x"), ("JWKS", str(Path(__file__))), ("HOST", "é..x"), ("SMTP_HOST", "a b"),
    ("MAIL_FROM", "Ä <ä@é.id>"), ("MAIL_FROM", "a@b.id, c@d.id"), ("MAIL_FROM", "a@b.id,"),
    ("MAIL_FROM", "Tanggap: x <a@b.id>"), ("MAIL_FROM", "a@b.id>"), ("MAIL_FROM", "x <a@b.id> <c@d.id>"),
    ("MAIL_FROM", "x <a@b.id>>"), ("MAIL_FROM", "a..b@c.id"), ("DATA_DIR", "~nosuchuser/x"),
    ("CLOCK_ORIGIN", "0001-01-01T00:00:00Z"), ("CLOCK_START", "9999-12-31T23:59:59Z"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), INVALID)
def test_an_invalid_value_is_refused_in_a_sentence_that_names_the_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TANGGAP_{name}", value)
    with pytest.raises(BadSettings, match=f"TANGGAP_{name} is refused: ") as caught:
        load()
    assert "\n" not in str(caught.value)
    assert len(value) < 9 or value not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "changes", "reason"),
    [
        (["sla"], {}, "would never hear an event"),
        ([], {"PORT": "http"}, "TANGGAP_PORT"),
        ([], {"BUS": "kafka"}, "kafka_bootstrap"),
        (["sla"], {"BUS": "kafka", "KAFKA_BOOTSTRAP": "k:1", "CLOCK_SPEED": "60"}, "clock_origin"),
        (["migrate"], {"ENVIRONMENT": "production", "BUS": "kafka", "KAFKA_BOOTSTRAP": "k:1"}, "jwks"),
        (["token", "--role", "admin"], {name[8:]: value for name, value in PRODUCTION.items()}, "local key"),
        (["token", "--role", "admin"], {"DATA_DIR": os.devnull}, "TANGGAP_DATA_DIR"),
        ([], {"CLOCK_SPEED": "1e7", "CLOCK_ORIGIN": "2000-01-01T00:00Z"}, "clock_origin"),
    ],
)
def test_a_process_with_bad_settings_ends_with_status_2_and_one_line(
    arguments: list[str], changes: dict[str, str], reason: str, tmp_path: Path
) -> None:
    given = {f"TANGGAP_{name}": value for name, value in changes.items()}
    ended = start(*arguments, **{"TANGGAP_DATA_DIR": str(tmp_path), **given})
    assert (ended.returncode, ended.stdout) == (2, "")
    assert reason in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("hours", ["nan", "1e12", "0", "soon"])
def test_a_token_with_an_absurd_lifetime_is_refused(hours: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["token", "--role", "leader", "--hours", hours])
    assert "--hours" in capsys.readouterr().err


def test_an_unusable_data_directory_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    urls = {f"TANGGAP_{name.upper()}_DATABASE_URL": "postgresql://x@127.0.0.1:1/x" for name in ALL}
    for changes in ({}, urls):  # the directory would hold database and mail, or only mail
        ended = start("migrate", TANGGAP_DATA_DIR=str(tmp_path / "file"), **changes)
        assert ended.returncode == 2
        assert "TANGGAP_DATA_DIR" in ended.stderr
        assert ended.stderr.count("\n") == 1


def test_the_data_directory_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert Settings(data_dir=Path("~/installation")).data_dir == tmp_path / "home" / "installation"
    assert Settings(data_dir=Path("installation")).data_dir == tmp_path / "installation"
    assert Settings().data_dir == tmp_path / ".tanggap"


@pytest.mark.parametrize(("name", "good"), [({"kid": "one"}, True), ({}, False), ({"kid": ""}, False)])
def test_a_key_set_needs_a_key_with_an_id(tmp_path: Path, name: dict[str, str], good: bool) -> None:
    key = {"kty": "OKP", "crv": "Ed25519", "x": KEY.rstrip("="), **name}
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [key]}))
    with nullcontext() if good else pytest.raises(BadSettings, match=r"TANGGAP_JWKS is refused: .* kid"):
        load(jwks=str(tmp_path / "jwks.json"))


def test_an_address_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        from shared.runtime import _socket

        with pytest.raises(BadSettings, match="TANGGAP_HOST or _PORT"):
            _socket(Settings(port=taken.getsockname()[1]))


@pytest.mark.parametrize(
    ("missing", "reason"),
    [
        ("TANGGAP_BUS", "bus=kafka"),
        ("TANGGAP_JWKS", "jwks"),
        ("TANGGAP_SMTP_HOST", "smtp_host"),
    ],
)
def test_production_refuses_local_defaults(missing: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    assert load().environment == "production"
    monkeypatch.delenv(missing)
    with pytest.raises(BadSettings, match=reason):
        load()


def test_production_runs_on_the_real_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**PRODUCTION, "TANGGAP_CLOCK_SPEED": "2", "TANGGAP_CLOCK_ORIGIN": "2025-01-01T00:00Z"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match="real clock"):
        load()


def test_production_generates_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings, match="TANGGAP_PIN_KEY"):
        master_key(load(), "pin_key")
    monkeypatch.setenv("TANGGAP_PIN_KEY", KEY)
    assert master_key(load(), "pin_key") == bytes(32)


def test_a_local_installation_generates_each_key_once_and_keeps_it_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    key = master_key(settings, "pin_key")
    assert len(key) == 32
    assert master_key(settings, "pin_key") == key != master_key(settings, "contacts_key")
    assert (tmp_path / "secrets" / "pin_key").stat().st_mode & 0o077 == 0
    assert local_secret(settings, "pin_key", lambda: b"other") == key


def test_any_postgresql_url_gets_the_asyncpg_driver() -> None:
    settings = Settings(sla_database_url="postgresql://sla:s%40crt@db:5432/tanggap?ssl=require")
    assert settings.database_url("sla") == "postgresql+asyncpg://sla:s%40crt@db:5432/tanggap?ssl=require"


def test_env_example_lists_every_setting() -> None:
    assert env.FILE.read_text() == env.example(), "run `python -m deploy.env`"


def test_env_example_loads_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    bare = load()
    for line in env.FILE.read_text().splitlines():
        if line.startswith("TANGGAP_"):
            name, _, value = line.partition("=")
            monkeypatch.setenv(name, value)
    assert load() == bare


def test_every_setting_has_a_description() -> None:
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TANGGAP_SMPT_HOST", "TANGGAP_SMTP_HOST"), ("TANGGAP_KAFKA_BOOTSRAP", "TANGGAP_KAFKA_BOOTSTRAP"),
        ("tanggap_jwk", "TANGGAP_JWKS"), ("TANGGAP_ENV", ""), ("TANGGAP_SMTP_TLS", ""), ("TANGGAP_ZZZ", ""),
        ("TANGGAP_KAFKA_BOOTSTRAP_SERVERS", "TANGGAP_KAFKA_BOOTSTRAP"),
    ],
)  # fmt: skip
def test_an_unknown_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, meant: str) -> None:
    monkeypatch.setenv(name, "production")
    with pytest.raises(BadSettings, match=f"{name.upper()} is refused: there is no such setting.*{meant}"):
        load()


@pytest.mark.parametrize(
    "name", ["TANGGAP_CACHE", "TANGGAP_INTAKE_SERVICE_HOST", "TANGGAP_PORT_80_TCP_ADDR", "SMPT_HOST"]
)
def test_variables_of_other_programs_are_ignored(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "x")
    load()
