"""Alembic runs this for each migration of routing."""

from alembic import context

from shared.migrate import run

run(context.config)
