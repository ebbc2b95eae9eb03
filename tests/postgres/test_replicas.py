"""Two shopd on one PostgreSQL are one shop."""
import concurrent.futures
import signal
import time

import replicas
import server
from server import ADDRESS, ALICE, Client


class TwoReplicas(replicas.ReplicaTest):
    def buy(self, index, cart, key="key-1"):
        return self.at(index, "POST", f"/v1/carts/{cart['id']}/checkout",
                       {"contact": ALICE, "shipping_address": ADDRESS}, token=cart["token"], key=key)

    def test_an_order_placed_at_one_is_read_at_the_other(self):
        cart = self.open_cart((self.make_product(stock=3), 2))
        order = self.buy(1, cart).json
        seen = self.at(0, "GET", f"/v1/orders/{order['id']}", token=cart["token"])
        self.assertEqual((seen.status, seen.json["status"], seen.json["lines"]), (200, "pending", order["lines"]))
        confirmed = self.at(0, "POST", f"/v1/orders/{order['id']}/confirm", operator=True)
        self.assertEqual(confirmed.status, 200, confirmed.raw)
        self.assertEqual(self.at(1, "GET", f"/v1/orders/{order['id']}", token=cart["token"]).json["status"], "confirmed")

    def test_a_cart_filled_at_both_is_one_cart(self):
        first, second = self.make_product(stock=9), self.make_product(stock=9)
        cart = self.open_cart((first, 1))
        added = self.at(1, "POST", f"/v1/carts/{cart['id']}/items", {"product_id": second["id"], "quantity": 2},
                        token=cart["token"])
        self.assertEqual(added.status, 200, added.raw)
        seen = self.at(0, "GET", f"/v1/carts/{cart['id']}", token=cart["token"]).json
        self.assertEqual(sorted(line["quantity"] for line in seen["lines"]), [1, 2])

    def test_a_price_changed_at_one_is_seen_at_the_other_within_200_ms(self):
        product = self.make_product(stock=1)
        times = []
        server.eventually(lambda: self.at(1, "GET", "/v1/products/" + product["id"]).status == 200)
        for price in range(1001, 1021):
            changed = self.at(0, "PATCH", "/v1/products/" + product["id"],
                              {"price": {"amount": price, "currency": "USD"}}, operator=True)
            self.assertEqual(changed.status, 200, changed.raw)
            started = time.monotonic()
            while self.at(1, "GET", "/v1/products/" + product["id"]).json["price"]["amount"] != price:
                self.assertLess(time.monotonic() - started, 5)
                time.sleep(0.002)
            times.append(time.monotonic() - started)
        self.assertLess(max(times), 0.2, times)

    def test_a_key_used_at_both_buys_once(self):
        product = self.make_product(stock=10)
        cart = self.open_cart((product, 1))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda index: self.buy(index, cart, key="both"), range(2))
        self.assertEqual((first.status, second.status), (201, 201))
        self.assertEqual(first.json["id"], second.json["id"])
        self.assertEqual(self.stock(product), (10, 1))

    def test_a_request_with_a_key_is_done_once_at_both(self):
        product = self.make_product()
        move = {"product_id": product["id"], "quantity": 5, "reason": "received"}
        answers = [self.at(index, "POST", "/v1/stock/movements", move, operator=True, key="move-1")
                   for index in (0, 1, 0)]
        self.assertEqual([answer.status for answer in answers], [201] * 3)
        self.assertEqual(answers[0].json, answers[1].json)
        self.assertEqual(self.stock(product), (5, 0))

    def test_an_account_made_at_one_logs_in_at_the_other(self):
        account = {"email": "bob@example.com", "password": "correct horse battery", "name": "Bob"}
        made = self.at(0, "POST", "/v1/customers/register", account)
        self.assertEqual(made.status, 201, made.raw)
        again = self.at(1, "POST", "/v1/customers/register", account)
        self.assertEqual(again.status, 409, again.raw)
        session = self.at(1, "POST", "/v1/sessions", {"email": account["email"], "password": account["password"]})
        self.assertEqual(session.status, 201, session.raw)
        token = session.json["token"]
        # Tokens are looked up in memory, which follows within moments: see docs/scaling.md.
        me = server.eventually(lambda: self.at(0, "GET", "/v1/customers/me", headers={"Authorization": "Bearer " + token}),
                               lambda answer: answer.status == 200)
        self.assertEqual((me.status, me.json["email"]), (200, account["email"]), me.raw)

    def test_200_buyers_at_both_buy_50_pieces(self):
        product = self.make_product(stock=50)
        carts = [self.open_cart((product, 1)) for _ in range(200)]

        def buy(number):
            client = Client(self.replicas[number % 2].port)
            answer = client.send("POST", f"/v1/carts/{carts[number]['id']}/checkout",
                                 {"contact": ALICE, "shipping_address": ADDRESS}, token=carts[number]["token"],
                                 key=f"buyer-{number}")
            client.close()
            return answer.status, answer.code

        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            results = list(pool.map(buy, range(200)))
        self.assertEqual(results.count((201, None)), 50)
        self.assertEqual(results.count((409, "out_of_stock")), 150)
        self.assertEqual(self.stock(product), (50, 50))

    def test_batches_and_events_are_numbered_without_a_gap(self):
        rows = self.database.ask("SELECT batch, first_event, last_event FROM batches ORDER BY batch").split()
        next_event = 1
        for number, row in enumerate(rows, 1):
            batch, first_event, last_event = map(int, row.split("|"))
            self.assertEqual((batch, first_event), (number, next_event))
            next_event = last_event + 1


class Questions(replicas.ProxiedReplicaTest):
    READS = 200

    def test_a_request_is_one_question_and_no_second_one_behind_it(self):
        _, cart = self.place((self.make_product(stock=5), 1))
        pieces = []

        def count(direction, piece):
            if direction == "to":
                pieces.append(piece)

        self.proxy.judge = count
        began = time.monotonic()
        for _ in range(self.READS):
            self.ok(200, "GET", f"/v1/carts/{cart['id']}", token=cart["token"])
        while_quiet = (time.monotonic() - began) * 1000 / 20  # postgres_follow_ms
        self.assertLess(len(pieces), self.READS * 1.25 + while_quiet)


class OneReplicaAfterAnother(replicas.ReplicaTest):
    replica_count = 1

    def test_a_replica_with_an_empty_folder_knows_everything(self):
        order, cart = self.place((self.make_product(stock=5), 2))
        late = replicas.Replica(self.url)
        self.addCleanup(late.remove)
        seen = Client(late.port).send("GET", f"/v1/orders/{order['id']}", token=cart["token"])
        self.assertEqual((seen.status, seen.json["contact"]["name"]), (200, "Alice"), seen.raw)

    def test_a_killed_replica_comes_back_with_what_happened_meanwhile(self):
        first = self.make_product(stock=5)
        other = replicas.Replica(self.url)
        self.addCleanup(other.remove)
        other.end(signal.SIGKILL)
        order, cart = self.place((first, 2))
        other.start()
        self.assertEqual(Client(other.port).send("GET", f"/v1/orders/{order['id']}", token=cart["token"]).status, 200)

    def test_the_copy_of_a_replica_is_audited(self):
        order, _ = self.place((self.make_product(stock=5), 2))
        self.operate(order, "confirm")
        other = replicas.Replica(self.url)
        self.addCleanup(other.remove)
        other.end()
        self.assertIn("audit clean", other.audit())

    def test_a_folder_of_another_shop_is_refused(self):
        stranger = server.Server()
        self.addCleanup(stranger.remove)
        stranger.end()
        stranger.settings["SHOPD_POSTGRES"] = self.url
        with self.assertRaises(RuntimeError) as refused:
            stranger.start()
        self.assertIn("of another shop", str(refused.exception))
        stranger.process.wait()


class Schema(replicas.ReplicaTest):
    replica_count = 0

    @classmethod
    def setUpClass(cls):
        cls.skus = 0
        cls.database = replicas.database.Database()
        cls.replicas = []

    def setUp(self):
        pass

    def refused_to_start(self, url):
        with self.assertRaises(RuntimeError) as refused:
            replicas.Replica(url)
        return str(refused.exception)

    def test_without_tables_it_says_what_to_do(self):
        self.assertIn("run shopd migrate", self.refused_to_start(self.database.make("empty")))

    def test_migrating_again_changes_nothing(self):
        url = self.database.make("twice")
        said = [replicas.migrate(url).stdout for _ in range(2)]
        self.assertEqual(said, ["tables of version 2, for shopd of version 1 and later\n"] * 2)

    def test_several_may_migrate_at_once(self):
        url = self.database.make("race")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            codes = [done.returncode for done in pool.map(lambda _: replicas.migrate(url), range(4))]
        self.assertEqual(codes, [0] * 4)

    def test_a_database_that_a_newer_one_has_finished_refuses_this_one(self):
        url = self.database.make("newer")
        self.assertEqual(replicas.migrate(url, "--finish").returncode, 0)
        self.database.ask("UPDATE schema SET version = 9", "newer")
        replicas.Replica(url).remove() # an upgrade that can still be rolled back
        self.database.ask("UPDATE schema SET min_reader = 9", "newer")
        self.assertIn("of a newer shopd", self.refused_to_start(url))

    def test_two_regions_are_two_shops(self):
        url = self.database.make("regions")
        replicas.migrate(url)
        us, eu = replicas.Replica(url, SHOPD_REGION="us"), replicas.Replica(url, SHOPD_REGION="eu", SHOPD_CURRENCY="EUR")
        self.addCleanup(us.remove)
        self.addCleanup(eu.remove)
        product = {"sku": "A", "name": "A", "category": "HOME", "price": {"amount": 1, "currency": "EUR"}}
        self.assertEqual(Client(eu.port).send("POST", "/v1/products", product, operator=True).status, 201)
        self.assertEqual(Client(us.port).send("GET", "/v1/products").json["items"], [])
        for region, status in (("eu", 200), ("us", 404), ("main", 404)):
            answer = Client(eu.port).send("GET", "/v1/products", headers={"Region": region})
            self.assertEqual(answer.status, status, answer.raw)
            self.assertEqual(status == 404 and answer.code, status == 404 and "region_unknown")
        for replica in (us, eu):  # each region has its own
            self.assertTrue(server.eventually(lambda: b"\nshop_teller 1\n" in Client(replica.port).send("GET", "/metrics").raw))
