"""What becomes of a build's result: folders, archives, registries, files about it; the same digest everywhere."""
import hashlib
import io
import json
import os
import subprocess
import tarfile

from builds import BuildCase
from kit import ESCALE, Kit
from faulty_registry import peer
from registries import MANIFEST, Registry

SCRATCH = "FROM busybox AS b\nRUN mkdir -p /out/d && echo made > /out/d/f && chmod 640 /out/d/f && ln -s d/f /out/link\n" \
    "FROM scratch\nCOPY --from=b /out /\n"


class Outputs(BuildCase):
    def images(self):
        return sorted(self.escale("images", "-aq", "--no-trunc").out.split())

    def test_a_folder_gets_the_files(self):
        before = self.images()
        target = os.path.join(self.folder, "target")
        os.makedirs(target)
        open(os.path.join(target, "own"), "w").write("kept")
        for words in (("-o", target), ("--output", f"type=local,dest={target}/again")):
            self.build(SCRATCH, *words)
        for folder in (target, target + "/again"):
            self.assertEqual(open(folder + "/d/f").read(), "made\n")
            self.assertEqual(os.readlink(folder + "/link"), "d/f")
            self.assertEqual(os.stat(folder + "/d/f").st_mode & 0o777, 0o640)
        self.assertEqual(open(target + "/own").read(), "kept")
        # No image is left of it, and the cache is.
        self.assertEqual(self.images(), before)
        self.assertIn("CACHED", self.build(SCRATCH, "-o", target).err)

    def test_an_archive_of_the_files(self):
        path = os.path.join(self.folder, "files.tar")
        self.build(SCRATCH, "-o", f"type=tar,dest={path}")
        with tarfile.open(path) as tar:
            self.assertEqual(sorted(tar.getnames()), ["d", "d/f", "link"])
        done = subprocess.run([ESCALE, "build", "-q", "-o", "-", self.folder], env=self.kit.env, capture_output=True, check=True)
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as tar:
            self.assertEqual(tar.extractfile("d/f").read(), b"made\n")

    def test_archives_of_the_image(self):
        before = self.images()
        for kind in ("oci", "docker"):
            path = os.path.join(self.folder, f"{kind}.tar")
            self.build(SCRATCH, "-t", "nom:1", "-o", f"type={kind},dest={path}")
            shown = json.loads(peer("skopeo", "skopeo", "inspect", f"{kind}-archive:{path}").stdout)
            self.assertEqual(len(shown["Layers"]), 1)
        self.assertEqual(self.images(), before)
        self.assertIn("Loaded image: nom:1", self.escale("load", "-i", path).out)
        self.escale("rmi", "nom:1")
        layout = os.path.join(self.folder, "layout")
        self.build(SCRATCH, "-o", f"type=oci,tar=false,dest={layout}")
        self.assertTrue(os.path.exists(layout + "/oci-layout"))

    def test_a_registry(self):
        registry = Registry()
        self.addCleanup(registry.close)
        name = f"{registry.host}/poussee:1"
        about = os.path.join(self.folder, "about.json")
        self.build(SCRATCH, "-t", name, "--push", "--metadata-file", about)
        answer = registry.client().ask("GET", "/v2/poussee/manifests/1", Accept=MANIFEST)
        about = json.load(open(about))
        self.assertEqual(about["containerimage.digest"], "sha256:" + hashlib.sha256(answer.body).hexdigest())
        self.assertEqual(about["containerimage.config.digest"], answer.json()["config"]["digest"])
        self.assertEqual(about["image.name"], name)

    def test_what_is_no_output(self):
        for word, why in (("type=what", "type is required"), ("type=local", "dest is required")):
            self.assertIn(why, self.build(SCRATCH, "-o", word, status=1).err)

    def test_the_same_digest_in_another_kit(self):
        self.file("f", "content", 0o640)
        self.file("d/g", "below")
        text = ("FROM busybox\nWORKDIR /w/x\nCOPY --chown=5:6 . .\nADD d /a/\nRUN mkdir -p /r/s && echo $RANDOM > /dev/null "
                "&& ln -s x /r/l && echo y > /r/s/t && chmod 4755 /r/s/t\nCOPY --link f /linked/\nLABEL a=b\n")
        self.file("Dockerfile", text)
        digests = set()
        for number in range(2):
            kit = Kit()
            try:
                for path, _, names in os.walk(self.folder):
                    for name in names:
                        os.utime(os.path.join(path, name), (1_500_000_000 + number, 1_500_000_000 + number))
                about = self.folder + f"-{number}.json"
                result = kit.run("build", "--metadata-file", about, self.folder, env={"SOURCE_DATE_EPOCH": "1600000000"})
                self.assertEqual(result.status, 0, result)
                digests.add(open(about).read())
                os.unlink(about)
            finally:
                self.assertEqual(kit.close(), [])
        self.assertEqual(len(digests), 1, digests)
