"""Pull and push against Debian's docker-registry, whole and broken: nothing wrong is ever stored."""
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import unittest

from kit import ESCALE, KitCase, Terminal
from faulty_registry import DockerRegistry, FaultProxy, make_layout, peer, skopeo_copy, store_problems


class RegistryCase(KitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = DockerRegistry()
        cls.work = tempfile.mkdtemp(prefix="rc-", dir="/var/tmp")
        cls.kit.env["DOCKER_CONFIG"] = os.path.join(cls.work, "docker")

    @classmethod
    def tearDownClass(cls):
        cls.registry.close()
        shutil.rmtree(cls.work, ignore_errors=True)
        super().tearDownClass()

    def layout(self, name, layers, **more):
        """An image in the registry as `name:t`; gives the digest of what the name means."""
        folder = os.path.join(self.work, name)
        digest = make_layout(folder, layers, seed=name, **more)
        skopeo_copy(f"oci:{folder}:t", f"docker://{self.registry.host}/{name}:t")
        return digest

    def remote_digest(self, name):
        done = peer("skopeo", "skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{name}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return "sha256:" + hashlib.sha256(done.stdout.encode()).hexdigest()

    def forget(self, name):
        self.kit.run("rmi", "-f", name)

    def assertStoreVerifies(self):
        self.assertEqual(store_problems(self.kit.root), [])


class PullAndPush(RegistryCase):
    def test_pull_brings_the_digest_and_runs_up_to_date(self):
        digest = self.layout("plain", [200_000, 10, 50_000])
        name = f"{self.registry.host}/plain:t"
        first = self.escale("pull", name)
        self.assertIn(f"Digest: {digest}", first.out)
        self.assertIn(f"Status: Downloaded newer image for {name}", first.out)
        self.assertEqual(first.out.count("Pull complete"), 3)
        again = self.escale("pull", name)
        self.assertIn(f"Status: Image is up to date for {name}", again.out)
        self.assertEqual(self.escale("images", "-q", "--no-trunc", name).out.count("sha256:"), 1)
        quiet = self.escale("pull", "-q", f"{self.registry.host}/plain@{digest}")
        self.assertEqual(quiet.out.split(), [f"{self.registry.host}/plain@{digest}"])

    def test_layers_that_are_here_are_not_asked_for(self):
        self.layout("shared", [100_000, 30_000])
        self.escale("pull", f"{self.registry.host}/shared:t")
        folder = os.path.join(self.work, "shared")
        skopeo_copy(f"oci:{folder}:t", f"docker://{self.registry.host}/shared2:t")
        before = len(self.registry.requests())
        self.escale("pull", f"{self.registry.host}/shared2:t")
        asked = [p for m, p, _ in self.registry.requests()[before:] if m == "GET" and "/blobs/" in p]
        self.assertEqual(asked, [])

    def test_docker_media_types(self):
        self.layout("oci", [40_000])
        skopeo_copy(f"docker://{self.registry.host}/oci:t", f"docker://{self.registry.host}/dockerish:t",
                    "--format", "v2s2")
        digest = self.remote_digest(f"{self.registry.host}/dockerish:t")
        self.assertIn(digest, self.escale("pull", f"{self.registry.host}/dockerish:t").out)

    def test_platforms(self):
        digest = self.layout("many", [20_000], platforms=("arm64", "amd64"))
        name = f"{self.registry.host}/many:t"
        self.assertIn(digest, self.escale("pull", name).out)
        self.assertEqual(json.loads(self.escale("inspect", name).out)[0]["Architecture"], "amd64")
        result = self.escale("pull", "--platform", "linux/s390x", name, status=1)
        self.assertIn("no matching manifest for linux/s390x in the manifest list entries", result.err)
        self.assertIn("linux/arm64", result.err)
        self.escale("pull", "--platform", "linux/arm64", name)
        self.assertEqual(json.loads(self.escale("inspect", name).out)[0]["Architecture"], "arm64")

    def test_push_keeps_the_digest_and_sends_nothing_twice(self):
        digest = self.layout("origin", [150_000, 60_000])
        host = self.registry.host
        self.escale("pull", f"{host}/origin:t")
        self.escale("tag", f"{host}/origin:t", f"{host}/copy/of/it:new")
        before = len(self.registry.requests())
        pushed = self.escale("push", f"{host}/copy/of/it:new")
        self.assertIn(f"new: digest: {digest} size: ", pushed.out)
        # Mounted from where we have it; nothing was uploaded but the configuration.
        self.assertEqual(pushed.out.count("Mounted from origin"), 2)
        uploads = [p for m, p, s in self.registry.requests()[before:] if m == "PUT" and "/blobs/" in p]
        self.assertLessEqual(len(uploads), 1)
        self.assertEqual(self.remote_digest(f"{host}/copy/of/it:new"), digest)
        again = self.escale("push", f"{host}/copy/of/it:new")
        self.assertEqual(again.out.count("Layer already exists"), 2)

    def test_what_we_push_skopeo_reads(self):
        host = self.registry.host
        self.escale("tag", "busybox", f"{host}/ours:1")
        self.escale("push", f"{host}/ours:1")
        target = os.path.join(self.work, "ours")
        skopeo_copy(f"docker://{host}/ours:1", f"oci:{target}:1")
        self.forget(f"{host}/ours:1")
        self.escale("run", "--rm", f"{host}/ours:1", "true")

    def test_errors_in_words(self):
        host = self.registry.host
        absent = self.escale("pull", f"{host}/nothing:here", status=1)
        self.assertIn(f"manifest for {host}/nothing:here not found: manifest unknown", absent.err)
        self.assertIn("does not exist locally", self.escale("push", f"{host}/nothing:here", status=1).err)
        closed = self.escale("pull", "localhost:1/x", status=1)
        self.assertIn("connection refused", closed.err)
        missing = self.escale("run", "--pull", "never", f"{host}/nothing:here", "true", status=125)
        self.assertIn("No such image", missing.err)

    def test_docker_client(self):
        digest = self.layout("real", [90_000, 5_000])
        host = self.registry.host
        pulled = self.docker("pull", f"{host}/real:t")
        self.assertIn(f"Digest: {digest}", pulled.out)
        self.docker("tag", f"{host}/real:t", f"{host}/real2:t")
        self.assertIn(digest, self.docker("push", f"{host}/real2:t").out)
        self.assertIn("manifest unknown", self.docker("pull", f"{host}/real:absent", status=1).err)
        self.forget(f"{host}/ours:1")
        self.escale("tag", "busybox", f"{host}/runs:1")
        self.escale("push", f"{host}/runs:1")
        self.forget(f"{host}/runs:1")
        self.docker("run", "--rm", f"{host}/runs:1", "true")

    def test_bars_on_a_terminal(self):
        self.layout("bars", [3_000_000, 10_000])
        terminal = Terminal([ESCALE, "pull", f"{self.registry.host}/bars:t"], self.kit.env)
        terminal.expect(r"\x1b\[\d+A.*Pull complete")
        terminal.expect("Status: Downloaded newer image")
        terminal.wait()


class Credentials(RegistryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.locked = DockerRegistry(tls=True, user="ada", password="lovelace é:1")

    @classmethod
    def tearDownClass(cls):
        cls.locked.close()
        super().tearDownClass()

    def test_login_push_pull_logout(self):
        host = self.locked.host
        self.escale("tag", "busybox", f"{host}/secret:1")
        refused = self.escale("push", f"{host}/secret:1", status=1)
        self.assertIn("no basic auth credentials", refused.err)
        self.assertIn(f"escale login {host}", refused.err)
        wrong = self.escale("login", "-u", "ada", "--password-stdin", host, input="no\n", status=1)
        self.assertIn("unauthorized", wrong.err)
        self.escale("login", "-u", "ada", "--password-stdin", host, input="lovelace é:1\n")
        config = os.path.join(self.kit.env["DOCKER_CONFIG"], "config.json")
        self.assertEqual(os.stat(config).st_mode & 0o777, 0o600)
        self.assertIn(host, json.load(open(config))["auths"])
        self.escale("push", f"{host}/secret:1")
        self.forget(f"{host}/secret:1")
        # Docker's client reads the same file.
        self.docker("pull", f"{host}/secret:1")
        self.escale("logout", host)
        self.assertIn("no basic auth credentials", self.escale("pull", f"{host}/secret:1", status=1).err)

    def test_credential_helper(self):
        host = self.locked.host
        folder = os.path.join(self.work, "bin")
        os.makedirs(folder)
        helper = os.path.join(folder, "docker-credential-test")
        with open(helper, "w") as f:
            f.write("#!/bin/sh\nread server\n[ \"$1 $server\" = 'get %s' ] || { echo credentials not found in native "
                    "keychain; exit 1; }\necho '{\"Username\":\"ada\",\"Secret\":\"lovelace é:1\"}'\n" % host)
        os.chmod(helper, 0o755)
        config = os.path.join(self.work, "helped")
        os.makedirs(config)
        json.dump({"credHelpers": {host: "test"}}, open(os.path.join(config, "config.json"), "w"))
        env = {"DOCKER_CONFIG": config, "PATH": folder + ":" + os.environ["PATH"]}
        self.escale("tag", "busybox", f"{host}/helped:1")
        self.escale("push", f"{host}/helped:1", env=env)

    def test_mirror(self):
        self.layout("library/mirrored", [1000])
        os.makedirs(os.path.join(self.kit.root, "config"), exist_ok=True)
        path = os.path.join(self.kit.root, "config", "daemon.json")
        json.dump({"registry-mirrors": ["http://" + self.registry.host]}, open(path, "w"))
        try:
            # The tag stands at the mirror only: no line leaves this machine.
            self.assertIn("mirrored:t", self.escale("pull", "mirrored:t").out)
        finally:
            os.unlink(path)


class Faults(RegistryCase):
    def proxied(self, fault):
        proxy = FaultProxy(self.registry.port, fault)
        self.addCleanup(proxy.close)
        return proxy

    def test_cut_downloads_go_on_where_they_were_cut(self):
        digest = self.layout("cut", [800_000, 400_000])
        proxy = self.proxied(lambda m, p, n: "cut" if m == "GET" and "/blobs/" in p and n < 3 else None)
        self.assertIn(digest, self.escale("pull", f"{proxy.host}/cut:t").out)
        self.assertTrue(all(r.startswith("bytes=") and r != "bytes=0-" for r in proxy.ranges) and proxy.ranges)
        self.assertStoreVerifies()

    def test_busy_servers_are_asked_again(self):
        digest = self.layout("busy", [50_000])
        for status in (429, 500, 503):
            proxy = self.proxied(lambda m, p, n, s=status: s if n < 2 else None)
            self.assertIn(digest, self.escale("pull", f"{proxy.host}/busy:t").out)
            self.forget(f"{proxy.host}/busy:t")

    def test_a_refusal_that_stays_is_told(self):
        self.layout("refused", [1000])
        proxy = self.proxied(lambda m, p, n: 403 if "/manifests/" in p else None)
        self.assertIn("pull access denied", self.escale("pull", f"{proxy.host}/refused:t", status=1).err)

    def test_wrong_bytes_are_never_stored(self):
        self.layout("wrong", [300_000])
        proxy = self.proxied(lambda m, p, n: "wrong" if m == "GET" and "/blobs/" in p else None)
        result = self.escale("pull", f"{proxy.host}/wrong:t", status=1)
        self.assertIn("does not match its digest", result.err)
        self.assertStoreVerifies()
        proxy.fault = lambda m, p, n: None
        self.escale("pull", f"{proxy.host}/wrong:t")
        self.assertStoreVerifies()

    def test_a_wrong_copy_once_is_mended(self):
        digest = self.layout("mended", [300_000])
        proxy = self.proxied(lambda m, p, n: "wrong" if m == "GET" and "/blobs/" in p and n < 1 else None)
        self.assertIn(digest, self.escale("pull", f"{proxy.host}/mended:t").out)
        self.assertStoreVerifies()

    def test_a_wrong_manifest_is_refused(self):
        self.layout("forged", [1000])
        proxy = self.proxied(lambda m, p, n: "wrong" if "/manifests/" in p else None)
        self.escale("pull", f"{proxy.host}/forged:t", status=1)
        self.assertStoreVerifies()

    def test_answers_that_end_early_without_saying_so(self):
        digest = self.layout("early", [500_000])
        proxy = self.proxied(lambda m, p, n: "short" if m == "GET" and "/blobs/" in p and n < 2 else None)
        self.assertIn(digest, self.escale("pull", f"{proxy.host}/early:t").out)
        self.assertStoreVerifies()

    def test_cut_uploads_are_finished(self):
        digest = self.layout("up", [700_000, 2_000])
        self.escale("pull", f"{self.registry.host}/up:t")
        cuts = []

        def fault(method, path, _):
            # The first two only: a registry may refuse to go on with a cut upload, and each new one has a new address.
            if method in ("PUT", "PATCH") and "/blobs/uploads/" in path and len(cuts) < 2:
                cuts.append(path)
                return "cut-upload"
            return None

        proxy = self.proxied(fault)
        self.escale("tag", f"{self.registry.host}/up:t", f"{proxy.host}/up-again:t")
        self.assertIn(digest, self.escale("push", f"{proxy.host}/up-again:t").out)
        self.assertEqual(self.remote_digest(f"{self.registry.host}/up-again:t"), digest)
        self.assertEqual(len(cuts), 2)

    def test_busy_servers_get_the_push_again(self):
        proxy = self.proxied(lambda m, p, n: 500 if n < 1 else None)
        self.escale("tag", "busybox", f"{proxy.host}/pushed-again:1")
        self.escale("push", f"{proxy.host}/pushed-again:1")


class Kills(RegistryCase):
    """kill -9 of client and daemon in the middle: the next run finishes, and nothing wrong is kept."""

    ROUNDS = int(os.environ.get("ESCALE_KILLS", "8"))

    def kill(self, which, daemon, client):
        """One of them; a client that is done already has nothing to lose."""
        if which == "daemon":
            os.kill(daemon, signal.SIGKILL)
        else:
            client.kill()
        client.wait(30)

    def test_pull(self):
        digest = self.layout("killed", [900_000, 500_000, 300_000])
        proxy = FaultProxy(self.registry.port, lambda m, p, n: "slow" if m == "GET" and "/blobs/" in p else None)
        self.addCleanup(proxy.close)
        rng = random.Random(4)
        name = f"{proxy.host}/killed:t"
        for _ in range(self.ROUNDS):
            daemon = self.kit.start_daemon()
            proxy.reached.clear()
            client = subprocess.Popen([ESCALE, "pull", name], env=self.kit.env, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            proxy.reached.wait(10)
            # Somewhere in the half second that the layers take.
            try:
                client.wait(rng.random() * 0.5)
            except subprocess.TimeoutExpired:
                pass
            self.kill(rng.choice(["daemon", "daemon", "client"]), daemon, client)
            self.assertStoreVerifies()
            proxy.fault = lambda m, p, n: None
            self.assertIn(digest, self.escale("pull", name).out)
            self.assertStoreVerifies()
            self.forget(name)
            proxy.fault = lambda m, p, n: "slow" if m == "GET" and "/blobs/" in p else None

    def test_push(self):
        digest = self.layout("sent", [900_000, 500_000])
        self.escale("pull", f"{self.registry.host}/sent:t")
        rng = random.Random(5)
        for i in range(self.ROUNDS):
            name = f"{self.registry.host}/sent-{i}:t"
            self.escale("tag", f"{self.registry.host}/sent:t", name)
            daemon = self.kit.start_daemon()
            client = subprocess.Popen([ESCALE, "push", name], env=self.kit.env, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            try:
                client.wait(rng.random() * 0.06)
            except subprocess.TimeoutExpired:
                pass
            self.kill(rng.choice(["daemon", "client"]), daemon, client)
            self.assertIn(digest, self.escale("push", name).out)
            self.assertEqual(self.remote_digest(name), digest)
        self.assertStoreVerifies()


if __name__ == "__main__":
    unittest.main()
