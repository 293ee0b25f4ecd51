"""Run the migrations of notify."""

from alembic import context

from shared.migrate import run

run(context.config)
