"""A server and, beside it on the same machine, the load of tests/bench/bench_shoppers.c: what the benches of bench/ share."""
import collections
import datetime
import os
import pathlib
import re
import resource
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/python"))
import shop_process  # noqa: E402

SECONDS = int(os.environ.get("SECONDS") or 30)
PRODUCTS = int(os.environ.get("PRODUCTS") or 100000)
SHOPPERS = int(os.environ.get("SHOPPERS") or 256)
SETTINGS = {"SHOPD_CHANNELS": "", "SHOPD_LOG_LEVEL": "warning", "SHOPD_IDLE_TIMEOUT_MS": "3600000"}

Second = collections.namedtuple("Second", "number good not_good p50 p99 sent_p99")


class Load:
    """bench_shoppers beside a Shop's server; `finish` gives what it printed."""

    def __init__(self, shop, plan, shoppers, seconds, *more):
        self.process = subprocess.Popen(
            [f"{shop.build}/bench_shoppers", str(shop.shop.port), str(shop.folder / "products"), plan, str(shoppers), str(seconds),
             *map(str, more)], stdout=subprocess.PIPE, text=True, env=dict(os.environ, SHOPD_OPERATOR_KEY=shop_process.OPERATOR_KEY))

    def await_connected(self):
        assert self.process.stdout.readline() == "connected\n"

    def finish(self):
        out = self.process.communicate()[0]
        assert self.process.returncode == 0, out
        self.seconds, self.requests = [], []
        for line in out.splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "connected":
                continue
            if kind == "second":
                values = rest.split()
                self.seconds.append(Second(*map(int, values[:3]), *map(float, values[3:])))
            elif kind == "request":
                name, done, *times = rest.split("\t")
                self.requests.append((name, int(done), *map(float, times)))
            else:
                done, self.refused, self.given_up = map(int, rest.split()[:3])
                self.took, self.load_us = map(float, rest.split()[3:])
                self.done = done
        return self

    def done_of(self, name):
        """How many requests of that name were answered."""
        return next(done for other, done, *_ in self.requests if other == name)


class Shop:
    """A server with its data in `folder`; `settings` are its own, beside SETTINGS."""

    def __init__(self, build, folder, settings=None):
        self.build, self.folder = build, folder
        self.shop = shop_process.ShopProcess(f"{build}/shopd", folder / "data", settings=dict(SETTINGS, **(settings or {})))

    def fill(self):
        self.folder.mkdir(exist_ok=True)
        subprocess.run([f"{self.build}/bench_fill", self.folder / "data", str(PRODUCTS), "0", self.folder / "products"], check=True,
                       stderr=subprocess.DEVNULL)

    def resident(self):
        with open(f"/proc/{self.shop.process.pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def cpu_s(self):
        with open(f"/proc/{self.shop.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def metrics(self):
        """The lines of /metrics."""
        request = urllib.request.Request(self.shop.url + "/metrics", headers={"Authorization": "Bearer " + shop_process.OPERATOR_KEY})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode().splitlines()

    def answer_buckets(self):
        """{seconds at most: requests}: how long the server had what it has answered so far, of all routes."""
        buckets = collections.Counter()
        for line in self.metrics():
            found = re.match(r'shop_http_answer_seconds_bucket\{.*le="([^"]+)"\} (\d+)', line)
            if found:
                buckets[float(found[1])] += int(found[2])
        return buckets

    def memory(self):
        """{lifetime: bytes}."""
        found = (re.match(r'shop_memory_bytes\{lifetime="([^"]+)"\} (\d+)', line) for line in self.metrics())
        return {match[1]: int(match[2]) for match in found if match}

    def end_with_audit(self, say):
        """True when the books add up."""
        code = self.shop.stop()
        done = subprocess.run([f"{self.build}/shopd", "audit", "--data", self.folder / "data"], capture_output=True, text=True)
        say(f"server ended with {code}; " + (done.stdout.strip().splitlines() or ["no audit"])[-1])
        return code == 0 and done.returncode == 0


class Bench(Shop):
    """One with a result, which `name` is that of."""

    def __init__(self, build, name, folder, settings=None):
        super().__init__(build, folder, settings)
        self.name, self.panels = name, []
        (ROOT / "bench/results").mkdir(exist_ok=True)
        self.result = ROOT / f"bench/results/{name}-{datetime.date.today()}.txt"
        self.file = open(self.result, "w")

    def say(self, line):
        print(line, flush=True)
        print(line, file=self.file, flush=True)

    def head(self):
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
        model = next((line.split(": ")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
        now = datetime.datetime.now(datetime.timezone.utc)
        self.title = f"{self.name}, {now:%Y-%m-%d}, commit {commit}, {os.cpu_count()} cores"
        self.say(f"# {self.name} {now:%Y-%m-%dT%H:%M:%SZ} commit {commit} {os.cpu_count()} cores, {model}, {PRODUCTS} products")

    def table(self, load):
        self.say(f"{'request':<12} {'done':>9} {'a second':>9} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
        for name, done, p50, p99, slowest in load.requests:
            self.say(f"{name:<12} {done:>9} {done / load.took:>9.0f} {p50:>8.2f} {p99:>8.2f} {slowest:>8.1f}")

    def draw(self, seconds):
        self.panels += [("good answers a second", {"good": [(row.number, row.good) for row in seconds]}),
                        ("latency, ms", {"p50": [(row.number, row.p50) for row in seconds],
                                         "p99": [(row.number, row.p99) for row in seconds]})]

    def audit(self):
        """Ends the server; True when the books add up."""
        return self.end_with_audit(self.say)
