"""Several shopd on one database, and the steps that their tests begin with."""
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
                              env=dict(os.environ, SHOPD_POSTGRES=self.settings["SHOPD_POSTGRES"]))
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def migrate(url, *arguments):
    return subprocess.run([server.SHOPD, "migrate", *arguments], capture_output=True, text=True,
                          env=dict(os.environ, SHOPD_POSTGRES=url))


class ReplicaTest(server.ShopTest):
    """`replicas` on a database of the class's own; send() and what builds on it ask the first one."""

    replica_count = 2
    postgres_settings = {}

    @classmethod
    def setUpClass(cls):
        cls.skus = 0
        cls.database = database.Database(cls.postgres_settings)
        cls.url = cls.database.url()
        assert migrate(cls.url).returncode == 0
        cls.replicas = [Replica(cls.url) for _ in range(cls.replica_count)]
        cls.server = cls.replicas[0]

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
