"""A Kafka broker for tests: one node in KRaft mode, put together from its artifacts of Maven Central, on free loopback ports.

The artifacts (about 45 MB) are kept in KAFKA_BROKER_CACHE, else XDG_CACHE_HOME/shopd, else ~/.cache/shopd, under a
name made from the pom.xml. Without java, mvn or a way to the artifacts there is no broker: Unavailable says why.
"""
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
START_TIMEOUT_S = 120
JAVA = ["java", "-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
CLUSTER = "c2hvcGQtdGVzdC1jbHVzdA"
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder}/log
num.partitions=4
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.network.threads=1
num.io.threads=2
num.replica.fetchers=1
log.cleaner.enable=false
controlled.shutdown.enable=false
broker.session.timeout.ms=1500
broker.heartbeat.interval.ms=300
"""


class Unavailable(Exception):
    pass


def cache_folder():
    default = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "shopd"
    return pathlib.Path(os.environ.get("KAFKA_BROKER_CACHE") or default)


def run(argv, folder):
    try:
        done = subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{argv[0]}: {error}") from error
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(argv[:2])} failed: {done.stdout.strip()[-300:]}")


def installed():
    """The folder with the broker's lib/; made at first use."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is not installed")
    digest = hashlib.sha256((HERE / "pom.xml").read_bytes())
    folder = cache_folder() / f"kafka-broker-{digest.hexdigest()[:12]}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = pathlib.Path(tempfile.mkdtemp(prefix="kafka-broker-", dir=folder.parent))
    try:
        shutil.copy(HERE / "pom.xml", fresh)
        run(["mvn", "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=lib"], fresh)
        fresh.rename(folder)
    except OSError:
        if not folder.exists():  # another run was not faster either
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Broker:
    """Started when made; kill() and start() keep the data and the ports."""

    def __init__(self):
        self.classes = f"{installed()}/lib/*"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="kafka-broker-"))
        self.port, controller = free_ports(2)
        self.properties = self.folder / "server.properties"
        self.properties.write_text(PROPERTIES.format(port=self.port, controller=controller, folder=self.folder))
        (self.folder / "log4j2.properties").write_text("rootLogger.level=warn\nrootLogger.appenderRef.c.ref=c\n"
                                                       "appender.c.type=Console\nappender.c.name=c\n")
        run(self.java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self.properties), self.folder)
        self.process = None
        self.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def java(self, *arguments):
        return JAVA + [f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties", "-cp", self.classes,
                       *map(str, arguments)]

    def start(self):
        with open(self.folder / "broker.log", "ab") as log:
            self.process = subprocess.Popen(self.java("kafka.Kafka", self.properties), stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise Unavailable("the broker did not start: " + (self.folder / "broker.log").read_text()[-500:])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


shared = None


def share():
    """One for all tests of a run, which use topics of their own; run_tap.py closes it."""
    global shared
    if shared is None:
        shared = Broker()
    return shared
