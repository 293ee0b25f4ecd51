"""What routing keeps in memory while it runs: the directory, the lexicon, and the vault of what people write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from services.routing.domain import agencies
from services.routing.domain.agencies import Agency, BrokenChain, Directory, Trait
from services.routing.domain.directories import read_agencies
from services.routing.domain.lexicons import Lexicon, read_lexicon
from services.routing.settings import Settings
from shared.errors import BadSettings
from shared.service import RunningService
from shared.settings.secrets import master_key
from shared.vault import Vault
from shared.vocabulary import ROOT


@dataclass(frozen=True, slots=True)
class State:
    """The directory, with all codes sorted, the codes of each trait, and those of each agency and all below it."""

    directory: Directory
    lexicon: Lexicon
    vault: Vault
    codes: Sequence[str]
    codes_by_trait: Mapping[Trait, Sequence[str]]
    subtrees: Mapping[str, tuple[str, ...]]

    def agency(self, code: str) -> Agency:
        """The agency; the national administrator for an agency that has left the directory."""
        return self.directory.by_code.get(code) or self.directory.by_code[ROOT]

    def chain(self, code: str) -> tuple[str, ...]:
        """From an agency up to the national administrator, to whom an agency that has left the directory reports."""
        try:
            return agencies.chain(self.directory.by_code, code)
        except BrokenChain:
            return code, ROOT

    def seal(self, words: str, subject: str) -> str:
        """What an official wrote, sealed."""
        return self.vault.seal(orjson.dumps({"text": words}).decode(), subject)

    def open(self, sealed: str, subject: str) -> dict[str, str | None]:
        """What a person wrote, by field. Raises Unopenable."""
        opened: dict[str, str | None] = orjson.loads(self.vault.open(sealed, subject))
        return opened


async def prepare(service: RunningService[State]) -> State:
    """Read the directory and the lexicon. Raises BadSettings for a table or region that cannot be used."""
    settings = service.settings.section(Settings)
    try:
        listed = read_agencies(settings.regions or None, overlay=settings.directory_overlay)
    except (ValueError, OSError) as error:
        raise BadSettings(f"The directory of agencies is refused: {error}") from error
    directory = agencies.directory_of(listed)
    return State(
        directory,
        read_lexicon(),
        Vault(master_key(settings, "narrative_key")),
        codes=sorted(directory.by_code),
        codes_by_trait=agencies.codes_by_trait(directory),
        subtrees=agencies.subtrees(directory),
    )
