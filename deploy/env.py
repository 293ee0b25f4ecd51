"""`python -m deploy.env` writes deploy/env.example: every setting with its description and default."""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from services.audit.settings import Settings as AuditSettings
from services.intake.settings import Settings as IntakeSettings
from services.notify.settings import Settings as NotifySettings
from services.routing.settings import Settings as RoutingSettings
from services.sla.settings import Settings as SlaSettings
from shared.settings import process

FILE = Path(__file__).with_name("env.example")
SECTIONS = (process.Settings, IntakeSettings, RoutingSettings, SlaSettings, NotifySettings, AuditSettings)
HEAD = """\
# Every setting of Tanggap with its default. Written by `python -m deploy.env`; a test holds it to the settings' code.
# An empty value is an unset one. An unknown TANGGAP_ name stops the start. Keys: 32 bytes in URL-safe base64, such as
# python3 -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"
"""


def example() -> str:
    """The text of the file."""
    parts, written = [HEAD], set[str]()
    for section in SECTIONS:
        parts.append(f"## {section.__doc__}\n")
        for name in [name for name in section.model_fields if name not in written]:
            written.add(name)
            parts.append(_lines(name, section.model_fields[name]))
    return "\n".join(parts)


def _lines(name: str, field: FieldInfo) -> str:
    return f"# {field.description}\nTANGGAP_{name.upper()}={_written(field.default)}\n"


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)


if __name__ == "__main__":
    FILE.write_text(example())
