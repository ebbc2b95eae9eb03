"""A PostgreSQL of the tests' own: Debian's binaries, data in a temporary folder, a free loopback port, stopped by its
process id; and a proxy in front of it that cuts connections when told."""
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

RUNNING = []


def binary(name):
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}"))
    return found[-1] if found else None


def user():
    """PostgreSQL refuses to be root's."""
    return pwd.getpwnam("postgres") if os.getuid() == 0 else None


def installed():
    try:
        user()
    except KeyError:
        return False
    return binary("postgres") is not None


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Database:
    """`settings`: of postgresql.conf. Without fsync unless they say otherwise."""

    def __init__(self, settings=None):
        self.settings = {"fsync": "off", "shared_buffers": "32MB", "listen_addresses": "127.0.0.1", **(settings or {})}
        self.folder = tempfile.mkdtemp(prefix="shopd-postgres-")
        self.data = os.path.join(self.folder, "data")
        self.port = free_port()
        if user():
            os.chown(self.folder, user().pw_uid, user().pw_gid)
        self.make_data()
        self.process = None
        self.start()
        RUNNING.append(self)

    def make_data(self):
        subprocess.run([binary("initdb"), "-D", self.data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C",
                        "--no-sync"], check=True, stdout=subprocess.DEVNULL, **self.identity())

    @staticmethod
    def identity():
        return {"user": user().pw_uid, "group": user().pw_gid, "extra_groups": []} if user() else {}

    def start(self):
        arguments = [binary("postgres"), "-D", self.data, "-k", self.folder, "-p", str(self.port)]
        for name, value in self.settings.items():
            arguments += ["-c", f"{name}={value}"]
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(arguments, stdout=self.log, stderr=self.log, **self.identity())
        until = time.monotonic() + 30
        while subprocess.run([binary("pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-q"]).returncode != 0:
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError("postgres did not start")
            time.sleep(0.02)

    def stop(self, how=signal.SIGINT):
        """SIGINT: connections are cut and everything is written; SIGQUIT: as after a crash."""
        self.process.send_signal(how)
        self.process.wait(60)
        self.log.close()

    def remove(self):
        if self.process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder)
        RUNNING.remove(self)

    def url(self, name="postgres", port=None):
        return f"postgresql://postgres@127.0.0.1:{port or self.port}/{name}?connect_timeout=2"

    def ask(self, sql, name="postgres"):
        """The answer of psql, a line per row, columns with | between."""
        done = subprocess.run([binary("psql"), self.url(name), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout.strip()

    def make(self, name):
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)


class Standby(Database):
    """A hot standby that streams from `primary`: of every commit the primary makes, some moments later."""

    def __init__(self, primary, settings=None):
        self.primary = primary
        super().__init__(settings)

    def make_data(self):
        subprocess.run([binary("pg_basebackup"), "-h", "127.0.0.1", "-p", str(self.primary.port), "-U", "postgres", "-D", self.data,
                        "-R", "-X", "stream", "-c", "fast", "--no-sync"], check=True, stdout=subprocess.DEVNULL,
                       **self.identity())

    def promote(self):
        self.ask("SELECT pg_promote()")


def stop_all():
    for database in list(RUNNING):
        database.remove()


class Proxy:
    """Passes bytes between clients and HOST:PORT. `judge(direction, bytes)`, called for every piece on its way
    ("to" or "from" the server), says what becomes of it: None = it passes; "cut" = both ends are closed and it is lost;
    "cut after" = it arrives, and both ends are closed before anything comes back."""

    def __init__(self, port, host="127.0.0.1"):
        self.server = host, port
        self.judge = lambda direction, piece: None
        self.refuses = False
        self.delay_s = 0
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.refuses:
                client.close()
                continue
            try:
                server = socket.create_connection(self.server, timeout=2)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections.append((client, server))
            for direction, source, target in (("to", client, server), ("from", server, client)):
                threading.Thread(target=self.carry, args=(direction, source, target, client, server), daemon=True).start()

    def carry(self, direction, source, target, client, server):
        try:
            while piece := source.recv(1 << 16):
                if self.delay_s:
                    time.sleep(self.delay_s)
                verdict = self.judge(direction, piece)
                if verdict == "cut after":  # first, or the answer may be faster than this thread
                    source.shutdown(socket.SHUT_RDWR)
                if verdict != "cut":
                    target.sendall(piece)
                if verdict:
                    break
        except OSError:
            pass
        self.close_both(client, server)

    @staticmethod
    def close_both(client, server):
        for end in (client, server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def cut(self):
        connections, self.connections = self.connections, []
        for client, server in connections:
            self.close_both(client, server)

    def close(self):
        self.listener.close()
        self.cut()
