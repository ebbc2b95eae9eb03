#!/usr/bin/env python3
"""A new version takes over under load: two old shopd serve on one PostgreSQL, `shopd migrate` of the new version adds to its
tables, two new ones start beside them, traffic is shifted by HAProxy to 10, 25 and 50 %, rolled back, shifted again to 100 %,
the old ones are stopped, and `shopd migrate --finish` ends it. No request may fail, and none is repeated by the client.

usage: rolling.py BUILD [--old COMMIT] [--old-binary SHOPD] [--seconds 6] [--rate 100]
--old is built from the history of this repository; without it the last version before the tables changed. Prints TAP, and
figures behind #.
"""
import argparse
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import chaos
import old_version
from cluster import database

STEPS = (10, 25, 50, 0, 10, 25, 50, 100)  # % of the traffic that the new version gets
DRAIN_S = 2


class Rolling:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.started = time.monotonic()
        self.database = database.Database({"fsync": "on"})
        self.url = self.database.url()
        self.before = self.migrate(options.old_binary)
        self.old = [chaos.Replica(options.old_binary.parent, folder, f"-old{number}", self.url) for number in (1, 2)]
        self.new = []
        self.port = database.free_port()
        names = {**{f"old{number}": replica.port for number, replica in enumerate(self.old)}, "new0": 1, "new1": 1}
        self.haproxy = chaos.start_haproxy(folder, self.port, names)
        self.say_until_heard("set server replicas/new0 state maint", "set server replicas/new1 state maint")
        self.product = chaos.make_product(self.port)

    def migrate(self, shopd, *arguments):
        done = subprocess.run([shopd, "migrate", *arguments], capture_output=True, text=True,
                              env=dict(os.environ, SHOPD_POSTGRES=self.url))
        if done.returncode != 0:
            raise RuntimeError(done.stdout + done.stderr)
        print(f"# {time.monotonic() - self.started:5.1f} s  {' '.join(['shopd migrate', *arguments])}: {done.stdout.strip()}",
              flush=True)
        return done.stdout

    def say_until_heard(self, *lines):
        until = time.monotonic() + 10
        while True:
            try:
                for line in lines:
                    self.command(line)
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def start_new(self):
        self.new = [chaos.Replica(self.options.build, self.folder, f"-new{number}", self.url) for number in (1, 2)]
        for number, replica in enumerate(self.new):
            chaos.wait_until_ready(replica.port)
            for words in (f"addr 127.0.0.1 port {replica.port}", "weight 0", "state ready"):
                self.command(f"set server replicas/new{number} {words}")

    def is_refused(self, shopd):
        """Does that version refuse to work with the tables?"""
        done = subprocess.run([shopd, "serve", "--data", self.folder + "/refused", "--listen", "127.0.0.1:0"],
                              capture_output=True, text=True, timeout=30, env=dict(os.environ, SHOPD_POSTGRES=self.url))
        return done.returncode != 0 and "of a newer shopd" in done.stderr

    def command(self, line):
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(self.folder + "/haproxy.sock")
            admin.sendall(line.encode() + b"\n")
            return admin.recv(4096).decode().strip()

    def shift(self, percent):
        for number in range(2):
            for version, weight in (("new", percent), ("old", 100 - percent)):
                said = self.command(f"set server replicas/{version}{number} weight {weight}")
                assert not said, said
        before = self.load.sent, self.load.failed
        time.sleep(self.options.seconds)
        print(f"# {time.monotonic() - self.started:5.1f} s  {percent} % to the new version: {self.load.sent - before[0]} requests, "
              f"{self.load.failed - before[1]} failed", flush=True)

    def run(self):
        self.load = chaos.Load(self.port, self.product, self.options.rate)
        time.sleep(self.options.seconds / 2)
        self.after = self.migrate(self.options.build / "shopd")
        self.start_new()
        for percent in STEPS:
            self.shift(percent)
        for number, replica in enumerate(self.old):
            self.command(f"set server replicas/old{number} state drain")
            time.sleep(DRAIN_S)
            replica.stop()
        self.finished = self.migrate(self.options.build / "shopd", "--finish")
        time.sleep(self.options.seconds)
        self.load.stop()
        return self.judge()

    def judge(self):
        load = self.load
        for failure, count in load.failures.most_common(8):
            print(f"#     {count} x {failure}")
        rows = chaos.operate(self.port, "GET", "/v1/stock?product_id=" + self.product)[1]["items"]
        promises = [
            (load.failed == 0, f"no request fails ({load.failed} of {load.sent}, {len(load.orders)} orders)"),
            (sum(row["reserved"] for row in rows) == len(load.orders), "as many pieces are reserved as were sold"),
            (all(replica.codes == [0] for replica in self.old), "the old ones end cleanly"),
            (all(replica.starts == 1 for replica in self.new), "the new ones go on"),
            (self.before == self.finished or self.is_refused(self.options.old_binary),
             "once it is finished the old version is refused, if the tables differ"),
        ]
        for number, (is_kept, name) in enumerate(promises, 1):
            print(f"{'ok' if is_kept else 'not ok'} {number} - {name}")
        print(f"1..{len(promises)}")
        return not all(is_kept for is_kept, _ in promises)

    def close(self):
        if hasattr(self, "load") and not self.load.is_over.is_set():
            self.load.stop()
        if hasattr(self, "haproxy"):
            self.haproxy.terminate()
            self.haproxy.wait()
        for replica in getattr(self, "old", []) + getattr(self, "new", []):
            if replica.is_wanted:
                replica.stop()
        if hasattr(self, "database"):
            self.database.remove()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--old", help="a commit or tag")
    parser.add_argument("--old-binary", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=6, help="per step")
    parser.add_argument("--rate", type=float, default=100, help="requests a second")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if shutil.which("haproxy") is None or not database.installed():
        print("ok 1 - rolling # SKIP not installed: postgresql haproxy\n1..1")
        return 0
    if options.old_binary is None:
        try:
            commit = old_version.find(options.old)
            print(f"# old version: {commit[:12]}", flush=True)
            options.old_binary = old_version.build(commit, options.build)
        except old_version.Missing as missing:
            print("".join(f"# {line}\n" for line in str(missing).splitlines())
                  + f"{'not ok' if options.old else 'ok'} 1 - rolling{'' if options.old else ' # SKIP no old version'}\n1..1")
            return 1 if options.old else 0
    options.old_binary = options.old_binary.resolve()
    folder = tempfile.mkdtemp(prefix="shopd-rolling-")
    rolling = Rolling.__new__(Rolling)
    try:
        rolling.__init__(options, folder)
        return rolling.run()
    finally:
        rolling.close()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
