"""Providers with an HTTP API, as their documentation describes it: SendGrid, Twilio, Firebase, a chat room."""
import base64
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

from server import ALICE, ROOT, ShopTest, eventually

sys.path.insert(0, str(ROOT / "tests/python"))
from provider import Provider  # noqa: E402


def sendgrid(request):
    """POST /v3/mail/send: 202; 401 without the key, 400 for what is malformed (errors[].message)."""
    if request.headers["Authorization"] != "Bearer SG.secret":
        return 401, b'{"errors":[{"message":"The provided authorization grant is invalid, expired, or revoked"}]}'
    mail = json.loads(request.body)
    right = (request.path == "/v3/mail/send" and mail["personalizations"][0]["to"][0]["email"] and mail["from"]["email"]
             and mail["subject"] and [part["type"] for part in mail["content"]] == ["text/plain", "text/html"])
    if not right:
        return 400, b'{"errors":[{"message":"malformed"}]}'
    if mail["personalizations"][0]["to"][0]["email"] == "gone@example.com":
        return 400, b'{"errors":[{"message":"Does not contain a valid address.","field":"personalizations.0.to.0.email"}]}'
    return 202, b""


class Twilio:
    """POST .../Messages.json: 201 with a sid; 429 at first for a busy number; 400 with code 21211 for a wrong one."""

    def __init__(self):
        self.busy = set()

    def __call__(self, request):
        user = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        if user != "AC1:secret" or request.path != "/2010-04-01/Accounts/AC1/Messages.json":
            return 401, b'{"code":20003,"message":"Authenticate","status":401}'
        fields = urllib.parse.parse_qs(request.body.decode(), strict_parsing=True)
        to = fields["To"][0]
        if to == "+15550000":
            return 400, b'{"code":21211,"message":"The \'To\' number is not a valid phone number.","status":400}'
        if to == "+15551111" and to not in self.busy:
            self.busy.add(to)
            return 429, b'{"code":20429,"message":"Too Many Requests","status":429}', {"Retry-After": "1"}
        return 201, json.dumps({"sid": "SM1", "status": "queued", "to": to, "body": fields["Body"][0]}).encode()


class Firebase:
    """The token endpoint (RFC 7523, the JWT checked with openssl), and messages:send with the token it gave."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shopd-fcm-"))
        self.key = self.folder / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.key],
                       check=True, capture_output=True)
        self.tokens = []
        self.claims = None
        self.is_down = True

    def account(self, url):
        path = self.folder / "account.json"
        path.write_text(json.dumps({"type": "service_account", "project_id": "shop-1", "token_uri": url + "/token",
                                    "client_email": "shop@shop-1.iam.gserviceaccount.com",
                                    "private_key": self.key.read_text()}))
        return str(path)

    def is_signed(self, jwt):
        signed, _, signature = jwt.rpartition(".")
        (self.folder / "signed").write_text(signed)
        (self.folder / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in signed.split("."))
        self.claims = claims
        public = self.folder / "public.pem"
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", public], check=True)
        check = subprocess.run(["openssl", "dgst", "-sha256", "-verify", public, "-signature", self.folder / "signature",
                                self.folder / "signed"], capture_output=True)
        return check.returncode == 0 and header == {"alg": "RS256", "typ": "JWT"}

    def __call__(self, request):
        if request.path == "/token":
            if self.is_down:  # once
                self.is_down = False
                return 503, b"{}"
            form = urllib.parse.parse_qs(request.body.decode(), strict_parsing=True)
            if form["grant_type"] != ["urn:ietf:params:oauth:grant-type:jwt-bearer"] or not self.is_signed(form["assertion"][0]):
                return 400, b'{"error":"invalid_grant"}'
            self.tokens.append("ya29.secret")
            return 200, json.dumps({"access_token": "ya29.secret", "expires_in": 3599, "token_type": "Bearer"}).encode()
        if request.path != "/v1/projects/shop-1/messages:send" or request.headers["Authorization"] != "Bearer ya29.secret":
            return 401, b'{"error":{"code":401,"status":"UNAUTHENTICATED"}}'
        return 200, b'{"name":"projects/shop-1/messages/1"}'


class Providers(ShopTest):
    @classmethod
    def setUpClass(cls):
        cls.mail, cls.sms, cls.chat = Provider(sendgrid), Provider(Twilio()), Provider(lambda request: (200, b"ok"))
        cls.firebase = Firebase()
        cls.push = Provider(cls.firebase)
        cls.settings = {"SHOPD_CHANNELS": "sendgrid, twilio,chat,fcm", "SHOPD_FCM_URL": cls.push.url,
                        "SHOPD_FCM_ACCOUNT_FILE": cls.firebase.account(cls.push.url), "SHOPD_EMAIL_FROM": "shop@example.com",
                        "SHOPD_SENDGRID_URL": cls.mail.url, "SHOPD_SENDGRID_KEY": "SG.secret",
                        "SHOPD_TWILIO_URL": cls.sms.url, "SHOPD_TWILIO_ACCOUNT": "AC1", "SHOPD_TWILIO_TOKEN": "secret",
                        "SHOPD_TWILIO_FROM": "+15550001", "SHOPD_CHAT_URL": cls.chat.url + "/services/T/B/secret"}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        for provider in (cls.mail, cls.sms, cls.chat, cls.push):
            provider.stop()
        shutil.rmtree(cls.firebase.folder)

    def buy(self, **contact):
        order, _ = self.place((self.make_product(stock=9, name="Lamp & Co"), 1), key="to-" + self.id(), contact=contact)
        return order

    def buy_as(self, channels, **contact):
        """As a customer who wants to be told so."""
        customer = self.ok(201, "POST", "/v1/customers", {**contact, "preferences": channels}, operator=True)
        cart = self.open_cart((self.make_product(stock=9), 1), customer_id=customer["id"])
        answer = self.checkout(cart, contact=contact)
        self.assertEqual(answer.status, 201, answer.raw)
        return answer.json, customer

    def pushes(self, customer):
        sent = [json.loads(request.body)["message"] for request in self.push.got() if request.path != "/token"]
        return [message for message in sent if message["topic"] == customer["id"]]

    def mails(self, address):
        bodies = [json.loads(request.body) for request in self.mail.got()]
        return [mail for mail in bodies if mail["personalizations"][0]["to"][0]["email"] == address]

    def texts(self, number):
        forms = [urllib.parse.parse_qs(request.body.decode()) for request in self.sms.got()]
        return [form for form in forms if form["To"][0] == number]

    def dead(self, channel):
        items = self.ok(200, "GET", "/v1/notices?state=dead", operator=True)["items"]
        return [(one["last_status"], one["attempts"]) for one in items if one["channel"] == channel]

    def test_sendgrid_gets_a_mail(self):
        order = self.buy(name="Ann", email="ann@example.com")
        mail = eventually(lambda: self.mails("ann@example.com"))[0]
        self.assertEqual(mail["subject"], f"We have your order {order['number']}")
        self.assertEqual(mail["from"], {"email": "shop@example.com", "name": "shopd"})
        self.assertIn("Lamp & Co", mail["content"][0]["value"])
        self.assertIn("Lamp &amp; Co", mail["content"][1]["value"])
        self.assertEqual(mail["personalizations"][0]["custom_args"]["notice_id"], mail["headers"]["Notice-Id"])

    def test_what_sendgrid_refuses_is_dead(self):
        self.buy(email="gone@example.com")
        self.assertEqual(eventually(lambda: self.dead("sendgrid")), [(400, 1)])

    def test_twilio_gets_a_text(self):
        order, _ = self.buy_as({"channels": ["sms"]}, phone="+49 30 1234", email="never@example.com")
        text = eventually(lambda: self.texts("+49 30 1234"))[0]
        self.assertEqual(text["From"], ["+15550001"])
        self.assertIn(order["number"], text["Body"][0])
        self.assertEqual(self.mails("never@example.com"), [])

    def test_nobody_gets_a_text_who_did_not_ask_for_it(self):
        self.buy(phone="+4930555", email="guest@example.com")
        self.buy_as({}, phone="+4930556", email="customer@example.com")
        eventually(lambda: self.mails("guest@example.com") and self.mails("customer@example.com"))
        self.assertEqual(self.texts("+4930555") + self.texts("+4930556"), [])

    def test_a_customer_chooses_channels_and_language(self):
        order, customer = self.buy_as({"channels": ["email", "push"], "language": "de-AT"}, email="grete@example.com")
        mail = eventually(lambda: self.mails("grete@example.com"))[0]
        self.assertIn("Ihre Bestellung", mail["subject"])
        push = eventually(lambda: self.pushes(customer))[0]
        self.assertIn("Ihre Bestellung " + order["number"], push["notification"]["title"])
        self.assertEqual(push["data"]["type"], "order_placed")
        self.assertEqual(len(self.firebase.tokens), 1)
        claims = self.firebase.claims
        self.assertEqual((claims["iss"], claims["aud"]), ("shop@shop-1.iam.gserviceaccount.com", self.push.url + "/token"))
        self.assertEqual(claims["exp"] - claims["iat"], 3600)
        _, silent = self.buy_as({"channels": []}, email="silent@example.com")
        self.buy(email="after@example.com")
        eventually(lambda: self.mails("after@example.com"))
        self.assertEqual(self.mails("silent@example.com") + self.pushes(silent), [])

    def test_twilio_is_asked_again_when_it_wants_and_not_for_a_wrong_number(self):
        self.buy_as({"channels": ["sms"]}, phone="+15551111")
        self.assertEqual(len(eventually(lambda: self.texts("+15551111"), lambda found: len(found) == 2)), 2)
        self.buy_as({"channels": ["sms"]}, phone="+15550000")
        self.assertEqual(eventually(lambda: self.dead("twilio")), [(400, 1)])

    def test_operators_hear_in_their_chat_room(self):
        self.make_product(stock=1, low_stock_threshold=5, name="<Rare> & fine")
        texts = eventually(lambda: [json.loads(request.body)["text"] for request in self.chat.got()])
        self.assertIn("&lt;Rare&gt; &amp; fine", texts[0])
        self.assertEqual({request.path for request in self.chat.got()}, {"/services/T/B/secret"})

    def test_no_secret_and_no_person_is_logged(self):
        self.buy(**ALICE)
        eventually(lambda: self.mails(ALICE["email"]))
        log = self.server.log_text()
        for word in ("secret", ALICE["email"], ALICE["phone"], ALICE["name"]):
            self.assertNotIn(word, log)
