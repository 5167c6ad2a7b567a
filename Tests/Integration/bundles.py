"""Bundles of a busybox root, made by hand and given to escale-runtime; proof at the end that nothing is left."""
import atexit
import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest

from kit import BIN

# Another runtime can be given, to see what the same tests say of it.
RUNTIME = os.environ.get("ESCALE_TEST_RUNTIME", os.path.join(BIN, "escale-runtime"))
BUSYBOX = "/bin/busybox"


def needs_root(test):
    return unittest.skipUnless(os.geteuid() == 0 and os.path.exists(BUSYBOX), "needs root and busybox-static")(test)


class Bundles(unittest.TestCase):
    def setUp(self):
        self.base = tempfile.mkdtemp(prefix="escale-oci-", dir="/var/tmp")
        os.chmod(self.base, 0o755)
        self.rootfs = os.path.join(self.base, "rootfs")
        for folder in ("bin", "etc", "tmp"):
            os.makedirs(os.path.join(self.rootfs, folder))
        shutil.copy(BUSYBOX, os.path.join(self.rootfs, "bin", "busybox"))
        for applet in ("sh", "true", "sleep", "cat", "id", "ps", "mount", "unshare", "grep", "echo", "ls", "touch",
                       "mknod", "readlink", "find", "chmod"):
            os.symlink("busybox", os.path.join(self.rootfs, "bin", applet))
        self.name = os.path.basename(self.base)

        # Last of all, after what the test itself undoes.
        self.addCleanup(self.finish)

    def finish(self):
        left = self.leftovers()
        shutil.rmtree(self.base, ignore_errors=bool(left))
        self.assertEqual(left, [])

    def spec(self, args, folder="b", change=lambda spec: None, options=()):
        bundle = os.path.join(self.base, folder)
        os.makedirs(bundle, exist_ok=True)
        path = os.path.join(bundle, "config.json")
        if os.path.exists(path):
            os.unlink(path)
        subprocess.run([RUNTIME, "spec", "-b", bundle, *options], check=True)
        spec = json.load(open(path))
        spec["process"].update(terminal=False, args=args)
        spec["root"].update(path=self.rootfs, readonly=False)
        spec["linux"]["cgroupsPath"] = f"/{self.name}/{folder}"
        change(spec)
        json.dump(spec, open(path, "w"))
        return bundle

    @property
    def state(self):
        return os.path.join(self.base, "state")

    def run_(self, *words, env=None, **more):
        return subprocess.run(
            [RUNTIME, "--root", self.state, *words], capture_output=True, text=True, timeout=20,
            stdin=subprocess.DEVNULL, env=dict(os.environ, **(env or {})), **more)

    def run_detached(self, *words, env=None, **more):
        """For a container that stays. It keeps what it writes to: no pipe, whose end would be its own."""
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(
                [RUNTIME, "--root", self.state, *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, timeout=20, env=dict(os.environ, **(env or {})), **more)
            errors.seek(0)
            done.stdout, done.stderr = "", errors.read()
            return done

    def shell(self, script, change=lambda spec: None, **more):
        """A container that runs a script to its end."""
        return self.run_("run", "-b", self.spec(["sh", "-c", script], change=change), "c", **more)

    def hold(self, change=lambda spec: None, name="c", args=("sleep", "1000")):
        """A container that runs until the test's end; its output goes nowhere."""
        bundle = self.spec(list(args), folder="held-" + name, change=change)
        self.addCleanup(self.run_, "delete", "--force", name)
        done = self.run_detached("run", "-d", "-b", bundle, name)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(self.run_("state", name).stdout)["pid"]

    def assert_refused(self, done, *texts):
        """Status 1 and one line that says all of these; nothing crashed."""
        self.assertEqual(done.returncode, 1, done)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        for text in texts:
            self.assertIn(text, done.stderr)

    def status(self, name):
        done = self.run_("state", name)
        return json.loads(done.stdout)["status"] if done.returncode == 0 else None

    def leftovers(self):
        left = [line for line in open("/proc/self/mountinfo") if self.base in line]
        for folder, _, _ in os.walk("/sys/fs/cgroup"):
            if folder.endswith(self.name):
                try:
                    os.rmdir(folder)
                except OSError:
                    left.append(folder)
        left += [n for n in (os.listdir(self.state) if os.path.isdir(self.state) else []) if n != ".seccomp"]
        return left


def probe():
    """The program of probe.c, built once a run; None without a C compiler."""
    global built
    if built is None and shutil.which("cc"):
        folder = tempfile.mkdtemp(prefix="escale-probe-", dir="/var/tmp")
        atexit.register(shutil.rmtree, folder, True)
        source = os.path.join(os.path.dirname(__file__), "probe.c")
        subprocess.run(["cc", "-static", "-O1", "-o", folder + "/probe", source], check=True)
        built = folder + "/probe"
    return built


built = None
