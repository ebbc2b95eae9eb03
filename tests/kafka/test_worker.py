"""`shopd notify-worker`: notices by a group of workers, each told once a provider has taken it, whoever is killed."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

from kafka_test import KafkaTest
from server import ALICE, ROOT, SHOPD, eventually

sys.path.insert(0, str(ROOT / "tests/python"))
from provider import Provider  # noqa: E402

FROM_SERVER = "server@shop.example"


class Mail:
    def __init__(self, request):
        body = json.loads(request.body)
        self.to = body["personalizations"][0]["to"][0]["email"]
        self.sender = body["from"]["email"]
        self.subject = body["subject"]


class Worker:
    """One process; its e-mail comes from NAME@shop.example, so that a provider can tell who sent it."""

    def __init__(self, test, name, **settings):
        environment = dict(os.environ, SHOPD_KAFKA_BROKERS=test.broker.address, SHOPD_KAFKA_TOPIC_PREFIX=test.prefix,
                           SHOPD_WORKER_KEY=test.key, SHOPD_WORKER_GROUP=test.prefix, SHOPD_WORKER_SESSION_MS="2000",
                           SHOPD_WORKER_SHOP_URL=f"http://127.0.0.1:{test.server.port}", SHOPD_CHANNELS="sendgrid",
                           SHOPD_SENDGRID_URL=test.provider.url, SHOPD_SENDGRID_KEY="SG.secret",
                           SHOPD_EMAIL_FROM=f"{name}@shop.example", SHOPD_SHOP_NAME="Shop", **settings)
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen([SHOPD, "notify-worker"], env=environment, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True)
        test.addCleanup(self.end, signal.SIGKILL)
        assert "is in group" in self.process.stdout.readline(), self.log_text()

    def end(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)
        self.process.stdout.close()
        return self.process.returncode

    def log_text(self):
        self.log.seek(0)
        return self.log.read().decode()

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class Workers(KafkaTest):
    @classmethod
    def setUpClass(cls):
        cls.provider = Provider(lambda request: cls.answer(request))
        cls.answer = staticmethod(lambda request: (202, b""))
        cls.extra = {"SHOPD_NOTICES_BY": "workers", "SHOPD_CHANNELS": "sendgrid", "SHOPD_SENDGRID_URL": cls.provider.url,
                     "SHOPD_SENDGRID_KEY": "SG.secret", "SHOPD_EMAIL_FROM": FROM_SERVER}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.provider.stop()

    def setUp(self):
        super().setUp()
        type(self).answer = staticmethod(lambda request: (202, b""))
        made = self.ok(201, "POST", "/v1/keys", {"name": "worker", "scopes": ["notify:write"]}, operator=True)
        self.key = made["key"]

    def mails(self, word=""):
        return [mail for mail in map(Mail, self.provider.got()) if word in mail.to]

    def test_a_worker_tells_what_the_server_would(self):
        worker = Worker(self, "w1")
        product = self.make_product(stock=9)
        order, _ = self.place((product, 1), contact={**ALICE, "email": "told@example.com"}, key="told-1")
        mails = eventually(lambda: self.mails("told@"))
        self.assertEqual([(mail.sender, mail.to) for mail in mails], [("w1@shop.example", "told@example.com")])
        self.assertIn(order["number"], mails[0].subject)
        self.operate(order, "confirm")
        self.assertEqual(len(eventually(lambda: self.mails("told@"), lambda mails: len(mails) == 2)), 2)
        self.assertEqual(worker.end(), 0)
        again = Worker(self, "w2")  # what was told is committed: it begins behind it
        other, _ = self.place((product, 1), contact={**ALICE, "email": "next@example.com"}, key="told-2")
        self.assertTrue(eventually(lambda: self.mails("next@")))
        self.assertEqual(len(self.mails("told@")), 2)
        self.assertNotIn("told@", again.log_text() + self.server.log_text())

    def test_a_customer_is_told_as_it_wants_and_one_that_is_gone_is_not(self):
        customer = self.ok(201, "POST", "/v1/customers", {"name": "Silent", "email": "silent@example.com",
                                                          "preferences": {"channels": []}}, operator=True)
        product = self.make_product(stock=9)
        cart = self.open_cart((product, 1), customer_id=customer["id"])
        self.assertEqual(self.checkout(cart, key="silent", contact={"name": "Silent", "email": "silent@example.com"}).status,
                         201)
        gone, _ = self.place((product, 1), contact={**ALICE, "email": "erased@example.com"}, key="erased")
        self.ok(204, "DELETE", f"/v1/orders/{gone['id']}/contact", operator=True)
        self.place((product, 1), contact={**ALICE, "email": "last@example.com"}, key="last")
        Worker(self, "w3")
        self.assertTrue(eventually(lambda: self.mails("last@")))
        time.sleep(0.2)  # three partitions may come later than the last one's
        self.assertEqual(self.mails("silent@") + self.mails("erased@"), [])

    def test_what_is_dead_lies_with_the_shop_and_can_be_sent_again(self):
        type(self).answer = staticmethod(
            lambda request: (400, b'{"errors":[]}') if Mail(request).to.startswith("dead@") else (202, b""))
        Worker(self, "w4")
        product = self.make_product(stock=9)
        self.place((product, 1), contact={**ALICE, "email": "dead@example.com"}, key="dead")

        def dead():
            return self.ok(200, "GET", "/v1/notices?state=dead", operator=True)["items"]
        items = eventually(dead)
        self.assertEqual([(item["notice"], item["channel"], item["last_status"]) for item in items],
                         [("order_placed", "sendgrid", 400)])
        type(self).answer = staticmethod(lambda request: (202, b""))
        self.ok(200, "POST", f"/v1/notices/{items[0]['id']}/resend", operator=True)
        mails = eventually(lambda: [mail for mail in self.mails("dead@") if mail.sender == FROM_SERVER])
        self.assertEqual(len(mails), 1)
        self.assertEqual(eventually(dead, lambda items: not items), [])

    def test_a_forgotten_password_is_the_servers(self):
        Worker(self, "w5")
        self.ok(201, "POST", "/v1/customers/register", {"name": "Eve", "email": "eve@example.com", "password": "correct horse"})
        self.ok(202, "POST", "/v1/password-resets", {"email": "eve@example.com"})
        self.assertEqual([mail.sender for mail in eventually(lambda: self.mails("eve@"))], [FROM_SERVER])

    def test_two_share_the_work_and_one_that_is_killed_loses_nothing(self):
        def slow(request):
            time.sleep(0.1)
            return 202, b""
        type(self).answer = staticmethod(slow)
        workers = [Worker(self, "share-1"), Worker(self, "share-2")]
        product = self.make_product(stock=1000)

        def told(name):
            return {mail.to for mail in self.mails(name)}
        self.place_many(product, 40, "shared")
        wanted = {f"shared-{i}@example.com" for i in range(40)}
        self.assertEqual(eventually(lambda: told("shared"), lambda got: got == wanted), wanted)
        joined = eventually(lambda: [w for w in workers if "got=" in w.log_text()], lambda got: len(got) == 2)
        self.assertEqual(len(joined), 2)
        self.place_many(product, 40, "both")
        eventually(lambda: told("both"), lambda got: len(got) == 40)
        self.assertEqual({mail.sender for mail in self.mails("both")}, {"share-1@shop.example", "share-2@shop.example"})
        self.place_many(product, 30, "kill")
        workers[0].end(signal.SIGKILL)
        self.place_many(product, 30, "left")
        wanted = {f"{name}-{i}@example.com" for name in ("kill", "left") for i in range(30)}
        self.assertEqual(eventually(lambda: told("kill") | told("left"), lambda got: got == wanted), wanted)

    def test_a_provider_that_is_away_costs_the_worker_nothing_but_delay(self):
        type(self).answer = staticmethod(lambda request: (503, b""))
        worker = Worker(self, "w7", SHOPD_WORKER_EVENTS_MAX="100")
        product = self.make_product(stock=1000)
        self.place_many(product, 300, "away")
        eventually(lambda: self.mails("away"))
        before = worker.rss_kib()
        time.sleep(1)
        self.assertLess(worker.rss_kib() - before, 20000)
        self.assertLessEqual(len({mail.to for mail in self.mails("away")}), 200)  # no more than its share is under way
        type(self).answer = staticmethod(lambda request: (202, b""))
        wanted = {f"away-{i}@example.com" for i in range(300)}
        self.assertEqual(eventually(lambda: {mail.to for mail in self.mails("away")}, lambda got: got == wanted), wanted)

    def test_its_key_opens_nothing_else(self):
        headers = {"Authorization": "Bearer " + self.key}
        for method, path in (("GET", "/v1/orders"), ("GET", "/v1/notices"), ("GET", "/v1/keys"), ("GET", "/v1/events")):
            self.refused(403, "forbidden", method, path, headers=headers)
        made = self.ok(201, "POST", "/v1/keys", {"name": "ERP", "scopes": ["orders:read", "system:write"]}, operator=True)
        for path in ("/v1/notify/receivers", "/v1/notify/dead"):
            self.refused(403, "forbidden", "POST", path, {}, headers={"Authorization": "Bearer " + made["key"]})
