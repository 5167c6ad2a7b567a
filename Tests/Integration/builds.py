"""What tests of builds share: a context of their own, and a build of it."""
import os
import shutil
import tempfile

from kit import KitCase


class BuildCase(KitCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="esc-b-", dir="/var/tmp")

    def tearDown(self):
        shutil.rmtree(self.folder)
        super().tearDown()

    def file(self, path, text, mode=0o644):
        whole = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w") as f:
            f.write(text)
        os.chmod(whole, mode)

    def build(self, dockerfile, *words, **more):
        self.file("Dockerfile", dockerfile)
        return self.escale("build", "--progress", "plain", *words, self.folder, **more)

    def shown(self, dockerfile, command, *words, **more):
        """What a command prints in the built image."""
        self.build(dockerfile, "-t", "essai", *words, **more)
        return self.escale("run", "--rm", "essai", "sh", "-c", command).out
