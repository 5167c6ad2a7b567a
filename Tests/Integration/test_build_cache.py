"""Builds that take up what another kit has built: from a registry, a folder, an image."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from kit import Kit, KitCase
from registries import PEERS, Registry, sha256

DOCKERFILE = """\
FROM busybox AS tools
ARG WORD=hidden
WORKDIR /w
RUN head -c 200000 /dev/urandom > /big && cat /proc/sys/kernel/random/uuid > /when
RUN --mount=type=secret,id=s mkdir /out && cp /when /out/tool && test -s /run/secrets/s
FROM busybox
WORKDIR /tmp
COPY f /f
COPY --from=tools /out/tool /tool
RUN --mount=type=bind,from=tools,source=/out,target=/o cat /o/tool /f > /all; cat /proc/sys/kernel/random/uuid > /now
ENV A=b
"""


class Fresh:
    """A second kit, which has built nothing."""

    def __enter__(self):
        self.kit = Kit()
        return self.kit

    def __exit__(self, *_):
        left = self.kit.close()
        if left:
            raise AssertionError("left behind: " + "; ".join(left))


class BuildCache(KitCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="esc-c-", dir="/var/tmp")
        self.secret = "mot-de-passe-" + os.urandom(8).hex()
        for name, text in [("Dockerfile", DOCKERFILE), ("f", "content"), ("s", self.secret), (".dockerignore", "s\n")]:
            with open(f"{self.folder}/{name}", "w") as f:
                f.write(text)

    def tearDown(self):
        shutil.rmtree(self.folder)
        super().tearDown()

    @property
    def registry(self):
        if not hasattr(type(self), "served"):
            type(self).served = Registry()
            self.addClassCleanup(type(self).served.close)
        return type(self).served

    def build(self, *words, kit=None, status=0, env=None):
        iid = self.folder + "-id"
        result = (kit or self.kit).run(
            "build", "--progress", "plain", "--secret", f"id=s,src={self.folder}/s", "--iidfile", iid, *words, self.folder,
            env=env)
        if os.path.exists(iid):
            with open(iid) as f:
                result.id = f.read()
            os.unlink(iid)
        if status is not None:
            self.assertEqual(result.status, status, result)
        return result

    def reset(self):
        """The first kit forgets what it has built, so that each test builds anew."""
        self.escale("builder", "prune", "-a", "-f")

    def cached(self, result):
        return result.err.count("CACHED")

    def blobs(self, kit):
        return set(os.listdir(kit.root + "/images/blobs/sha256"))

    def manifest(self, name, tag):
        return self.registry.client().ask("GET", f"/v2/{name}/manifests/{tag}").json()

    def test_a_fresh_kit_runs_nothing_again(self):
        ref = f"{self.registry.host}/app:cache"
        first = self.build("--cache-to", f"type=registry,ref={ref},mode=max")
        self.assertIn(f"exporting cache to {ref}", first.err)
        self.assertNotIn("! ", first.err)
        layers = {layer["digest"][7:]: layer["size"] for layer in self.manifest("app", "cache")["layers"]}
        with Fresh() as kit:
            second = self.build("--cache-from", f"type=registry,ref={ref}", kit=kit)
            # Six layers, and WORKDIR /tmp, which makes none.
            self.assertEqual(self.cached(second), 6, second)
            self.assertEqual(second.id, first.id)
            # The tools' own layers stay where they are: nothing of them was needed but what was copied.
            self.assertEqual(len(layers), 6)
            here = self.blobs(kit) & set(layers)
            self.assertEqual(len(here), 3)
            self.assertTrue(all(layers[blob] < 100000 for blob in here))
            self.assertEqual(kit.run("image", "verify").status, 0)
            # Now the kit knows for itself what it took.
            self.assertEqual(self.cached(self.build("--cache-from", ref, kit=kit)), 6)
            # What changes is done again on the layers of the rest, which come now.
            with open(self.folder + "/Dockerfile", "a") as f:
                f.write("RUN --mount=type=bind,from=tools,target=/t test -s /t/big\n")
            self.assertEqual(self.cached(self.build("--cache-from", ref, kit=kit)), 6)

    def test_min_has_the_image_alone(self):
        ref = f"{self.registry.host}/min:cache"
        self.build("--cache-to", f"type=registry,ref={ref}")
        self.assertEqual(len(self.manifest("min", "cache")["layers"]), 3)
        with Fresh() as kit:
            # The tools are made again, and other than they were.
            second = self.build("--cache-from", f"type=registry,ref={ref}", kit=kit)
            self.assertEqual(self.cached(second), 1, second)

    def test_explains_where_a_step_was_done(self):
        ref = f"{self.registry.host}/told:cache"
        self.build("--cache-to", f"type=registry,ref={ref},mode=max")
        with Fresh() as kit:
            told = kit.run("explain", "build", "--json", "--secret", f"id=s,src={self.folder}/s", "--cache-from", ref, self.folder)
            steps = json.loads(told.out)["steps"]
            self.assertEqual({s["source"] for s in steps if s["reason"] == "hit"}, {ref})
            self.assertIn(f"reprise de {ref}", told.out)

    def test_a_folder_is_an_oci_layout(self):
        place = self.folder + "-cache"
        self.addCleanup(shutil.rmtree, place, True)
        first = self.build("--cache-to", f"type=local,dest={place},mode=max")
        index = json.load(open(place + "/index.json"))
        self.assertEqual(index["manifests"][0]["annotations"], {"org.opencontainers.image.ref.name": "latest"})
        inspected = subprocess.run(
            [PEERS, "skopeo", "--", "skopeo", "inspect", "--raw", "oci:" + place], capture_output=True, text=True)
        self.assertEqual(json.loads(inspected.stdout)["artifactType"], "application/vnd.escale.build-cache.v1")
        with Fresh() as kit:
            second = self.build("--cache-from", f"type=local,src={place}", kit=kit)
            self.assertEqual((self.cached(second), second.id), (6, first.id))
        # Written again, it keeps nothing of the last time.
        with open(self.folder + "/f", "w") as f:
            f.write("other")
        before = set(os.listdir(place + "/blobs/sha256"))
        self.build("--cache-to", f"type=local,dest={place},mode=max")
        after = set(os.listdir(place + "/blobs/sha256"))
        self.assertEqual((len(after), before < after), (len(before), False))

    def test_inline_goes_with_the_image(self):
        name = f"{self.registry.host}/inline:1"
        first = self.build("-t", name, "--cache-to", "type=inline")
        self.escale("push", name)
        self.assertIn("fr.escale.build-cache.v1", self.manifest("inline", "1")["annotations"])
        with open(self.folder + "/Dockerfile", "w") as f:
            f.write("FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /n\nRUN cat /proc/sys/kernel/random/uuid > /m\n")
        plain = f"{self.registry.host}/inline:2"
        first = self.build("-t", plain, "--build-arg", "BUILDKIT_INLINE_CACHE=1")
        self.escale("push", plain)
        with Fresh() as kit:
            second = self.build("--build-arg", "BUILDKIT_INLINE_CACHE=1", "--cache-from", plain, kit=kit)
            self.assertEqual((self.cached(second), second.id), (2, first.id))
            # An image that is here needs no registry.
            self.assertEqual(kit.run("tag", second.id, "ici").status, 0)
            kit.run("builder", "prune", "-a", "-f")
            third = self.build("--build-arg", "BUILDKIT_INLINE_CACHE=1", "--cache-from", "ici", kit=kit)
            self.assertEqual(self.cached(third), 2, third)

    def test_what_cannot_be_had_is_a_warning(self):
        self.build("--cache-to", f"type=registry,ref={self.registry.host}/empty:x")
        image = f"{self.registry.host}/image:x"
        self.escale("tag", "busybox", image)
        self.escale("push", image)
        for place in [f"{self.registry.host}/nothing", "127.0.0.1:9/closed", image, "type=local,src=/nowhere"]:
            result = self.build("--cache-from", place)
            self.assertIn("! cache not imported from", result.err)
        result = self.build("--cache-to", "type=registry,ref=127.0.0.1:9/closed")
        self.assertIn("! cache not exported to", result.err)
        for words in [("--cache-from", "type=gha"), ("--cache-to", "type=registry"), ("--cache-to", "type=inline,mode=max"),
                      ("--cache-from", "type=local,dest=x"), ("--cache-to", "type=local,dest=x,colour=red")]:
            self.assertEqual(self.build(*words, status=None).status, 1, words)

    def test_a_lying_cache_is_left(self):
        self.reset()
        place = self.folder + "-cache"
        self.addCleanup(shutil.rmtree, place, True)
        self.build("--cache-to", f"type=local,dest={place},mode=max")
        blobs = place + "/blobs/sha256/"
        manifest = json.load(open(blobs + json.load(open(place + "/index.json"))["manifests"][0]["digest"][7:]))
        layer = blobs + manifest["layers"][-1]["digest"][7:]
        whole = open(layer, "rb").read()

        def damaged(change):
            with open(layer, "wb") as f:
                f.write(change)
            with Fresh() as kit:
                result = self.build("--cache-from", f"type=local,src={place}", "-t", "essai", kit=kit)
                self.assertIn("! cache of", result.err)
                self.assertEqual(kit.run("run", "--rm", "essai", "grep", "-c", "content", "/all").out, "1\n")
                self.assertEqual(kit.run("image", "verify").status, 0)
        damaged(whole[:-1] + bytes([whole[-1] ^ 1]))
        damaged(whole[: len(whole) // 2])
        os.unlink(layer)
        with Fresh() as kit:
            self.assertIn("! cache of", self.build("--cache-from", f"type=local,src={place}", kit=kit).err)

    def test_a_layer_that_is_not_what_its_step_says_is_left(self):
        self.reset()
        place = self.folder + "-cache"
        self.addCleanup(shutil.rmtree, place, True)
        self.build("--cache-to", f"type=local,dest={place},mode=max")
        blobs = place + "/blobs/sha256/"
        index = json.load(open(place + "/index.json"))
        manifest = json.load(open(blobs + index["manifests"][0]["digest"][7:]))
        document = json.load(open(blobs + manifest["config"]["digest"][7:]))
        made = [step for step in document["steps"] if "layer" in step]
        self.assertNotEqual(made[0]["layer"], made[1]["layer"])
        made[0]["layer"], made[1]["layer"] = made[1]["layer"], made[0]["layer"]

        def put(data):
            data = json.dumps(data).encode()
            with open(blobs + sha256(data)[7:], "wb") as f:
                f.write(data)
            return {"digest": sha256(data), "size": len(data)}
        for broken in [document, dict(document, version=2), dict(document, steps=[{"key": "x"}]), []]:
            manifest["config"].update(put(broken))
            index["manifests"][0].update(put(manifest))
            with open(place + "/index.json", "w") as f:
                json.dump(index, f)
            with Fresh() as kit:
                result = self.build("--cache-from", f"type=local,src={place}", "-t", "essai", kit=kit)
                self.assertIn("! cache ", result.err)
                self.assertEqual(kit.run("run", "--rm", "essai", "grep", "-c", "content", "/all").out, "1\n")
                self.assertEqual(kit.run("image", "verify").status, 0)

    def test_nothing_secret_is_told(self):
        place = self.folder + "-cache"
        self.addCleanup(shutil.rmtree, place, True)
        word = "mot-" + os.urandom(8).hex()
        self.build("--build-arg", "WORD=" + word, "--cache-to", f"type=local,dest={place},mode=max")
        names = os.listdir(place + "/blobs/sha256")
        self.assertGreater(len(names), 6)
        for name in names:
            data = subprocess.run(["zcat", "-f", f"{place}/blobs/sha256/{name}"], capture_output=True).stdout
            for said in (self.secret, word, "/run/secrets", "hidden"):
                self.assertNotIn(said.encode(), data)

    def test_the_docker_client_takes_it_up(self):
        ref = f"{self.registry.host}/docker:cache"
        text = "FROM busybox\nCOPY f /f\nRUN cat /proc/sys/kernel/random/uuid > /n\n"
        with open(self.folder + "/Dockerfile", "w") as f:
            f.write(text)
        self.build("--cache-to", f"type=registry,ref={ref}")
        with Fresh() as kit:
            kit.start_daemon()
            result = kit.docker("build", "--cache-from", ref, self.folder, env={"DOCKER_BUILDKIT": "0"})
            self.assertEqual(result.out.count("Using cache"), 2, result)

    def test_a_login_counts_for_caches(self):
        home = tempfile.mkdtemp(prefix="esc-cl-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, home)
        self.escale("registry", "passwd", home + "/htpasswd", "eleve", input="mot-de-passe\n")
        registry = Registry("--htpasswd", home + "/htpasswd")
        self.addCleanup(registry.close)
        env = {"DOCKER_CONFIG": home + "/docker"}
        self.escale("login", "-u", "eleve", "--password-stdin", registry.host, input="mot-de-passe", env=env)
        place = f"type=registry,ref={registry.host}/app:cache,mode=max"
        self.assertIn("! cache not exported", self.build("--cache-to", place, env={"DOCKER_CONFIG": home}).err)
        self.assertNotIn("! ", self.build("--cache-to", place, env=env).err)
        with Fresh() as kit:
            nobody = self.build("--cache-from", place, kit=kit, env={"DOCKER_CONFIG": home})
            self.assertIn("no basic auth credentials", nobody.err)
            kit.run("builder", "prune", "-af")
            self.assertEqual(self.cached(self.build("--cache-from", place, kit=kit, env=env)), 6)

    def test_with_debians_registry(self):
        root = tempfile.mkdtemp(prefix="esc-dr-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, root)
        with open(root + "/config.yml", "w") as f:
            f.write(f"version: 0.1\nlog: {{level: info}}\nstorage: {{filesystem: {{rootdirectory: {root}/data}}}}\n"
                    "http: {addr: '127.0.0.1:0'}\n")
        process = subprocess.Popen(
            [PEERS, "docker-registry", "--", "docker-registry", "serve", root + "/config.yml"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.terminate)
        host = next(line.split("listening on ")[1].split('"')[0] for line in process.stderr if "listening on" in line)
        ref = f"{host}/app:cache"
        first = self.build("--cache-to", f"type=registry,ref={ref},mode=max")
        self.assertNotIn("! ", first.err)
        with Fresh() as kit:
            second = self.build("--cache-from", f"type=registry,ref={ref}", kit=kit)
            self.assertEqual((self.cached(second), second.id), (6, first.id))


if __name__ == "__main__":
    unittest.main()
