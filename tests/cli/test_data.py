"""Data in and out: import, export, replay, audit, backup, restore, demo; as whoever types them sees them."""
import json
import lzma
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import test_serve
from test_serve import DONE, FAILED, REFUSED, SHOPD, USAGE

KEY = "k" * 20
WAIT_S = 120
HEADER = "order_id\tcustomer_id\tsku\tquantity\tkind\tcountry\tcancels_order\n"


def run(*arguments, **environment):
    return subprocess.run([SHOPD, *map(str, arguments)], capture_output=True, text=True, timeout=WAIT_S,
                          env=dict(test_serve.clean_environment(), **environment))


class DataTest(test_serve.ServedTest):
    def write(self, name, content):
        file = self.folder / name
        file.write_text(content, encoding="utf-8", newline="\n")
        return file

    def bring_in(self, file, *arguments, data=None):
        done = run("import", file, "--data", data or self.data, *arguments)
        self.assertEqual(done.returncode, DONE, done.stderr)
        counts = re.search(r"(\d+) new, (\d+) changed, (\d+) unchanged, (\d+) bad", done.stdout)
        return tuple(map(int, counts.groups())), done

    def bring_out(self, data=None, form="ndjson"):
        file = self.folder / "out"
        done = run("export", "--data", data or self.data, "--format", form, "--out", file)
        self.assertEqual(done.returncode, DONE, done.stderr)
        return file.read_bytes()

    def products(self, data=None):
        rows = [json.loads(line) for line in self.bring_out(data).splitlines()]
        return {row["sku"]: row for row in rows if row["type"] == "product"}

    def audit(self, data=None):
        done = run("audit", "--data", data or self.data)
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (DONE, "audit clean"), done.stdout)


class ImportTest(DataTest):
    def test_the_three_formats_say_the_same(self):
        tsv = self.write("a.tsv", "sku\tname\tprice_minor\tcategory\tstock\nA\tBig \"A\"\t1999\tHome > Cups\t5\n")
        csv = self.write("b.csv", 'stock,sku,name,price,category\r\n5,A,"Big ""A""",19.99,Home > Cups\r\n')
        ndjson = self.write("c.ndjson", '{"sku":"A","name":"Big \\"A\\"","price":19.99,"stock":5,'
                                        '"category":"Home > Cups"}\n')
        self.assertEqual(self.bring_in(tsv)[0], (1, 0, 0, 0))
        first = self.bring_out()
        self.assertEqual(self.bring_in(csv)[0], (0, 0, 1, 0))
        self.assertEqual(self.bring_in(ndjson)[0], (0, 0, 1, 0))
        self.assertEqual(self.bring_out(), first)
        self.assertEqual(self.products()["A"]["category"], "HOME > Cups")

    def test_a_compressed_file_is_read_and_a_damaged_one_is_code_3(self):
        packed = lzma.compress(b"sku\tname\tprice_minor\n" + b"".join(b"S%d\tN\t5\n" % i for i in range(5000)))
        file = self.folder / "a.tsv.xz"
        file.write_bytes(packed)
        self.assertEqual(self.bring_in(file)[0], (5000, 0, 0, 0))
        file.write_bytes(packed[:-40])
        self.assertEqual(run("import", file, "--data", self.data).returncode, FAILED)

    def test_bad_lines_are_named_counted_and_skipped(self):
        file = self.write("a.tsv", "sku\tname\tprice_minor\tcurrency\tstatus\nA\tA\t1\tUSD\t\n\tB\t1\tUSD\t\n"
                                   "C\tC\t\tUSD\t\nD\tD\t1\tEUR\t\nE\tE\t-1\tUSD\t\nF\tF\t1\tUSD\tgone\nG\tG\n")
        report = self.folder / "report"
        counts, done = self.bring_in(file, "--report", report)
        self.assertEqual(counts, (1, 0, 0, 6))
        reasons = [line.split("\t")[1:] for line in report.read_text().splitlines()]
        self.assertEqual(reasons, [["3", "sku is missing"], ["4", "price is missing"],
                                   ["5", "currency is EUR, the shop's is USD"], ["6", "price is out of range"],
                                   ["7", "status is neither active nor archived"],
                                   ["8", "2 fields, the header has 5"]])
        self.assertIn("a.tsv line 3: sku is missing", done.stderr)

    def test_strict_imports_nothing_when_a_line_is_bad(self):
        file = self.write("a.tsv", "sku\tname\tprice_minor\nA\tA\t1\nB\tB\t\n")
        done = run("import", file, "--data", self.data, "--strict")
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("nothing was imported", done.stderr)
        self.assertFalse((self.data / "journal.db").exists())

    def test_a_second_import_records_nothing_and_absent_columns_stay(self):
        full = self.write("a.tsv", "sku\tname\tprice_minor\tbrand\tstock\nA\tA\t1\tB\t7\n")
        self.bring_in(full)
        self.assertEqual(self.bring_in(full)[0], (0, 0, 1, 0))
        part = self.write("b.tsv", "sku\tname\tprice_minor\nA\tA\t2\n")
        self.assertEqual(self.bring_in(part)[0], (0, 1, 0, 0))
        product = self.products()["A"]
        self.assertEqual((product["brand"], product["stock"], product["price_minor"]), ("B", 7, 2))
        self.audit()

    def test_an_import_that_was_killed_is_started_again_and_all_is_there(self):
        file = self.write("a.tsv", "sku\tname\tprice_minor\tstock\tcategory\n" + "".join(
            f"S{i}\tName {i}\t{i + 1}\t{i % 7}\tHOME > C{i % 50}\n" for i in range(60000)))
        self.bring_in(file)
        whole = self.bring_out()
        again, partly = self.folder / "again", 0
        for round in range(20):
            process = subprocess.Popen([SHOPD, "import", file, "--data", again], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(0.02 + 0.02 * round)
            process.kill()
            process.wait()
            if run("export", "--data", again, "--out", self.folder / "out").returncode == DONE:
                lines = (self.folder / "out").read_bytes().count(b"\n")
                partly += 0 < lines < whole.count(b"\n")
        counts, _ = self.bring_in(file, data=again)
        self.assertEqual(sum(counts), 60000)
        self.assertGreater(partly, 0, "no kill came in the middle")
        self.assertEqual(self.bring_out(again), whole)
        self.audit(again)

    def test_an_import_waits_for_tables_that_are_too_far_behind(self):
        rows = "".join(f"S{i}\tN{i}\t1999\tHome > Cups {i % 100}\t5\n" for i in range(3000))
        file = self.write("many.tsv", "sku\tname\tprice_minor\tcategory\tstock\n" + rows)
        for attempt in range(5):
            behind = ("--fold-lag-max-ms", "1", "--fold-slice-ms", "600000", "--queue-max", "16")
            counts, _ = self.bring_in(file, *behind, data=self.folder / f"shop{attempt}")
            self.assertEqual(counts, (3000, 0, 0, 0))

    def test_a_new_shop_takes_the_currency_of_the_file(self):
        self.bring_in(self.write("a.tsv", "sku\tname\tprice_minor\tcurrency\nA\tA\t1\tGBP\n"))
        self.assertIn(b'{"type":"shop","currency":"GBP"}', self.bring_out())

    def test_the_stock_column_can_be_named(self):
        self.bring_in(self.write("a.tsv", "sku\tname\tprice_minor\tpeak\nA\tA\t1\t9\n"), "--stock-column", "peak")
        self.assertEqual(self.products()["A"]["stock"], 9)

    def test_skus_that_differ_by_case_are_two_products(self):
        self.assertEqual(self.bring_in(self.write("a.tsv", "sku\tprice_minor\nA\t1\na\t1\n"))[0], (2, 0, 0, 0))

    def test_a_running_server_imports_too(self):
        self.serve(SHOPD_OPERATOR_KEY=KEY)
        rows = [{"sku": f"S{i}", "name": f"N{i}", "price_minor": i, "stock": i, "category": "HOME > Cups/Mugs",
                 "images": ["http://x/1"], "attributes": {"colour": "red"}} for i in range(30)]
        file = self.write("a.ndjson", "".join(json.dumps(row) + "\n" for row in rows))
        refused = run("import", file, "--data", self.data)
        self.assertEqual(refused.returncode, FAILED)
        self.assertIn("--url", refused.stderr)
        url = f"http://127.0.0.1:{self.port}"
        done = run("import", file, "--url", url, "--operator-key", KEY)
        self.assertIn("30 new, 0 changed, 0 unchanged, 0 bad", done.stdout, done.stderr)
        done = run("import", file, "--url", url, "--operator-key", KEY)
        self.assertIn("0 new, 30 changed, 0 unchanged, 0 bad", done.stdout, done.stderr)
        self.assertEqual(run("import", file, "--url", url, "--operator-key", "wrong").returncode, FAILED)
        part = self.write("b.tsv", "sku\tname\tprice_minor\nS7\tN7\t9\nT\tT\t1\nU\tU\t100000000001\n")
        done = run("import", part, "--url", url, "--operator-key", KEY)  # new ones and old ones, without a category
        self.assertIn("1 new, 1 changed, 0 unchanged, 1 bad", done.stdout, done.stderr)
        self.assertEqual(self.stop()[0], DONE)
        product = self.products()["S7"]
        self.assertEqual((product["stock"], product["category"], product["images"], product["attributes"]),
                         (7, "HOME > Cups/Mugs", ["http://x/1"], {"colour": "red"}))
        self.audit()


class ExportTest(DataTest):
    ODD = [
        {"type": "shop", "currency": "EUR"},
        {"type": "location", "location": "main", "priority": 3},
        {"type": "location", "location": "north \"1\"", "priority": -1},
        {"type": "category", "category": "HOME > Zebra"},
        {"type": "category", "category": ["HOME", "A > B", "[c]"]},
        {"type": "category", "category": ["[x]"]},
        {"sku": "tab", "name": "a\tb\nc\\d\re \"f\"", "price_minor": 0, "currency": "EUR",
         "description": "\u00e9 \U0001f600", "category": ["HOME", "A > B"], "stock": {"main": 1, "north \"1\"": 2}},
        {"sku": "gone", "name": "x", "price_minor": 100000000000, "status": "archived", "rating_x100": 450,
         "review_count": 9, "family": "f", "slug": "s", "brand": "b", "low_stock_threshold": 3,
         "images": ["u"], "options": {"size": "L"}, "attributes": {"a": "\t"}, "metadata": {"n": [1, {"m": None}]}},
        {"sku": "plain", "name": "p", "price_minor": 5, "stock": {"north \"1\"": 4}, "category": "SPORTS"},
    ]

    def test_an_import_of_an_export_gives_the_same_export(self):
        counts, done = self.bring_in(self.write("a.ndjson", "".join(json.dumps(row) + "\n" for row in self.ODD)))
        self.assertEqual(counts, (3, 0, 0, 0), done.stderr)
        self.assertEqual(self.products()["tab"]["stock"], {"main": 1, "north \"1\"": 2})
        self.assertEqual(self.products()["tab"]["name"], self.ODD[6]["name"])
        exports = {form: self.bring_out(form=form) for form in ("ndjson", "tsv")}
        for form, content in exports.items():
            file = self.folder / f"again.{form}"
            file.write_bytes(content)
            data = self.folder / form
            self.assertEqual(self.bring_in(file, data=data)[0], (3, 0, 0, 0))
            for other, wanted in exports.items():
                self.assertEqual(self.bring_out(data, other), wanted)
            self.assertEqual(self.bring_in(file)[0], (0, 0, 3, 0))
        self.audit()

    def test_there_is_nothing_to_export_where_there_is_no_shop(self):
        done = run("export", "--data", self.folder / "none")
        self.assertEqual(done.returncode, FAILED)
        self.assertIn("there is none; --data DIR names another", done.stderr)
        self.assertEqual(run("export", "--data", self.data, "--format", "csv").returncode, USAGE)


class ReplayTest(DataTest):
    FILE = (HEADER + "1\t7\tA\t3\tS\tFrance\t\n1\t7\tB\t1\tS\tFrance\t\n1\t7\tA\t1\tS\tFrance\t\n"
            "2\t\tA\t6\tS\t\t\nC1\t7\tA\t-2\tC\tFrance\t1\nC1\t7\tB\t-1\tC\tFrance\t1\n"
            "3\t8\tA\t2\tS\tUSA\t\nC2\t7\tA\t-9\tC\t\t1\nC3\t\tB\t-1\tC\t\t\n4\t\tB\t2\tS\t\t\n")

    def start(self, stock):
        file = self.write("a.tsv", f"sku\tname\tprice_minor\tstock\nA\tA\t100\t{stock}\nB\tB\t250\t1\n")
        self.bring_in(file)
        self.serve(SHOPD_OPERATOR_KEY=KEY)

    def replay(self, *arguments):
        return run("replay", self.write("orders.tsv", self.FILE), "--url", f"http://127.0.0.1:{self.port}",
                   "--operator-key", KEY, *arguments)

    def test_with_enough_stock_every_line_is_accepted(self):
        self.start(10)
        done = self.replay("--acks", str(self.folder / "acks"))
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        self.assertIn("4 orders placed and confirmed", done.stdout)
        self.assertIn("2 products exactly as acknowledged and as the file says", done.stdout)
        acks = [line.split("\t") for line in (self.folder / "acks").read_text().splitlines()]
        self.assertEqual([order for order, _ in acks], ["1", "2", "3", "4"])
        self.assertEqual(len({public_id for _, public_id in acks}), 4)
        self.stop()
        self.audit()
        stock = {sku: row["stock"] for sku, row in self.products().items()}
        self.assertEqual(stock, {"A": 10 + 9, "B": 1 + 1})

    def test_one_piece_less_and_exactly_the_order_that_needs_it_is_refused(self):
        self.start(9)
        done = self.replay()
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        self.assertIn("3 orders placed and confirmed", done.stdout)
        self.assertIn("refused out_of_stock: 1", done.stdout)
        self.assertIn("refused orders: 2 (1 of 4; 0 cancellations of them left out)", done.stdout)
        self.stop()
        self.audit()

    def test_cancellations_of_a_refused_order_are_left_out(self):
        self.start(3)
        done = self.replay()
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        self.assertIn("refused orders: 1, 2 (2 of 4; 1 cancellations of them left out)", done.stdout)

    def test_what_comes_back_to_a_shop_that_does_not_sell_it_is_left_out_alone(self):
        self.start(10)
        file = self.write("orders.tsv", HEADER + "1\t\tA\t3\tS\t\t\nC1\t\tZ\t-4\tC\t\t\nC1\t\tA\t-5\tC\t\t\n"
                                                 "C1\t\tB\t-2\tC\t\t\nC2\t\tZ\t-1\tC\t\t\n")
        done = run("replay", file, "--url", f"http://127.0.0.1:{self.port}", "--operator-key", KEY)
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        self.assertIn("refused product_unknown: 2", done.stdout)
        self.stop()
        self.assertEqual({sku: row["stock"] for sku, row in self.products().items()}, {"A": 10 + 5, "B": 1 + 2})

    def test_many_connections_agree_with_what_was_acknowledged(self):
        self.start(10)
        done = self.replay("--concurrency", "8")
        self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
        self.assertIn("exactly as acknowledged", done.stdout)

    def test_a_file_with_bad_lines_is_code_1(self):
        self.start(10)
        done = run("replay", self.write("bad.tsv", "order_id\tsku\n1\tA\n"), "--url",
                   f"http://127.0.0.1:{self.port}", "--operator-key", KEY)
        self.assertEqual(done.returncode, REFUSED)

    def test_a_shop_that_somebody_else_changes_is_found_out(self):
        self.start(3000)
        file = self.write("orders.tsv", HEADER + "".join(f"{i}\t\tA\t1\tS\t\t\n" for i in range(2000)))
        acks = self.folder / "acks"
        replay = subprocess.Popen([SHOPD, "replay", file, "--url", f"http://127.0.0.1:{self.port}", "--operator-key", KEY,
                                   "--acks", acks], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        deadline = time.monotonic() + WAIT_S
        while (not acks.exists() or not acks.read_text()) and time.monotonic() < deadline:
            time.sleep(0.001)
        replay.send_signal(signal.SIGSTOP)  # it has read the stock, and has orders to send
        moved = run("import", self.write("b.tsv", "sku\tname\tprice_minor\tstock\nA\tA\t100\t2999\n"),
                    "--url", f"http://127.0.0.1:{self.port}", "--operator-key", KEY)
        replay.send_signal(signal.SIGCONT)
        output, _ = replay.communicate(timeout=WAIT_S)
        self.assertEqual(moved.returncode, DONE, moved.stderr)
        self.assertIn("A: on hand 2999, reserved 2000; should be 3000, 2000", output)
        self.assertEqual(replay.returncode, REFUSED, output)

    def test_no_server_is_code_3(self):
        file = self.write("orders.tsv", self.FILE)
        done = run("replay", file, "--url", "http://127.0.0.1:9", "--operator-key", KEY, "--retry-seconds", "0")
        self.assertEqual(done.returncode, FAILED)


class BackupTest(DataTest):
    def test_a_backup_of_a_running_server_is_whole_and_comes_back(self):
        self.bring_in(self.write("a.tsv", "sku\tname\tprice_minor\tstock\nA\tA\t100\t9\n"))
        before = self.bring_out()
        self.serve(SHOPD_OPERATOR_KEY=KEY)
        copy, back = self.folder / "copy", self.folder / "back"
        done = run("backup", copy, "--data", self.data)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.assertEqual(run("audit", "--data", self.data).returncode, FAILED)
        self.audit(copy)
        self.assertEqual(self.bring_out(copy), before)
        done = run("restore", copy, "--data", back)
        self.assertEqual(done.returncode, DONE, done.stderr)
        self.audit(back)
        self.assertEqual(self.bring_out(back), before)
        self.assertNotEqual(run("restore", copy, "--data", back).returncode, DONE)
        self.assertNotEqual(run("backup", copy, "--data", self.data).returncode, DONE)

    def test_a_folder_without_a_shop_is_refused(self):
        self.assertEqual(run("backup", self.folder / "copy", "--data", self.folder / "none").returncode, FAILED)
        self.assertEqual(run("audit", "--data", self.folder / "none").returncode, FAILED)
        self.assertEqual(run("restore", self.folder / "none", "--data", self.data).returncode, FAILED)


class ReadOnlyTest(DataTest):
    """The database is away: whoever asks it ends with code 3."""

    away = {"SHOPD_POSTGRES": "postgresql://shopd@127.0.0.1:1/shopd", "SHOPD_POSTGRES_WAIT_MS": "1000"}

    def setUp(self):
        super().setUp()
        self.settings = self.write("shopd.conf", "read_only = 1\n")
        self.file = self.write("a.ndjson", '{"sku":"A","name":"A","price":1,"currency":"EUR"}\n')
        self.before = sorted(self.folder.iterdir())

    def refused_at_once(self, *command):
        for arguments, environment in (((), {"SHOPD_READ_ONLY": "1"}), (("--config", self.settings), {}), (("--read-only", "1"), {})):
            done = run(*command, *arguments, **self.away, **environment)
            self.assertEqual((done.returncode, done.stdout), (USAGE, ""), done.stderr)
            self.assertRegex(done.stderr, rf"\Ashopd {command[0]}: read_only = 1: .*nothing was done; use .*\n\Z")
        self.assertEqual(sorted(self.folder.iterdir()), self.before)

    def is_tried(self, *command, **environment):
        done = run(*command, **dict(self.away, **environment))
        self.assertEqual((done.returncode, done.stdout), (FAILED, ""), done.stderr)
        self.assertNotIn("read_only = 1", done.stderr)

    def test_what_writes_to_the_database_is_refused_at_once(self):
        copy = ("copy", "--from", f"sqlite:{self.folder}/none", "--to", "postgres")
        for command in (("migrate",), ("migrate", "--finish"), copy):
            self.refused_at_once(*command)
        self.is_tried("migrate", "--read-only", "0", SHOPD_READ_ONLY="1")

    def test_a_key_is_neither_made_nor_revoked_here(self):
        create = ("key", "create", "ERP", "--scopes", "stock:read", "--data", self.data)
        self.refused_at_once(*create)
        self.refused_at_once("key", "revoke", "apk_x", "--data", self.data)
        self.is_tried(*create, "--read-only", "0", SHOPD_READ_ONLY="1")
        self.is_tried("key", "list", "--data", self.data, SHOPD_READ_ONLY="1")

    def test_nothing_is_imported_here(self):
        for what in ((), ("customers",), ("orders",)):
            for how in ((), ("--strict",), ("--report", self.folder / "bad.tsv")):
                self.refused_at_once("import", *what, self.file, "--data", self.data, *how)
            self.is_tried("import", *what, self.file, "--data", self.data, "--read-only", "0", SHOPD_READ_ONLY="1")

    def test_what_only_reads_is_not_refused(self):
        for command in ("export", "audit"):
            self.is_tried(command, "--data", self.data, SHOPD_READ_ONLY="1")

    def test_a_running_server_is_asked_all_the_same(self):
        self.serve(SHOPD_OPERATOR_KEY=KEY, SHOPD_CURRENCY="EUR")
        there = ("--url", f"http://127.0.0.1:{self.port}", "--operator-key", KEY, "--read-only", "1")
        for command in (("key", "create", "ERP", "--scopes", "stock:read"), ("import", self.file)):
            done = run(*command, *there)
            self.assertEqual(done.returncode, DONE, done.stderr)


class DemoTest(unittest.TestCase):
    def test_every_claim_of_the_story_holds(self):
        done = run("demo")
        self.assertEqual(done.returncode, DONE, done.stdout)
        self.assertNotIn("WRONG", done.stdout)
        for told in ("1099.97", "89.95", "electronics finds: 1", "audit clean"):
            self.assertIn(told, done.stdout)

    def test_the_race_sells_50_refuses_150_and_loses_none(self):
        folder = tempfile.mkdtemp(prefix="shopd-cli-")
        try:
            done = run("demo", "race", TMPDIR=folder)
            self.assertEqual(done.returncode, DONE, done.stdout + done.stderr)
            self.assertRegex(done.stdout, r"50 sold, 150 refused, 0 lost, back in \d+\.\d\d s")
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    unittest.main()
