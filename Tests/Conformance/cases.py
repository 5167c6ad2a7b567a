"""What every case stands on: a busybox root, a bundle that each case changes, and the runtime under test.

The same cases run against runc, which shows that they ask for what a runtime does, and against ours.
"""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
RUNTIME = os.environ.get("ESCALE_TEST_RUNTIME", os.path.join(TOP, ".build", "release", "escale-runtime"))
# Who is asked: the oracle knows less, and words its errors otherwise.
IS_ORACLE = os.environ.get("ESCALE_TEST_ORACLE") == "1"
BUSYBOX = "/bin/busybox"
CAPABILITIES = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP",
                "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_MKNOD"]


def not_runc(why):
    """Marks what runc 1.1.5 can't, with the reason."""
    return unittest.skipIf(IS_ORACLE, "runc: " + why)


def mount(destination, kind, source=None, *options):
    return {"destination": destination, "type": kind, "source": source or kind, "options": list(options)}


def template(root, name):
    return {
        "ociVersion": "1.0.2",
        "process": {"user": {"uid": 0, "gid": 0}, "args": ["true"], "cwd": "/",
                    "env": ["PATH=/bin", "TERM=xterm"], "noNewPrivileges": True,
                    "capabilities": {kind: CAPABILITIES for kind in ("bounding", "effective", "permitted")}},
        "root": {"path": root}, "hostname": "conformance",
        "mounts": [mount("/proc", "proc"), mount("/dev", "tmpfs", "tmpfs", "nosuid", "mode=755", "size=65536k"),
                   mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666",
                         "mode=0620"),
                   mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
                   mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
                   mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro")],
        "linux": {"cgroupsPath": name,
                  "resources": {"devices": [{"allow": False, "access": "rwm"}]},
                  "namespaces": [{"type": t} for t in ("pid", "network", "ipc", "uts", "mount")]}}


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.mkdtemp(prefix="esc-conf-", dir="/var/tmp")
        os.chmod(cls.base, 0o755)
        cls.root = os.path.join(cls.base, "rootfs")
        for folder in ("bin", "etc", "tmp", "proc", "sys", "dev", "home/user"):
            os.makedirs(os.path.join(cls.root, folder))
        shutil.copy(BUSYBOX, os.path.join(cls.root, "bin", "busybox"))
        names = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
        for name in names:
            if name != "busybox":
                os.symlink("busybox", os.path.join(cls.root, "bin", name))
        with open(os.path.join(cls.root, "etc", "passwd"), "w") as f:
            f.write("root:x:0:0::/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n")
        cls.state = os.path.join(cls.base, "state")

    @classmethod
    def tearDownClass(cls):
        left = [line.split()[4] for line in open("/proc/self/mountinfo") if cls.base in line]
        for point in sorted(left, reverse=True):
            subprocess.run(["umount", "-l", point])
        shutil.rmtree(cls.base, ignore_errors=True)
        if left:
            raise AssertionError("mounts left: " + " ".join(left))

    def setUp(self):
        self.count = 0
        self.name = "esc-conf-%d-%s" % (os.getpid(), self._testMethodName.replace("test_", "")[:40])
        self.addCleanup(self.finish)

    def finish(self):
        for name in os.listdir(self.state) if os.path.isdir(self.state) else []:
            if not name.startswith("."):
                self.call("delete", "--force", name)
        left = [n for n in (os.listdir(self.state) if os.path.isdir(self.state) else []) if not n.startswith(".")]
        for folder, folders, _ in os.walk("/sys/fs/cgroup"):
            left += [os.path.join(folder, n) for n in folders if n.startswith(self.name)]
        self.assertEqual(left, [])

    def call(self, *words, env=None, input=None, timeout=30, **more):
        """The runtime with a state folder of the class's own."""
        if input is None:
            more.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([RUNTIME, "--root", self.state, *map(str, words)], capture_output=True, text=True,
                              timeout=timeout, input=input, env=dict(os.environ, **(env or {})), **more)

    def with_descriptor(self, number, fd, *words, env=None):
        """The same with an open file under that number."""
        script = f'exec {number}<&{fd}; export LISTEN_PID=$$; exec "$0" "$@"'
        return subprocess.run(["bash", "-c", script, RUNTIME, "--root", self.state, *words], capture_output=True,
                              text=True, timeout=30, stdin=subprocess.DEVNULL, pass_fds=[fd],
                              env=dict(os.environ, **(env or {})))

    def bundle(self, args, change=None):
        """A folder with config.json."""
        self.count += 1
        folder = os.path.join(self.base, "%s-%d" % (self._testMethodName, self.count))
        os.makedirs(folder)
        spec = template(self.root, "/" + self.name)
        spec["process"]["args"] = args if isinstance(args, list) else ["sh", "-c", args]
        if change:
            change(spec)
        with open(os.path.join(folder, "config.json"), "w") as f:
            json.dump(spec, f)
        return folder

    def run_(self, args, change=None, options=(), **more):
        """A container from its start to its end."""
        return self.call("run", "-b", self.bundle(args, change), *options, self.name, **more)

    def out(self, args, change=None, **more):
        """What a container that must end well prints."""
        done = self.run_(args, change, **more)
        self.assertEqual(done.returncode, 0, done)
        return done.stdout.strip()

    def quietly(self, *words, **more):
        """A verb whose container stays, and keeps its output: no pipe, whose end nobody would see."""
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run([RUNTIME, "--root", self.state, *map(str, words)], stdin=subprocess.DEVNULL,
                                  stdout=output, stderr=output, timeout=30, **more)
            output.seek(0)
            self.assertEqual(done.returncode, 0, output.read())

    def create(self, args=("sleep", "1000"), change=None, options=()):
        self.quietly("create", "-b", self.bundle(list(args), change), *options, self.name)
        return self.query()["pid"]

    def hold(self, change=None, args=("sleep", "1000"), options=()):
        """A container that runs until it is told otherwise; its first process."""
        self.quietly("run", "-d", "-b", self.bundle(list(args), change), *options, self.name)
        return self.query()["pid"]

    def query(self):
        done = self.call("state", self.name)
        self.assertEqual(done.returncode, 0, done)
        return json.loads(done.stdout)

    def status(self):
        return self.query()["status"]

    def wait_for(self, what, condition, seconds=10):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                self.fail("waited for " + what)
            time.sleep(0.01)

    def wait_for_end(self):
        self.wait_for("the end", lambda: self.status() == "stopped")

    def refused(self, done, *texts, status=1):
        """An error, told on stderr; ours says all of `texts`."""
        self.assertEqual(done.returncode, status, done)
        self.assertTrue(done.stderr.strip(), done)
        for text in () if IS_ORACLE else texts:
            self.assertIn(text, done.stderr)


def read_terminal(master):
    """All that is written to a terminal until its other side is closed; closes the master."""
    text = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(master)
    return text.decode()


class ConsoleSocket:
    """A unix socket that a runtime sends a terminal's master to."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "console.sock")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(1)
        self.socket.settimeout(10)

    def master(self):
        connection, _ = self.socket.accept()
        _, descriptors, _, _ = socket.recv_fds(connection, 4096, 1)
        connection.close()
        return descriptors[0]

    def close(self):
        self.socket.close()
        os.unlink(self.path)


if __name__ == "__main__":
    sys.exit("run Tests/Conformance/run")
