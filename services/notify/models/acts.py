"""The statement that finds the acts on complaints: the ledger has a message about each."""

ACTS = """
SELECT complaint_id, template, about, details->>'at' AS at, details->>'next_date' AS next_date,
       details->>'number' AS number
FROM messages
WHERE complaint_id = ANY(CAST(:ids AS uuid[])) AND template = ANY(CAST(:templates AS text[]))
"""
