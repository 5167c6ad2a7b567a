"""A kit of a test's own: a copy of the prepared one, its daemon, and proof at the end that nothing is left."""
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BIN = os.path.join(TOP, ".build", os.environ.get("ESCALE_BUILD", "release"))
ESCALE = os.path.join(BIN, "escale")
PREPARED = os.environ.get("ESCALE_TEST_KIT", "/var/lib/escale")


class Result:
    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def __repr__(self):
        return f"status {self.status}\n--- out\n{self.out}\n--- err\n{self.err}"


class Kit:
    """ESCALE_ROOT and ESCALE_RUN in temporary folders, with the prepared images and guest (hard links)."""

    def __init__(self, images=True):
        self.root = tempfile.mkdtemp(prefix="esc-t-", dir="/var/tmp")
        self.run_dir = tempfile.mkdtemp(prefix="et-", dir="/tmp")
        if images:
            for folder in ("images", "layers", "guest"):
                source = os.path.join(PREPARED, folder)
                if os.path.isdir(source):
                    subprocess.run(["cp", "-al", source, self.root], check=True)
        self.env = dict(os.environ, ESCALE_ROOT=self.root, ESCALE_RUN=self.run_dir, NO_COLOR="1", LC_ALL="C.UTF-8")
        self.env.pop("ESCALE_DOCKER_HOST", None)
        self.env["DOCKER_HOST"] = "unix://" + self.socket

    @property
    def socket(self):
        return os.path.join(self.run_dir, "docker.sock")

    def run(self, *words, input=None, timeout=60, env=None, program=ESCALE):
        done = subprocess.run(
            [program, *map(str, words)], input=input, capture_output=True, timeout=timeout, text=True,
            env=dict(self.env, **(env or {})), stdin=subprocess.DEVNULL if input is None else None)
        return Result(done)

    def docker(self, *words, **more):
        return self.run(*words, program="docker", **more)

    def daemon_pid(self):
        """The daemon, by the lock that it holds."""
        lock = os.stat(os.path.join(self.run_dir, "daemon.lock"))
        for line in open("/proc/locks"):
            fields = line.split()
            if fields[1] in ("FLOCK", "POSIX", "OFDLCK") and fields[5].endswith(":%d" % lock.st_ino):
                pid = int(fields[4])
                if pid > 0:
                    return pid
        raise AssertionError("no daemon holds daemon.lock")

    def start_daemon(self):
        self.run("ps")
        return self.daemon_pid()

    def processes(self):
        """Every process that names this kit in its environment or arguments."""
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == os.getpid():
                continue
            try:
                text = open(f"/proc/{entry}/cmdline", "rb").read() + open(f"/proc/{entry}/environ", "rb").read()
            except OSError:
                continue
            if self.run_dir.encode() in text or self.root.encode() in text:
                found.append((int(entry), text.split(b"\0")[0].decode(errors="replace")))
        return found

    def cgroup_name(self):
        """The kit's folder in every cgroup hierarchy, by what is there."""
        value = 0x811C9DC5
        for byte in self.root.encode():
            value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
        return "escale-%08x" % value

    def leftovers(self):
        left = [f"process {p}" for p in self.processes()]
        for line in open("/proc/self/mountinfo"):
            if self.root in line or self.run_dir in line:
                left.append("mount " + line.split()[4])
        for base, folders, _ in os.walk("/sys/fs/cgroup"):
            for folder in folders:
                if folder == self.cgroup_name():
                    inner = os.listdir(os.path.join(base, folder))
                    left += [f"cgroup {base}/{folder}/{i}" for i in inner if os.path.isdir(f"{base}/{folder}/{i}")]
        return left

    def interfaces(self):
        bridge = self.bridge()
        if not bridge:
            return []
        folder = f"/sys/class/net/{bridge}/brif"
        return os.listdir(folder) if os.path.isdir(folder) else []

    def bridge(self):
        try:
            return json.load(open(os.path.join(self.root, "network", "bridge.json"))).get("name")
        except (OSError, ValueError):
            return None

    def close(self):
        self.run("setup", "--remove", timeout=60)
        deadline = time.monotonic() + 5
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        left = self.leftovers()
        for pid, _ in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.rmtree(self.run_dir, ignore_errors=True)
        return left


class KitCase(unittest.TestCase):
    """One kit a class; nothing may be left of it at the end."""

    @classmethod
    def setUpClass(cls):
        cls.kit = Kit()

    @classmethod
    def tearDownClass(cls):
        left = cls.kit.close()
        if left:
            raise AssertionError("left behind: " + "; ".join(left))

    def tearDown(self):
        ids = self.kit.run("ps", "-aq").out.split()
        if ids:
            self.kit.run("rm", "-f", *ids)

    def escale(self, *words, status=0, **more):
        result = self.kit.run(*words, **more)
        if status is not None:
            self.assertEqual(result.status, status, f"escale {' '.join(map(str, words))}: {result}")
        return result

    def docker(self, *words, status=0, **more):
        result = self.kit.docker(*words, **more)
        if status is not None:
            self.assertEqual(result.status, status, f"docker {' '.join(map(str, words))}: {result}")
        return result

    def wait_for(self, what, condition, seconds=10):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        self.fail(f"waited {seconds} s for {what}")


class Terminal:
    """A program on a pseudo-terminal of 80 columns; `before` is called in its process first."""

    def __init__(self, words, env, columns=80, rows=24, before=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if before:
                before()
            os.execvpe(words[0], words, dict(env, TERM="xterm"))
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.text = ""
        self.status = None

    def type(self, text):
        os.write(self.fd, text.encode())

    def read(self, seconds=0.1):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return ""
        try:
            more = os.read(self.fd, 65536).decode(errors="replace")
        except OSError:
            more = ""
        self.text += more
        return more

    def expect(self, pattern, seconds=20):
        """Waits for a pattern in what came since the last match; gives the match."""
        deadline = time.monotonic() + seconds
        while True:
            match = re.search(pattern, self.text, re.S)
            if match:
                self.text = self.text[match.end():]
                return match
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s for {pattern!r} in:\n{self.text[-3000:]}")
            if not self.read(0.2) and self.ended():
                self.read(0.05)
                if not re.search(pattern, self.text, re.S):
                    raise AssertionError(f"ended without {pattern!r}:\n{self.text[-3000:]}")

    def ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def wait(self, seconds=20):
        deadline = time.monotonic() + seconds
        while not self.ended():
            self.read(0.05)
            if time.monotonic() > deadline:
                raise AssertionError(f"still running after {seconds} s:\n{self.text[-3000:]}")
        return self.status

    def close(self):
        if not self.ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.status = -9
        os.close(self.fd)
