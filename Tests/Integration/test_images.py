"""Images as archives, commits and imports: by our client, the real docker client and skopeo; kill -9 in between."""
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import tarfile
import tempfile
import time
import unittest

from kit import ESCALE, TOP, Kit
from registries import MANIFEST, Registry

PEERS = os.path.join(TOP, "Tests", "peers")


class Images(unittest.TestCase):
    def setUp(self):
        self.kit = Kit()
        self.kit.start_daemon()
        self.folder = tempfile.mkdtemp(prefix="esc-i-", dir="/var/tmp")

    def tearDown(self):
        ids = self.kit.run("ps", "-aq").out.split()
        if ids:
            self.kit.run("rm", "-f", *ids)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.assertEqual(self.kit.close(), [])

    def path(self, name):
        return os.path.join(self.folder, name)

    def ok(self, *words, **more):
        result = self.kit.run(*words, **more)
        self.assertEqual(result.status, 0, result)
        return result.out

    def docker(self, *words):
        result = self.kit.docker(*words)
        self.assertEqual(result.status, 0, result)
        return result.out

    def manifest(self, name):
        digests = json.loads(self.ok("image", "inspect", name))[0]["RepoDigests"]
        return digests[0].split("@")[1]

    def test_docker_commits_exports_and_imports(self):
        self.docker("run", "--name", "source", "busybox", "sh", "-c",
                    "echo hi >/root/f; rm /etc/passwd; rm -r /var/log; mkdir /var/log")
        self.docker("commit", "-m", "word", "-c", 'CMD ["cat", "/root/f"]', "-c", "ENV A='b c'", "source", "mine:1")
        self.assertEqual(self.docker("run", "--rm", "mine:1"), "hi\n")
        self.assertEqual(self.docker("run", "--rm", "mine:1", "sh", "-c", "echo $A; ls -d /etc/passwd /var/log 2>&1; true"),
                         "b c\nls: /etc/passwd: No such file or directory\n/var/log\n")
        self.assertIn("word", self.docker("history", "mine:1"))
        self.docker("export", "-o", self.path("c.tar"), "source")
        self.docker("import", "-c", 'CMD ["sh"]', self.path("c.tar"), "flat:1")
        self.assertEqual(self.docker("run", "--rm", "flat:1", "cat", "/root/f"), "hi\n")
        # A running one without what is mounted in it.
        self.docker("run", "-d", "--name", "alive", "-v", "/etc:/mnt/e", "busybox", "sleep", "600")
        self.docker("exec", "alive", "sh", "-c", "mkdir -p /srv; echo late >/srv/f")
        self.docker("export", "-o", self.path("a.tar"), "alive")
        self.docker("import", "-c", 'CMD ["sh"]', self.path("a.tar"), "flat:2")
        self.assertEqual(self.docker("run", "--rm", "--network", "none", "flat:2", "sh", "-c", "cat /srv/f; ls /mnt/e"), "late\n")
        self.docker("rm", "-f", "source", "alive")
        story = json.loads(self.ok("explain", "image", "--json", "mine:1"))
        self.assertIn("/etc/passwd", [c["path"] for c in story["layers"][1]["hidden"]])
        self.assertGreater(story["wasted"], 0)

    def test_save_and_load(self):
        before = self.manifest("escale/web:1")
        self.docker("save", "-o", self.path("d.tar"), "escale/web:1")
        self.ok("save", "-o", self.path("e.tar"), "escale/web:1")
        with open(self.path("d.tar"), "rb") as one, open(self.path("e.tar"), "rb") as two:
            self.assertEqual(one.read(), two.read())
        self.ok("save", "-o", self.path("layout") + "/", "escale/web:1")
        for archive in ("d.tar", "layout"):
            self.ok("rmi", "escale/web:1")
            self.assertIn("Loaded image: escale/web:1", self.ok("load", "-i", self.path(archive)))
            self.assertEqual(self.manifest("escale/web:1"), before)
        self.ok("rmi", "escale/web:1")
        self.assertIn("escale/web:1", self.docker("load", "-i", self.path("d.tar")))
        self.ok("image", "verify")

    def test_skopeo_reads_and_writes(self):
        def skopeo(*words):
            done = subprocess.run([PEERS, "skopeo", "--", "skopeo", "--insecure-policy", *words],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout
        before = self.manifest("busybox")
        self.ok("save", "-o", self.path("s.tar"), "busybox")
        for transport in ("oci-archive", "docker-archive"):
            facts = json.loads(skopeo("inspect", f"{transport}:{self.path('s.tar')}"))
            self.assertEqual(facts["Architecture"], "amd64")
        self.assertEqual(json.loads(skopeo("inspect", f"oci-archive:{self.path('s.tar')}"))["Digest"], before)
        # Read as it is on disk.
        skopeo("inspect", f"oci:{self.kit.root}/images:docker.io/library/busybox:latest")
        skopeo("copy", f"oci-archive:{self.path('s.tar')}", f"docker-archive:{self.path('k.tar')}:from/skopeo:1")
        skopeo("copy", f"oci-archive:{self.path('s.tar')}", f"oci-archive:{self.path('o.tar')}:from/skopeo:2")
        self.assertIn("from/skopeo:1", self.ok("load", "-i", self.path("k.tar")))
        self.assertIn("from/skopeo:2", self.ok("load", "-i", self.path("o.tar")))
        self.assertEqual(self.ok("run", "--rm", "from/skopeo:1", "echo", "yes"), "yes\n")
        self.ok("image", "verify")

    def test_zstd_layers_stay_as_they_are(self):
        registry = Registry()
        self.addCleanup(registry.close)
        self.ok("save", "-o", self.path("s.tar"), "busybox")
        # Two steps: what is compressed already stays so.
        for words in (["copy", f"docker-archive:{self.path('s.tar')}", f"dir:{self.path('plain')}", "--dest-decompress"],
                      ["copy", f"dir:{self.path('plain')}", f"docker://{registry.host}/z:1", "--dest-tls-verify=false",
                       "--format=oci", "--dest-compress-format=zstd"]):
            done = subprocess.run([PEERS, "skopeo", "--", "skopeo", "--insecure-policy", *words], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
        client = registry.client()
        pushed = client.ask("GET", "/v2/z/manifests/1", Accept=MANIFEST)
        layers = pushed.json()["layers"]
        self.assertEqual({layer["mediaType"] for layer in layers}, {"application/vnd.oci.image.layer.v1.tar+zstd"})
        self.ok("pull", registry.host + "/z:1")
        self.assertEqual(self.ok("run", "--rm", registry.host + "/z:1", "echo", "yes"), "yes\n")
        for layer in layers:
            with open(f"{self.kit.root}/images/blobs/sha256/{layer['digest'][7:]}", "rb") as blob:
                self.assertEqual(blob.read(4), b"\x28\xb5\x2f\xfd")
        self.ok("tag", registry.host + "/z:1", registry.host + "/again:1")
        self.ok("push", registry.host + "/again:1")
        again = client.ask("GET", "/v2/again/manifests/1", Accept=MANIFEST)
        self.assertEqual(again.body, pushed.body)
        # One built on it keeps them, and adds its own.
        with open(self.path("Dockerfile"), "w") as file:
            file.write(f"FROM {registry.host}/z:1\nRUN echo more > /more\n")
        self.ok("build", "-t", "on:zstd", self.folder)
        self.ok("save", "-o", self.path("on.tar"), "on:zstd")
        self.ok("rmi", "on:zstd")
        self.ok("load", "-i", self.path("on.tar"))
        self.assertEqual(self.ok("run", "--rm", "on:zstd", "cat", "/more"), "more\n")
        self.ok("image", "verify")

    def capabilities(self, name):
        """`security.capability` of /tool in every layer of an image that has the file."""
        found = []
        self.ok("save", "-o", self.path("caps.tar"), name)
        with tarfile.open(self.path("caps.tar")) as outer:
            for layer in json.load(outer.extractfile("manifest.json"))[0]["Layers"]:
                with tarfile.open(fileobj=outer.extractfile(layer), encoding="utf-8", errors="surrogateescape") as inner:
                    for entry in inner:
                        if entry.name.lstrip("./") == "tool":
                            text = entry.pax_headers.get("SCHILY.xattr.security.capability", "")
                            found.append(text.encode("utf-8", "surrogateescape"))
        return found

    def test_file_capabilities_survive(self):
        # capabilities(7), "File capability extended attribute versioning": version 2, effective, CAP_NET_RAW.
        value = struct.pack("<5I", 0x02000001, 1 << 13, 0, 0, 0)
        with open(self.path("tool"), "wb") as file:
            file.write(b"x")
        os.setxattr(self.path("tool"), "security.capability", value)
        with open(self.path("Dockerfile"), "w") as file:
            file.write("FROM busybox AS s\nCOPY tool /tool\nFROM busybox\nCOPY --from=s --chown=7 /tool /\n")
        self.ok("build", "-t", "caps:1", self.folder)
        self.assertEqual(self.capabilities("caps:1"), [value])
        self.ok("run", "--name", "box", "caps:1", "sh", "-c", "cp -p /tool /copy; touch /tool")
        self.ok("commit", "box", "caps:2")
        self.assertEqual(self.capabilities("caps:2"), [value, value])
        self.ok("rm", "box")
        # The layers are gone, then unpacked from the archive.
        self.ok("rmi", "caps:1", "caps:2")
        self.ok("builder", "prune", "-af")
        self.ok("load", "-i", self.path("caps.tar"))
        self.assertEqual(self.capabilities("caps:2"), [value, value])
        places = [f"{self.kit.root}/layers/{name}/fs/tool" for name in os.listdir(self.kit.root + "/layers")]
        unpacked = [os.getxattr(place, "security.capability") for place in places if os.path.exists(place)]
        self.assertEqual(unpacked, [value, value])
        self.docker("create", "--name", "out", "caps:2")
        self.docker("export", "-o", self.path("e.tar"), "out")
        self.docker("rm", "out")
        with tarfile.open(self.path("e.tar"), encoding="utf-8", errors="surrogateescape") as archive:
            kept = [entry.pax_headers for entry in archive if entry.name.lstrip("./") == "tool"]
            self.assertIn("SCHILY.xattr.security.capability", kept[0])

    def test_verify_repairs_what_can_be_brought_again(self):
        registry = Registry()
        self.addCleanup(registry.close)
        for name in ("pulled", "built"):
            with open(self.path("Dockerfile"), "w") as file:
                file.write(f"FROM busybox\nRUN echo {name} > /name\n")
            self.ok("build", "-t", f"{registry.host}/{name}:1", self.folder)
        self.ok("push", f"{registry.host}/pulled:1")

        def top(name):
            """The file of its last layer."""
            self.ok("save", "-o", self.path("d.tar"), name)
            with tarfile.open(self.path("d.tar")) as archive:
                return f"{self.kit.root}/images/" + json.load(archive.extractfile("manifest.json"))[0]["Layers"][-1]

        def damage(path):
            with open(path, "rb") as file:
                data = bytearray(file.read())
            data[len(data) // 2] ^= 1
            # Anew: the file is another kit's too.
            os.unlink(path)
            with open(path, "wb") as file:
                file.write(data)
        base, pulled, built = top("busybox"), top(f"{registry.host}/pulled:1"), top(f"{registry.host}/built:1")
        damage(base)
        damage(pulled)
        self.assertEqual(self.kit.run("image", "verify").status, 1)
        repaired = self.kit.run("image", "verify", "--repair")
        self.assertEqual(repaired.status, 0, repaired)
        self.ok("image", "verify")
        self.assertEqual(self.ok("run", "--rm", f"{registry.host}/pulled:1", "cat", "/name"), "pulled\n")
        damage(built)
        repaired = self.kit.run("image", "verify", "--repair")
        self.assertEqual(repaired.status, 1, repaired)
        self.assertIn(f"Non réparée : {registry.host}/built:1", repaired.err.replace("\u00a0", " "))

    def test_what_is_no_archive_of_images(self):
        with open(self.path("x"), "w") as file:
            file.write("text")
        self.assertEqual(self.kit.run("load", "-i", self.path("x")).status, 1)
        subprocess.run(["tar", "-cf", self.path("t.tar"), "-C", self.folder, "x"], check=True)
        result = self.kit.run("load", "-i", self.path("t.tar"))
        self.assertEqual(result.status, 1)
        self.assertIn("not an archive of images", result.err)
        self.assertEqual(self.kit.run("save", "-o", self.path("n.tar"), "none").status, 1)
        self.assertFalse(os.path.exists(self.path("n.tar")))

    def test_kill_at_any_moment(self):
        """What was acknowledged is there, the store verifies, and the next run does the work."""
        self.ok("save", "-o", self.path("a.tar"), "escale/web:1", "escale/web:2")
        self.ok("run", "--name", "source", "busybox", "sh", "-c", "head -c 3000000 /dev/urandom >/big")
        chance = random.Random(7)
        kept = []
        for i in range(int(os.environ.get("ESCALE_KILLS", "24"))):
            words = [
                ["load", "-i", self.path("a.tar")], ["commit", "source", f"made:{i}"], ["image", "prune", "-f"],
                ["rmi", "-f", "escale/web:1"]
            ][i % 4]
            daemon = self.kit.start_daemon()
            client = subprocess.Popen([ESCALE, *words], env=self.kit.env, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True)
            # A random moment is what is tested: nothing is waited for.
            time.sleep(chance.random() * 0.25)
            if i % 3 == 2:
                client.kill()
            else:
                os.kill(daemon, signal.SIGKILL)
            out, _ = client.communicate()
            if client.returncode == 0 and words[0] == "commit":
                kept.append((f"made:{i}", out.strip()))
            self.ok("image", "verify")
        for name, identity in kept:
            self.assertEqual(json.loads(self.ok("image", "inspect", name))[0]["Id"], identity)
        self.assertIn("escale/web:1", self.ok("load", "-i", self.path("a.tar")))
        self.ok("commit", "source", "last")
        self.ok("rm", "source")
        self.ok("image", "prune", "-a", "-f")
        self.ok("image", "verify")
        # Nothing of the killed is left behind.
        self.assertEqual([n for n in os.listdir(self.kit.root + "/layers") if n.startswith(".tmp")], [])


if __name__ == "__main__":
    unittest.main()
