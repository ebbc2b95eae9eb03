#!/usr/bin/env python3
"""A new version takes over under load: two old shopd and two new ones on one PostgreSQL, traffic shifted by HAProxy to 10, 25
and 50 %, rolled back, shifted again to 100 %, the old ones stopped. No request may fail, and none is repeated by the client.

usage: rolling.py BUILD [--old SHOPD] [--seconds 6] [--rate 100]
--old is the binary of the version before (the same one without it). Prints TAP, and figures behind #.
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
from cluster import database

STEPS = (10, 25, 50, 0, 10, 25, 50, 100)  # % of the traffic that the new version gets
DRAIN_S = 2


class Rolling:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.started = time.monotonic()
        self.database = database.Database({"fsync": "on"})
        url = self.database.url()
        subprocess.run([options.build / "shopd", "migrate"], check=True, env=dict(os.environ, SHOPD_POSTGRES=url))
        old = (options.old or options.build / "shopd").resolve()
        self.old = [chaos.Replica(old.parent, folder, f"-old{number}", url) for number in (1, 2)]
        self.new = [chaos.Replica(options.build, folder, f"-new{number}", url) for number in (1, 2)]
        self.port = database.free_port()
        names = {**{f"old{number}": replica.port for number, replica in enumerate(self.old)},
                 **{f"new{number}": replica.port for number, replica in enumerate(self.new)}}
        self.haproxy = chaos.start_haproxy(folder, self.port, names)
        self.product = chaos.make_product(self.port)

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
        for percent in STEPS:
            self.shift(percent)
        for number, replica in enumerate(self.old):
            self.command(f"set server replicas/old{number} state drain")
            time.sleep(DRAIN_S)
            replica.stop()
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
    parser.add_argument("--old", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=6, help="per step")
    parser.add_argument("--rate", type=float, default=100, help="requests a second")
    options = parser.parse_args()
    options.build = options.build.resolve()
    if shutil.which("haproxy") is None or not database.installed():
        print("ok 1 - rolling # SKIP not installed: postgresql haproxy\n1..1")
        return 0
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
