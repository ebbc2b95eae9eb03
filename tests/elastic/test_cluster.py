"""shopd with its search on a cluster of one node: indexing, changes, kills on both sides, outages.

What the tests wait for comes from another process: eventually() asks again until it is there.
"""
import os
import re
import signal
import subprocess
import time
import unittest

import node
from server import Client, Server, ShopTest

WAIT_S = 60
CLUSTER = {"SHOPD_SEARCH_BACKEND": "elastic", "SHOPD_SEARCH_REFRESH_MS": "0", "SHOPD_SEARCH_REPLICAS": "0",
           "SHOPD_SEARCH_FALLBACK": "0", "SHOPD_SEARCH_TIMEOUT_MS": "5000", "SHOPD_SEARCH_AWAY_MS": "200",
           "SHOPD_SEARCH_FAILURES_MAX": "2"}
shared = None


def setUpModule():
    global shared
    shared = node.Node()


def tearDownModule():
    shared.close()


def eventually(ask, wanted=True):
    """Asks until the answer is the wanted one; returns the last."""
    end = time.monotonic() + WAIT_S
    while True:
        answer = ask()
        if answer == wanted or time.monotonic() > end:
            return answer
        time.sleep(0.02)


class QueryClasses(unittest.TestCase):
    def test_the_cluster_answers_like_the_index(self):
        environment = dict(os.environ, ELASTIC_URL=shared.url, CMOCKA_MESSAGE_OUTPUT="TAP")
        done = subprocess.run([os.environ["NODE_TEST"]], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        self.assertIn("\nok ", "\n" + done.stdout)


class ClusterTest(ShopTest):
    """One server per test class, each with a prefix of its own in the shared cluster."""

    settings = {}

    @classmethod
    def setUpClass(cls):
        cls.prefix = re.sub(r"[^a-z]", "", cls.__name__.lower())
        cls.server = Server({**CLUSTER, "SHOPD_SEARCH_URLS": shared.url, "SHOPD_SEARCH_PREFIX": cls.prefix,
                             **cls.settings})
        cls.skus = 0

    def setUp(self):
        super().setUp()
        self.assertEqual(eventually(lambda: self.logged("the search cluster has the whole catalogue") > 0), True)

    def answer(self, query=""):
        return self.send("GET", "/v1/products?" + query)

    def total(self, query=""):
        answer = self.answer(query)
        return answer.json["total"] if answer.status == 200 else None

    def names(self, query=""):
        answer = self.answer(query)
        return [item["name"] for item in answer.json["items"]] if answer.status == 200 else None

    def await_names(self, query, wanted):
        self.assertEqual(eventually(lambda: self.names(query), wanted), wanted, self.server.log_text()[-2000:])

    def logged(self, phrase):  # also by servers of the same folder before
        return self.server.log_text().count(phrase)

    def restart(self, how=signal.SIGTERM):
        self.server.end(how)
        self.server.start()
        self.client = Client(self.server.port)
        self.addCleanup(self.client.close)


class Changes(ClusterTest):
    def test_a_change_is_found_once_the_cluster_shows_it(self):
        red = self.make_product(name="Crimson lantern", price=500, stock=2)
        self.await_names("q=lanterns", ["Crimson lantern"])
        self.await_names("q=lanterns&in_stock=true", ["Crimson lantern"])
        self.ok(200, "PATCH", "/v1/products/" + red["id"], {"name": "Scarlet beacon"}, operator=True)
        self.await_names("q=beacon", ["Scarlet beacon"])
        self.ok(200, "PATCH", "/v1/products/" + red["id"], {"price": {"amount": 700, "currency": "USD"}}, operator=True)
        self.await_names("q=beacon&max_price=600", [])
        self.place((red, 2))
        self.await_names("q=beacon&in_stock=true", [])
        self.send("DELETE", "/v1/products/" + red["id"], operator=True)
        self.await_names("q=beacon", [])

    def test_a_change_of_one_variant_reaches_its_family(self):
        small = self.make_product(name="Sweater small", price=2000, family="sweater", stock=1)
        self.make_product(name="Sweater large", price=2500, family="sweater", stock=1)
        self.await_names("q=sweater", ["Sweater small"])
        self.await_names("q=sweater&min_price=2100", ["Sweater large"])
        self.ok(200, "PATCH", "/v1/products/" + small["id"], {"price": {"amount": 3000, "currency": "USD"}}, operator=True)
        self.await_names("q=sweater", ["Sweater large"])

    def test_a_renamed_category_is_found_by_its_new_name(self):
        category = self.ok(201, "POST", "/v1/categories", {"name": "Gadgets", "parent": None}, operator=True)
        self.make_product(name="Spinner", category=category["id"])
        self.await_names("q=gadgets", ["Spinner"])
        self.ok(200, "PATCH", "/v1/categories/" + category["id"], {"name": "Doodads"}, operator=True)
        self.await_names("q=doodads", ["Spinner"])

    def test_words_are_corrected_completed_and_left_out(self):
        self.make_product(name="Mechanical keyboard")
        self.await_names("q=keyboard", ["Mechanical keyboard"])
        for words, used in (("keybord", "keyboard"), ("mechanical keyb", "keyboard"), ("keyboard xyzzyq", "")):
            page = self.answer("q=" + words.replace(" ", "%20")).json
            self.assertEqual([item["name"] for item in page["items"]], ["Mechanical keyboard"], words)
            self.assertEqual([note["used"] or "" for note in page["notes"]], [used], words)

    def test_suggestions_come_from_the_cluster(self):
        self.make_product(name="Zeppelin model", brand="Zenith")
        self.await_names("q=zeppelin", ["Zeppelin model"])
        items = self.ok(200, "GET", "/v1/suggest?q=ze")["items"]
        self.assertEqual({item["kind"] for item in items}, {"words", "brand", "product"}, items)

    def test_pages_by_cursor_give_each_product_once(self):
        wanted = [f"Walker {i:02}" for i in range(25)]
        for i, name in enumerate(wanted):
            self.make_product(name=name, price=100 + i // 3)
        self.assertEqual(eventually(lambda: self.total("q=walker"), 25), 25)
        for sort in ("price", "-created", "relevance"):
            seen, cursor = [], ""
            while cursor is not None:
                page = self.ok(200, "GET", f"/v1/products?q=walker&limit=7&sort={sort}{cursor}")
                seen += [item["name"] for item in page["items"]]
                cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
            self.assertEqual(sorted(seen), wanted, sort)


class Resume(ClusterTest):
    settings = {"SHOPD_SEARCH_POSITION_MS": "0"}

    def test_a_killed_shopd_catches_up_from_its_position(self):
        self.make_product(name="Before the kill")
        self.await_names("q=before", ["Before the kill"])
        builds, resumed = self.logged("indexing the catalogue"), self.logged("caught up from the event log")
        for i in range(20):  # the last ones have not been sent yet when it dies
            product = self.make_product(name=f"Just acknowledged {i}", stock=i % 2)
        self.restart(signal.SIGKILL)
        self.assertEqual(eventually(lambda: self.total("q=acknowledged"), 20), 20)
        self.assertEqual(eventually(lambda: self.total("q=acknowledged&in_stock=true"), 10), 10)
        self.assertEqual(self.logged("caught up from the event log"), resumed + 1)
        self.assertEqual(self.logged("indexing the catalogue"), builds)
        self.send("DELETE", "/v1/products/" + product["id"], operator=True)
        self.restart(signal.SIGKILL)
        self.assertEqual(eventually(lambda: self.total("q=acknowledged"), 19), 19)

    def test_a_cancelled_order_before_the_kill_is_in_stock_after_it(self):
        product = self.make_product(name="Last piece", stock=1)
        order, cart = self.place((product, 1))
        self.await_names("q=piece&in_stock=true", [])
        self.operate(order, "cancel", {"reason": "mistake"})
        self.restart(signal.SIGKILL)
        self.await_names("q=piece&in_stock=true", ["Last piece"])

    def test_a_cluster_that_lost_everything_is_indexed_anew(self):
        self.make_product(name="Survivor")
        self.await_names("q=survivor", ["Survivor"])
        before = self.logged("indexing the catalogue")
        shared.ask("DELETE", "/" + ",".join(shared.ask("GET", f"/{self.prefix}-*/_alias")[1]))
        self.assertEqual(eventually(lambda: self.answer("q=survivor").status == 200 and
                                    self.logged("indexing the catalogue") > before), True)
        self.await_names("q=survivor", ["Survivor"])

    def test_old_indices_are_dropped(self):
        self.make_product(name="Something")
        self.await_names("q=something", ["Something"])
        names = set(shared.ask("GET", f"/{self.prefix}-*/_alias")[1])
        self.assertEqual(len(names - {self.prefix + "-position"}), 1, names)


class Outage(ClusterTest):
    """Two shops on a node of their own, because it is killed; the index stands by in one of them."""

    @classmethod
    def setUpClass(cls):
        cls.node = node.Node()
        cls.settings = {"SHOPD_SEARCH_URLS": cls.node.url}
        super().setUpClass()
        cls.alone = cls.server
        cls.backed = Server({**cls.alone.settings, "SHOPD_SEARCH_PREFIX": "backed", "SHOPD_SEARCH_FALLBACK": "1"})

    @classmethod
    def tearDownClass(cls):
        cls.backed.remove()
        cls.alone.remove()
        cls.node.close()

    def use(self, server):
        self.server = server
        self.client = Client(server.port)
        self.addCleanup(self.client.close)

    def test_a_killed_node_is_gone_around_and_taken_up_again(self):
        for server in (self.backed, self.alone):
            self.use(server)
            self.assertEqual(eventually(lambda: self.logged("the search cluster has the whole catalogue"), 1), 1)
            self.make_product(name="Steady")
            self.await_names("q=steady", ["Steady"])
        self.node.kill()
        self.check_alone()
        self.check_backed()
        self.node.start()
        for server in (self.backed, self.alone):
            self.use(server)
            self.assertEqual(eventually(lambda: self.total("q=steady") == 2 and
                                        self.logged("the search cluster answers again") == 1), True)
            self.assertEqual(self.logged("indexing the catalogue"), 1)
        self.assertEqual(eventually(lambda: self.in_cluster({"prefix": {"plain": "steady"}}), 2), 2)

    def check_alone(self):
        for _ in range(3):
            answer = self.refused(503, "search_unavailable", "GET", "/v1/products?q=steady")
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        self.refused(503, "search_unavailable", "GET", "/v1/suggest?q=st")
        self.assertEqual(self.logged("the search cluster is away"), 1)
        self.make_product(name="Steady too")  # a write needs no search

    def check_backed(self):
        self.use(self.backed)
        for _ in range(10):
            self.assertEqual(self.names("q=steady"), ["Steady"])
        self.make_product(name="Steady too")
        self.assertEqual(self.total("q=steady"), 2)
        self.assertEqual([item["text"] for item in self.ok(200, "GET", "/v1/suggest?q=stead")["items"]][:1], ["steady"])
        self.assertEqual(self.logged("the search cluster is away"), 1)

    def in_cluster(self, query):
        status, found = self.node.ask("POST", f"/{self.prefix}/_count", {"query": query})
        return found["count"] if status == 200 else None


if __name__ == "__main__":
    unittest.main()
