"""A shopd whose database is away when it starts waits for it, and ends at once where waiting does not help."""
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import database
import replicas
import server
from server import Client, eventually

WAIT_MS = 200


class Start(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = database.Database()
        cls.url = cls.database.url()
        assert replicas.migrate(cls.url).returncode == 0

    @classmethod
    def tearDownClass(cls):
        cls.database.remove()

    def start(self, url, data=None, **settings):
        """A shopd that need not become ready; its log is self.log, its folder self.data."""
        folder = tempfile.TemporaryDirectory(prefix="shopd-start-")
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "log")
        self.data = data or os.path.join(folder.name, "data")
        environment = dict(os.environ, SHOPD_POSTGRES=url, SHOPD_POSTGRES_WAIT_MS=str(WAIT_MS),
                           SHOPD_OPERATOR_KEY=server.OPERATOR_KEY, **settings)
        self.port = database.free_port()
        with open(self.path, "wb") as log:
            process = subprocess.Popen([server.SHOPD, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"],
                                       stdout=log, stderr=log, env=environment)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait(20)

    def log(self):
        with open(self.path, errors="replace") as log:
            return log.read()

    def is_waiting(self):
        return eventually(lambda: "waiting for the database" in self.log())

    def asked(self, path):
        client = Client(self.port)
        try:
            return client.send("GET", path).status
        except OSError:
            return None
        finally:
            client.close()

    def ends_at_once(self, process, code, words):
        began = time.monotonic()
        self.assertEqual(process.wait(20), code, self.log())
        self.assertLess(time.monotonic() - began, 2)
        self.assertIn(words, self.log())
        self.assertNotIn("waiting for the database", self.log())

    def test_a_database_that_comes_later_is_waited_for(self):
        self.database.stop()
        try:
            shopd = self.start(self.url)
            self.assertTrue(self.is_waiting())
            time.sleep(10 * WAIT_MS / 1000)
            self.assertIsNone(shopd.poll(), self.log())
            self.assertIsNone(self.asked("/readyz"))
        finally:
            self.database.start()
        self.assertEqual(eventually(lambda: self.asked("/readyz"), lambda status: status == 200), 200, self.log())
        said = self.log()
        self.assertEqual((said.count("the database is away"), said.count("waiting for the database"),
                          said.count("the database is there")), (1, 1, 1), said)
        shopd.terminate()
        self.assertEqual(shopd.wait(20), 0)

    def test_one_that_is_lost_again_while_the_shop_is_opened_is_waited_for_again(self):
        """The connections of the shop's own are cut a while: every one behind those that look whether it is there."""
        proxy = database.Proxy(self.database.port)
        self.addCleanup(proxy.close)
        lost = []

        def judge(direction, piece):
            if direction == "to" and b"INSERT INTO regions" in piece and len(lost) < 3:
                lost.append(piece)
                return "cut"
            return None

        proxy.judge = judge
        shopd = self.start(self.database.url(port=proxy.port))
        self.assertEqual(eventually(lambda: self.asked("/readyz"), lambda status: status == 200), 200, self.log())
        self.assertEqual(len(lost), 3)
        shopd.terminate()
        self.assertEqual(shopd.wait(20), 0)

    def test_one_that_is_to_be_succeeded_goes_on_until_the_database_is_there(self):
        first = self.start(self.url)
        self.assertEqual(eventually(lambda: self.asked("/readyz"), lambda status: status == 200), 200, self.log())
        port = self.port
        self.assertTrue(eventually(lambda: os.path.exists(os.path.join(self.data, "takeover.sock"))))
        self.database.stop()
        try:
            self.start(self.url, data=self.data, SHOPD_TAKEOVER_WAIT_MS="20000")
            self.assertTrue(self.is_waiting())
            self.port = port
            time.sleep(0.5)
            self.assertIsNone(first.poll())
            self.assertEqual(self.asked("/healthz"), 200)
        finally:
            self.database.start()
        self.assertEqual(first.wait(20), 0)
        self.assertEqual(eventually(lambda: self.asked("/readyz"), lambda status: status == 200), 200, self.log())

    def test_told_to_stop_it_does_at_once(self):
        for how in (signal.SIGTERM, signal.SIGINT):
            with socket.create_server(("127.0.0.1", 0)) as mute:  # takes connections and says nothing
                shopd = self.start(self.database.url(port=mute.getsockname()[1]))
                time.sleep(0.5)
                self.assertIsNone(shopd.poll())
                began = time.monotonic()
                shopd.send_signal(how)
                self.assertEqual(shopd.wait(20), 0)
                self.assertLess(time.monotonic() - began, 0.5)
                self.assertIn("stopping", self.log())

    def test_told_to_read_its_settings_again_it_goes_on_waiting(self):
        shopd = self.start(self.database.url(port=database.free_port()))
        self.assertTrue(self.is_waiting())
        shopd.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        self.assertIsNone(shopd.poll())

    def test_no_longer_than_it_was_told_to(self):
        began = time.monotonic()
        shopd = self.start(self.database.url(port=database.free_port()), SHOPD_POSTGRES_START_WAIT_S="2")
        self.assertEqual(shopd.wait(20), 3)
        self.assertTrue(2 <= time.monotonic() - began < 6)
        self.assertIn("the database stayed away", self.log())

    def test_a_wrong_password_ends_it_at_once(self):
        self.database.ask("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        rules = os.path.join(self.database.data, "pg_hba.conf")
        with open(rules) as old:
            before = old.read()
        with open(rules, "w") as new:
            new.write("host all guarded 127.0.0.1/32 scram-sha-256\n" + before)
        self.database.ask("SELECT pg_reload_conf()")
        url = self.url.replace("postgres@", "guarded:wrong@")
        eventually(lambda: "password" in subprocess.run([database.binary("psql"), url, "-c", ""], capture_output=True,
                                                        text=True).stderr)
        self.ends_at_once(self.start(url), 3, "state=28P01")
        self.assertNotIn("wrong", self.log())
        here = f"127.0.0.1:{self.database.port}"
        for hosts in (f"127.0.0.1:{database.free_port()},{here}", f"{here},127.0.0.1:{database.free_port()}"):
            self.ends_at_once(self.start(url.replace(here, hosts)), 3, "state=28P01")

    def test_an_unknown_database_or_user_ends_it_at_once(self):
        self.ends_at_once(self.start(self.database.url("nowhere")), 3, "state=3D000")
        self.ends_at_once(self.start(self.url.replace("postgres@", "nobody@")), 3, "state=28000")

    def test_what_libpq_cannot_read_ends_it_at_once_and_is_not_logged(self):
        self.ends_at_once(self.start("postgresql://shopd:secret@127.0.0.1/shopd?colour=red"), 3, "name=postgres")
        self.assertNotIn("secret", self.log())

    def test_a_password_that_is_not_encoded_is_not_logged(self):
        """libpq takes a piece of it for the port, the host, or the name of a setting, and would say which."""
        for url in ("postgresql://shopd:Hush/Tell@127.0.0.1/shopd", "postgresql://shopd:Hush@Tell@127.0.0.1/shopd",
                    "host=127.0.0.1 password=Hush Tell"):
            with self.subTest(url=url):
                self.ends_at_once(self.start(url), 3, "name=postgres")
                migrated = replicas.migrate(url)
                self.assertNotEqual(migrated.returncode, 0)
                for said in (self.log(), migrated.stdout + migrated.stderr):
                    self.assertNotIn("Hush", said)
                    self.assertNotIn("Tell", said)

    def test_without_tables_it_ends_at_once(self):
        self.ends_at_once(self.start(self.database.make("bare")), 3, "run shopd migrate")
