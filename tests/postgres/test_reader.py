"""A shopd that only reads, from a hot standby: it shows what others write, writes nothing, and goes on with what it has while the
standby is away."""
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import database
import replicas
import server
from server import ADDRESS, ALICE, Client, eventually

LATE_S = 3
SETTINGS = {"SHOPD_READ_ONLY": "1", "SHOPD_READ_BEHIND_MAX_S": str(LATE_S), "SHOPD_POSTGRES_WAIT_MS": "1000"}


TRIES_S = 3  # some tries of a start, which are a second apart at most


def waits(log):
    """How often it was said that there is no shop, that the database is behind, and that it is over."""
    said = ("the database has no shop of this region yet", "the database is behind the data folder",
            "the database has what was waited for")
    return tuple(map(log.count, said))


class Reading(replicas.ReplicaTest):
    """`replicas[0]` writes to the database, `replicas[1]` reads from its standby. send() and what builds on it ask the writer."""

    standby_settings = {}

    @classmethod
    def setUpClass(cls):
        cls.skus = 0
        cls.database = database.Database(cls.postgres_settings)
        assert replicas.migrate(cls.database.url()).returncode == 0
        writer = replicas.Replica(cls.database.url())
        cls.database.ask("CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
        cls.standby = database.Standby(cls.database, cls.standby_settings)
        cls.replicas = [writer, replicas.Replica(cls.reading(cls.standby), **SETTINGS)]
        cls.server = writer

    @classmethod
    def tearDownClass(cls):
        for replica in cls.replicas:
            replica.remove()
        cls.standby.remove()
        cls.database.remove()

    @staticmethod
    def reading(database, **options):
        """As a user who can write nothing."""
        return database.url(**options).replace("postgres@", "reader@") + "&application_name=reader"

    def read(self, path, **options):
        return self.at(1, "GET", path, operator=True, **options)

    def listed(self):
        answer = self.read("/v1/orders")
        self.assertEqual(answer.status, 200, answer.raw)
        return [order["id"] for order in answer.json["items"]]

    def arrives(self, order):
        self.assertTrue(eventually(lambda: order["id"] in self.listed()))

    def ready(self):
        return self.read("/readyz").json

    def reasons(self):
        return [reason["code"] for reason in self.ready()["reasons"]]

    def metric(self, name):
        return float(re.search(rf"^{name} (\S+)$", self.read("/metrics").raw.decode(), re.M)[1])

    def buy(self, **options):
        return self.place((self.make_product(stock=5), 2), **options)


class Reader(Reading):
    def test_an_order_placed_at_the_writer_is_in_the_readers_lists(self):
        order, cart = self.buy()
        self.arrives(order)
        seen = self.read(f"/v1/orders/{order['id']}").json
        self.assertEqual((seen["status"], seen["contact"]["name"], seen["lines"]), ("pending", "Alice", order["lines"]))
        self.operate(order, "confirm")
        for path in (f"/v1/orders/{order['id']}", "/v1/orders?status=confirmed", "/v1/orders?email=" + ALICE["email"]):
            self.assertTrue(eventually(lambda path=path: b'"confirmed"' in self.read(path).raw), path)
        own = self.at(1, "GET", "/v1/orders", token=cart["token"])
        self.assertEqual([one["id"] for one in own.json["items"]], [order["id"]])

    def test_every_address_that_is_read_is_answered_as_at_the_writer(self):
        order, cart = self.buy()
        product = order["lines"][0]["product_id"]
        hook = self.ok(201, "POST", "/v1/webhooks", {"url": "http://127.0.0.1:9/hook", "types": ["order_placed"]}, operator=True)
        self.arrives(order)
        paths = ["/v1/products", f"/v1/products/{product}", "/v1/suggest?q=thi", f"/v1/products/{product}/reviews", "/v1/categories",
                 f"/v1/stock?product_id={product}", "/v1/locations", f"/v1/orders/{order['id']}", f"/v1/carts/{cart['id']}", "/v1/pricing",
                 "/v1/keys", "/v1/audit", "/v1/notices", "/v1/webhooks", f"/v1/webhooks/{hook['id']}",
                 f"/v1/webhooks/{hook['id']}/deliveries"]
        for path in paths:
            def both(path=path):
                answers = [self.at(index, "GET", path, operator=True) for index in range(2)]
                return [(answer.status, answer.json) for answer in answers]
            (status, expected), found = eventually(both, lambda seen: seen[0] == seen[1])
            self.assertEqual((status, found), (200, (200, expected)), path)
        self.ok(204, "DELETE", "/v1/webhooks/" + hook["id"], operator=True)
        for path in ("/v1/followers", "/healthz", "/readyz", "/metrics", "/openapi.json"):
            self.assertEqual(self.read(path).status, 200, path)

    def test_customers_read_what_is_theirs(self):
        account = {"email": "bob@example.com", "password": "correct horse battery", "name": "Bob"}
        self.ok(201, "POST", "/v1/customers/register", account)
        token = self.ok(201, "POST", "/v1/sessions", {"email": account["email"], "password": account["password"]})["token"]
        mine = {"Authorization": "Bearer " + token}
        for path in ("/v1/customers/me", "/v1/customers/me/export", "/v1/orders"):
            seen = eventually(lambda path=path: self.at(1, "GET", path, headers=mine), lambda answer: answer.status == 200)
            expected = self.at(0, "GET", path, headers=mine)
            self.assertEqual((seen.status, seen.json), (200, expected.json), path)
        self.assertEqual(self.at(1, "DELETE", "/v1/sessions/current", headers=mine).code, "read_only")
        customer = self.read("/v1/customers/" + self.at(1, "GET", "/v1/customers/me", headers=mine).json["id"])
        self.assertEqual((customer.status, customer.json["email"]), (200, account["email"]))

    def test_a_quote_is_reading(self):
        _, cart = self.buy()
        more = self.open_cart((self.make_product(stock=5), 1))
        eventually(lambda: self.at(1, "GET", f"/v1/carts/{more['id']}", token=more["token"]).json.get("lines"))
        quote = [self.at(index, "POST", f"/v1/carts/{more['id']}/quote", {}, token=more["token"]) for index in range(2)]
        self.assertEqual((quote[0].status, quote[1].status, quote[1].json), (200, 200, quote[0].json), quote[1].raw)

    def test_every_write_is_refused_and_nothing_is_done(self):
        order, cart = self.buy()
        self.arrives(order)
        recorded = self.metric("shop_store_recorded_event")
        writes = [("POST", "/v1/carts", None, ""), ("POST", f"/v1/carts/{cart['id']}/items", {}, "GET, HEAD"),
                  ("POST", f"/v1/carts/{cart['id']}/checkout", {"contact": ALICE, "shipping_address": ADDRESS}, ""),
                  ("PATCH", f"/v1/orders/{order['id']}", {}, "GET, HEAD"), ("POST", f"/v1/orders/{order['id']}/confirm", None, ""),
                  ("POST", "/v1/products", {}, "GET, HEAD"), ("DELETE", "/v1/customers/me", None, "GET, HEAD"),
                  ("POST", "/v1/sessions", {}, ""), ("POST", "/v1/webhooks", {}, "GET, HEAD"), ("PUT", "/v1/pricing", {}, "GET, HEAD"),
                  ("POST", "/v1/notices/resend", None, "GET, HEAD"), ("POST", "/v1/followers/notices/move", {"event": 1}, ""),
                  ("POST", "/v1/payments/events", {}, ""), ("POST", "/v1/bulk", None, "")]
        for method, path, body, allow in writes:
            answer = self.at(1, method, path, body, operator=True, key="once")
            self.assertEqual((answer.status, answer.code), (405, "read_only"), (path, answer.raw))
            if path.count("/items") == 0:
                self.assertEqual(answer.headers["Allow"], allow, path)
            self.assertIsNone(answer.headers["Retry-After"])
        self.assertEqual(self.metric("shop_store_recorded_event"), recorded)
        self.assertEqual(self.read(f"/v1/orders/{order['id']}").json["status"], "pending")

    def test_it_says_that_it_only_reads_and_how_far_it_is_behind(self):
        self.assertTrue(eventually(lambda: self.ready()["status"] == "ok"))
        ready = self.ready()
        self.assertEqual((ready["read_only"], ready["reasons"], ready["behind"]["events"]), (True, [], 0))
        self.assertLessEqual(ready["behind"]["seconds"], LATE_S)
        self.assertEqual((self.metric("shop_read_only"), self.metric("shop_store_behind_events"), self.metric("shop_teller")), (1, 0, 0))
        self.assertLessEqual(self.metric("shop_store_behind_seconds"), LATE_S)
        self.assertNotIn("read_only", self.send("GET", "/readyz").json)
        self.assertIn(b"\nshop_read_only 0\n", self.send("GET", "/metrics").raw)

    def test_no_statement_of_it_reaches_the_primary_and_none_on_the_standby_writes(self):
        order, _ = self.buy()
        self.arrives(order)
        names = "SELECT DISTINCT application_name FROM pg_stat_activity WHERE backend_type = 'client backend'"
        self.assertEqual(self.standby.ask(names + " AND application_name <> 'psql'"), "reader")
        at_primary = eventually(lambda: self.database.ask(names + " AND application_name <> 'psql'"), lambda seen: seen == "shopd")
        self.assertEqual(at_primary, "shopd")  # the writer
        self.assertEqual(self.database.ask("SELECT count(DISTINCT writer) FROM batches"), "1")
        self.assertEqual(self.standby.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"), "0")
        self.assertNotIn("ERROR", self.standby_log())

    def standby_log(self):
        with open(self.standby.folder + "/log") as log:
            return log.read()

    def test_a_reader_with_an_empty_folder_knows_everything_and_starts_again_with_its_own(self):
        order, _ = self.buy()
        self.arrives(order)
        late = replicas.Replica(self.reading(self.standby), **SETTINGS)
        self.addCleanup(late.remove)
        for _ in range(2):
            client = Client(late.port)
            self.assertEqual(client.send("GET", f"/v1/orders/{order['id']}", operator=True).json["id"], order["id"])
            client.close()
            self.assertEqual(late.end(), 0)
            self.assertIn("audit clean", late.audit())
            late.start()

    def test_commands_that_only_read_work_on_a_folder_of_their_own(self):
        self.ok(201, "POST", "/v1/keys", {"name": "ERP", "scopes": ["stock:read"]}, operator=True)
        order, _ = self.buy()
        self.arrives(order)
        folder = tempfile.mkdtemp(prefix="shopd-reading-")
        self.addCleanup(shutil.rmtree, folder)
        environment = dict(os.environ, SHOPD_POSTGRES=self.reading(self.standby), **SETTINGS)
        for command, shown in ((("key", "list"), "ERP  stock:read"), (("export", "orders"), '"type":"order"'), (("audit",), "audit clean")):
            done = subprocess.run([server.SHOPD, *command, "--data", folder + "/" + command[0]], capture_output=True, text=True,
                                  env=environment, timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(shown, done.stdout)

    def test_it_may_read_the_primary_too(self):
        reader = replicas.Replica(self.reading(self.database), **SETTINGS)
        self.addCleanup(reader.remove)
        client = Client(reader.port)
        self.addCleanup(client.close)
        order, _ = self.buy()
        self.assertTrue(eventually(lambda: client.send("GET", f"/v1/orders/{order['id']}", operator=True).status == 200))
        self.assertEqual(client.send("POST", "/v1/carts").code, "read_only")
        self.assertEqual(client.send("GET", "/readyz").json["behind"], {"seconds": 0, "events": 0})

    def test_it_needs_a_database(self):
        with self.assertRaises(RuntimeError) as refused:
            replicas.Replica("", **SETTINGS)
        self.assertIn("set postgres", str(refused.exception))

    def test_one_that_writes_waits_for_a_standby_to_be_promoted(self):
        with self.assertRaises(RuntimeError) as refused:
            replicas.Replica(self.standby.url(), SHOPD_POSTGRES_START_WAIT_S="1")
        self.assertIn("a server that takes writes", str(refused.exception))


class Outages(Reading):
    def test_without_its_standby_it_goes_on_with_what_it_has(self):
        order, cart = self.buy()
        self.arrives(order)
        for how in (signal.SIGINT, signal.SIGQUIT):
            self.standby.stop(how)
            try:
                self.assertTrue(eventually(lambda: "database_away" in self.reasons()))
                self.assertEqual(self.ready()["status"], "degraded")
                self.assertEqual((self.read("/readyz").status, self.metric("shop_store_reachable"), self.metric("shop_degraded")),
                                 (200, 0, 1))
                self.assertIn(order["id"], self.listed())
                for path in (f"/v1/orders/{order['id']}", f"/v1/carts/{cart['id']}", "/v1/products", "/v1/locations"):
                    began = time.monotonic()
                    self.assertEqual(self.read(path).status, 200, path)
                    self.assertLess(time.monotonic() - began, 0.5)
                self.assertEqual(self.at(1, "POST", "/v1/carts").code, "read_only")
                later, _ = self.buy()  # nothing of it disturbs the writer
                self.assertNotIn(later["id"], self.listed())
                self.assertTrue(eventually(lambda: "behind" in self.reasons()))
                self.assertGreaterEqual(self.ready()["behind"]["seconds"], LATE_S)
            finally:
                self.standby.start()
            self.arrives(later)
            self.assertEqual(eventually(self.ready, lambda ready: ready["status"] == "ok")["reasons"], [])

    def test_a_standby_that_takes_connections_and_says_nothing_keeps_no_reader_waiting(self):
        proxy = database.Proxy(self.standby.port)
        self.addCleanup(proxy.close)
        reader = replicas.Replica(self.reading(self.standby, port=proxy.port), **{**SETTINGS, "SHOPD_POSTGRES_WAIT_MS": "100"})
        self.addCleanup(reader.remove)
        order, _ = self.buy()
        client = Client(reader.port)
        self.addCleanup(client.close)
        self.assertTrue(eventually(lambda: client.send("GET", f"/v1/orders/{order['id']}", operator=True).status == 200))
        proxy.delay_s = 60
        proxy.cut()
        took = []
        until = time.monotonic() + 5
        while time.monotonic() < until:
            began = time.monotonic()
            self.assertEqual(client.send("GET", f"/v1/orders/{order['id']}", operator=True).status, 200)
            took.append(time.monotonic() - began)
        self.assertLess(max(took), 0.5)

    def test_a_standby_that_is_cut_off_from_the_primary_is_seen_to_be_late(self):
        before, _ = self.buy()
        self.arrives(before)
        self.standby.ask("SELECT pg_wal_replay_pause()")
        try:
            order, _ = self.buy()
            self.assertTrue(eventually(lambda: self.reasons() == ["behind"]))
            self.assertNotIn(order["id"], self.listed())
        finally:
            self.standby.ask("SELECT pg_wal_replay_resume()")
        self.arrives(order)
        self.assertTrue(eventually(lambda: self.ready()["status"] == "ok"))

    def test_a_standby_that_is_behind_the_data_folder_is_waited_for(self):
        reader = replicas.Replica(self.reading(self.database), **SETTINGS)
        self.addCleanup(reader.remove)
        self.standby.ask("SELECT pg_wal_replay_pause()")
        try:
            order, _ = self.buy()
            self.assertTrue(eventually(lambda: self.shown(reader, order)))
            reader.end()
            reader.settings["SHOPD_POSTGRES"] = self.reading(self.standby)
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                starting = pool.submit(reader.start)
                self.assertTrue(eventually(lambda: "behind the data folder" in reader.log_text()))
                time.sleep(TRIES_S)
                self.assertFalse(starting.done())
                self.standby.ask("SELECT pg_wal_replay_resume()")
                starting.result(20)
            self.assertEqual(waits(reader.log_text()), (0, 1, 1), reader.log_text())
        finally:
            self.standby.ask("SELECT pg_wal_replay_resume()")
        self.assertTrue(self.shown(reader, order))

    @staticmethod
    def shown(reader, order):
        client = Client(reader.port)
        try:
            return client.send("GET", f"/v1/orders/{order['id']}", operator=True).status == 200
        finally:
            client.close()

    def test_a_reader_that_starts_while_its_standby_is_away_waits_for_it(self):
        order, _ = self.buy()
        self.arrives(order)
        self.replicas[1].end()
        self.standby.stop()
        path = self.replicas[1].data.replace("data", "early.log")
        try:
            with open(path, "wb") as log:
                early = subprocess.Popen([server.SHOPD, "serve", "--data", self.replicas[1].data, "--listen", "127.0.0.1:0"], stdout=log,
                                         stderr=log, env={**self.environment(), **self.replicas[1].settings})
            eventually(lambda: b"waiting for the database" in open(path, "rb").read())
            self.assertIsNone(early.poll())
        finally:
            self.standby.start()
        self.assertTrue(eventually(lambda: b"is ready at" in open(path, "rb").read()))
        early.terminate()
        self.assertEqual(early.wait(20), 0)
        self.replicas[1].start()

    @staticmethod
    def environment():
        return dict(os.environ, SHOPD_OPERATOR_KEY=server.OPERATOR_KEY)


@unittest.skipUnless(shutil.which("haproxy"), "not installed: haproxy")
class BehindHaproxy(Reading):
    """The lines of docs/scaling.md, with the addresses of these two in them."""

    def setUp(self):
        super().setUp()
        lines = (server.ROOT / "docs/scaling.md").read_text()
        lines = lines[lines.index("frontend shop\n"):]
        lines = re.sub(r"    server reader\d .*\n", "", lines[:lines.index("```")])
        self.port = database.free_port()
        folder = tempfile.TemporaryDirectory(prefix="shopd-haproxy-")
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "haproxy.cfg")
        writer, reader = (f"127.0.0.1:{replica.port}" for replica in self.replicas)
        with open(path, "w") as out:
            out.write("defaults\n    mode http\n    timeout connect 2s\n    timeout client 20s\n    timeout server 20s\n"
                      + lines.replace("frontend shop\n", f"frontend shop\n    bind 127.0.0.1:{self.port}\n")
                      + f"    server reader1 {reader}\nbackend writers\n    server shopd1 {writer}\n")
        self.log = open(os.path.join(folder.name, "log"), "wb")
        self.haproxy = subprocess.Popen(["haproxy", "-db", "-f", path], stdout=self.log, stderr=self.log)
        self.addCleanup(self.end_haproxy)

    def end_haproxy(self):
        self.haproxy.terminate()
        self.haproxy.wait(20)
        self.log.close()

    def through(self, method, path, host="office.shop.example"):
        client = Client(self.port)
        try:
            return client.send(method, path, operator=True, headers={"Host": host})
        except OSError:
            return None
        finally:
            client.close()

    def answers(self, index):
        """How many lists the replica has answered."""
        text = self.at(index, "GET", "/metrics", operator=True).raw.decode()
        return sum(map(int, re.findall(r'^shop_http_answers_total\{method="GET",route="/v1/orders",.*\} (\d+)$', text, re.M)))

    def goes_to(self, index, host="office.shop.example"):
        before = self.answers(index)
        answer = self.through("GET", "/v1/orders", host)
        return answer is not None and answer.status == 200 and self.answers(index) == before + 1

    def test_lists_of_the_office_go_to_readers_while_there_are_good_ones(self):
        self.assertTrue(eventually(lambda: self.goes_to(1)))
        self.assertTrue(self.goes_to(0, "shop.example"))
        self.assertEqual(self.through("POST", "/v1/carts").status, 201)
        self.standby.stop()
        try:
            self.assertTrue(eventually(lambda: self.goes_to(0)))
        finally:
            self.standby.start()
        self.assertTrue(eventually(lambda: self.goes_to(1)))


class Conflicts(Reading):
    """What the standby has to apply cancels whoever reads in its way."""

    standby_settings = {"max_standby_streaming_delay": "0"}

    def test_a_statement_that_is_cancelled_is_asked_again(self):
        tables = ("batches", "contacts", "answers", "regions")
        conflicts = "SELECT confl_lock + confl_snapshot + confl_bufferpin FROM pg_stat_database_conflicts WHERE datname = 'postgres'"
        count = 0
        while count < 400 and int(self.standby.ask(conflicts)) < 2:
            for table in tables:
                self.database.ask(f"VACUUM FULL {table}")
            count += 1
        self.assertGreaterEqual(int(self.standby.ask(conflicts)), 2)
        order, _ = self.buy()
        self.arrives(order)
        self.assertIsNone(self.replicas[1].process.poll())
        self.assertTrue(eventually(lambda: self.ready()["status"] == "ok"))


class Lost(Reading):
    def test_what_the_database_lost_is_not_shown_on(self):
        """A standby may have shown a batch that the one that is promoted never got: another process's has its number."""
        order, _ = self.buy()
        self.arrives(order)
        self.database.ask("UPDATE batches SET writer = writer + 1 WHERE batch = (SELECT max(batch) FROM batches)")
        reader = self.replicas[1]
        self.assertEqual(reader.process.wait(20), 3)
        self.assertIn("the database lost what the data folder has", reader.log_text())


class BeforeTheShop(unittest.TestCase):
    """The tables are there, and nobody has made a shop yet."""

    @classmethod
    def setUpClass(cls):
        cls.database = database.Database()
        assert replicas.migrate(cls.database.url()).returncode == 0
        cls.standby = database.Standby(cls.database)

    @classmethod
    def tearDownClass(cls):
        cls.standby.remove()
        cls.database.remove()

    def test_a_reader_waits_for_one_that_writes(self):
        with self.assertRaises(RuntimeError) as given_up:
            replicas.Replica(self.standby.url(), SHOPD_POSTGRES_START_WAIT_S="2", **SETTINGS)
        self.assertEqual(waits(str(given_up.exception)), (1, 0, 0), str(given_up.exception))
        self.assertIn("the database stayed away", str(given_up.exception))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            starting = pool.submit(replicas.Replica, self.standby.url(), **SETTINGS)
            time.sleep(TRIES_S)
            self.assertFalse(starting.done())
            self.assertEqual(self.database.ask("SELECT count(*) FROM regions"), "0")
            writer = replicas.Replica(self.database.url())
            self.addCleanup(writer.remove)
            reader = starting.result(20)
            self.addCleanup(reader.remove)
        self.assertEqual(waits(reader.log_text()), (1, 0, 1), reader.log_text())
        client = Client(reader.port)
        self.addCleanup(client.close)
        self.assertEqual(client.send("GET", "/v1/orders", operator=True).json["items"], [])


class Commands(Reading):
    """What is done on the command line with the settings of one that only reads."""

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="shopd-commands-")
        self.addCleanup(shutil.rmtree, self.folder)

    @staticmethod
    def run_shopd(url, *arguments, **settings):
        return subprocess.run([server.SHOPD, *arguments], capture_output=True, text=True, timeout=60,
                              env={**os.environ, "SHOPD_POSTGRES": url, **settings})

    def is_refused(self, done):
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertRegex(done.stderr, r"^shopd (migrate|copy): read_only = 1: .*nothing was done.*\n$")

    def test_tables_are_not_made_wherever_it_is_said(self):
        bare = self.database.make("bare")
        path = os.path.join(self.folder, "shopd.conf")
        with open(path, "w") as out:
            out.write("read_only = 1\n")
        for arguments in ((), ("--finish",)):
            self.is_refused(self.run_shopd(bare, "migrate", *arguments, SHOPD_READ_ONLY="1"))
            self.is_refused(self.run_shopd(bare, "migrate", *arguments, "--config", path))
            self.is_refused(self.run_shopd(bare, "migrate", *arguments, "--read-only", "1"))
        self.assertEqual(self.database.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "bare"), "0")
        done = self.run_shopd(bare, "migrate", "--read-only", "0", SHOPD_READ_ONLY="1")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_nothing_is_copied_into_a_database(self):
        empty = self.database.make("empty")
        self.assertEqual(replicas.migrate(empty).returncode, 0)
        own = server.Server()
        self.addCleanup(own.remove)
        own.end()
        before = sorted(os.listdir(own.data))
        for target in ("postgres", empty):
            self.is_refused(self.run_shopd(empty, "copy", "--from", "sqlite:" + own.data, "--to", target, SHOPD_READ_ONLY="1"))
        self.assertEqual(sorted(os.listdir(own.data)), before)
        self.assertEqual(self.database.ask("SELECT count(*) FROM regions", "empty"), "0")
        done = self.run_shopd(empty, "copy", "--from", "sqlite:" + own.data, "--to", "postgres", SHOPD_READ_ONLY="0")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_shop_is_copied_out_of_a_standby_by_one_who_may_only_read(self):
        hook = self.ok(201, "POST", "/v1/webhooks", {"url": "http://127.0.0.1:9/hook", "types": ["order_placed"]}, operator=True)
        self.addCleanup(self.ok, 204, "DELETE", "/v1/webhooks/" + hook["id"], operator=True)
        order, cart = self.buy()
        self.arrives(order)
        for read_only in ("0", "1"):
            path = os.path.join(self.folder, read_only)
            done = self.run_shopd(self.reading(self.standby), "copy", "--from", "postgres", "--to", "sqlite:" + path,
                                  SHOPD_READ_ONLY=read_only)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(" 1 webhooks", done.stdout)
            own = server.Server()
            self.addCleanup(own.remove)
            own.end()
            own.data = path
            own.start()
            client = Client(own.port)
            seen = client.send("GET", f"/v1/orders/{order['id']}", token=cart["token"])
            client.close()
            self.assertEqual((seen.status, seen.json["contact"]["name"]), (200, ALICE["name"]))
            own.end()
            own.audit()

    def test_copying_out_of_a_database_without_a_shop_makes_none(self):
        empty = self.database.make("shopless")
        self.assertEqual(replicas.migrate(empty).returncode, 0)
        done = self.run_shopd(empty, "copy", "--from", "postgres", "--to", "sqlite:" + self.folder + "/new")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("the database has no shop of this region yet", done.stderr)
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual(self.database.ask("SELECT count(*) FROM regions", "shopless"), "0")


class Promotion(Reading):
    def test_a_standby_that_is_promoted_is_read_on_and_never_written(self):
        order, _ = self.buy()
        self.arrives(order)
        writer = self.replicas[0]
        writer.end()
        self.database.stop()
        self.standby.promote()
        self.assertEqual(self.standby.ask("SELECT pg_is_in_recovery()"), "f")
        writer.settings["SHOPD_POSTGRES"] = self.standby.url()
        writer.start()
        self.client = Client(writer.port)
        self.addCleanup(self.client.close)
        later, _ = self.buy()
        self.arrives(later)
        self.assertIn(order["id"], self.listed())
        self.assertEqual(self.at(1, "POST", "/v1/carts").code, "read_only")
        self.assertEqual(eventually(lambda: self.ready()["behind"], lambda behind: behind == {"seconds": 0, "events": 0}),
                         {"seconds": 0, "events": 0})
        self.database.start()
