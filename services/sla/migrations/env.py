"""Runs the migrations of sla."""

from alembic import context

from shared.migrate import run

run(context.config)
