"""What routing keeps in memory while it runs: the directory, the lexicon, and the vault of what people write."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from services.routing.domain import directory as tree
from services.routing.domain.classifier import Lexicon, lexicon
from services.routing.domain.directory import ROOT, Agency, BrokenChain, Directory
from services.routing.settings import Settings
from shared.errors import BadSettings
from shared.service import RunningService
from shared.settings.secrets import master_key
from shared.vault import Vault


@dataclass(frozen=True, slots=True)
class State:
    """Codes of agencies: all, in order; `fitting` a region, field or tier, in order; an agency and all `below` it."""

    directory: Directory
    lexicon: Lexicon
    vault: Vault
    codes: Sequence[str]
    fitting: Mapping[tuple[str, str], Sequence[str]]
    below: Mapping[str, tuple[str, ...]]

    def agency(self, code: str) -> Agency:
        """The agency; the national administrator for one that has left the directory."""
        return self.directory.by_code.get(code) or self.directory.by_code[ROOT]

    def chain(self, code: str) -> tuple[str, ...]:
        """From an agency up to the national administrator; one that has left the directory reports straight to it."""
        try:
            return tree.chain(self.directory.by_code, code)
        except BrokenChain:
            return code, ROOT

    def seal(self, words: str, subject: str) -> str:
        return self.vault.seal(orjson.dumps({"text": words}).decode(), subject)

    def open(self, sealed: str, subject: str) -> dict[str, str | None]:
        """What a person wrote, by field. Raises Unopenable."""
        opened: dict[str, str | None] = orjson.loads(self.vault.open(sealed, subject))
        return opened


async def prepare(service: RunningService[State]) -> State:
    """Read the directory and the lexicon. Raises BadSettings for a table or region that cannot be used."""
    settings = service.settings.section(Settings)
    try:
        listed = tree.agencies(settings.regions or None, overlay=settings.directory_overlay)
    except (ValueError, OSError) as error:
        raise BadSettings(f"The directory of agencies is refused: {error}") from error
    directory = tree.index(listed)
    vault = Vault(master_key(settings, "narrative_key"))
    codes = sorted(directory.by_code)
    return State(directory, lexicon(), vault, codes, _fitting(directory, codes), _below(directory))


def _fitting(directory: Directory, codes: Sequence[str]) -> Mapping[tuple[str, str], Sequence[str]]:
    fitting: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for code in codes:
        agency = directory.by_code[code]
        for trait, value in (("region", agency.region), ("field", agency.field), ("tier", agency.tier)):
            if value:
                fitting[trait, value].append(code)
    return dict(fitting)


def _below(directory: Directory) -> Mapping[str, tuple[str, ...]]:
    below: defaultdict[str, list[str]] = defaultdict(list)
    for code in directory.by_code:
        for above in tree.chain(directory.by_code, code):
            below[above].append(code)
    return {code: tuple(codes) for code, codes in below.items()}
