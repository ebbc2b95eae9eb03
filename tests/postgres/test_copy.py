"""A shop moves into the database and back, and everything is still there."""
import os
import subprocess

import replicas
import server
from server import ALICE, Client


def copy(url, source, target, **environment):
    return subprocess.run([server.SHOPD, "copy", "--from", source, "--to", target], capture_output=True, text=True,
                          env=dict(os.environ, SHOPD_POSTGRES=url, **environment))


class Copy(server.ShopTest):
    """The embedded shop of the class is filled, stopped and copied."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database = replicas.database.Database()
        cls.url = cls.database.url()
        assert replicas.migrate(cls.url).returncode == 0

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.database.remove()

    def test_there_and_back(self):
        product = self.make_product(stock=10)
        order, cart = self.place((product, 2))
        self.operate(order, "confirm")
        open_cart = self.open_cart((product, 3))
        account = self.ok(201, "POST", "/v1/customers/register",
                          {"email": "ann@example.com", "password": "correct horse battery", "name": "Ann"})
        self.ok(201, "POST", "/v1/stock/movements", {"product_id": product["id"], "quantity": 1, "reason": "received"},
                operator=True, key="move")
        self.server.end()
        self.server.audit()
        self.server.settings["SHOPD_POSTGRES"] = self.url # somebody starts it before it is copied
        with self.assertRaises(RuntimeError):
            self.server.start()
        self.server.process.wait()
        del self.server.settings["SHOPD_POSTGRES"]
        done = copy(self.url, "sqlite:" + self.server.data, "postgres")
        self.assertEqual(done.returncode, 0, done.stderr)
        again = copy(self.url, "sqlite:" + self.server.data, "postgres")
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("the region is not empty", again.stderr)

        replica = replicas.Replica(self.url) # with an empty folder
        self.addCleanup(replica.remove)
        self.look(Client(replica.port), order, cart, open_cart, account, product)
        bought = Client(replica.port).send("POST", f"/v1/carts/{open_cart['id']}/checkout",
                                           {"contact": ALICE, "shipping_address": server.ADDRESS},
                                           token=open_cart["token"], key="second")
        self.assertEqual(bought.status, 201, bought.raw)
        replica.end()
        self.assertIn("audit clean", replica.audit())

        back = os.path.join(replica.folder, "back")
        done = copy(self.url, "postgres", "sqlite:" + back)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotEqual(copy(self.url, "postgres", "sqlite:" + back).returncode, 0)
        self.server.data = back
        self.server.audit()
        self.server.start()
        client = Client(self.server.port)
        self.look(client, order, cart, open_cart, account, product)
        seen = client.send("GET", f"/v1/orders/{bought.json['id']}", token=open_cart["token"])
        self.assertEqual(seen.json["contact"]["name"], ALICE["name"])

    def look(self, client, order, cart, open_cart, account, product):
        seen = client.send("GET", f"/v1/orders/{order['id']}", token=cart["token"])
        self.assertEqual((seen.json["status"], seen.json["contact"]["name"]), ("confirmed", ALICE["name"]))
        seen = client.send("GET", f"/v1/carts/{open_cart['id']}", token=open_cart["token"])
        self.assertEqual(seen.status, 200)
        me = client.send("GET", "/v1/customers/me", headers={"Authorization": "Bearer " + account["token"]})
        self.assertEqual((me.status, me.json["email"]), (200, "ann@example.com"))
        login = client.send("POST", "/v1/sessions", {"email": "ann@example.com", "password": "correct horse battery"})
        self.assertEqual(login.status, 201, login.raw)
        move = {"product_id": product["id"], "quantity": 1, "reason": "received"}
        before = client.send("GET", "/v1/stock?product_id=" + product["id"], operator=True).json
        self.assertEqual(client.send("POST", "/v1/stock/movements", move, operator=True, key="move").status, 201)
        self.assertEqual(client.send("GET", "/v1/stock?product_id=" + product["id"], operator=True).json, before)
