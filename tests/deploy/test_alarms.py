"""Alarms fire when they should and not before; no query asks for a metric that is not there."""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

from server import ShopTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/rules.yml"
RULES_TEST = ROOT / "tests/deploy/rules_test.yml"
DASHBOARD = json.loads((ROOT / "deploy/grafana/shopd.json").read_text())
METRIC = re.compile(r"\b((?:shop|process)_\w+)")
PARTS = ("_bucket", "_sum", "_count")


def queries():
    """(where, expression) of every query."""
    for line in re.findall(r"^        expr: (.+)$", RULES.read_text(), re.M):
        yield "rules.yml", line
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"]


class Alarms(ShopTest):
    def promtool(self, *arguments):
        if shutil.which("promtool") is None:
            self.skipTest("promtool of the Debian package prometheus is not installed")
        done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_rules_are_rules(self):
        self.promtool("check", "rules", RULES)
        self.promtool("check", "config", ROOT / "deploy/prometheus/prometheus.yml")

    def test_every_alarm_fires_when_it_should_and_not_before(self):
        self.promtool("test", "rules", RULES_TEST)
        tested = RULES_TEST.read_text()
        for alarm in re.findall(r"alert: (\w+)", RULES.read_text()):
            self.assertRegex(tested, rf"alertname: {alarm}, exp_alerts: \[\]", alarm)
            self.assertRegex(tested, rf"alertname: {alarm}\n\s+exp_alerts:\n", alarm)
            self.assertIn(f"`{alarm}`", (ROOT / "docs/operations.md").read_text())

    def test_every_query_of_the_dashboard_is_one(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write("groups:\n  - name: dashboard\n    rules:\n")
            for number, (_, expression) in enumerate(queries()):
                expression = expression.replace("$__rate_interval", "5m")
                file.write(f"      - record: query:{number}\n        expr: {json.dumps(expression)}\n")
            file.flush()
            self.promtool("check", "rules", file.name)

    def test_every_query_names_a_metric_and_a_label_that_are_there(self):
        self.place((self.make_product(stock=5), 1))
        text = self.send("GET", "/metrics").raw.decode()
        samples = set(re.findall(r"^(\w+)[ {]", text, re.M))
        asked = 0
        for where, expression in queries():
            for name in METRIC.findall(expression):
                self.assertIn(name, samples, where)
                asked += 1
            for name, wanted in re.findall(r'(\w+)=~?"([^"$]*)"', expression):
                if name == "job":
                    continue  # Prometheus' own
                seen = set(re.findall(rf'\b{name}="([^"]*)"', text))
                self.assertTrue(seen, (where, name))
                if name == "route":
                    self.assertTrue(any(re.fullmatch(wanted, value) or wanted == value for value in seen), (where, wanted))
            for labels in re.findall(r"by \(([^)]*)\)", expression):
                for name in labels.split(", "):
                    self.assertTrue(name == "instance" or re.search(rf'\b{name}="', text), (where, name))
        self.assertGreater(asked, 30)

    def test_every_panel_has_a_place_of_its_own(self):
        taken = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                     for y in range(place["y"], place["y"] + place["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(place["x"] + place["w"], 24)
            taken |= cells
