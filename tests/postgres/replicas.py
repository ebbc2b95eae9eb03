"""Several shopd on one database, and the steps that their tests begin with."""
import http.client
import os
import subprocess

import database
import server


class Replica(server.Server):
    def __init__(self, url, **settings):
        super().__init__({"SHOPD_POSTGRES": url, "SHOPD_POSTGRES_WAIT_MS": "2000", "SHOPD_RATE_ADDRESS_PER_S": "0",
                          **settings})

    def audit(self):
        done = subprocess.run([server.SHOPD, "audit", "--data", self.data], capture_output=True, text=True,
                              env={**os.environ, **self.settings})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def migrate(url, *arguments):
    return subprocess.run([server.SHOPD, "migrate", *arguments], capture_output=True, text=True,
                          env=dict(os.environ, SHOPD_POSTGRES=url))


class ReplicaTest(server.ShopTest):
    """`replicas` on a database of the class's own; send() and what builds on it ask the first one."""

    replica_count = 2
    postgres_settings = {}
    shopd_settings = {}

    @classmethod
    def setUpClass(cls):
        cls.skus = 0
        cls.database = database.Database(cls.postgres_settings)
        cls.url = cls.database.url()
        assert migrate(cls.url).returncode == 0
        cls.replicas = [Replica(url, **cls.shopd_settings) for url in cls.urls()]
        cls.server = cls.replicas[0]

    @classmethod
    def urls(cls):
        """Where each replica reaches the database."""
        return [cls.url] * cls.replica_count

    @classmethod
    def tearDownClass(cls):
        for replica in cls.replicas:
            replica.remove()
        cls.database.remove()

    def setUp(self):
        super().setUp()
        self.clients = [server.Client(replica.port) for replica in self.replicas]
        for client in self.clients:
            self.addCleanup(client.close)

    def at(self, index, method, path, body=None, **options):
        return self.clients[index].send(method, path, body, **options)


class ProxiedReplicaTest(ReplicaTest):
    """`replicas[0]` reaches the database through `proxy`, `replicas[1]` straight. After each test the proxy is as at first."""

    @classmethod
    def urls(cls):
        cls.proxy = database.Proxy(cls.database.port)
        return [cls.database.url(port=cls.proxy.port), cls.url]

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.proxy.close()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.wait_until_reached)
        self.addCleanup(self.heal)

    def heal(self):
        self.proxy.judge = lambda direction, piece: None
        self.proxy.refuses, self.proxy.delay_s = False, 0

    def wait_until_reached(self):
        """shopd tries again once a second at most: the next test must not begin before."""
        for replica in self.replicas:
            if replica.process.poll() is None:
                self.assertTrue(server.eventually(lambda: reaches(replica)))


def reaches(replica):
    """Does it reach the database, by its own word?"""
    client = server.Client(replica.port)
    try:
        return b"\nshop_store_reachable 1\n" in client.send("GET", "/metrics", operator=True).raw
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()
