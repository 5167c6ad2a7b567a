"""Debian's containerd with its runc shim on escale-runtime (`ctr run --runc-binary`).

ESCALE_HOSTS_RUNTIME=runc runs the same tests on Debian's runc: what a right answer is.
"""
import json
import os
import subprocess

from machine import RUNTIME, Machine, MachineCase

BINARY = "/usr/sbin/runc" if os.environ.get("ESCALE_HOSTS_RUNTIME") == "runc" else RUNTIME
IMAGE = "docker.io/library/bb:latest"


class Containerd(MachineCase):
    @classmethod
    def boot(cls):
        machine = Machine("containerd")
        # What this test does not use, or what this machine may lack.
        plugins = ["grpc.v1.cri"] + ["snapshotter.v1." + name for name in ("aufs", "btrfs", "devmapper", "zfs")]
        machine.write(machine.path("etc/containerd/config.toml"), f"""
version = 2
root = "{machine.path("containerd")}"
disabled_plugins = {json.dumps(["io.containerd." + name for name in plugins])}
""")
        # ctr forgets --runc-binary beside --uidmap: its shim then takes what is called runc.
        os.makedirs(machine.path("bin"))
        os.symlink(BINARY, machine.path("bin/runc"))
        cls.start_daemon(machine)
        machine.serve(cls.daemon, "containerd", "ctr", "image", "import", machine.path("bb.tar"))
        return machine

    @classmethod
    def start_daemon(cls, machine):
        path = machine.path("bin") + ":" + machine.environment()["PATH"]
        cls.daemon = machine.start("containerd", "env", "PATH=" + path, "containerd")

    @classmethod
    def tearDownClass(cls):
        cls.daemon.terminate()
        cls.daemon.wait()

    def tearDown(self):
        for name in self.ctr("task", "ls", "-q").out.split():
            self.ctr("task", "rm", "-f", name)
        for name in self.ctr("container", "ls", "-q").out.split():
            self.ctr("container", "rm", name)
        self.wait_for("the end of all shims", lambda: not [p for p in self.machine.processes() if "shim" in p[0]])
        self.assertEqual([name for name in self.machine.cgroups() if name.startswith("default/")], [])
        states = self.machine.run("ls", "/run/containerd/runc/default").out.split()
        self.assertEqual(states, [])

    def ctr(self, *words, **more):
        return self.run_("ctr", *words, **more)

    def container(self, *words, **more):
        """`ctr run` of an image's program; the options before it end with the container's name."""
        options, name, command = words[:-2], words[-2], words[-1]
        return self.ctr("run", "--runc-binary", BINARY, *options, IMAGE, name, *command, **more)

    def sleeper(self, *options, name="box"):
        self.container("-d", *options, name, ["sleep", "300"])

    def status(self, name="box"):
        rows = [line.split() for line in self.ctr("task", "ls").out.splitlines()]
        return next((row[2] for row in rows if row[0] == name), None)

    def execute(self, *words, name="box", **more):
        return self.ctr("task", "exec", "--exec-id", "e", name, *words, **more)

    def terminal(self, *words, **size):
        return self.terminal_("ctr", *words, **size)

    def test_run(self):
        done = self.container("--rm", "box", ["sh", "-c", "echo out; echo err >&2; id -u; exit 3"], status=3)
        self.assertEqual((done.out, done.err), ("out\n0\n", "err\n"))
        self.assertEqual(self.container("--rm", "--net-host", "box", ["readlink", "/proc/self/ns/net"]).out,
                         self.run_("readlink", "/proc/self/ns/net").out)
        missing = self.container("--rm", "box", ["nope"], status=1)
        self.assertIn('exec: "nope": executable file not found in $PATH', missing.err)

    def test_options(self):
        show = "grep -E 'CapEff|Seccomp:|NoNewPrivs' /proc/self/status"
        text = self.container(
            "--rm", "--seccomp", "--read-only", "--cap-drop", "CAP_CHOWN", "--cwd", "/tmp", "--env", "A=b", "box",
            ["sh", "-c", show + "; touch /x || echo kept; pwd; echo $A"])
        self.assertRegex(text.out, r"^CapEff:\t0+a80425fa\nNoNewPrivs:\t1\nSeccomp:\t2\nkept\n/tmp\nb\n$")
        mount = f"type=bind,src={self.machine.path('bb.tar')},dst=/image,options=bind:ro"
        self.assertIn("ro,", self.container("--rm", "--mount", mount, "box", ["grep", " /image ", "/proc/mounts"]).out)

    def test_limits_and_metrics(self):
        if not os.path.isdir("/sys/fs/cgroup/memory"):
            self.skipTest("limits are read from version 1 controllers")
        self.sleeper("--memory-limit", "67108864", "--cpus", "0.5")
        metrics = json.loads(self.ctr("task", "metrics", "--format", "json", "box").out)
        self.assertEqual(metrics["memory"]["usage"]["limit"], 67108864)
        self.assertEqual(metrics["pids"]["current"], 1)
        self.assertGreater(metrics["cpu"]["usage"]["total"], 0)
        self.assertEqual(self.ctr("container", "info", "box").out.count('"quota": 50000'), 1)
        self.assertRegex(self.ctr("task", "ps", "box").out, r"(?m)^\d+ ")

    def test_out_of_memory_is_told(self):
        if not os.path.isdir("/sys/fs/cgroup/memory"):
            self.skipTest("limits are read from version 1 controllers")
        with open(self.machine.path("events.log"), "w") as log:
            events = subprocess.Popen(
                self.machine.enter(["ctr", "events"]), stdout=log, env=self.machine.environment())
        self.container("-d", "--memory-limit", "16777216", "box", ["tail", "/dev/zero"])
        self.wait_for("the end", lambda: self.status() == "STOPPED")
        self.wait_for("the event", lambda: '/tasks/oom {"container_id":"box"}' in self.machine.log_of("events"))
        events.kill()
        events.wait()

    def test_user_namespace(self):
        maps = ["--uidmap", "0:200000:65536", "--gidmap", "0:200000:65536"]
        done = self.container(*maps, "--rm", "box", ["sh", "-c", "id -u; cat /proc/self/uid_map"])
        self.assertRegex(done.out, r"^0\n +0 +200000 +65536\n$")

    def test_exec(self):
        self.sleeper()
        done = self.execute("sh", "-c", "echo in; echo err >&2; exit 4", status=4)
        self.assertEqual((done.out, done.err), ("in\n", "err\n"))
        self.assertEqual(self.execute("cat", input="abc").out, "abc")
        self.assertIn("executable file not found in $PATH", self.execute("nope", status=1).err)
        self.assertEqual(self.ctr("task", "exec", "--exec-id", "e", "--user", "1000", "box", "id", "-u").out, "1000\n")
        self.assertEqual(self.status(), "RUNNING")

    def test_terminals(self):
        terminal = self.terminal(
            "run", "--rm", "-t", "--runc-binary", BINARY, IMAGE, "box", "sh", columns=91, rows=33)
        terminal.expect("# ")
        terminal.type("until [ \"$(stty size)\" = '33 91' ]; do :; done; tty; exit 6\r")
        terminal.expect("/dev/pts/0\r")
        self.assertEqual(terminal.wait(), 6)
        self.sleeper()
        inner = self.terminal("task", "exec", "-t", "--exec-id", "e", "box", "sh", columns=50, rows=20)
        inner.type("until [ \"$(stty size)\" = '20 50' ]; do :; done; tty; exit 7\r")
        inner.expect("/dev/pts/0\r")
        self.assertEqual(inner.wait(), 7)

    def test_pause_and_resume(self):
        self.sleeper()
        self.ctr("task", "pause", "box")
        self.assertEqual(self.status(), "PAUSED")
        self.assertTrue(self.machine.frozen("default/box"))
        self.assertIn("paused", self.execute("true", status=1).err)
        self.ctr("task", "resume", "box")
        self.assertEqual(self.status(), "RUNNING")
        self.assertFalse(self.machine.frozen("default/box"))
        self.execute("true")

    def test_kill_and_remove(self):
        script = "trap 'exit 5' USR1; echo ready > /tmp/ready; while :; do sleep 0.05; done"
        self.container("-d", "box", ["sh", "-c", script])
        self.wait_for("the trap", lambda: self.execute("cat", "/tmp/ready", status=None).status == 0)
        self.assertIn("running", self.ctr("task", "rm", "box", status=1).err)
        self.ctr("task", "kill", "-s", "SIGUSR1", "box")
        self.wait_for("the end", lambda: self.status() == "STOPPED")
        # A signal to what has ended is an error that says so.
        self.assertIn("not found", self.ctr("task", "kill", "box", status=1).err)
        removed = self.ctr("task", "rm", "box", status=None)
        self.assertIn("non-zero exit code 5", removed.err)
        self.assertIsNone(self.status())

    def test_kill_all(self):
        self.container("-d", "box", ["sh", "-c", "sleep 300 & sleep 300 & wait"])
        self.wait_for("all processes", lambda: self.ctr("task", "ps", "box").out.count("\n") == 4)
        self.ctr("task", "kill", "-a", "-s", "SIGKILL", "box")
        self.wait_for("the end", lambda: self.status() == "STOPPED")

    def test_checkpoint_is_refused(self):
        self.sleeper()
        self.ctr("task", "checkpoint", "box", status=1)
        # The shim pauses it before and resumes it after.
        self.assertEqual(self.status(), "RUNNING")
        self.execute("true")

    def test_a_shim_outlives_its_daemon(self):
        self.sleeper()
        cls = type(self)
        cls.daemon.kill()
        cls.daemon.wait()
        cls.start_daemon(self.machine)
        self.wait_for("containerd", lambda: self.machine.run("ctr", "version").status == 0)
        self.assertEqual(self.status(), "RUNNING")
        self.assertEqual(self.execute("echo", "still here").out, "still here\n")
