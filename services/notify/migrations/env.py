"""Runs the migrations of notify; how is said once, in shared/migrate.py."""

from alembic import context

from shared.migrate import run

run(context.config)
