"""A search node for tests: OpenSearch put together from its artifacts of Maven Central, on a free loopback port.

The artifacts (about 45 MB) and the compiled class are kept in SEARCH_NODE_CACHE, else XDG_CACHE_HOME/shopd, else
~/.cache/shopd, under a name made from what they are built from. Without java, javac, mvn or a way to the
artifacts there is no node: Unavailable says why.
"""
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
START_TIMEOUT_S = 120
JAVA = ["java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"]


class Unavailable(Exception):
    pass


def cache_folder():
    default = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "shopd"
    return pathlib.Path(os.environ.get("SEARCH_NODE_CACHE") or default)


def run(argv, folder):
    try:
        done = subprocess.run(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{argv[0]}: {error}") from error
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(argv[:2])} failed: {done.stdout.strip()[-300:]}")


def build(folder):
    for name in ("pom.xml", "SearchNode.java"):
        shutil.copy(HERE / name, folder)
    run(["mvn", "-B", "-q", "dependency:copy-dependencies", "-DoutputDirectory=lib"], folder)
    run(["javac", "-cp", "lib/*", "-d", "classes", "SearchNode.java"], folder)


def installed():
    """The folder with the node's lib/ and classes/; made at first use."""
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            raise Unavailable(f"{tool} is not installed")
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in ("pom.xml", "SearchNode.java")))
    folder = cache_folder() / f"search-node-{digest.hexdigest()[:12]}"
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = pathlib.Path(tempfile.mkdtemp(prefix="search-node-", dir=folder.parent))
    try:
        build(fresh)
        fresh.rename(folder)
    except OSError:
        if not folder.exists():  # another run was not faster either
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


class Node:
    """Started when made; kill() and start() keep the data and the port."""

    def __init__(self):
        self.installed = installed()
        self.folder = tempfile.mkdtemp(prefix="search-node-")
        self.port = 0
        self.process = None
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        argv = JAVA + ["-cp", f"{self.installed}/classes:{self.installed}/lib/*", "SearchNode", self.folder, str(self.port)]
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        text=True)
        watchdog = threading.Timer(START_TIMEOUT_S, self.process.kill)
        watchdog.start()
        try:
            for line in self.process.stdout:
                if line.startswith("ready "):
                    self.port = int(line.rsplit(":", 1)[1])
                    return
        finally:
            watchdog.cancel()
        raise Unavailable("the node did not start")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
