"""The objects that notify keeps in memory while it runs."""

from dataclasses import dataclass

from services.notify.channels.mails import MailWriter
from services.notify.channels.smtp import MailServer
from services.notify.domain.acknowledgements import Links, link_key
from services.notify.settings import Settings
from shared.service import RunningService
from shared.settings.secrets import master_key
from shared.vault import Vault

# The loop that sends; each commit that leaves it a message wakes it.
SENDER = "send"


@dataclass(slots=True)
class State:
    """The settings of notify, the writer of mails, the connections to the mail server, the vault of contacts, and the
    links by which mails are acknowledged."""

    settings: Settings
    mail_writer: MailWriter
    mail_server: MailServer
    vault: Vault
    links: Links


async def prepare(service: RunningService[State]) -> State:
    """The state, made from the settings. Raises BadSettings."""
    settings = service.settings.section(Settings)
    writer = MailWriter(settings.mail_from)
    server = MailServer(settings, writer.sender, writer.domain)
    key = master_key(settings, "contacts_key")
    return State(settings, writer, server, Vault(key), Links(link_key(key), settings.links_begin))


async def release(state: State) -> None:
    """Close the connections to the mail server."""
    await state.mail_server.close()
