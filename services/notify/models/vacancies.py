"""The statements about vacant seats: who sits above, and which messages can be sent now that a seat is reachable."""

# The filled seats of each agency and of those above it, as far as nine agencies: a circle of parents ends there.
POSTS = """
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
# A request is closed by a later event about the same complaint; the ledger has a message about each. The seat is found
# as a claim finds it. What an address has refused is sent again only to one that is new.
FILLED_AGAIN = """
SELECT m.id, m.template FROM messages m
JOIN agencies o ON o.code = m.agency AND NOT o.departed
JOIN LATERAL (
    SELECT email FROM seats WHERE seats.agency = m.agency
    AND (seats.role = m.role OR (m.role = 'liaison' AND seats.role = 'coordinator'))
    ORDER BY seats.role = m.role DESC LIMIT 1
) s ON s.email IS NOT NULL
WHERE m.kind = 'seat' AND m.state IN ('skipped', 'failed') AND m.agency = ANY(CAST(:codes AS text[]))
AND m.template = ANY(CAST(:requests AS text[]))
AND (m.reason = ANY(CAST(:unheld AS text[]))
     OR m.reason = ANY(CAST(:refused AS text[])) AND s.email = ANY(CAST(:fresh AS text[])))
AND NOT EXISTS (
    SELECT FROM messages later WHERE later.complaint_id = m.complaint_id
    AND later.template = ANY(CAST(:closing AS text[]))
    AND (later.details->>'at')::timestamptz > (m.details->>'at')::timestamptz
)
ORDER BY m.id FOR UPDATE OF m
"""
