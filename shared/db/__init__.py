"""PostgreSQL: connections, transactions that stage events, and statements on sets of rows."""
