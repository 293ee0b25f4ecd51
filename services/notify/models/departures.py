"""The statement that finds the open requests to seats of agencies that have left, and who stands for each agency."""

from services.notify.models.vacancies import IS_OPEN

# `moving` are requests that routing makes anew when it moves the case; the agency that was asked first has left then.
LEFT_OPEN = f"""
WITH RECURSIVE line (start, code, height) AS (
    SELECT code, parent, 1 FROM agencies WHERE code = ANY(CAST(:codes AS text[])) AND departed
    UNION ALL
    SELECT line.start, a.parent, line.height + 1
    FROM line JOIN agencies a ON a.code = line.code AND a.departed WHERE line.height < 9
), heirs AS (SELECT DISTINCT ON (start) start, code FROM line ORDER BY start, height DESC)
SELECT m.id, m.event_id, m.role, m.complaint_id, m.reference, m.about, m.template, m.details, m.state, h.code AS heir
FROM heirs h JOIN messages m ON m.agency = h.start
WHERE m.kind = 'seat' AND CAST(:closed_by AS jsonb) ? m.template
AND (m.template <> ALL(CAST(:moving AS text[])) OR m.details->'vacant'->0->>'agency' <> m.agency)
AND (m.template <> 'to_approve' OR m.about <> m.agency)
AND {IS_OPEN}
ORDER BY m.id FOR UPDATE OF m
"""
