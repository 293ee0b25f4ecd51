"""Types of settings, each with the check that refuses nonsense in one sentence."""

import base64
import binascii
import re
from pathlib import Path
from typing import Annotated

from jwt import PyJWKSet, PyJWTError
from pydantic import AfterValidator, Field, SecretStr
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from shared.vault import KEY_BYTES

HOST = r"^[A-Za-z0-9._:-]*$"
URL = r"^(https?://[A-Za-z0-9.:\[\]-]+/?)?$"


def _decodes_to_a_key(value: SecretStr | None) -> SecretStr | None:
    if value is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(value.get_secret_value())
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError("must be 32 bytes in URL-safe base64")
    return value


def _is_postgresql(value: str) -> str:
    if not value:
        return value
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("must look like postgresql://role@host/database") from None
    if url.drivername not in ("postgresql", "postgresql+asyncpg"):
        raise ValueError("must be PostgreSQL: postgresql://role@host/database")
    return url.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def _names_brokers(value: str) -> str:
    if value and not all(re.fullmatch(r"[^\s:,]+|[^\s,]+:\d{1,5}", broker.strip()) for broker in value.split(",")):
        raise ValueError("must be host:port, comma separated")
    return value


def _holds_keys(value: str) -> str:
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


def _absolute(value: Path) -> Path:
    try:
        return value.expanduser().absolute()
    except RuntimeError:
        raise ValueError("must be a folder; there is no such user's home") from None


Folder = Annotated[Path, AfterValidator(_absolute)]
DatabaseUrl = Annotated[str, AfterValidator(_is_postgresql)]
MasterKey = Annotated[SecretStr | None, AfterValidator(_decodes_to_a_key)]
Count = Annotated[int, Field(ge=1, le=100_000)]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Brokers = Annotated[str, AfterValidator(_names_brokers)]
KeySource = Annotated[str, AfterValidator(_holds_keys)]
