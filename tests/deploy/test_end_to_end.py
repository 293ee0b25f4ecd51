"""Slow: the demo and the replay as a user runs them, to their end or until they are interrupted."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from deploy.demo import installation, promises
from deploy.kafka.broker import Broker
from shared.runtime import ALL

PAST = """\
id,tanggal_keluhan_utc,tanggal_ditanggapi_utc,keluhan,alamat,kab_kode
1,2022-06-06T02:00:00+00:00,2022-06-06T02:30:00+00:00,Lampu jalan padam,Jalan Contoh 1,35.78
2,2022-06-06T05:00:00+00:00,2022-06-08T05:00:00+00:00,Jalan berlubang,Jalan Contoh 2,35.78
3,2022-06-07T02:00:00+00:00,,Sampah menumpuk,"Jalan
Contoh 3",35.78
4,2022-06-20T02:00:00+00:00,2022-10-20T02:00:00+00:00,Saluran air tersumbat,,35.78
"""


@contextmanager
def started(*command: str, output: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run `python -m` with its output in a file; the process ends with the block."""
    with (
        output.open("w") as file,
        subprocess.Popen([sys.executable, "-m", *command], cwd=installation.ROOT, stdout=file, text=True) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()


def wait_for(output: Path, pattern: str, process: "subprocess.Popen[str]", seconds: float = 180) -> str:
    """Wait until the output has this pattern; fails if the process ends before."""
    until = monotonic() + seconds
    while not re.search(pattern, so_far := output.read_text()):
        assert process.poll() is None and monotonic() < until, so_far[-6000:]
        sleep(0.2)
    return so_far


def every_promise_held(text: str) -> bool:
    return "✗" not in text and text.count("✓") == len(promises.PROMISES)


def test_the_demo_keeps_every_promise_and_ends(tmp_path: Path) -> None:
    output = tmp_path / "output"
    with started("deploy.demo", "--exit", output=output) as demo:
        assert demo.wait(400) == 0, output.read_text()[-6000:]
    assert every_promise_held(shown := output.read_text()), shown[-6000:]
    assert not (installation.ROOT / ".tanggap" / f"demo-{demo.pid}").exists()


def test_the_demo_over_kafka_keeps_every_promise_and_stays_up_until_interrupted(kafka: Broker, tmp_path: Path) -> None:
    output = tmp_path / "output"
    with started("deploy.demo", "--bus", "kafka", output=output) as demo:
        shown = wait_for(output, r"Reference TG-\S+, PIN \S+:", demo, 400)
        assert every_promise_held(shown), shown[-6000:]
        addresses = re.findall(r"http://\S+", shown.partition("Look around")[2])
        assert sum(address.endswith("/docs") for address in addresses) == len(ALL)
        assert any("/acknowledgements/" in address for address in addresses)
        for address in addresses:
            assert httpx.get(address, follow_redirects=True, timeout=10).is_success, address
        demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0
    assert output.read_text().endswith("Stopped.\n")
    for address in addresses:
        with pytest.raises(httpx.TransportError):
            httpx.get(address)


def replayed(written: str, folder: Path) -> dict[str, str]:
    (file := folder / "past.csv").write_text(written)
    with started("deploy.replay", str(file), output=folder / "output") as replay:
        assert replay.wait(120) == 0, (folder / "output").read_text()
    return dict(re.findall(r"│ (.+?) +│ +(.+?) │", (folder / "output").read_text()))


def test_a_replay_accounts_for_every_complaint_of_the_file(tmp_path: Path) -> None:
    shown = replayed(PAST, tmp_path)
    assert (shown["filed"], shown["routed"], shown["lost"]) == ("4", "4", "0")
    assert shown["answered"] == "3 (the file: 3)"
    assert shown["overdue"] == "1"
    assert shown["escalations per step"] == "1: 2, 2: 2, 3: 2"


def test_a_replay_accounts_for_a_file_without_answers(tmp_path: Path) -> None:
    shown = replayed("".join(PAST.splitlines(keepends=True)[i] for i in (0, 3, 4)), tmp_path)
    assert (shown["filed"], shown["lost"], shown["answered"]) == ("1", "0", "0 (the file: 0)")


@pytest.mark.parametrize("name", ["a b.csv", "a;echo b.csv", "$(echo a).csv", 'a".csv'])
def test_make_passes_the_name_of_a_file_unchanged(name: str) -> None:
    # READY is empty, so make sets nothing up.
    command = ["make", "--silent", "replay", "PY=printf '%s|'", "READY=", f"FILE={name.replace('$', '$$')}"]
    made = subprocess.run(command, cwd=installation.ROOT, capture_output=True, text=True)
    assert (made.returncode, made.stdout) == (0, f"-m|deploy.replay|{name}|"), made.stderr


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("id,keluhan\n1,x\n", "lacks the columns"),
        (PAST.replace("2022-06-07T02:00:00+00:00", "someday"), "line 5"),
        (PAST.splitlines()[0] + "\n", "holds no complaint"),
        (PAST.replace("Jalan Contoh 2,35.78", "Jalan Contoh 2,Surabaya"), "line 3: 'Surabaya' is not a code"),
        (PAST.replace("Jalan Contoh 2,35.78", "Jalan Contoh 2,99.99"), "no region '99.99'"),
        (None, "No such file"),
    ],
)
def test_an_unreadable_file_is_refused_with_its_line(tmp_path: Path, written: str | None, reason: str) -> None:
    file = tmp_path / "past.csv"
    if written is not None:
        file.write_text(written)
    with started("deploy.replay", str(file), output=tmp_path / "output") as replay:
        assert replay.wait(60) == 2
    assert reason in " ".join((tmp_path / "output").read_text().split())
