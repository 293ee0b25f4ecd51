"""Events of drafts, said by routing: an answer that waits for its approval, and one that goes back to its author.

The words of a draft are nobody's but those of the officials of its case: they stay with routing.
"""

from uuid import UUID

from shared.events.directory import AgencyRef, Recipient
from shared.events.envelope import Fact
from shared.vocabulary import ReturnReason


class AnswerDrafted(Fact, source="routing"):
    """An answer waits for one of the `approvers`; no clock stops before it is published. Drafts count from 1."""

    complaint_id: UUID
    agency: AgencyRef
    number: int
    approvers: tuple[Recipient, ...]
    again: bool = False


class AnswerReturned(Fact, source="routing"):
    """A draft waits no longer and was not published; `agency` held the complaint, `authors` wrote the draft."""

    complaint_id: UUID
    agency: str
    number: int
    reason: ReturnReason
    authors: tuple[Recipient, ...]
    again: bool = False
