"""Where Alembic starts for intake's tables."""

from alembic import context

from shared.migrate import run

run(context.config)
