"""Three PostgreSQL nodes under Patroni with etcd, each in a network namespace of its own that can be cut off; a synchronous
standby, so that no acknowledged commit is lost with a node. Everything is stopped by its process id."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/postgres"))
import database  # noqa: E402

NODES = 3
CONFIG = """
scope: chaos
name: node{number}
restapi: {{listen: '{address}:8008', connect_address: '{address}:8008'}}
etcd3: {{hosts: '{gateway}:{etcd_port}'}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 5
    primary_start_timeout: 0
    synchronous_mode: true
    maximum_lag_on_failover: 0
    postgresql:
      use_pg_rewind: true
      parameters: {{max_connections: 50, shared_buffers: 64MB, wal_keep_size: 256MB, hot_standby: 'on', wal_level: replica,
                   wal_log_hints: 'on', max_wal_senders: 8, wal_sender_timeout: 5s, wal_receiver_timeout: 5s}}
  initdb: [{{encoding: UTF8}}, {{locale: C}}, {{auth: trust}}]
  pg_hba: ['host all all 10.77.0.0/16 trust', 'host replication all 10.77.0.0/16 trust', 'local all all trust']
postgresql:
  listen: '{address}:5432'
  connect_address: '{address}:5432'
  data_dir: {folder}/data
  pgpass: {folder}/pgpass
  bin_dir: {binaries}
  authentication:
    superuser: {{username: postgres}}
    replication: {{username: postgres}}
    rewind: {{username: postgres}}
  parameters: {{unix_socket_directories: '{folder}'}}
watchdog: {{mode: 'off'}}
"""


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


def call(url, timeout_s=1):
    try:
        with urllib.request.urlopen(url, timeout=timeout_s) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()
    except OSError:
        return 0, b""


class Node:
    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.address = f"{cluster.network}.{10 + number}"
        self.space = f"{cluster.name}n{number}"
        self.link = f"{cluster.name}l{number}"
        self.folder = f"{cluster.folder}/node{number}"
        os.mkdir(self.folder)
        os.chmod(self.folder, 0o755)
        user = database.user()
        os.chown(self.folder, user.pw_uid, user.pw_gid)
        run("ip", "netns", "add", self.space)
        run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.space)
        run("ip", "link", "set", self.link, "master", cluster.bridge, "up")
        run("ip", "-n", self.space, "addr", "add", self.address + "/24", "dev", "eth0")
        run("ip", "-n", self.space, "link", "set", "eth0", "up")
        run("ip", "-n", self.space, "link", "set", "lo", "up")
        config = pathlib.Path(self.folder, "patroni.yml")
        config.write_text(CONFIG.format(number=number, address=self.address, gateway=cluster.gateway, folder=self.folder,
                                        etcd_port=cluster.etcd_port, binaries=os.path.dirname(database.binary("postgres"))))
        self.process = None
        self.start()

    def start(self):
        user = database.user()
        self.log = open(os.path.join(self.folder, "log"), "ab")
        self.process = subprocess.Popen(["ip", "netns", "exec", self.space, "setpriv", "--reuid", str(user.pw_uid), "--regid",
                                         str(user.pw_gid), "--clear-groups", "patroni", self.folder + "/patroni.yml"],
                                        stdout=self.log, stderr=self.log, start_new_session=True,
                                        env=dict(os.environ, HOME=self.folder, LC_ALL="C"))

    def is_primary(self):
        return call(f"http://{self.address}:8008/primary", 0.5)[0] == 200

    def postmaster(self):
        return int(pathlib.Path(self.folder, "data/postmaster.pid").read_text().split()[0])

    def kill_postgres(self):
        os.kill(self.postmaster(), signal.SIGKILL)

    def cut_off(self, is_cut):
        run("ip", "link", "set", self.link, "down" if is_cut else "up")

    def stop(self):
        try:
            self.process.terminate()
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        try:
            os.kill(self.postmaster(), signal.SIGQUIT)
        except (OSError, ValueError):
            pass
        run("ip", "netns", "del", self.space)


class Cluster:
    """`url`: all nodes, the one that takes writes is found by libpq. `proxies` stand in front of the nodes."""

    def __init__(self, folder, name="shpc", network="10.77.0"):
        self.folder, self.name, self.network = folder, name, network
        self.gateway, self.bridge = network + ".1", name + "br"
        self.nodes, self.proxies, self.etcd = [], [], None

    def start(self):
        run("ip", "link", "add", self.bridge, "type", "bridge")
        run("ip", "addr", "add", self.gateway + "/24", "dev", self.bridge)
        run("ip", "link", "set", self.bridge, "up")
        self.etcd_port = database.free_port()
        client, peer = (f"http://{self.gateway}:{port}" for port in (self.etcd_port, database.free_port()))
        self.etcd_log = open(self.folder + "/etcd.log", "ab")
        self.etcd = subprocess.Popen(["etcd", "--name", "one", "--data-dir", self.folder + "/etcd", "--listen-client-urls", client,
                                      "--advertise-client-urls", client, "--listen-peer-urls", peer,
                                      "--initial-advertise-peer-urls", peer, "--initial-cluster", "one=" + peer,
                                      "--unsafe-no-fsync"], stdout=self.etcd_log, stderr=self.etcd_log)
        for number in range(1, NODES + 1):
            self.nodes.append(Node(self, number))
        self.proxies = [database.Proxy(5432, node.address) for node in self.nodes]
        self.wait_until_whole()
        hosts = ",".join(f"127.0.0.1:{proxy.port}" for proxy in self.proxies)
        self.url = f"postgresql://postgres@{hosts}/postgres?target_session_attrs=read-write&connect_timeout=2"

    def primary(self):
        return next((node for node in self.nodes if node.is_primary()), None)

    def states(self):
        for node in self.nodes:
            status, body = call(f"http://{node.address}:8008/cluster")
            if status == 200:
                return {member["name"]: (member["role"], member["state"]) for member in json.loads(body)["members"]}
        return {}

    def is_whole(self):
        states = sorted(self.states().values())
        return [role for role, _ in states] == ["leader", "replica", "sync_standby"] and all(
            state in ("running", "streaming") for _, state in states)

    def wait_until_whole(self, seconds=120):
        until = time.monotonic() + seconds
        while not self.is_whole():
            if time.monotonic() > until:
                raise RuntimeError(f"the cluster is not whole: {self.states()}")
            time.sleep(0.5)

    def stop(self):
        for node in reversed(self.nodes):
            node.stop()
        if self.etcd:
            self.etcd.terminate()
            self.etcd.wait()
            self.etcd_log.close()
        for proxy in self.proxies:
            proxy.close()
        run("ip", "link", "del", self.bridge)
