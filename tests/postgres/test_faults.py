"""The connection to the database breaks at every step, or the database itself does: nothing is sold twice, no order is lost
or doubled, clients are told to try again, and it goes on by itself."""
import concurrent.futures
import contextlib
import http.client
import os
import random
import signal
import subprocess
import threading
import time

import database
import replicas
from server import ADDRESS, ALICE, Client, eventually

# Statements are prepared by number, in the order of enum shared_log_statement.
LOCK, ADD_BATCH = b"\0s3\0", b"\0s13\0"
WAIT_MS = 1000


class Behind(replicas.ProxiedReplicaTest):
    shopd_settings = {"SHOPD_POSTGRES_WAIT_MS": str(WAIT_MS)}

    def judge_once(self, wanted, verdict):
        """The first piece that `wanted(direction, piece)` gets the verdict, all others pass."""
        done = threading.Event()

        def judge(direction, piece):
            if done.is_set() or not wanted(direction, piece):
                return None
            done.set()
            return verdict

        self.proxy.judge = judge
        return done

    def buy(self, index, cart, key="key-1"):
        client = Client(self.replicas[index].port)
        try:
            return client.send("POST", f"/v1/carts/{cart['id']}/checkout", {"contact": ALICE, "shipping_address": ADDRESS},
                               token=cart["token"], key=key)
        finally:
            client.close()

    def try_to_buy(self, index, cart, key):
        try:
            return self.buy(index, cart, key)
        except (OSError, http.client.HTTPException):
            return None

    def insist(self, index, cart, key="key-1"):
        """As a client does that was told to try again, or whose connection ended."""
        return eventually(lambda: self.try_to_buy(index, cart, key),
                          lambda answer: answer is not None and answer.status != 503)

    @contextlib.contextmanager
    def kept(self):
        """No replica ends, also when it is overtaken."""
        processes = [replica.process for replica in self.replicas]
        yield
        self.assertEqual([replica.process for replica in self.replicas], processes)
        self.assertEqual([process.poll() for process in processes], [None] * len(processes))

    def assert_sound(self, product, on_hand, reserved):
        for replica in self.replicas:
            client = Client(replica.port)
            rows = eventually(lambda: client.send("GET", "/v1/stock?product_id=" + product["id"], operator=True),
                              lambda answer: answer.status == 200).json["items"]
            client.close()
            self.assertEqual([(row["on_hand"], row["reserved"]) for row in rows], [(on_hand, reserved)])


class Cuts(Behind):
    def order_with(self, wanted, verdict, status):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 2))
        done = self.judge_once(wanted, verdict)
        first = self.buy(0, cart)
        self.assertTrue(done.is_set())
        self.assertEqual(first.status, status, first.raw)
        again = self.insist(0, cart)
        self.assertEqual(again.status, 201, again.raw)
        if status == 201:
            self.assertEqual(again.json["id"], first.json["id"])
        else:
            self.assertEqual((first.code, first.headers["Retry-After"]), ("overloaded", "1"))
        self.assert_sound(product, 5, 2)

    def test_before_the_turn_was_asked_for(self):
        self.order_with(lambda direction, piece: direction == "to" and LOCK in piece, "cut", 503)

    def test_after_the_turn_was_asked_for(self):
        self.order_with(lambda direction, piece: direction == "to" and LOCK in piece, "cut after", 503)

    def test_the_batch_does_not_arrive(self):
        self.order_with(lambda direction, piece: direction == "to" and ADD_BATCH in piece, "cut", 201)

    def test_the_batch_arrives_and_its_answer_does_not(self):
        self.order_with(lambda direction, piece: direction == "to" and ADD_BATCH in piece, "cut after", 201)

    def test_the_answer_to_the_commit_is_lost(self):
        sent = threading.Event()

        def is_answer(direction, piece):
            if direction == "to" and ADD_BATCH in piece:
                sent.set()
            return direction == "from" and sent.is_set()

        self.order_with(is_answer, "cut", 201)

    def test_while_nothing_is_asked(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 2))
        self.proxy.cut()
        self.assertEqual(self.insist(0, cart).status, 201)
        self.assert_sound(product, 5, 2)

    def test_again_and_again_under_load(self):
        product = self.make_product(stock=60)
        carts = [self.open_cart((product, 1)) for _ in range(80)]
        is_over = threading.Event()

        def cut_now_and_then():
            dice = random.Random(1)
            while not is_over.wait(dice.uniform(0.02, 0.2)):
                self.proxy.cut()

        with self.kept(), concurrent.futures.ThreadPoolExecutor(17) as pool:
            cutting = pool.submit(cut_now_and_then)
            answers = list(pool.map(lambda number: self.insist(number % 2, carts[number], f"key-{number}"), range(80)))
            is_over.set()
            cutting.result()
            time.sleep(0.2) # what the last cut did shows now
        self.assertEqual(sorted(answer.status for answer in answers), [201] * 60 + [409] * 20)
        self.assert_sound(product, 60, 60)

    def test_slow_by_100_ms(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 2))
        self.proxy.delay_s = 0.05
        self.assertEqual(self.buy(0, cart).status, 201)
        self.assert_sound(product, 5, 2)

    def test_search_goes_on_and_the_rest_is_told_to_wait(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 2))
        self.proxy.refuses = True
        self.proxy.cut()
        refused = eventually(lambda: self.buy(0, cart), lambda answer: answer.status == 503)
        self.assertEqual((refused.code, refused.headers["Retry-After"]), ("overloaded", "1"))
        self.assertEqual(self.send("GET", f"/v1/carts/{cart['id']}", token=cart["token"]).status, 503)
        self.assertEqual(self.send("GET", "/v1/products/" + product["id"]).status, 200)
        self.assertIn(b"shop_store_reachable 0\n", self.send("GET", "/metrics").raw)
        started = time.monotonic()
        self.assertEqual(self.buy(0, cart).status, 503)
        self.assertLess(time.monotonic() - started, 0.5)
        self.proxy.refuses = False
        self.assertEqual(self.insist(0, cart).status, 201)
        self.assertIn(b"shop_store_reachable 1\n", self.send("GET", "/metrics").raw)

    def test_operators_lists_ask_the_database_nothing(self):
        product = self.make_product(stock=5)
        order = self.buy(1, self.open_cart((product, 2))).json["id"]
        paths = ["/v1/orders", "/v1/orders?status=pending", "/v1/orders?email=" + ALICE["email"]]

        def listed(path):
            answer = self.send("GET", path, operator=True)
            self.assertEqual(answer.status, 200, answer.raw)
            return order in [one["id"] for one in answer.json["items"]]

        self.assertEqual([eventually(lambda path=path: listed(path)) for path in paths], [True] * 3)
        self.proxy.refuses = True
        self.proxy.cut()
        own = [f"/v1/orders/{order}", f"/v1/products/{product['id']}"]
        self.assertEqual(eventually(lambda: [self.send("GET", path, operator=True).status for path in own],
                                    lambda statuses: statuses[0] == 503), [503, 200])
        self.assertEqual([listed(path) for path in paths], [True] * 3)
        self.proxy.refuses = False
        eventually(lambda: self.send("GET", own[0], operator=True).status, lambda status: status == 200)


class Held(Behind):
    """With postgres_hold_ms a request waits for a database that comes back in time."""

    shopd_settings = {**Behind.shopd_settings, "SHOPD_POSTGRES_HOLD_MS": "3000"}

    def test_until_it_is_back(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 2))
        self.proxy.refuses = True
        self.proxy.cut()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            order = pool.submit(self.buy, 0, cart)
            seen = pool.submit(self.send, "GET", f"/v1/carts/{cart['id']}", token=cart["token"])
            time.sleep(1)
            self.assertFalse(order.done() or seen.done())
            self.proxy.refuses = False
            self.assertEqual((order.result(20).status, seen.result(20).status), (201, 200))
        self.assert_sound(product, 5, 2)

    def test_no_longer_than_that(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 2))
        self.proxy.refuses = True
        self.proxy.cut()
        started = time.monotonic()
        self.assertEqual(self.buy(0, cart).status, 503)
        held = time.monotonic() - started
        self.assertTrue(2.5 < held < 6, held)
        self.assertEqual(self.buy(0, cart).status, 503)
        self.assertLess(time.monotonic() - started - held, 1)
        self.proxy.refuses = False
        self.assertEqual(self.insist(0, cart).status, 201)
        self.assert_sound(product, 5, 2)


class Overtaken(Behind):
    """What one replica was about to record is not in the log, and the other was faster."""

    def overtake(self, verdict):
        """`verdict()` is asked once the first one's batch is on its way."""
        is_under_way = threading.Event()

        def judge(direction, piece):
            if direction != "to" or ADD_BATCH not in piece:
                return None
            is_under_way.set()
            return verdict()

        product = self.make_product(stock=5)
        carts = [self.open_cart((product, 2)) for _ in range(2)]
        self.proxy.judge = judge
        listening = self.replicas[0].log_text().count("listening")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            first = pool.submit(self.try_to_buy, 0, carts[0], "key-1")
            self.assertTrue(is_under_way.wait(30))
            other = eventually(lambda: self.buy(1, carts[1]), lambda answer: answer.status == 201)
            self.assertEqual(other.status, 201, other.raw)
            with self.never_refused(product):
                self.heal()
                refused = first.result(30)
                self.assertEqual((refused.status, refused.code, refused.headers["Retry-After"]), (503, "overloaded", "1"))
                eventually(lambda: self.replicas[0].log_text().count("listening") == listening + 1)
                again = self.insist(0, carts[0])
        self.assertEqual(again.status, 201, again.raw)
        self.assertIn("another process appended first", self.replicas[0].log_text())
        self.assertIsNone(self.replicas[0].process.poll())
        self.client = self.clients[0] = Client(self.replicas[0].port)
        self.assert_sound(product, 5, 4)

    @contextlib.contextmanager
    def never_refused(self, product):
        """Whoever connects to the first one is answered, if late."""
        is_over, answers = threading.Event(), []

        def ask():
            while not is_over.is_set():
                client = Client(self.replicas[0].port)
                answers.append(client.send("GET", "/v1/products/" + product["id"]).status)
                client.close()

        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            asking = pool.submit(ask)
            try:
                yield
            finally:
                is_over.set()
            asking.result(30)
        self.assertEqual(set(answers), {200})

    def test_by_a_lost_connection(self):
        def cut_off():
            self.proxy.refuses = True
            return "cut"

        self.overtake(cut_off)

    def test_by_being_stopped_while_it_had_its_turn(self):
        self.overtake(lambda: time.sleep(WAIT_MS / 1000 * 2))


class TheDatabaseItself(Behind):
    postgres_settings = {"fsync": "on", "max_connections": "8", "superuser_reserved_connections": "1"}

    def outage(self, how):
        product = self.make_product(stock=40)
        carts = [self.open_cart((product, 1)) for _ in range(40)]
        with self.kept(), concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(self.insist, number % 2, carts[number], f"key-{number}") for number in range(40)]
            time.sleep(0.05)
            self.database.stop(how)
            refused = eventually(lambda: self.try_to_buy(1, carts[0], "key-0"),
                                 lambda answer: answer is not None and answer.status == 503)
            self.assertEqual(refused.status, 503)
            self.database.start()
            statuses = [answer.result(60).status for answer in answers]
        self.assertEqual(statuses, [201] * 40)
        self.assert_sound(product, 40, 40)

    def test_it_is_restarted(self):
        self.outage(signal.SIGINT)

    def test_it_crashes(self):
        self.outage(signal.SIGQUIT)

    def test_it_has_no_connection_left(self):
        product = self.make_product(stock=5)
        cart = self.open_cart((product, 2))
        self.database.ask("CREATE ROLE shopper LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO shopper")
        url = self.database.url(port=self.proxy.port).replace("postgres@", "shopper@")
        plain = replicas.Replica(url)
        self.addCleanup(plain.remove)
        self.replicas[0], saved = plain, self.replicas[0]
        try:
            self.proxy.refuses = True
            self.proxy.cut()
            taken = self.take_connections()
            self.proxy.refuses = False
            refused = eventually(lambda: self.buy(0, cart), lambda answer: answer.status == 503)
            self.assertEqual(refused.headers["Retry-After"], "1")
            eventually(lambda: "53300" in plain.log_text() or "too many" in plain.log_text())
            for process in taken:
                process.wait()
            self.assertEqual(self.insist(0, cart).status, 201)
        finally:
            self.replicas[0] = saved
        self.assert_sound(product, 5, 2)

    def take_connections(self):
        """Until PostgreSQL has none left but those of superusers."""
        url = self.database.url().replace("postgres@", "shopper@")
        return [subprocess.Popen([database.binary("psql"), url, "-X", "-q", "-c", "SELECT pg_sleep(4)"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(9)]


class DiskFull(Behind):
    """The table of batches lies on a file system of its own, which a ballast fills."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = os.path.join(cls.database.folder, "small")
        os.mkdir(cls.small)
        cls.is_mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", cls.small],
                                        capture_output=True).returncode == 0
        if cls.is_mounted:
            place = os.path.join(cls.small, "space")
            os.mkdir(place)
            os.chown(place, database.user().pw_uid, database.user().pw_gid)
            cls.database.ask(f"CREATE TABLESPACE small LOCATION '{place}'")
            for table in ("TABLE batches", "TABLE contacts", "INDEX batches_pkey", "INDEX contacts_pkey"):
                cls.database.ask(f"ALTER {table} SET TABLESPACE small")

    @classmethod
    def tearDownClass(cls):
        for replica in cls.replicas:
            replica.remove()
        cls.database.stop(signal.SIGQUIT)
        if cls.is_mounted:
            subprocess.run(["umount", cls.small], check=True)
        cls.database.remove()
        cls.proxy.close()

    def test_it_waits_for_room(self):
        if not self.is_mounted:
            self.skipTest("cannot mount a small file system")
        product = self.make_product(stock=500)
        carts = [self.open_cart((product, 1)) for _ in range(300)]
        ballast = os.path.join(self.small, "ballast")
        subprocess.run(["dd", "if=/dev/zero", "of=" + ballast, "bs=4096"], capture_output=True)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = [pool.submit(self.insist, 1, cart) for cart in carts]
            self.assertTrue(eventually(lambda: "53100" in self.replicas[1].log_text()))
            self.assertEqual(eventually(lambda: self.buy(1, carts[-1]), lambda answer: answer.status == 503).status, 503)
            os.unlink(ballast)
            statuses = [answer.result(60).status for answer in answers]
        self.assertEqual(statuses, [201] * 300)
        self.assert_sound(product, 500, 300)
