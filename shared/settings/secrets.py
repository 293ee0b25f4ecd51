"""Master keys, and the secrets that a local installation makes for itself."""

import base64
import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from shared.errors import BadSettings
from shared.settings.process import Settings
from shared.vault import KEY_BYTES


def master_key(settings: Settings, name: str) -> bytes:
    """The 32 bytes of `contacts_key`, `narrative_key` or `pin_key`; a local installation makes its own on first use."""
    given: SecretStr | None = getattr(settings, name)
    if given is not None:
        return base64.urlsafe_b64decode(given.get_secret_value())
    if settings.environment == "production":
        raise BadSettings(f"TANGGAP_{name.upper()} is refused: production needs it")
    return local_secret(settings, name, lambda: os.urandom(KEY_BYTES))


def local_secret(settings: Settings, name: str, make: Callable[[], bytes]) -> bytes:
    """A secret that a local installation makes once, in the first of its processes, and keeps in its data directory."""
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
