"""Where a build's files come from besides its folder: registries, addresses, git, other contexts."""
import json
import os

from builds import BuildCase
from registries import INDEX, MANIFEST, Registry, sha256


class BaseImages(BuildCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry()

    @classmethod
    def tearDownClass(cls):
        cls.registry.close()
        super().tearDownClass()

    def publish(self, name, dockerfile, *words):
        """An image that the registry has and the store has not."""
        whole = f"{self.registry.host}/{name}"
        self.build(dockerfile, "-t", whole, *words)
        self.escale("push", whole)
        self.escale("rmi", whole)
        return whole

    def test_a_missing_base_is_pulled(self):
        base = self.publish("base:1", "FROM busybox\nRUN echo base > /b\n")
        files = self.publish("files:1", "FROM scratch\nCOPY <<EOF /f\nfiles\nEOF\n")
        out = self.shown(
            f"FROM {base}\nCOPY --from={files} /f /\nRUN --mount=from={files},target=/m cat /m/f >> /b\n", "cat /b /f")
        self.assertEqual(out, "base\nfiles\nfiles\n")
        # Named as a pull would have named them.
        self.assertIn("base", self.escale("images", base).out)

    def test_pull_looks_for_a_newer_one(self):
        base = self.publish("newer:1", "FROM busybox\nRUN echo one > /n\n")
        text = f"FROM {base}\nRUN cp /n /copy\n"
        self.assertEqual(self.shown(text, "cat /copy"), "one\n")
        self.escale("tag", base, "kept:1")
        self.publish("newer:1", "FROM busybox\nRUN echo two > /n\n")
        self.escale("tag", "kept:1", base)
        self.assertEqual(self.shown(text, "cat /copy"), "one\n")
        self.assertEqual(self.shown(text, "cat /copy", "--pull"), "two\n")

    def test_a_platform_is_chosen_from_an_index(self):
        names = []
        for machine in ("amd64", "arm64"):
            name = f"{self.registry.host}/many:{machine}"
            self.build(f"FROM scratch\nCOPY <<EOF /m\n{machine}\nEOF\n", "-t", name, "--platform", f"linux/{machine}")
            self.assertEqual(json.loads(self.escale("image", "inspect", name).out)[0]["Architecture"], machine)
            self.escale("push", name)
            names.append(name)
        client = self.registry.client()
        manifests = []
        for machine in ("amd64", "arm64"):
            answer = client.ask("GET", f"/v2/many/manifests/{machine}", Accept=MANIFEST)
            manifests.append({
                "mediaType": MANIFEST, "size": len(answer.body), "digest": sha256(answer.body),
                "platform": {"os": "linux", "architecture": machine}})
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()
        put = client.ask("PUT", "/v2/many/manifests/t", index, Content_Type=INDEX)
        self.assertEqual(put.status, 201, put)
        self.escale("rmi", *names)
        many = f"{self.registry.host}/many:t"
        text = f"FROM {many} AS other\nFROM busybox\nCOPY --from=other /m /from\nCOPY --from={many} /m /copy\n"
        self.assertEqual(self.shown(text, "cat /from /copy"), "amd64\namd64\n")
        own = text.replace(f"FROM {many}", f"FROM --platform=linux/arm64 {many}")
        self.assertEqual(self.shown(own, "cat /from /copy"), "arm64\namd64\n")
        self.build(f"FROM {many}\nENV A=b\n", "-t", "essai", "--platform", "linux/arm64")
        self.assertEqual(json.loads(self.escale("image", "inspect", "essai").out)[0]["Architecture"], "arm64")
        self.escale("rmi", "-f", many, "essai")
        asked = self.escale("create", "--platform", "linux/s390x", many, "x", status=1)
        self.assertIn("no matching manifest for linux/s390x", asked.err)
        # Both are here, and the one that was asked for is taken.
        self.escale("pull", many)
        for machine in ("arm64", "amd64"):
            identity = self.escale("create", "--platform", f"linux/{machine}", many, "x").out.strip()
            self.assertEqual(self.escale("cp", f"{identity}:/m", "-").status, 0)
            image = json.loads(self.escale("inspect", identity).out)[0]["Image"]
            self.assertEqual(json.loads(self.escale("image", "inspect", image).out)[0]["Architecture"], machine)

    def test_offline_the_missing_image_is_named(self):
        result = self.build("FROM localhost:1/nothing:2\n", status=1)
        self.assertIn("No such image: localhost:1/nothing:2", result.err)
        self.assertIn("connection refused", result.err)
        self.assertIn("Dockerfile:1", result.err)
        # The kit's own names mean the kit's own images.
        result = self.build("FROM escale/nothing:1\n", status=1)
        self.assertIn("No such image: escale/nothing:1", result.err)
        self.assertNotIn("dial", result.err)

    def test_an_absent_tag_is_told_in_words(self):
        result = self.build(f"FROM {self.registry.host}/none:1\n", status=1)
        self.assertIn(f"manifest for {self.registry.host}/none:1 not found", result.err)

    def test_docker_client_has_its_base_pulled(self):
        base = self.publish("classic:1", "FROM busybox\nRUN echo classic > /c\n")
        self.file("Dockerfile", f"FROM {base}\nRUN cat /c\n")
        self.assertIn("classic", self.docker("build", self.folder, env={"DOCKER_BUILDKIT": "0"}).out)

    def test_a_login_counts_for_base_images(self):
        passwords = os.path.join(self.folder, "htpasswd")
        self.escale("registry", "passwd", passwords, "eleve", input="mot-de-passe\n")
        registry = Registry("--htpasswd", passwords)
        self.addCleanup(registry.close)
        env = {"DOCKER_CONFIG": os.path.join(self.folder, "docker")}
        base = f"{registry.host}/private:1"
        self.escale("login", "-u", "eleve", "--password-stdin", registry.host, input="mot-de-passe", env=env)
        self.escale("tag", "busybox", base)
        self.escale("push", base, env=env)
        self.escale("rmi", base)
        os.makedirs(os.path.join(self.folder, "empty"))
        nobody = self.build(f"FROM {base}\nENV A=b\n", status=1, env={"DOCKER_CONFIG": os.path.join(self.folder, "empty")})
        self.assertIn("no basic auth credentials", nobody.err)
        self.build(f"FROM {base}\nENV A=b\n", env=env)
