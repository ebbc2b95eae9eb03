#!/usr/bin/env python3
"""Two shopd behind HAProxy on a PostgreSQL of three nodes, under load from a client that never repeats a request, while one
thing after another breaks. Then everything that was acknowledged must be there, once, and have been told.

usage: chaos.py BUILD [--minutes 10] [--every 120] [--rate 100]
A fault every so many seconds, in turn: kill -9 of a shopd; kill -9 of the primary; the primary cut off for 30 s; 100 ms more
to and from the database for 30 s; five times the load for 20 s. Prints TAP for the promises and figures behind #.
"""
import argparse
import collections
import concurrent.futures
import http.client
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import cluster
import outboxes

OPERATOR_KEY = "an-operator-key-of-the-chaos"
HOLD_MS = 45000
PAYMENT_TIMEOUT_S = 86400 # nobody pays here: an order that timed out would give its piece back
CLIENT_TIMEOUT_S = 90
TOLD_WITHIN_S = 60  # after the end
SILENT_SHOWN = 20
ORDER_NUMBER_FIRST = 1000000  # people see so many more
WORKERS = 24
HAPROXY = """
global
    stats socket {folder}/haproxy.sock level admin
defaults
    mode http
    timeout connect 1s
    timeout client 120s
    timeout server 120s
    retries 3
    option redispatch 1
    retry-on conn-failure empty-response response-timeout 503 # every request of this client has a key
frontend shop
    bind 127.0.0.1:{port}
    default_backend replicas
backend replicas
    balance hdr(Cart-Token)
    hash-type consistent
    option httpchk GET /readyz
    default-server check inter 200ms fall 2 rise 1
{servers}
"""


def start_haproxy(folder, port, replicas):
    """`replicas`: name -> port. Commands go to FOLDER/haproxy.sock."""
    config = pathlib.Path(folder, "haproxy.cfg")
    config.write_text(HAPROXY.format(folder=folder, port=port, servers="".join(
        f"    server {name} 127.0.0.1:{number}\n" for name, number in replicas.items())))
    return subprocess.Popen(["haproxy", "-f", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def operate(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CLIENT_TIMEOUT_S)
    connection.request(method, path, body and json.dumps(body),
                       {"Authorization": "Bearer " + OPERATOR_KEY, "Content-Type": "application/json"})
    response = connection.getresponse()
    answer = json.loads(response.read() or b"{}")
    connection.close()
    return response.status, answer


def make_product(port):
    """One with a million pieces, once the shop is open."""
    until = time.monotonic() + 60
    while True:
        try:
            status, product = operate(port, "POST", "/v1/products", {
                "sku": "CHAOS", "name": "Chaos", "category": "HOME", "price": {"amount": 1000, "currency": "USD"}})
            if status == 201:
                break
        except (OSError, ValueError, http.client.HTTPException):
            pass
        if time.monotonic() > until:
            raise RuntimeError("the shop does not open")
        time.sleep(0.2)
    status, _ = operate(port, "POST", "/v1/stock/movements",
                        {"product_id": product["id"], "quantity": 1000000, "reason": "received"})
    assert status == 201
    return product["id"]


def wait_until_ready(port):
    until = time.monotonic() + 60
    while True:
        try:
            if operate(port, "GET", "/readyz")[0] == 200:
                return
        except (OSError, ValueError, http.client.HTTPException):
            pass
        if time.monotonic() > until:
            raise RuntimeError("a shopd does not open")
        time.sleep(0.1)


class Replica:
    """Started again whenever it ends, as a service manager does."""

    def __init__(self, build, folder, number, url, channels=""):
        self.folder = f"{folder}/shopd{number}"
        self.port = cluster.database.free_port()
        self.log = open(f"{folder}/shopd{number}.log", "ab")
        self.arguments = [f"{build}/shopd", "serve", "--data", self.folder, "--listen", f"127.0.0.1:{self.port}"]
        self.environment = dict(os.environ, SHOPD_OPERATOR_KEY=OPERATOR_KEY, SHOPD_POSTGRES=url, SHOPD_CHANNELS=channels,
                                SHOPD_POSTGRES_HOLD_MS=str(HOLD_MS), SHOPD_POSTGRES_WAIT_MS="1000",
                                SHOPD_PAYMENT_TIMEOUT_S=str(PAYMENT_TIMEOUT_S))
        self.starts = 0
        self.codes = []
        self.is_wanted = True
        self.process = None
        self.keeper = threading.Thread(target=self.keep)
        self.keeper.start()

    def keep(self):
        while self.is_wanted:
            self.starts += 1
            self.process = subprocess.Popen(self.arguments, stdout=self.log, stderr=self.log, env=self.environment)
            self.codes.append(self.process.wait())
            if self.is_wanted:
                time.sleep(0.2)

    def stop(self):
        self.is_wanted = False
        self.process.terminate()
        self.keeper.join()
        self.log.close()


class Load:
    """Shoppers at a rate: a cart, a line, the checkout, a look at the order. Each request is sent once."""

    def __init__(self, port, product, rate):
        self.port, self.product, self.rate = port, product, rate
        self.factor = 1
        self.lock = threading.Lock()
        self.sent = self.failed = 0
        self.failures = collections.Counter()
        self.latencies = []
        self.orders = {}  # acknowledged: id -> cart's token
        self.bought = {}  # the same: number -> when, in seconds of time.monotonic()
        self.unknown = 0  # checkouts that may or may not have been done
        self.numbers = itertools.count()
        self.is_over = threading.Event()
        self.local = threading.local()
        self.threads = [threading.Thread(target=self.shop) for _ in range(WORKERS * 6)]
        self.places = threading.Semaphore(0)
        for thread in self.threads:
            thread.start()
        self.clock = threading.Thread(target=self.tick)
        self.clock.start()

    def tick(self):
        """Four requests make a trip."""
        due = time.monotonic()
        while not self.is_over.is_set():
            due += 4 / (self.rate * self.factor)
            time.sleep(max(0, due - time.monotonic()))
            self.places.release()

    def send(self, method, path, body=None, token=None, key=None):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Cart-Token"] = token
        if key:
            headers["Idempotency-Key"] = key
        if getattr(self.local, "connection", None) is None:
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CLIENT_TIMEOUT_S)
        started = time.monotonic()
        status, answer = 0, {}
        try:
            self.local.connection.request(method, path, body and json.dumps(body), headers)
            response = self.local.connection.getresponse()
            status, answer = response.status, json.loads(response.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            answer = {"code": type(error).__name__}
            self.local.connection.close()
            self.local.connection = None
        with self.lock:
            self.sent += 1
            self.latencies.append(time.monotonic() - started)
            if not 200 <= status < 300:
                self.failed += 1
                self.failures[f"{method} {re.sub('/[a-z]+_[^/]*', '/ID', path)}: {status} {answer.get('code')}"] += 1
        return status, answer

    def shop(self):
        while True:
            self.places.acquire()
            if self.is_over.is_set():
                return
            number = next(self.numbers)
            status, cart = self.send("POST", "/v1/carts", key=f"chaos-open-{number:08}")
            if status != 201:
                continue
            token, path = cart["token"], "/v1/carts/" + cart["id"]
            status, _ = self.send("POST", path + "/items", {"product_id": self.product, "quantity": 1}, token, f"chaos-add-{number:08}")
            if status not in (200, 201):
                continue
            contact = {"name": "Ada", "email": f"ada{number}@example.com"}
            address = {"name": "Ada", "line1": "1 Main St", "city": "Springfield", "postal_code": "62704", "country": "US"}
            status, order = self.send("POST", path + "/checkout", {"contact": contact, "shipping_address": address}, token,
                                      f"chaos-buy-{number:08}")
            with self.lock:
                if status == 201:
                    self.orders[order["id"]] = token
                    self.bought[int(order["number"]) - ORDER_NUMBER_FIRST] = time.monotonic()
                elif status == 0:
                    self.unknown += 1
            if status == 201:
                self.send("GET", "/v1/orders/" + order["id"], token=token)

    def stop(self):
        self.is_over.set()
        self.clock.join()
        for _ in self.threads:
            self.places.release()
        for thread in self.threads:
            thread.join()


class Chaos:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.bad = self.count = 0
        self.started = time.monotonic()
        self.say("starting three PostgreSQL nodes under Patroni")
        self.cluster = cluster.Cluster(folder)
        self.cluster.start()
        url = self.cluster.url
        subprocess.run([f"{options.build}/shopd", "migrate"], check=True, env=dict(os.environ, SHOPD_POSTGRES=url,
                                                                                   SHOPD_POSTGRES_WAIT_MS="5000"))
        self.outboxes = outboxes.Outboxes([f"{folder}/shopd{number}" for number in (1, 2)])
        self.replicas = [Replica(options.build, folder, number, url, "outbox") for number in (1, 2)]
        self.port = cluster.database.free_port()
        self.haproxy = start_haproxy(folder, self.port, {f"shopd{number}": replica.port
                                                         for number, replica in enumerate(self.replicas, 1)})
        self.product = make_product(self.port)

    def say(self, line):
        print(f"# {time.monotonic() - self.started:6.1f} s  {line}", flush=True)

    def tap(self, ok, name):
        self.count += 1
        self.bad += not ok
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name}", flush=True)

    def kill_a_shopd(self):
        victim = self.replicas[self.turn % 2]
        victim.process.send_signal(signal.SIGKILL)

    def kill_the_primary(self):
        self.cluster.primary().kill_postgres()

    def cut_the_primary_off(self):
        node = self.cluster.primary()
        node.cut_off(True)
        time.sleep(30)
        node.cut_off(False)

    def slow_down(self):
        for proxy in self.cluster.proxies:
            proxy.delay_s = 0.05
        time.sleep(30)
        for proxy in self.cluster.proxies:
            proxy.delay_s = 0

    def spike(self):
        self.load.factor = 5
        time.sleep(20)
        self.load.factor = 1

    def run(self):
        faults = [self.kill_a_shopd, self.kill_the_primary, self.cut_the_primary_off, self.slow_down, self.spike]
        self.load = Load(self.port, self.product, self.options.rate)
        until = time.monotonic() + self.options.minutes * 60
        time.sleep(10)
        self.turn = 0
        while until - time.monotonic() > self.options.every / 2:
            next_at = time.monotonic() + self.options.every
            fault = faults[self.turn % len(faults)]
            before = self.load.sent, self.load.failed
            self.say(fault.__name__.replace("_", " "))
            fault()
            try:
                self.cluster.wait_until_whole(90)
            except RuntimeError as broken:
                self.say(str(broken))
            time.sleep(max(0, min(next_at, until) - time.monotonic()))
            self.say(f"    {self.load.sent - before[0]} requests, {self.load.failed - before[1]} failed, "
                     f"{len(self.load.orders)} orders so far, primary {getattr(self.cluster.primary(), 'number', None)}")
            self.turn += 1
        self.load.stop()
        self.judge()

    def longest_gap(self):
        times = list(self.load.bought.values())
        return max((after - before for before, after in zip(times, times[1:])), default=0)

    def judge(self):
        load = self.load
        share = 1 - load.failed / max(load.sent, 1)
        latencies = sorted(load.latencies)
        self.say(f"{load.sent} requests, {load.failed} failed ({share:.4%} succeeded), {len(load.orders)} orders acknowledged, "
                 f"{load.unknown} checkouts without an answer")
        self.say(f"latency p50 {latencies[len(latencies) // 2] * 1000:.0f} ms, p99 {latencies[int(len(latencies) * 0.99)] * 1000:.0f} ms, "
                 f"max {latencies[-1]:.1f} s; longest time without a checkout {self.longest_gap():.1f} s")
        for failure, count in load.failures.most_common(12):
            self.say(f"    {count} x {failure}")
        self.say("shopd started " + " and ".join(str(replica.starts) for replica in self.replicas) + " times, ended with "
                 + str([replica.codes for replica in self.replicas]))
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            lost = list(pool.map(self.is_lost, load.orders.items()))
        rows = operate(self.port, "GET", "/v1/stock?product_id=" + self.product)[1]["items"]
        reserved = sum(row["reserved"] for row in rows)
        self.tap(not any(lost), f"no acknowledged order is lost ({sum(lost)} of {len(lost)})")
        self.tap(len(load.orders) <= reserved <= len(load.orders) + load.unknown,
                 f"as many pieces are reserved as were sold ({reserved}, {load.unknown} unknown)")
        self.judge_told(load.bought)
        self.tap(share >= 0.999, f"99.9 % of requests succeed without being repeated ({share:.3%})")
        for replica in self.replicas:
            replica.stop()
        for number, replica in enumerate(self.replicas, 1):
            audit = subprocess.run([f"{self.options.build}/shopd", "audit", "--data", replica.folder], capture_output=True,
                                   text=True, env=replica.environment)
            self.tap(audit.returncode == 0, f"the audit of shopd {number} is clean: " + audit.stdout.strip().splitlines()[-1])
        print(f"1..{self.count}")

    def judge_told(self, bought):
        told = self.outboxes.wait_for("order_placed", set(bought), TOLD_WITHIN_S)
        silent = sorted(bought.keys() - told.keys())
        twice = sum(count > 1 for count in told.values())
        self.say(f"{len(told)} orders told {sum(told.values())} times, {twice} of them more than once")
        for number in silent[:SILENT_SHOWN]:
            self.say(f"    nobody was told of order {number}, bought at {bought[number] - self.started:.1f} s")
        self.tap(not silent and not self.outboxes.has_missed, f"every acknowledged order was told ({len(silent)} of {len(bought)} not)")

    def is_lost(self, order):
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CLIENT_TIMEOUT_S)
        client.request("GET", "/v1/orders/" + order[0], headers={"Cart-Token": order[1]})
        status = client.getresponse().status
        client.close()
        return status != 200

    def close(self):
        if hasattr(self, "load") and not self.load.is_over.is_set():
            self.load.stop()
        if hasattr(self, "haproxy"):
            self.haproxy.terminate()
            self.haproxy.wait()
        for replica in getattr(self, "replicas", []):
            if replica.is_wanted:
                replica.stop()
        if hasattr(self, "outboxes"):
            self.outboxes.close()
        if hasattr(self, "cluster"):
            self.cluster.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=float, default=120)
    parser.add_argument("--rate", type=float, default=100, help="requests a second")
    parser.add_argument("--keep", action="store_true", help="leave the logs, as is done whenever a promise was broken")
    options = parser.parse_args()
    options.build = options.build.resolve()
    missing = [name for name in ("patroni", "etcd", "haproxy", "ip") if shutil.which(name) is None]
    if missing or os.getuid() != 0 or not cluster.database.installed():
        print(f"ok 1 - chaos # SKIP needs root and: postgresql {' '.join(missing)}\n1..1")
        return 0
    folder = tempfile.mkdtemp(prefix="shopd-chaos-")
    os.chmod(folder, 0o755)
    chaos = Chaos.__new__(Chaos)
    all_is_well = False
    try:
        chaos.__init__(options, folder)
        chaos.run()
        all_is_well = chaos.bad == 0
        return not all_is_well
    finally:
        chaos.close()
        if options.keep or not all_is_well:
            print("# logs are in " + folder)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
