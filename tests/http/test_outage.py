"""A provider that hangs, and one that is away: checkouts go on unharmed, memory is bounded, all is told once it is back."""
import json
import os
import socket
import statistics
import sys
import time

from server import ALICE, ROOT, ShopTest, eventually

sys.path.insert(0, str(ROOT / "tests/python"))
from provider import Provider  # noqa: E402

ORDERS = 250  # of each phase
TIMEOUT_MS = 300  # of a call to the provider
SLOWER_MAX = 4  # times as long a checkout's median may be; it is about 1
HELD_UP_S = TIMEOUT_MS / 1000 / 3  # and shorter than this nothing waited for the provider, whatever the machine was busy with
GROWTH_MAX = 16 << 20  # bytes: what calls under way need, not what waits
PATIENCE_S = 60  # a channel pauses for 30 s at most while its provider fails
RETRY_REACH = 6  # a message that failed all that time waits for at most so many times as long again (courier_retry_ms)


class Outage(ShopTest):
    @classmethod
    def setUpClass(cls):
        cls.provider = Provider(lambda request: (202, b""))
        cls.told = set()
        cls.settings = {"SHOPD_CHANNELS": "sendgrid", "SHOPD_SENDGRID_URL": cls.provider.url, "SHOPD_SENDGRID_KEY": "SG.secret",
                        "SHOPD_EMAIL_FROM": "shop@example.com", "SHOPD_NOTICE_TIMEOUT_MS": str(TIMEOUT_MS),
                        "SHOPD_NOTICE_WORKERS_MAX": "1",
                        # The address sanitizer, where it is there, would keep what is freed.
                        "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.provider.stop()

    def resident(self):
        with open(f"/proc/{self.server.process.pid}/status") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS"))

    def metric(self, name):
        text = self.send("GET", "/metrics").raw.decode()
        return int(next(line.split()[1] for line in text.splitlines() if line.startswith(name)))

    def buy(self, product, name):
        """The median of the checkouts in seconds; carts are filled before."""
        carts = [self.open_cart((product, 1)) for _ in range(ORDERS)]
        times = []
        for number, cart in enumerate(carts):
            started = time.perf_counter()
            answer = self.checkout(cart, key=f"{name}-{number}", contact={**ALICE, "email": f"{name}-{number}@example.com"})
            times.append(time.perf_counter() - started)
            self.assertEqual(answer.status, 201, answer.raw)
        return statistics.median(times)

    def collect(self):
        self.told.update(json.loads(request.body)["personalizations"][0]["to"][0]["email"] for request in self.provider.got())

    def test_checkouts_go_on_while_a_provider_hangs_and_while_it_is_away(self):
        product = self.make_product(stock=10 * ORDERS)
        self.buy(product, "warm")
        well = self.buy(product, "well")
        self.wait_for("warm", "well")
        before, began = self.resident(), time.monotonic()
        port = self.provider.port
        self.provider.stop()

        hanging = socket.create_server(("127.0.0.1", port), backlog=1)  # takes no connection off its queue
        hung = self.buy(product, "hung")
        under_way = eventually(lambda: self.metric('shop_notices_under_way{channel="sendgrid"}'), patience_s=PATIENCE_S)
        self.assertIn(under_way, range(1, 101))  # a batch of one worker
        hanging.close()
        away = self.buy(product, "away")
        again = eventually(lambda: self.metric('shop_notices_again_total{channel="sendgrid"}'), patience_s=PATIENCE_S)
        self.assertGreater(again, 0)
        growth = self.resident() - before
        self.assertLess(hung, max(SLOWER_MAX * well, HELD_UP_S))
        self.assertLess(away, max(SLOWER_MAX * well, HELD_UP_S))
        self.assertLess(growth, GROWTH_MAX)

        type(self).provider = Provider(lambda request: (202, b""), port)
        self.wait_for("hung", "away", patience_s=PATIENCE_S + RETRY_REACH * (time.monotonic() - began))
        self.assertEqual(self.ok(200, "GET", "/v1/notices", operator=True)["items"], [])

    def wait_for(self, *names, patience_s=PATIENCE_S):
        """Until everybody was told, and nothing is owed."""
        wanted = {f"{name}-{number}@example.com" for name in names for number in range(ORDERS)}
        until = time.monotonic() + patience_s
        while not wanted <= self.told and time.monotonic() < until:
            time.sleep(0.05)
            self.collect()
        self.assertEqual(sorted(wanted - self.told)[:5], [])
        while self.ok(200, "GET", "/v1/notices", operator=True)["items"] and time.monotonic() < until:
            time.sleep(0.05)  # the last answers are just being noted
