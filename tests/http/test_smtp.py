"""E-mail through a real SMTP server: STARTTLS, log-in, both bodies, what is tried again and what is dead."""
import email
import email.policy
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from server import ROOT, ShopTest, eventually

PYTHON = "/usr/bin/python3"  # Debian's, which has its packages
HAS_SERVER = subprocess.run([PYTHON, "-c", "import aiosmtpd"], capture_output=True).returncode == 0


class Mail:
    """The SMTP server, and what it got."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shopd-smtp-"))
        self.process = subprocess.Popen([PYTHON, ROOT / "tests/python/smtp_server.py", self.folder],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.folder)

    def received(self):
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                for path in sorted(self.folder.glob("*.eml"), key=lambda path: int(path.stem))]


@unittest.skipUnless(HAS_SERVER, "python3-aiosmtpd is not installed")
class Smtp(ShopTest):
    password = "secret"

    @classmethod
    def setUpClass(cls):
        cls.mail = Mail()
        cls.settings = {"SHOPD_CHANNELS": "smtp", "SHOPD_EMAIL_FROM": "shop@example.com", "SHOPD_SHOP_NAME": "Lampen-Öfchen",
                        "SHOPD_SMTP_URL": f"smtp://127.0.0.1:{cls.mail.port}", "SHOPD_SMTP_USER": "shop",
                        "SHOPD_SMTP_PASSWORD": cls.password, "SHOPD_OPERATOR_EMAIL": "ops@example.com",
                        "SHOPD_SMTP_CA_FILE": str(cls.mail.folder / "certificate.pem")}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.mail.stop()

    def to(self, address, count=1):
        def find():
            return [mail for mail in self.mail.received() if mail["X-Envelope-To"] == address]
        found = eventually(find, lambda found: len(found) >= count)
        self.assertEqual(len(found), count)
        return found[-1]

    def notices(self, query=""):
        return self.ok(200, "GET", "/v1/notices" + query, operator=True)["items"]

    def buy(self, product, address, name="Alice", **options):
        order, _ = self.place((product, 1), key="to-" + address, contact={"name": name, "email": address}, **options)
        return order


class Delivered(Smtp):
    def test_a_mail_has_what_a_mail_needs(self):
        product = self.make_product(stock=9, price=2500, name="Größe <L> & mehr")
        order = self.buy(product, "alice@example.com", "Ännchen \"A\" Müller")
        mail = self.to("alice@example.com")
        self.assertEqual((mail["X-Envelope-From"], mail["X-Tls"]), ("shop@example.com", "True"))
        self.assertIn("shop", mail["X-Login"])
        self.assertEqual(mail["From"].addresses[0].display_name, "Lampen-Öfchen")
        self.assertEqual(mail["To"].addresses[0].display_name, "Ännchen \"A\" Müller")
        self.assertEqual(mail["Subject"], f"We have your order {order['number']}")
        self.assertRegex(mail["Message-ID"], r"<evt_[0-9a-f]{16}_\d+\.order_placed@shopd>")
        self.assertTrue(mail["Date"].datetime)
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertIn("1 x Größe <L> & mehr  25.00 USD", mail.get_body(("plain",)).get_content())
        self.assertIn("Größe &lt;L&gt; &amp; mehr", mail.get_body(("html",)).get_content())

    def test_a_name_cannot_add_a_header(self):
        self.buy(self.make_product(stock=9), "mallory@example.com", "Mallory\r\nBcc: all@example.com")
        mail = self.to("mallory@example.com")
        self.assertIsNone(mail["Bcc"])

    def test_what_may_pass_comes_and_what_will_not_is_dead_and_can_be_sent_again(self):
        product = self.make_product(stock=9)
        self.buy(product, "busy@example.com")
        self.buy(product, "gone@example.com")
        self.to("busy@example.com")
        dead = eventually(lambda: self.notices("?state=dead"))
        self.assertEqual([(one["notice"], one["channel"], one["last_status"], one["attempts"], one["due_at"])
                          for one in dead], [("order_placed", "smtp", 550, 1, None)])
        path = "/v1/notices/" + dead[0]["id"]
        shown = self.ok(200, "GET", path, operator=True)
        self.assertEqual(shown["data"]["type"], "order_placed")
        self.assertNotIn("gone@", str(shown))
        self.assertEqual(self.ok(200, "POST", path + "/resend", operator=True)["state"], "waiting")
        again = eventually(lambda: self.ok(200, "GET", path, operator=True), lambda one: one["attempts"] == 2)
        self.assertEqual((again["attempts"], eventually(lambda: self.notices("?state=dead"))[0]["id"]), (2, dead[0]["id"]))
        self.assertEqual(self.ok(200, "POST", "/v1/notices/resend", operator=True), {"resent": 1})
        self.refused(404, "not_found", "GET", "/v1/notices/ntc_nothing", operator=True)
        self.refused(401, "unauthorized", "GET", "/v1/notices")
        self.refused(400, "invalid_request", "GET", "/v1/notices?state=lost", operator=True)
        self.assertNotIn("example.com", self.server.log_text())

    def test_operators_have_an_address_too(self):
        product = self.make_product(stock=2, low_stock_threshold=5, name="Rare")
        self.assertIn("Rare", self.to("ops@example.com")["Subject"])
        self.assertTrue(product)

    def test_followers_are_shown_and_can_go_back(self):
        order = self.buy(self.make_product(stock=9), "twice@example.com")
        self.to("twice@example.com")
        shown = eventually(lambda: self.ok(200, "GET", "/v1/followers", operator=True)["items"],
                           lambda items: items[0]["event"] == items[0]["last_event"])
        self.assertEqual((shown[0]["name"], shown[0]["lag_ms"], shown[0]["failing_since"]), ("notices", 0, None))
        path = "/v1/followers/notices/move"
        self.assertEqual(self.send("POST", path, {"event": shown[0]["last_event"] - 1}, operator=True).status, 202)
        again = self.to("twice@example.com", 2)
        self.assertEqual(again["Message-ID"], self.mail_ids("twice@example.com")[0])
        self.assertIn(order["number"], again["Subject"])
        self.refused(404, "not_found", "POST", "/v1/followers/nobody/move", {"event": 0}, operator=True)
        self.refused(400, "invalid_request", "POST", path, {"event": -1}, operator=True)

    def mail_ids(self, address):
        return [mail["Message-ID"] for mail in self.mail.received() if mail["X-Envelope-To"] == address]


class Locked(Smtp):
    password = "wrong"

    def test_a_refused_log_in_waits_for_the_operator(self):
        self.buy(self.make_product(stock=9), "alice@example.com")
        waiting = eventually(lambda: self.notices("?state=waiting"), lambda items: items and items[0]["attempts"] > 1)
        self.assertEqual((waiting[0]["state"], waiting[0]["reason"]), ("waiting", "log-in refused"))
        self.assertEqual(self.notices("?state=dead"), [])
        self.assertNotIn("wrong", self.server.log_text())
