"""Settings that `shopd notify-worker`, and a shop that leaves notices to workers, must have; tests/kafka has the rest."""
import pathlib
import shutil
import tempfile
import unittest

from test_serve import FAILED, USAGE, run


class NotifyWorker(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shopd-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def refused(self, code, word, *arguments, **environment):
        done = run(*arguments, **environment)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(word, done.stderr)

    def test_it_needs_brokers_and_a_key(self):
        self.refused(USAGE, "kafka_brokers", "notify-worker", SHOPD_WORKER_KEY="key_x")
        self.refused(USAGE, "worker_key", "notify-worker", "--kafka-brokers", "127.0.0.1:1")

    def test_a_channel_without_its_settings_is_refused(self):
        self.refused(FAILED, "smtp", "notify-worker", "--kafka-brokers", "127.0.0.1:1", "--channels", "smtp",
                     SHOPD_WORKER_KEY="key_x")

    def test_a_file_of_kafkas_settings_is_read_and_checked(self):
        path = self.folder / "kafka.conf"
        self.refused(FAILED, "kafka.conf", "notify-worker", "--kafka-brokers", "127.0.0.1:1", "--kafka-config-file", path,
                     "--channels", "", SHOPD_WORKER_KEY="key_x")
        path.write_text("sasl.password = hush\nno.such.setting = 1\n")
        self.refused(FAILED, "no.such.setting", "notify-worker", "--kafka-brokers", "127.0.0.1:1", "--kafka-config-file", path,
                     "--channels", "", SHOPD_WORKER_KEY="key_x")

    def test_a_shop_leaves_notices_to_workers_only_with_kafka(self):
        data = self.folder / "shop"
        for environment, word in (({"SHOPD_NOTICES_BY": "workers"}, "kafka_brokers"), ({"SHOPD_NOTICES_BY": "nobody"}, "notices_by")):
            self.refused(FAILED, word, "serve", "--data", str(data), "--listen", "127.0.0.1:0", **environment)
