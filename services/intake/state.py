"""The state of intake while it runs: two vaults, and the secret that gives each complaint its PIN."""

from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.references import pin_from
from services.intake.settings import Settings
from shared.service import RunningService
from shared.settings.secrets import master_key
from shared.vault import Vault, derive


@dataclass(frozen=True, slots=True)
class State:
    """The keys: `narrative` seals what people write, `contacts` seals how reporters are reached."""

    narrative: Vault
    contacts: Vault
    pin_key: bytes

    def pin(self, complaint_id: UUID) -> str:
        """The PIN of a complaint; it is stored nowhere."""
        return pin_from(derive(self.pin_key, complaint_id.bytes))

    def fingerprint(self, body: bytes) -> bytes:
        """Tells whether two bodies are the same; without the key it tells nothing."""
        return derive(self.pin_key, b"body:" + body)


async def prepare(service: RunningService[State]) -> State:
    """Read the keys once, before the doors open. Raises BadSettings for a missing key."""
    settings = service.settings.section(Settings)
    narrative, contacts, pin_key = (master_key(settings, f"{name}_key") for name in ("narrative", "contacts", "pin"))
    return State(Vault(narrative), Vault(contacts), pin_key)
