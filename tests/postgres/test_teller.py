"""One of several shopd tells people: whichever dies, is stopped or cut off, another takes over within seconds. Nothing is told
zero times, and twice only what was under way just then, with the same id."""
import collections
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import database
import replicas
from server import ADDRESS, ALICE, Client, ROOT, SHOPD, Server, eventually

sys.path.insert(0, str(ROOT / "tests/python"))
from provider import Provider  # noqa: E402

LEASE_MS = 1000
UNDER_WAY = 100 # messages that a courier has under way at most (docs/config.md): told, and nobody noted it
SETTINGS = {"SHOPD_WEBHOOK_PRIVATE": "1", "SHOPD_CHANNELS": "", "SHOPD_TELLER_LEASE_MS": str(LEASE_MS),
            "SHOPD_POSTGRES_WAIT_MS": "1000"}


class Telling(replicas.ProxiedReplicaTest):
    shopd_settings = SETTINGS

    def setUp(self):
        super().setUp()
        self.provider = Provider(lambda request: (204, b""))
        self.addCleanup(self.provider.stop)
        hook = self.ok(201, "POST", "/v1/webhooks", {"url": self.provider.url, "types": ["order_placed"]}, operator=True)
        self.addCleanup(self.forget_hook, hook)

    def forget_hook(self, hook):
        eventually(lambda: self.at(1, "DELETE", "/v1/webhooks/" + hook["id"], operator=True).status, lambda status: status != 503)

    def is_teller(self, index):
        client = Client(self.replicas[index].port)
        try:
            text = client.send("GET", "/metrics", operator=True).raw.decode()
        except OSError:
            return False
        finally:
            client.close()
        return "\nshop_teller 1\n" in text

    def tellers(self):
        return [index for index in range(len(self.replicas)) if self.is_teller(index)]

    def connect(self):
        for client in self.clients:
            client.close()
        self.clients = [Client(replica.port) for replica in self.replicas]
        for client in self.clients:
            self.addCleanup(client.close)
        self.client = self.clients[0]

    def nothing_is_owed(self):
        def waiting():
            answer = self.at(1, "GET", "/v1/notices?state=waiting", operator=True)
            return answer.status == 200 and answer.json["items"] == []
        return eventually(waiting)

    def make_teller(self, wanted):
        """By ending the other one politely, if need be."""
        eventually(lambda: len(self.tellers()) == 1)
        other = self.replicas[1 - wanted]
        if not self.is_teller(wanted):
            other.end()
            eventually(lambda: self.is_teller(wanted))
            other.start()
            self.connect()
        self.assertTrue(self.is_teller(wanted))

    def told(self):
        """Order number -> the ids it was told with."""
        orders = collections.defaultdict(list)
        for request in self.provider.got():
            orders[json.loads(request.body)["order"]["id"]].append(request.headers["webhook-id"])
        return orders

    def buy(self, index, product, key):
        """The order's id, or None where it was refused or the connection ended."""
        client = Client(self.replicas[index].port)
        try:
            cart = client.send("POST", "/v1/carts")
            if cart.status != 201:
                return None
            cart, token = cart.json["id"], cart.json["token"]
            client.send("POST", f"/v1/carts/{cart}/items", {"product_id": product["id"], "quantity": 1}, token=token)
            answer = client.send("POST", f"/v1/carts/{cart}/checkout", {"contact": ALICE, "shipping_address": ADDRESS},
                                 token=token, key=key)
            return answer.json["id"] if answer.status == 201 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            client.close()

    def sell(self, index):
        """Orders come in at one replica until the list that is returned by the second call has them all."""
        product = self.make_product(stock=100000)
        eventually(lambda: self.at(index, "GET", "/v1/products/" + product["id"]).status == 200)
        orders, is_over = [], threading.Event()

        def keep_buying():
            while not is_over.is_set():
                order = self.buy(index, product, f"{self.id()}-{len(orders)}")
                if order:
                    orders.append(order)

        thread = threading.Thread(target=keep_buying)
        thread.start()

        def stop():
            is_over.set()
            thread.join()
            return orders

        self.addCleanup(stop)
        return stop

    def check(self, orders, twice_max):
        """All were told; those told twice were so with one id."""
        self.assertGreater(len(orders), 20)
        told = eventually(self.told, lambda told: set(told) >= set(orders))
        self.assertEqual(set(orders) - set(told), set())
        self.assertEqual([ids for ids in told.values() if len(set(ids)) > 1], [])
        twice = sum(len(ids) - 1 for ids in told.values())
        self.assertLessEqual(twice, twice_max)
        return twice

    def takes_over(self, index, limit_s):
        started = time.monotonic()
        self.assertTrue(eventually(lambda: self.is_teller(index)))
        self.assertLess(time.monotonic() - started, limit_s)


class Teller(Telling):
    def test_what_happens_at_both_is_told_once(self):
        self.assertEqual(len(eventually(self.tellers, lambda found: len(found) == 1)), 1)
        stops = [self.sell(index) for index in range(2)]
        time.sleep(1)
        self.check([order for stop in stops for order in stop()], 0)
        followers = [self.at(index, "GET", "/v1/followers", operator=True).json["items"] for index in range(2)]
        standing_by = [one["standing_by"] for items in followers for one in items if one["name"] == "notices"]
        self.assertEqual(sorted(standing_by), [False, True])

    def test_webhooks_and_notices_are_the_same_at_both(self):
        seen = [self.at(index, "GET", "/v1/webhooks", operator=True).json["items"] for index in range(2)]
        self.assertEqual(seen[0], seen[1])
        self.assertEqual(len(seen[0]), 1)
        changed = self.at(1, "PATCH", "/v1/webhooks/" + seen[0][0]["id"], {"enabled": False}, operator=True)
        self.assertEqual(changed.status, 200, changed.raw)
        self.assertFalse(self.at(0, "GET", "/v1/webhooks/" + seen[0][0]["id"], operator=True).json["enabled"])

    def test_another_takes_over_when_the_teller_is_killed(self):
        self.make_teller(0)
        stop = self.sell(1)
        time.sleep(0.5)
        self.replicas[0].end(signal.SIGKILL)
        self.takes_over(1, 3 * LEASE_MS / 1000)
        time.sleep(0.5)
        self.check(stop(), UNDER_WAY)
        self.replicas[0].start()
        self.connect()
        self.assertEqual(self.tellers(), [1])

    def test_a_teller_that_ends_leaves_to_another_at_once_and_nothing_is_told_twice(self):
        self.make_teller(0)
        stop = self.sell(1)
        time.sleep(0.5)
        self.replicas[0].end()
        self.takes_over(1, 1)
        time.sleep(0.5)
        self.check(stop(), 0)
        self.replicas[0].start()
        self.connect()

    def test_a_teller_that_was_stopped_and_comes_back_changes_nothing(self):
        self.make_teller(0)
        stop = self.sell(1)
        self.provider.answer = lambda request: time.sleep(0.05) or (204, b"")
        time.sleep(0.5)
        os.kill(self.replicas[0].process.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.replicas[0].process.pid, signal.SIGCONT)
        self.takes_over(1, 5 * LEASE_MS / 1000)
        os.kill(self.replicas[0].process.pid, signal.SIGCONT)
        eventually(lambda: "another shopd tells people now" in self.replicas[0].log_text())
        self.assertEqual(self.tellers(), [1])
        time.sleep(0.5)
        self.check(stop(), UNDER_WAY)
        self.assertEqual(self.nothing_is_owed(), True)

    def test_a_teller_that_is_cut_off_from_the_database_stands_by(self):
        self.make_teller(0)
        stop = self.sell(1)
        time.sleep(0.5)
        self.proxy.refuses = True
        self.proxy.cut()
        self.takes_over(1, 3 * LEASE_MS / 1000)
        self.assertFalse(self.is_teller(0))
        self.heal()
        time.sleep(0.5)
        self.check(stop(), UNDER_WAY)
        self.assertEqual(eventually(self.tellers, lambda found: found == [1]), [1])

    def test_connections_that_break_at_any_step_lose_nothing(self):
        self.make_teller(0)
        stop = self.sell(1)
        cuts = 25
        for _ in range(cuts):
            time.sleep(0.12)
            self.proxy.cut()
        self.check(stop(), cuts * UNDER_WAY)
        self.assertEqual(self.nothing_is_owed(), True)

    def test_a_follower_is_moved_wherever_it_is_asked(self):
        self.make_teller(1)
        stop = self.sell(1)
        time.sleep(0.3)
        orders = stop()
        self.assertGreater(len(orders), 3)
        eventually(self.told, lambda told: set(told) >= set(orders))
        first = min(int(request.headers["webhook-id"].rsplit("_", 1)[1]) for request in self.provider.got())
        moved = self.at(0, "POST", "/v1/followers/notices/move", {"event": first - 1}, operator=True)
        self.assertEqual(moved.status, 202, moved.raw)
        told = eventually(self.told, lambda told: all(len(told[order]) == 2 for order in orders))
        self.assertEqual([order for order in orders if len(told[order]) != 2], [])
        time.sleep(1)
        self.assertEqual({len(ids) for ids in self.told().values()}, {2})


class Erased(replicas.ReplicaTest):
    """The outbox of one that told, and does not run when somebody is erased."""

    replica_count = 1

    def names(self):
        return sorted(re.search("^To: (.*) <", path.read_text(), re.M)[1] for path in self.server.files()
                      if path.parent.name == "outbox")

    def test_what_was_told_goes_at_the_next_start(self):
        product = self.make_product(stock=9)
        orders = {name: self.place((product, 1), key=name, contact={"name": name, "email": "d@example.com"})[0]
                  for name in ("Dora", "Emil")}
        self.assertEqual(eventually(self.names, lambda names: len(names) == 2), ["Dora", "Emil"])
        self.server.end()
        other = replicas.Replica(self.url)
        self.addCleanup(other.remove)
        client = Client(other.port)
        self.addCleanup(client.close)
        erased = client.send("DELETE", f"/v1/orders/{orders['Dora']['id']}/contact", operator=True)
        self.assertEqual(erased.status, 204, erased.raw)
        self.server.start()
        self.assertEqual(eventually(self.names, lambda names: len(names) == 1), ["Emil"])


class Moving(replicas.ReplicaTest):
    """A shop that told from its folder begins to share."""

    @classmethod
    def setUpClass(cls):
        cls.skus = 0
        cls.database = database.Database()
        cls.url = cls.database.url()
        assert replicas.migrate(cls.url).returncode == 0
        cls.replicas = []

    def setUp(self):
        pass

    def connect(self, shop):
        self.client.close()
        self.client = Client(shop.port)
        self.addCleanup(self.client.close)

    def copy(self, source, target):
        done = subprocess.run([SHOPD, "copy", "--from", source, "--to", target], capture_output=True, text=True,
                              env=dict(os.environ, SHOPD_POSTGRES=self.url))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def tries(self, hook):
        """Newest first, without the numbers of the page."""
        return self.ok(200, "GET", f"/v1/webhooks/{hook['id']}/deliveries?limit=100", operator=True)["items"]

    def owed(self):
        return self.ok(200, "GET", "/v1/notices?state=waiting", operator=True)["items"]

    def test_what_a_shop_owes_moves_with_it_and_back(self):
        is_up = threading.Event()
        provider = Provider(lambda request: (204, b"") if is_up.is_set() else (500, b""))
        self.addCleanup(provider.stop)
        shop = Server(dict(SETTINGS))
        self.addCleanup(shop.remove)
        self.client = Client(shop.port)
        self.server = shop
        hook = self.ok(201, "POST", "/v1/webhooks", {"url": provider.url, "types": ["order_placed"]}, operator=True)
        order, _ = self.place((self.make_product(stock=5), 1))
        eventually(provider.got)
        shop.end()
        shop.start()
        self.connect(shop)
        tries = eventually(lambda: self.tries(hook))
        owed = self.owed()
        self.assertEqual([one["notice"] for one in owed], ["order_placed"])
        shop.end()
        self.assertRegex(self.copy("sqlite:" + str(shop.data), "postgres"),
                         r"\n1 notices owed, 1 webhooks and [1-9]\d* of their tries copied\n")
        self.assertIn("notify.db.moved", os.listdir(shop.data))
        self.assertNotIn("notify.db", os.listdir(shop.data))
        back = os.path.join(shop.folder, "back")
        self.assertRegex(self.copy("postgres", "sqlite:" + back),
                         r"\n1 notices owed, 1 webhooks and [1-9]\d* of their tries copied\n")

        for data, settings in ((shop.data, {"SHOPD_POSTGRES": self.url}), (back, {})):
            with self.subTest(data=data):
                provider.requests.clear()
                is_up.clear()
                shop.data, shop.settings = data, dict(SETTINGS, **settings)
                shop.start()
                self.connect(shop)
                self.assertEqual(self.tries(hook)[-len(tries):], tries)
                self.assertEqual([one["id"] for one in self.owed()], [one["id"] for one in owed])
                self.assertEqual([one["id"] for one in self.ok(200, "GET", "/v1/webhooks", operator=True)["items"]], [hook["id"]])
                is_up.set()
                got = eventually(lambda: [json.loads(request.body) for request in provider.got()])
                eventually(lambda: not self.owed())
                self.assertEqual({event["order"]["id"] for event in got}, {order["id"]})
                self.assertEqual(len({event["id"] for event in got}), 1)
                other = self.ok(201, "POST", "/v1/webhooks", {"url": provider.url}, operator=True)
                self.assertNotEqual(other["id"], hook["id"])
                self.ok(204, "DELETE", "/v1/webhooks/" + other["id"], operator=True)
                shop.end()
