"""`python -m deploy.env` writes deploy/env.example: every setting with its reason and its default."""

from pathlib import Path
from typing import Any

from shared.settings import Settings

FILE = Path(__file__).with_name("env.example")
HEAD = """\
# Every setting of Tanggap with its default. Written by `python -m deploy.env`; a test holds it to shared/settings.py.
# An empty value is an unset one, so this file can be loaded as it is. Keys: 32 bytes in URL-safe base64, such as
# python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"
"""


def example() -> str:
    """The text of the file."""
    parts = [HEAD]
    for name, field in Settings.model_fields.items():
        parts.append(f"# {field.description}\nTANGGAP_{name.upper()}={_written(field.default)}\n")
    return "\n".join(parts)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)


if __name__ == "__main__":
    FILE.write_text(example())
