"""Sensitive: a complaint about violence, children, threats or corruption, which only named seats may know of."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from services.routing.domain.cases import Actor, Case, Chain
from services.routing.domain.directories import FOLDER
from services.routing.domain.phrases import Phrases, read_phrases
from shared.vocabulary import Role, SensitiveBy

# The roles whose seats at an agency may know of sensitive complaints.
NamedSeats = Callable[[str], Collection[Role]]


def read_sensitive_phrases(folder: Path = FOLDER) -> Phrases:
    """The phrases of the table `sensitive.csv`. Raises TableError."""
    return read_phrases(folder / "sensitive.csv")


def sensitive_by(phrases: Phrases, said: Sequence[str], chosen: bool) -> SensitiveBy | None:
    """Why a filing in these words is sensitive: its reporter has asked for it, or its words tell; None if it is not."""
    if chosen:
        return "reporter_asks"
    return "words_tell" if phrases.are_in(said) else None


def is_named(actor: Actor, named: NamedSeats) -> bool:
    """Whether an official sits on a seat that its agency names for sensitive complaints."""
    return actor.agency is not None and actor.role in named(actor.agency)


def may_know(actor: Actor, case: Case, chain: Chain, named: NamedSeats) -> bool:
    """Whether an official may know that this case exists.

    Of a sensitive one only the named seats of its holder, of its verifier, of whoever decides an appeal or a contest,
    of the units whose contribution is open, and of the agencies above these. To anyone else, the administrator too, it
    is unknown.
    """
    if not case.sensitive:
        return True
    return is_named(actor, named) and any(actor.agency in chain(code) for code in (*case.concerned, *case.supporting))
