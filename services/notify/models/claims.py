"""The messages that a claim takes: the statements that find them, and the shape of their rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.recipients import RecipientKind
from shared.vocabulary import NoticeOutcome

# The three reading statements stay as text: in SQLAlchemy Core the lateral join is much longer and no faster.
# The seat that a message goes to. A government or ministry has no liaison's seat; the coordinator at its front desk
# gets the liaison's messages. Of a sensitive complaint only named seats are told, in place of the others.
OF_SENSITIVE = "EXISTS (SELECT FROM sensitivities x WHERE x.complaint_id = m.complaint_id AND x.sensitive)"
SEAT = f"""
    SELECT role, email FROM seats WHERE seats.agency = m.agency
    AND CASE WHEN {OF_SENSITIVE} THEN seats.role = ANY(o.sensitive_seats)
        ELSE seats.role = m.role OR (m.role = 'liaison' AND seats.role = 'coordinator') END
    ORDER BY seats.role = m.role DESC, seats.email IS NULL, seats.role LIMIT 1
"""
WITH_RECIPIENTS = f"""
SELECT m.id, m.event_id, m.complaint_id, m.kind, m.agency, m.template, m.details, m.about, m.attempts,
       m.reason, m.mail_id, m.state = 'sending' AS may_be_sent, m.outcome, m.created_at,
       (m.complaint_id IS NULL OR c.id IS NOT NULL) AS complaint_known, c.reference, c.reporter_ref,
       coalesce(c.confidential, true) AS confidential, {OF_SENSITIVE} AS sensitive,
       o.code IS NOT NULL AS agency_known, coalesce(o.departed, false) AS agency_departed, o.name AS agency_name,
       s.email, coalesce(s.role, m.role) AS role, k.sealed, a.name AS about_name, a.zone AS about_zone
FROM messages m
LEFT JOIN complaints c ON c.id = m.complaint_id
LEFT JOIN agencies o ON o.code = m.agency
LEFT JOIN LATERAL ({SEAT}) s ON true
LEFT JOIN contacts k ON m.kind = 'reporter' AND k.reporter_ref = c.reporter_ref
LEFT JOIN agencies a ON a.code = m.about
"""
# No pause and no lease is so long: a moment further ahead is of a clock that was wrong, and the message is due.
DUE = "(next_try_at <= :now OR next_try_at > CAST(:now AS timestamptz) + interval '2 hours')"
# Messages that no mail has carried yet. Another sender skips them while they are locked.
NEW_MESSAGES = (
    WITH_RECIPIENTS + f"WHERE m.state = 'waiting' AND m.mail_id IS NULL AND {DUE}"
    " ORDER BY m.next_try_at, m.id LIMIT :messages FOR UPDATE OF m SKIP LOCKED"
)
# A mail is tried again unchanged, so all its messages are claimed or none. A second sender waits for the locks, in the
# order of ids, and then finds no message due.
MAILS_AGAIN = (
    WITH_RECIPIENTS + f"WHERE m.state IN ('waiting', 'sending') AND {DUE} AND m.mail_id IN ("
    "SELECT mail_id FROM messages WHERE state IN ('waiting', 'sending') AND mail_id IS NOT NULL"
    f" AND {DUE} GROUP BY mail_id ORDER BY min(next_try_at) LIMIT :mails)"
    " ORDER BY m.id FOR UPDATE OF m"
)


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message that is due, with what is known of its recipient and of the agency that it is about.

    `role` is the role of the seat that gets the message, `sealed` the contact of the reporter. A message that
    `may_be_sent` was being handed over when its sender died.
    """

    id: int
    event_id: UUID
    complaint_id: UUID
    kind: RecipientKind
    agency: str | None
    template: str
    details: Mapping[str, Any]
    about: str
    attempts: int
    reason: str | None
    mail_id: UUID | None
    may_be_sent: bool
    outcome: NoticeOutcome | None
    created_at: datetime
    complaint_known: bool
    reference: str | None
    reporter_ref: UUID | None
    confidential: bool
    sensitive: bool
    agency_known: bool
    agency_departed: bool
    agency_name: str | None
    email: str | None
    role: str | None
    sealed: str | None
    about_name: str | None
    about_zone: str | None
