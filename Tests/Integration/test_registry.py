"""escale registry: the protocol, real clients, logins, kill -9, garbage collection."""
import http.client
import json
import os
import random
import re
import select
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from kit import ESCALE
from machine import Machine, MachineCase
from registries import MANIFEST, PEERS, Registry, sha256


class RegistryCase(unittest.TestCase):
    options = ()

    def setUp(self):
        self.registry = Registry(*self.options)
        self.addCleanup(self.registry.close)
        self.client = self.registry.client()

    def refused(self, answer, status, code):
        self.assertEqual((answer.status, answer.code), (status, code), answer)


class Protocol(RegistryCase):
    def test_chunks_and_ranges(self):
        data = os.urandom(3000)
        place = self.client.begin("a/b")
        first = self.client.ask("PATCH", place, data[:1000], Content_Range="0-999")
        self.assertEqual((first.status, first.headers["Range"]), (202, "0-999"))
        # Out of order, and a length that is none.
        late = self.client.ask("PATCH", place, data[2000:], Content_Range="2000-2999")
        self.refused(late, 416, "BLOB_UPLOAD_INVALID")
        self.assertEqual(late.headers["Range"], "0-999")
        self.refused(self.client.ask("PATCH", place, b"xx", Content_Range="1000-1999"), 400, "SIZE_INVALID")
        status = self.client.ask("GET", place)
        self.assertEqual((status.status, status.headers["Range"]), (204, "0-999"))
        self.client.ask("PATCH", place, data[1000:2000])
        last = self.client.ask("PUT", f"{place}?digest={sha256(data)}", data[2000:], Content_Range="2000-2999")
        self.assertEqual(last.status, 201, last)
        blob = last.headers["Location"]
        self.assertEqual(self.client.ask("GET", blob).body, data)
        for header, part in (("bytes=5-9", data[5:10]), ("bytes=-7", data[-7:]), ("bytes=2990-", data[2990:])):
            answer = self.client.ask("GET", blob, Range=header)
            self.assertEqual((answer.status, answer.body), (206, part))
        self.assertEqual(self.client.ask("GET", blob, Range="bytes=3000-").status, 416)
        self.assertEqual(self.client.ask("GET", place).status, 404)

    def test_large_blob(self):
        data = os.urandom(1 << 20) * 20
        self.client.push_blob("large", data)
        answer = self.client.ask("GET", f"/v2/large/blobs/{sha256(data)}")
        self.assertEqual(sha256(answer.body), sha256(data))

    def test_wrong_content_is_refused(self):
        place = self.client.begin("a")
        self.refused(self.client.ask("PUT", f"{place}?digest={sha256(b'x')}", b"y"), 400, "DIGEST_INVALID")
        self.refused(self.client.ask("PUT", f"{place}?digest={sha256(b'y')}", b"y"), 404, "BLOB_UPLOAD_UNKNOWN")
        self.refused(self.client.ask("PUT", f"{self.client.begin('a')}?digest=md5:0", b""), 400, "DIGEST_INVALID")
        self.refused(self.client.ask("GET", f"/v2/a/blobs/{sha256(b'y')}"), 404, "BLOB_UNKNOWN")
        missing = {"mediaType": "x", "digest": sha256(b"none"), "size": 4}
        manifest = json.dumps({"schemaVersion": 2, "config": missing, "layers": []})
        answer = self.client.ask("PUT", "/v2/a/manifests/t", manifest, Content_Type=MANIFEST)
        self.refused(answer, 400, "MANIFEST_BLOB_UNKNOWN")
        self.refused(self.client.ask("PUT", "/v2/a/manifests/t", "{", Content_Type=MANIFEST), 400, "MANIFEST_INVALID")
        self.refused(self.client.ask("GET", "/v2/nobody/tags/list"), 404, "NAME_UNKNOWN")
        self.refused(self.client.ask("GET", "/v2/A/tags/list"), 400, "NAME_INVALID")
        self.refused(self.client.ask("POST", "/v2/a/blobs/uploads/", Origin="http://evil"), 403, "DENIED")

    def test_too_large_manifest(self):
        connection = http.client.HTTPConnection(self.registry.host, timeout=20)
        connection.putrequest("PUT", "/v2/a/manifests/t")
        connection.putheader("Content-Length", str(5 << 20))
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)

    def test_tags_referrers_and_removal(self):
        manifest = self.client.push_image("a", "v1")
        for tag in ("v2", "b", "A"):
            self.client.ask("PUT", f"/v2/a/manifests/{tag}", manifest, Content_Type=MANIFEST)
        page = self.client.ask("GET", "/v2/a/tags/list?n=2")
        self.assertEqual(page.json(), {"name": "a", "tags": ["A", "b"]})
        self.assertEqual(page.headers["Link"], '</v2/a/tags/list?n=2&last=b>; rel="next"')
        self.assertEqual(self.client.ask("GET", "/v2/a/tags/list?n=2&last=b").json()["tags"], ["v1", "v2"])
        subject = {"mediaType": MANIFEST, "digest": sha256(manifest), "size": len(manifest)}
        signature = self.client.push_image("a", None, subject=subject, artifactType="x/sig", annotations={"k": "v"})
        listed = self.client.ask("GET", f"/v2/a/referrers/{sha256(manifest)}").json()["manifests"]
        self.assertEqual(
            [(r["digest"], r["artifactType"], r["annotations"]) for r in listed],
            [(sha256(signature), "x/sig", {"k": "v"})])
        other = self.client.ask("GET", f"/v2/a/referrers/{sha256(manifest)}?artifactType=x/other")
        self.assertEqual((other.json()["manifests"], other.headers["OCI-Filters-Applied"]), ([], "artifactType"))
        self.assertEqual(self.client.ask("DELETE", "/v2/a/manifests/v1").status, 202)
        self.assertEqual(self.client.ask("GET", "/v2/a/manifests/v1").status, 404)
        self.assertEqual(self.client.ask("GET", "/v2/a/manifests/v2").body, manifest)
        self.assertEqual(self.client.ask("DELETE", f"/v2/a/manifests/{sha256(manifest)}").status, 202)
        self.assertEqual(self.client.ask("GET", "/v2/a/tags/list").json()["tags"], [])

    def test_mounts_share_the_bytes(self):
        data = os.urandom(1000)
        self.client.push_blob("a", data)
        answer = self.client.ask("POST", f"/v2/b/blobs/uploads/?mount={sha256(data)}&from=a")
        self.assertEqual(answer.status, 201)
        self.assertEqual(self.client.ask("DELETE", f"/v2/a/blobs/{sha256(data)}").status, 202)
        self.assertEqual(self.client.ask("GET", f"/v2/b/blobs/{sha256(data)}").body, data)
        self.assertEqual(self.client.ask("GET", f"/v2/a/blobs/{sha256(data)}").status, 404)
        self.assertEqual(
            self.client.ask("POST", f"/v2/b/blobs/uploads/?mount={sha256(b'none')}&from=a").status, 202)

    def test_any_path_is_answered(self):
        """Random requests, always the same ones: each gets an answer that is no failure of ours."""
        chosen = random.Random(4)
        words = ["v2", "a", "A", "..", "", "_uploads", "_oci", "blobs", "uploads", "manifests", "tags", "list", "latest",
                 "referrers", "_catalog", "sha256:" + "0" * 64, "sha256:0", "%2e%2e", "%00", "%c3%a9", "a" * 300,
                 "01234567-89ab-cdef-0123-456789abcdef", "?n=-1", "?digest=x", "?mount=sha256:" + "0" * 64 + "&from=..",
                 "?last=%ff", "index.json"]
        for _ in range(2000):
            path = "/" + "/".join(chosen.choice(words) for _ in range(chosen.randrange(1, 8)))
            if chosen.random() < 0.8:
                path = "/v2" + path
            method = chosen.choice(["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"])
            body = chosen.choice([None, b"", b"{}", os.urandom(10)])
            connection = self.client.connection
            connection.putrequest(method, path, skip_accept_encoding=True)
            connection.putheader("Content-Length", str(len(body or b"")))
            connection.endheaders(body)
            answer = connection.getresponse()
            answer.read()
            self.assertLess(answer.status, 500, f"{method} {path}")
        self.assertEqual(self.client.ask("GET", "/v2/").status, 200)
        self.assertEqual(sorted(os.listdir(self.registry.root)), ["blobs", "repositories"])


class Clients(RegistryCase):
    """Debian's skopeo, and what it makes of our files without us."""

    def skopeo(self, *words):
        done = subprocess.run([PEERS, "skopeo", "--", "skopeo", "--insecure-policy", *words], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_skopeo_there_and_back(self):
        manifest = self.client.push_image("classe/web", "1", layers=[os.urandom(5000)])
        host = self.registry.host
        for transport in (f"docker://{host}/ailleurs/web:2", f"oci:{self.registry.root}-copy:x"):
            self.skopeo("copy", "--preserve-digests", "--src-tls-verify=false", "--dest-tls-verify=false",
                        f"docker://{host}/classe/web:1", transport)
        self.addCleanup(subprocess.run, ["rm", "-rf", self.registry.root + "-copy"])
        self.assertEqual(self.client.ask("GET", "/v2/ailleurs/web/manifests/2").body, manifest)
        raw = self.skopeo("inspect", "--raw", f"oci:{self.registry.root}/repositories/ailleurs/web/_oci:2")
        self.assertEqual(raw.encode(), manifest)
        self.skopeo("delete", "--tls-verify=false", f"docker://{host}/ailleurs/web:2")
        self.assertEqual(self.client.ask("GET", "/v2/ailleurs/web/manifests/2").status, 404)


class Hosts(MachineCase):
    """Debian's dockerd and podman push an image, forget it and pull it again: it has the digest that it had."""

    @classmethod
    def boot(cls):
        machine = Machine("docker", "podman")
        machine.write(machine.path("etc/docker/daemon.json"), json.dumps({"data-root": machine.path("docker")}))
        machine.write(machine.path("etc/containers/policy.json"), '{"default": [{"type": "insecureAcceptAnything"}]}')
        machine.write(machine.path("etc/containers/storage.conf"), f"""
[storage]
driver = "overlay"
runroot = "/run/containers/storage"
graphroot = "{machine.path("podman")}"
""")
        cls.registry = machine.start(
            "registry", ESCALE, "registry", "serve", "--addr", "127.0.0.1:5000", "--root", machine.path("registry"))
        cls.daemon = machine.start("dockerd", "dockerd")
        machine.serve(cls.daemon, "dockerd", "docker", "load", "-i", machine.path("bb.tar"))
        return machine

    @classmethod
    def tearDownClass(cls):
        for process in (cls.daemon, cls.registry):
            process.terminate()
            process.wait()

    def test_docker(self):
        name = "127.0.0.1:5000/docker/bb:1"
        self.run_("docker", "tag", "bb", name)
        pushed = re.search("sha256:[0-9a-f]{64}", self.run_("docker", "push", name).out)[0]
        before = self.run_("docker", "inspect", "-f", "{{.Id}}", name).out
        self.run_("docker", "rmi", name, "bb")
        self.assertIn(pushed, self.run_("docker", "pull", name).out)
        self.assertEqual(self.run_("docker", "inspect", "-f", "{{.Id}}", name).out, before)
        self.run_("docker", "tag", name, "bb")

    def test_podman(self):
        name = "127.0.0.1:5000/podman/bb:1"
        self.run_("podman", "load", "-q", "-i", self.machine.path("bb.tar"))
        before = self.run_("podman", "inspect", "-f", "{{.Id}}", "docker.io/library/bb:latest").out
        self.run_("podman", "push", "-q", "--tls-verify=false", "docker.io/library/bb:latest", name)
        self.run_("podman", "rmi", "-a", "-f")
        self.run_("podman", "pull", "-q", "--tls-verify=false", name)
        self.assertEqual(self.run_("podman", "inspect", "-f", "{{.Id}}", name).out, before)


class Logins(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="esc-reg-keys-", dir="/var/tmp")
        cls.addClassCleanup(subprocess.run, ["rm", "-rf", cls.folder])
        cls.passwords = os.path.join(cls.folder, "htpasswd")
        for user in ("prof", "alice"):
            subprocess.run([ESCALE, "registry", "passwd", cls.passwords, user], input=f"secret-{user}\n", text=True,
                           check=True)
        cls.access = os.path.join(cls.folder, "access")
        with open(cls.access, "w") as file:
            file.write("* read library/*\n+ write {user}/*   # chacun chez soi\nprof admin *\n")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{cls.folder}/key.pem",
             "-out", f"{cls.folder}/cert.pem"], check=True, capture_output=True)

    def registry(self, *more):
        registry = Registry("--htpasswd", self.passwords, "--access", self.access, *more)
        self.addCleanup(registry.close)
        return registry

    def test_rights(self):
        registry = self.registry()
        nobody, alice = registry.client(), registry.client("alice", "secret-alice")
        prof = registry.client("prof", "secret-prof")
        answer = nobody.ask("GET", "/v2/")
        self.assertEqual((answer.status, answer.headers["WWW-Authenticate"]), (401, 'Basic realm="escale"'))
        self.assertEqual(registry.client("alice", "wrong").ask("GET", "/v2/").status, 401)
        self.assertEqual(registry.client("mallory", "x").ask("GET", "/v2/").status, 401)
        self.assertEqual(alice.ask("GET", "/v2/").status, 200)
        prof.push_image("library/base", "1")
        alice.push_image("alice/web", "1")
        self.assertEqual(nobody.ask("GET", "/v2/library/base/manifests/1").status, 200)
        self.assertEqual(nobody.ask("GET", "/v2/alice/web/manifests/1").status, 401)
        self.assertEqual(alice.ask("POST", "/v2/library/base/blobs/uploads/").status, 403)
        self.assertEqual(alice.ask("DELETE", "/v2/alice/web/manifests/1").status, 403)
        self.assertEqual(alice.ask("GET", "/v2/_catalog").json(), {"repositories": ["alice/web", "library/base"]})
        self.assertEqual(prof.ask("DELETE", "/v2/alice/web/manifests/1").status, 202)
        # A blob that one may not read can't be taken by its digest.
        blob = prof.push_blob("prof/exam", b"answers")["digest"]
        for query in (f"mount={blob}", f"mount={blob}&from=prof/exam"):
            self.assertEqual(alice.ask("POST", f"/v2/alice/web/blobs/uploads/?{query}").status, 202)

    def test_tokens(self):
        registry = self.registry("--token")
        alice = registry.client("alice", "secret-alice")
        challenge = registry.client().ask("POST", "/v2/alice/web/blobs/uploads/").headers["WWW-Authenticate"]
        self.assertIn(f'Bearer realm="http://{registry.host}/token",service="escale"', challenge)
        self.assertIn('scope="repository:alice/web:pull,push"', challenge)
        token = alice.ask("GET", "/token?service=escale&scope=repository:alice/web:pull,push").json()["token"]
        bearer = registry.client()
        bearer.headers["Authorization"] = "Bearer " + token
        bearer.push_image("alice/web", "1")
        # Good for what it was asked for, and only as it is.
        self.assertEqual(bearer.ask("GET", "/v2/library/base/tags/list").status, 401)
        bearer.headers["Authorization"] = "Bearer " + token[:-1] + ("0" if token[-1] != "0" else "1")
        self.assertEqual(bearer.ask("GET", "/v2/alice/web/manifests/1").status, 401)

    def test_tls(self):
        registry = self.registry("--cert", f"{self.folder}/cert.pem", "--key", f"{self.folder}/key.pem")
        alice = registry.client("alice", "secret-alice", cafile=f"{self.folder}/cert.pem")
        data = os.urandom(1 << 20) * 5
        manifest = alice.push_image("alice/web", "1", layers=[data])
        self.assertEqual(alice.ask("GET", "/v2/alice/web/manifests/1").body, manifest)
        self.assertEqual(alice.ask("GET", f"/v2/alice/web/blobs/{sha256(data)}").body, data)

    def test_off_loopback_it_must_be_safe(self):
        done = subprocess.run([ESCALE, "registry", "serve", "--addr", "0.0.0.0:0", "--root", self.folder + "/r"],
                              capture_output=True, text=True, timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn("a registry there needs TLS and passwords", done.stderr)


class Crashes(RegistryCase):
    rounds = int(os.environ.get("ESCALE_REGISTRY_KILLS", "20"))

    def test_kill_9_loses_nothing_acknowledged(self):
        chosen = random.Random(9)
        kept = {}
        for round in range(self.rounds):
            stop = threading.Event()

            def push():
                number = 0
                client = self.registry.client()
                try:
                    while not stop.is_set():
                        name, tag = f"r{number % 3}", f"t{round}-{number}"
                        kept[name, tag] = client.push_image(name, tag, layers=[os.urandom(200000)])
                        number += 1
                except (OSError, http.client.HTTPException):
                    pass  # killed

            pusher = threading.Thread(target=push)
            pusher.start()
            time.sleep(chosen.random() * 0.2)
            self.registry.kill()
            stop.set()
            pusher.join()
            self.registry.start()
        client = self.registry.client()
        self.assertGreater(len(kept), self.rounds / 2)
        for (name, tag), manifest in kept.items():
            self.assertEqual(client.ask("GET", f"/v2/{name}/manifests/{tag}").body, manifest)
        verified = self.registry.verb("verify")
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.assertEqual(self.registry.verb("gc", "--grace", "0").returncode, 0)
        for name, _ in kept:
            self.assertEqual(os.listdir(f"{self.registry.root}/repositories/{name}/_uploads"), [])
        for (name, tag), manifest in kept.items():
            for layer in json.loads(manifest)["layers"]:
                self.assertEqual(client.ask("HEAD", f"/v2/{name}/blobs/{layer['digest']}").status, 200)

    def test_an_upload_goes_on_after_kill_9(self):
        data = os.urandom(100000)
        place = self.client.begin("a")
        self.client.ask("PATCH", place, data[:60000])
        self.registry.kill()
        self.registry.start()
        client = self.registry.client()
        self.assertEqual(client.ask("GET", place).headers["Range"], "0-59999")
        self.assertEqual(client.ask("PUT", f"{place}?digest={sha256(data)}", data[60000:]).status, 201)
        self.assertEqual(client.ask("GET", f"/v2/a/blobs/{sha256(data)}").body, data)


class MirrorMode(RegistryCase):
    def test_what_is_missing_comes_once(self):
        layer = os.urandom(300000)
        manifest = self.client.push_image("classe/web", "1", layers=[layer])
        mirror = Registry("--mirror", self.registry.url)
        self.addCleanup(mirror.close)
        client = mirror.client()
        self.assertEqual(client.ask("HEAD", "/v2/classe/web/manifests/1").status, 200)
        self.assertEqual(client.ask("GET", "/v2/classe/web/manifests/1").body, manifest)
        blob = f"/v2/classe/web/blobs/{sha256(layer)}"
        self.assertEqual(client.ask("GET", blob).body, layer)
        self.refused(client.ask("GET", "/v2/classe/web/manifests/none"), 404, "MANIFEST_UNKNOWN")
        # Without the link, what came is still there.
        self.registry.kill()
        self.assertEqual(client.ask("GET", "/v2/classe/web/manifests/1").body, manifest)
        self.assertEqual(client.ask("GET", blob).body, layer)
        self.assertEqual(client.ask("GET", "/v2/classe/web/manifests/none").status, 502)


class Quotas(RegistryCase):
    options = ("--quota", "1m", "--quota-total", "1500k")

    def test_quotas(self):
        self.client.push_blob("a", os.urandom(700 << 10))
        answer = self.client.ask("PUT", self.client.begin("a") + "?digest=" + sha256(b""), os.urandom(700 << 10))
        self.refused(answer, 507, "DENIED")
        self.client.push_blob("b", os.urandom(700 << 10))
        answer = self.client.ask("PUT", self.client.begin("c") + "?digest=" + sha256(b""), os.urandom(700 << 10))
        self.refused(answer, 507, "DENIED")


class Housekeeping(RegistryCase):
    options = ("--upload-age", "1", "--max-blob", "1m")

    def test_limits_and_abandoned_uploads(self):
        answer = self.client.ask("PATCH", self.client.begin("a"), bytes(2 << 20))
        self.refused(answer, 413, "SIZE_INVALID")
        place = self.client.begin("a")
        deadline = time.monotonic() + 20
        while self.client.ask("GET", place).status != 404:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)

    def test_collection_while_it_serves(self):
        manifest = self.client.push_image("a", "1", layers=[b"kept"])
        untagged = self.client.push_image("a", None, layers=[b"untagged"])
        self.client.push_blob("a", b"lost")
        done = self.registry.verb("gc", "--grace", "0")
        self.assertIn("blobs removed: 1", done.stdout)
        self.assertEqual(self.client.ask("GET", f"/v2/a/manifests/{sha256(untagged)}").status, 200)
        done = self.registry.verb("gc", "--grace", "0", "--untagged")
        self.assertIn("manifests removed: 1\nblobs removed: 3", done.stdout)
        self.assertEqual(self.client.ask("GET", f"/v2/a/manifests/{sha256(untagged)}").status, 404)
        self.assertEqual(self.client.ask("GET", "/v2/a/manifests/1").body, manifest)
        self.assertEqual(self.client.ask("GET", f"/v2/a/blobs/{sha256(b'kept')}").body, b"kept")
        self.assertIn("a\t", self.registry.verb("ls").stdout)
        self.assertEqual(self.registry.verb("rm", "a:1").returncode, 0)
        self.assertEqual(self.client.ask("GET", "/v2/a/manifests/1").status, 404)
        self.assertEqual(self.registry.verb("rm", "a").returncode, 0)
        self.assertEqual(self.client.ask("GET", "/v2/_catalog").json(), {"repositories": []})
        self.assertEqual(self.registry.verb("rm", "a").returncode, 1)

    def test_metrics(self):
        self.client.push_image("a", "1")
        self.client.ask("GET", "/v2/a/manifests/1")
        text = self.client.ask("GET", "/metrics").body.decode()
        self.assertIn('escale_registry_requests_total{method="GET",code="200"} 1\n', text)
        self.assertIn('escale_registry_requests_total{method="PUT",code="201"} 3\n', text)


class InBackground(unittest.TestCase):
    """`escale registry start`: one process a folder, and none after the session."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="esc-reg-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, self.folder)
        self.run_folder = os.path.join(self.folder, "run")
        self.session = subprocess.Popen(["sleep", "infinity"])
        self.addCleanup(self.end_session)

    def end_session(self):
        self.session.kill()
        self.session.wait()

    def verb(self, *words, session=True):
        more = {"ESCALE_SESSION": str(self.session.pid)} if session else {}
        return subprocess.run(
            [ESCALE, "registry", *words], cwd=self.folder, capture_output=True, text=True, timeout=30,
            env={**os.environ, "ESCALE_RUN": self.run_folder, **more})

    def running(self):
        return json.loads(self.verb("ps", "--json").stdout)

    def test_start_and_stop(self):
        begun = self.verb("start", "depot", "--port", "0", session=False)
        self.assertEqual(begun.returncode, 0, begun.stderr)
        [entry] = self.running()
        self.assertEqual(entry["root"], os.path.join(self.folder, "depot"))
        host = entry["url"].removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=20)
        connection.request("GET", "/v2/")
        self.assertEqual(connection.getresponse().status, 200)
        again = self.verb("start", "./depot/", "--port", "0")
        self.assertEqual((again.returncode, "already running" in again.stderr), (1, True), again.stderr)
        taken = self.verb("start", "autre", "--port", host.split(":")[1])
        self.assertEqual((taken.returncode, "in use" in taken.stderr), (1, True), taken.stderr)
        process = os.pidfd_open(entry["pid"])
        self.addCleanup(os.close, process)
        self.assertEqual(self.verb("stop", "depot").returncode, 0)
        self.assertTrue(select.select([process], [], [], 0)[0])
        self.assertEqual(self.running(), [])
        self.assertEqual(self.verb("stop", "depot").returncode, 1)

    def test_ends_with_its_session(self):
        self.verb("start", "depot", "--port", "0")
        [entry] = self.running()
        process = os.pidfd_open(entry["pid"])
        self.addCleanup(os.close, process)
        self.end_session()
        self.assertTrue(select.select([process], [], [], 20)[0])
        self.assertEqual(self.running(), [])

    def test_a_killed_one_is_not_running(self):
        self.verb("start", "depot", "--port", "0")
        [entry] = self.running()
        process = os.pidfd_open(entry["pid"])
        self.addCleanup(os.close, process)
        os.kill(entry["pid"], 9)
        self.assertTrue(select.select([process], [], [], 20)[0])
        self.assertEqual(self.running(), [])
        self.assertEqual(self.verb("start", "depot", "--port", "0").returncode, 0)
