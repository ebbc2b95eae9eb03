"""A provider that hangs, and one that is away: checkouts go on unharmed, memory is bounded, all is told once it is back."""
import json
import socket
import statistics
import sys
import time

from server import ALICE, ROOT, ShopTest, eventually

sys.path.insert(0, str(ROOT / "tests/python"))
from provider import Provider  # noqa: E402

ORDERS = 250  # of each phase
SLOWER_MAX = 4  # times as long a checkout's median may be; it is about 1
GROWTH_MAX = 16 << 20  # bytes: what calls under way need, not what waits
PATIENCE_S = 60  # pauses double while a provider fails


class Outage(ShopTest):
    @classmethod
    def setUpClass(cls):
        cls.provider = Provider(lambda request: (202, b""))
        cls.told = set()
        cls.settings = {"SHOPD_CHANNELS": "sendgrid", "SHOPD_SENDGRID_URL": cls.provider.url, "SHOPD_SENDGRID_KEY": "SG.secret",
                        "SHOPD_EMAIL_FROM": "shop@example.com", "SHOPD_NOTICE_TIMEOUT_MS": "300",
                        "SHOPD_NOTICE_WORKERS_MAX": "1"}
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
        before = self.resident()
        port = self.provider.port
        self.provider.stop()

        hanging = socket.create_server(("127.0.0.1", port), backlog=1)  # takes no connection off its queue
        hung = self.buy(product, "hung")
        under_way = eventually(lambda: self.metric('shop_notices_under_way{channel="sendgrid"}'))  # none in a pause
        self.assertIn(under_way, range(1, 101))  # a batch of one worker
        hanging.close()
        away = self.buy(product, "away")
        self.assertGreater(self.metric('shop_notices_again_total{channel="sendgrid"}'), 0)
        growth = self.resident() - before
        self.assertLess(hung / well, SLOWER_MAX)
        self.assertLess(away / well, SLOWER_MAX)
        self.assertLess(growth, GROWTH_MAX)

        type(self).provider = Provider(lambda request: (202, b""), port)
        self.wait_for("hung", "away")
        self.assertEqual(self.ok(200, "GET", "/v1/notices", operator=True)["items"], [])

    def wait_for(self, *names):
        """Until everybody was told."""
        wanted = {f"{name}-{number}@example.com" for name in names for number in range(ORDERS)}
        until = time.monotonic() + PATIENCE_S
        while not wanted <= self.told and time.monotonic() < until:
            time.sleep(0.05)
            self.collect()
        self.assertEqual(sorted(wanted - self.told)[:5], [])
        while self.ok(200, "GET", "/v1/notices", operator=True)["items"] and time.monotonic() < until:
            time.sleep(0.05)  # the last answers are just being noted
