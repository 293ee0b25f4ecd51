"""What notify keeps in memory while it runs: its settings, the letters, the connections to the mail server, a vault."""

from dataclasses import dataclass

from services.notify.channels.letters import Letters
from services.notify.channels.post import Post
from services.notify.settings import Settings
from shared.service import RunningService
from shared.settings.secrets import master_key
from shared.vault import Vault


@dataclass(slots=True)
class State:
    """`vault` opens reporters' contacts."""

    settings: Settings
    letters: Letters
    post: Post
    vault: Vault


async def prepare(service: RunningService[State]) -> State:
    """Read the templates' sender and the key of contacts. Raises BadSettings."""
    settings = service.settings.section(Settings)
    letters = Letters(settings.mail_from)
    post = Post(settings, letters.sender, letters.domain)
    return State(settings, letters, post, Vault(master_key(settings, "contacts_key")))


async def release(state: State) -> None:
    """Part from the mail server."""
    await state.post.close()
