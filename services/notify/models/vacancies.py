"""The statements about vacant seats: who sits above, and which messages can be sent now that a seat is reachable."""

from services.notify.models.claims import SEAT

# The filled seats of each agency and of those above it, as far as nine agencies: a circle of parents ends there.
FILLED_SEATS = """
WITH RECURSIVE chain (start, code, parent, departed, height) AS (
    SELECT code, code, parent, departed, 0 FROM agencies WHERE code = ANY(CAST(:codes AS text[]))
    UNION ALL
    SELECT chain.start, a.code, a.parent, a.departed, chain.height + 1
    FROM chain JOIN agencies a ON a.code = chain.parent WHERE chain.height < 9
)
SELECT chain.start, chain.height, s.agency, s.role, s.email
FROM chain JOIN seats s ON s.agency = chain.code
WHERE s.email IS NOT NULL AND NOT chain.departed
"""
# The moment of the event that a message tells of; where the ledger holds something else, that of the message.
SAID_AT = """
CASE WHEN pg_input_is_valid({0}.details->>'at', 'timestamptz')
THEN ({0}.details->>'at')::timestamptz ELSE {0}.created_at END
"""
# A request is closed by a later event about the same complaint; the ledger has a message about each. `closed_by` is an
# object: the templates that close a request, by its own. An act `of_one` closes the request with its number.
IS_OPEN = f"""
NOT EXISTS (
    SELECT FROM messages later WHERE later.complaint_id = m.complaint_id
    AND CAST(:closed_by AS jsonb)->m.template ? later.template
    AND {SAID_AT.format("later")} > {SAID_AT.format("m")}
    AND (later.template <> ALL(CAST(:of_one AS text[])) OR later.details->>'number' = m.details->>'number')
)
"""
# The seat is found as a claim finds it. A message that an address has refused is sent again only to a new address.
FILLED_AGAIN = f"""
SELECT m.id, m.template FROM messages m
JOIN agencies o ON o.code = m.agency AND NOT o.departed
JOIN LATERAL ({SEAT}) s ON s.email IS NOT NULL
WHERE m.kind = 'seat' AND m.state IN ('skipped', 'failed') AND m.agency = ANY(CAST(:codes AS text[]))
AND CAST(:closed_by AS jsonb) ? m.template
AND (m.reason = ANY(CAST(:unheld AS text[]))
     OR m.reason = ANY(CAST(:refused AS text[])) AND s.email = ANY(CAST(:fresh AS text[])))
AND {IS_OPEN}
ORDER BY m.id FOR UPDATE OF m
"""
# Escalations have no closing event here: sla takes back what an act has overtaken.
STILL_OPEN = f"""
SELECT m.id, m.template FROM messages m WHERE m.id = ANY(CAST(:ids AS bigint[]))
AND (NOT CAST(:closed_by AS jsonb) ? m.template OR {IS_OPEN})
"""
