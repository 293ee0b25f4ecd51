"""All settings of a process: the shared ones and the section of each service, whichever of them it runs."""

from typing import Any

from services.audit.settings import Settings as AuditSettings
from services.intake.settings import Settings as IntakeSettings
from services.notify.settings import Settings as NotifySettings
from services.routing.settings import Settings as RoutingSettings
from services.sla.settings import Settings as SlaSettings
from shared.settings import process


class Settings(IntakeSettings, RoutingSettings, SlaSettings, NotifySettings, AuditSettings):
    """Every setting there is: a misspelt or absurd one stops the start, whichever service it is for."""


def load(**changes: Any) -> Settings:
    """The settings of this process. Raises BadSettings with one sentence."""
    return process.load(Settings, changes)
