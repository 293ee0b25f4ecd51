"""Logs: every line is one JSON object, whether we or a library wrote it."""

import json
import subprocess
import sys
from datetime import datetime

LOGGING = """
import logging
from shared.telemetry import configure_logs, log
configure_logs("INFO")
log.info("filed", service="intake", words="dua\\nbaris", odd=object)
log.debug("never said")
logging.getLogger("some.library").warning("lost %s", "connection")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
    logging.getLogger("some.library").exception("failed too")
"""


def test_every_line_is_json_with_level_and_time() -> None:
    done = subprocess.run([sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True)
    filed, library, ours, theirs = map(json.loads, done.stderr.splitlines())
    assert (filed["event"], filed["service"], filed["words"], filed["level"]) == (
        "filed",
        "intake",
        "dua\nbaris",
        "info",
    )
    assert datetime.fromisoformat(filed["timestamp"]).tzinfo is not None
    assert (library["event"], library["library"], library["level"]) == ("lost connection", "some.library", "warning")
    assert "ZeroDivisionError: division by zero" in ours["exception"]
    assert theirs["error"] == "ZeroDivisionError('division by zero')"
