"""A private view of this machine in which Debian's packages of other engines, and escale-runtime, seem to be installed.

It is a set of namespaces: mounts (an overlay on /usr and /etc, a /run of its own), network, process ids, and cgroups,
whose top is a folder of its own. All that engines leave goes with them: mounts, interfaces, firewall rules, processes.
"""
import io
import json
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
import unittest

from kit import BIN, TOP, Result, Terminal

BUSYBOX = "/bin/busybox"
RUNTIME = "/usr/local/bin/escale-runtime"


def busybox_image(path):
    """A `docker save` archive of busybox, with users and a file that can't be run, as docker.io/library/bb:latest."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        def add(name, content=None, mode=0o755, link=None):
            entry = tarfile.TarInfo(name)
            entry.mode = mode
            if link:
                entry.type, entry.linkname = tarfile.SYMTYPE, link
            elif content is None:
                entry.type = tarfile.DIRTYPE
            else:
                entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content) if content else None)

        for folder in ("bin", "etc", "home", "root", "var"):
            add(folder)
        add("tmp", mode=0o1777)
        add("bin/busybox", open(BUSYBOX, "rb").read())
        for applet in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
            if applet != "busybox":
                add("bin/" + applet, link="busybox")
        add("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nlearner:x:1000:1000::/home:/bin/sh\n", 0o644)
        add("etc/group", b"root:x:0:\nlearner:x:1000:\nextra:x:2000:learner\n", 0o644)
        add("etc/plain", b"no program\n", 0o644)
    layer = layer.getvalue()
    name = hashlib.sha256(layer).hexdigest()
    config = json.dumps({
        "architecture": "amd64", "os": "linux", "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + name]}, "history": [{"created": "1970-01-01T00:00:00Z"}],
    }).encode()
    config_name = hashlib.sha256(config).hexdigest() + ".json"
    manifest = [{
        "Config": config_name, "RepoTags": ["docker.io/library/bb:latest"], "Layers": [name + "/layer.tar"]}]
    with tarfile.open(path, "w") as tar:
        for member, content in (
                (config_name, config), (name + "/layer.tar", layer), ("manifest.json", json.dumps(manifest).encode())):
            entry = tarfile.TarInfo(member)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content))


class Machine:
    def __init__(self, *peers, etc=None):
        """`etc`: files to put below /etc, with their content. Raises SkipTest where this can't be had."""
        if os.geteuid() != 0 or not os.path.exists(BUSYBOX):
            raise unittest.SkipTest("needs root and busybox-static")
        got = subprocess.run([os.path.join(TOP, "Tests", "peers"), *peers], capture_output=True, text=True)
        if got.returncode != 0:
            raise unittest.SkipTest(f"{' and '.join(peers)} can't be fetched: {got.stderr.strip()[-200:]}")
        self.peers = got.stdout.strip()
        self.work = tempfile.mkdtemp(prefix="escale-host-", dir="/var/tmp")
        self.name = os.path.basename(self.work)
        self.process = None
        os.chmod(self.work, 0o755)
        try:
            self.prepare(etc or {})
            self.boot()
        except BaseException:
            self.close()
            raise

    def path(self, *names):
        return os.path.join(self.work, *names)

    def write(self, path, text):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def prepare(self, etc):
        busybox_image(self.path("bb.tar"))
        for folder in ("usr/local/bin", "usr/sbin", "etc.work", "home/learner"):
            os.makedirs(self.path(folder))
        os.chown(self.path("home/learner"), 1000, 1000)
        shutil.copy(os.path.join(BIN, "escale-runtime"), self.path("usr/local/bin"))
        # Debian makes these links when the package is installed.
        for name in ("iptables", "ip6tables", "iptables-save", "iptables-restore"):
            os.symlink("xtables-nft-multi", self.path("usr/sbin", name))
        # Libraries of packages from before /lib became /usr/lib.
        if os.path.isdir(os.path.join(self.peers, "lib")):
            shutil.copytree(os.path.join(self.peers, "lib"), self.path("usr/lib"), symlinks=True)
        ids = "learner:100000:65536\nremap:200000:65536\n"
        users = "".join(line for line in open("/etc/passwd") if line.split(":")[2] not in ("1000", "200000"))
        groups = "".join(line for line in open("/etc/group") if line.split(":")[2] not in ("1000", "200000"))
        files = {
            "passwd": users + f"learner:x:1000:1000::{self.path('home/learner')}:/bin/sh\n"
            "remap:x:200000:200000::/:/bin/false\n",
            "group": groups + "learner:x:1000:\nremap:x:200000:\n", "subuid": ids, "subgid": ids,
        }
        for name, text in (files | etc).items():
            self.write(self.path("etc", name), text)

    def hierarchies(self):
        """Mounted cgroup hierarchies: mount point, type, mount option."""
        found = []
        for line in open("/proc/self/mountinfo"):
            left, right = line.split(" - ")
            kind, _, options = right.split()[:3]
            if kind in ("cgroup", "cgroup2"):
                wanted = [o for o in options.split(",") if o not in ("rw", "ro") and not o.startswith("nsdelegate")]
                found.append((left.split()[4], kind, ",".join(wanted) if kind == "cgroup" else ""))
        return found

    def boot(self):
        join, mount = [], ["umount -R -l /sys/fs/cgroup"]
        hierarchies = self.hierarchies()
        if len(hierarchies) > 1:
            mount.append("mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup")
        for point, kind, options in hierarchies:
            folder = os.path.join(point, self.name)
            os.mkdir(folder)
            for name in ("cpuset.cpus", "cpuset.mems"):
                if kind == "cgroup" and os.path.exists(os.path.join(folder, name)):
                    with open(os.path.join(point, name)) as source, open(os.path.join(folder, name), "w") as file:
                        file.write(source.read())
            join.append(f"echo $$ > {folder}/cgroup.procs")
            mount.append(f"mkdir -p {point}; mount -t {kind} {'-o ' + options if options else ''} cgroup {point}")
        script = f"""
            set -e
            mount --make-rprivate /
            {chr(10).join(mount)}
            mount -t overlay -o lowerdir={self.work}/usr:{self.peers}/usr:/usr overlay /usr
            mount -t overlay -o \
                lowerdir={self.peers}/etc:/etc,upperdir={self.work}/etc,workdir={self.work}/etc.work overlay /etc
            mount -t tmpfs -o mode=755 tmpfs /run
            mount -t tmpfs -o mode=755 tmpfs /opt
            # For everybody, as udev makes it; here it may be root's only.
            mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200
            install -d -m 700 -o 1000 -g 1000 /run/user/1000
            ip link set lo up
            echo ready
            # The first process of a PID namespace collects those that lost their parent.
            while :; do sleep 1000 & wait; done"""
        # It dies with these tests, however they end.
        outer = "; ".join(join) + '; exec setpriv --pdeathsig KILL unshare --cgroup --net --uts --ipc --mount --pid ' \
            '--fork --kill-child --mount-proc sh -c "$1"'
        self.log = open(self.path("boot.log"), "w+")
        self.process = subprocess.Popen(
            ["sh", "-c", outer, "sh", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
            text=True)
        if self.process.stdout.readline() != "ready\n":
            self.log.seek(0)
            raise AssertionError("the machine did not come up: " + self.log.read())
        children = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        self.first = int(open(children).read().split()[0])

    def enter(self, words, user=None, cwd="/"):
        """The command line that runs `words` on the machine."""
        base = ["nsenter", "-t", str(self.first), "-C", "-n", "-u", "-i", "-m", "-p", "--wd=" + cwd]
        if user:
            base += ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return base + [str(word) for word in words]

    def join(self):
        """Puts the calling process into the machine's cgroups: nsenter(1) only changes what it sees."""
        for point, kind, _ in self.hierarchies():
            # By `tasks` where there is one: it waits for no grace period of the CPUs.
            with open(os.path.join(point, self.name, "tasks" if kind == "cgroup" else "cgroup.procs"), "w") as file:
                file.write("0")

    def environment(self, user=None):
        env = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
            "XDG_RUNTIME_DIR": f"/run/user/{user}" if user else "/run",
            "HOME": self.path("home/learner") if user else self.path("home"),
        }
        return env

    def run(self, *words, input=None, timeout=60, user=None):
        done = subprocess.run(
            self.enter(words, user), input=input, capture_output=True, timeout=timeout, text=True,
            env=self.environment(user), stdin=subprocess.DEVNULL if input is None else None,
            preexec_fn=self.join)
        return Result(done)

    def start(self, name, *words):
        """A daemon; what it writes is in NAME.log."""
        with open(self.path(name + ".log"), "w") as log:
            return subprocess.Popen(
                self.enter(words), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(),
                preexec_fn=self.join)

    def serve(self, daemon, program, client, *load):
        """Waits until `client` hears from `daemon`, whose log is PROGRAM.log, then runs `load`; closes the machine else."""
        try:
            while self.run(client, "version").status != 0:
                if daemon.poll() is not None:
                    raise AssertionError(f"{program} ended: {self.log_of(program)}")
            done = self.run(client, *load)
            if done.status != 0:
                raise AssertionError(done)
        except BaseException:
            self.close()
            raise

    def log_of(self, name):
        with open(self.path(name + ".log")) as file:
            return "".join(file.readlines()[-10:])

    def processes(self):
        """What runs on the machine beside its first process and that one's sleep: (name, arguments)."""
        own = os.readlink(f"/proc/{self.first}/ns/pid")
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/ns/pid") == own and int(pid) != self.first:
                    with open(f"/proc/{pid}/cmdline") as file:
                        words = file.read().split("\0")
                    if words[0] and words[:2] != ["sleep", "1000"]:
                        found.append(words)
            except OSError:
                continue
        return found

    def cgroups(self):
        """Names of all cgroups on the machine, below its top."""
        return sorted({
            os.path.relpath(os.path.join(base, folder), os.path.join(point, self.name))
            for point, _, _ in self.hierarchies()
            for base, folders, _ in os.walk(os.path.join(point, self.name)) for folder in folders})

    def frozen(self, name):
        """Whether a cgroup is, in the kernel's own words."""
        for point, _, _ in self.hierarchies():
            for file, word in (("freezer.state", "FROZEN"), ("cgroup.freeze", "1")):
                try:
                    with open(os.path.join(point, self.name, name, file)) as state:
                        if state.read().strip() == word:
                            return True
                except OSError:
                    continue
        return False

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
            self.log.close()
        deadline = time.monotonic() + 10
        for point, _, _ in self.hierarchies():
            for base, _, _ in os.walk(os.path.join(point, self.name), topdown=False):
                # A killed process leaves its cgroup a moment after it has died.
                while True:
                    try:
                        os.rmdir(base)
                        break
                    except OSError:
                        if time.monotonic() > deadline:
                            raise
                        time.sleep(0.02)
        shutil.rmtree(self.work, ignore_errors=True)


class MachineCase(unittest.TestCase):
    """Cases on one machine, kept for the class: `boot` gives it."""

    @classmethod
    def setUpClass(cls):
        cls.machine = cls.boot()
        cls.addClassCleanup(cls.machine.close)

    def run_(self, *words, status=0, **more):
        result = self.machine.run(*words, **more)
        if status is not None:
            self.assertEqual(result.status, status, f"{' '.join(map(str, words))}: {result}")
        return result

    def terminal_(self, *words, user=None, **size):
        machine = self.machine
        terminal = Terminal(machine.enter(words, user), machine.environment(user), before=machine.join, **size)
        self.addCleanup(terminal.close)
        return terminal

    def wait_for(self, what, condition, seconds=20):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        self.fail(f"waited {seconds} s for {what}")
