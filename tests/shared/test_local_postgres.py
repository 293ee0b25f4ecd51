"""PostgreSQL from a wheel: it keeps every commit and leaves no process running."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from shared.local.postgres import Postgres, PostgresError, postgres

ROOT = Path(__file__).parents[2]
OWNER = "import sys; from pathlib import Path; from shared.local.postgres import postgres; postgres(Path(sys.argv[1]));"

GUARD = """
import signal, subprocess, sys
from shared.local.postgres import end_with_us
signal.signal(signal.SIGINT, signal.SIG_IGN)
process = subprocess.Popen(["sleep", "60"])
end_with_us(process, signal.Signals(int(sys.argv[1])))
print(process.pid, flush=True)
sys.stdin.read()
"""


async def query(server: Postgres, sql: str) -> object:
    engine = create_async_engine(server.url())
    async with engine.begin() as tx:
        answer = await tx.execute(text(sql))
        value = answer.scalar() if answer.returns_rows else None
    await engine.dispose()
    return value


def running(data_dir: Path) -> list[int]:
    pgdata = str(data_dir.resolve() / "pgdata")
    return [
        p.pid for p in psutil.process_iter(["name", "cwd"]) if p.info["name"] == "postgres" and p.info["cwd"] == pgdata
    ]


async def test_a_commit_survives_restart_and_kill(tmp_path: Path) -> None:
    with postgres(tmp_path / "db") as server:
        await query(server, "create table kept (n int)")
        server.restart("fast")
        await query(server, "insert into kept values (1)")
        server.restart("immediate")
        await query(server, "insert into kept values (2)")
        server.kill()
        assert not running(tmp_path / "db")
        server.restart()
        assert await query(server, "select sum(n) from kept") == 3


async def test_data_of_an_earlier_run_is_found_again(tmp_path: Path) -> None:
    with postgres(tmp_path / "db") as server:
        await query(server, "create table kept as select 7 as n")
    assert not running(tmp_path / "db")
    with postgres(tmp_path / "db") as server:
        assert await query(server, "select n from kept") == 7


async def test_durability_is_on_by_default(tmp_path: Path) -> None:
    with postgres(tmp_path / "db", settings={"max_connections": "30"}) as server:
        assert await query(server, "show fsync") == "on"
        assert await query(server, "show synchronous_commit") == "on"
        assert await query(server, "show max_connections") == "30"


async def test_long_paths_and_paths_with_blanks_work(tmp_path: Path) -> None:
    with postgres(tmp_path / ("long " * 20) / "db") as server:
        assert await query(server, "select 1") == 1
        sockets = server._sockets
    assert not sockets.exists()
    with postgres(tmp_path / "a b" / "db") as server:
        assert await query(server, "select 1") == 1


def test_a_second_owner_is_refused(tmp_path: Path) -> None:
    with postgres(tmp_path / "db"):
        other = subprocess.run([sys.executable, "-c", OWNER, tmp_path / "db"], cwd=ROOT, capture_output=True, text=True)
        assert other.returncode == 1
        assert "in use by another running process" in other.stderr
        assert running(tmp_path / "db")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_server_ends_with_its_owner(tmp_path: Path, end: signal.Signals) -> None:
    waiting = OWNER + "print('up', flush=True); sys.stdin.read()"
    owner = subprocess.Popen(
        [sys.executable, "-c", waiting, tmp_path / "db"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"up\n"
    owner.send_signal(end)
    owner.communicate()
    assert not left_after(tmp_path / "db", seconds=10)


def test_a_start_succeeds_after_the_last_owner_was_killed(tmp_path: Path) -> None:
    hard = OWNER + "import os; os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", hard, tmp_path / "db"], cwd=ROOT)
    with postgres(tmp_path / "db"):
        assert len(running(tmp_path / "db")) > 1


def test_a_start_ignores_a_pid_file_that_names_another_program(tmp_path: Path) -> None:
    with postgres(tmp_path / "db") as server:
        server.kill()
        note = server.data / "postmaster.pid"
        owner = {"user": note.stat().st_uid} if os.geteuid() == 0 else {}
        stranger = subprocess.Popen(["sleep", "60"], **owner)
        note.write_text("\n".join([str(stranger.pid), *note.read_text().splitlines()[1:]]))
    with postgres(tmp_path / "db"):
        assert running(tmp_path / "db")
    stranger.kill()
    stranger.wait()


def test_a_restart_succeeds_after_folder_permissions_were_reduced(tmp_path: Path) -> None:
    with postgres(tmp_path / "db") as server:
        tmp_path.chmod(0o700)
        server.restart()
        assert running(tmp_path / "db")


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match="shared_bufers"):
        postgres(tmp_path / "db", settings={"shared_bufers": "1GB"})
    postgres(tmp_path / "db").stop()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_guarded_process_ends_with_its_owner_though_it_ignores_interrupts(how: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", GUARD, str(int(how))], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdout is not None
    guarded = psutil.Process(int(owner.stdout.readline()))
    if how == signal.SIGKILL:
        guarded.suspend()  # Nothing else ends a frozen process.
    owner.kill()
    owner.communicate()
    assert psutil.wait_procs([guarded], timeout=10)[1] == []


def left_after(data_dir: Path, seconds: float) -> list[int]:
    until = time.monotonic() + seconds
    while (left := running(data_dir)) and time.monotonic() < until:
        time.sleep(0.05)
    return left
