"""Debian's podman with escale-runtime as its runtime, as root and as an ordinary user.

ESCALE_HOSTS_RUNTIME=runc runs the same tests on Debian's runc: what a right answer is.
"""
import os
import re

from machine import RUNTIME, Machine, MachineCase

UNDER_TEST = os.environ.get("ESCALE_HOSTS_RUNTIME", "escale")


class Podman(MachineCase):
    user = None

    @classmethod
    def boot(cls):
        machine = Machine("podman", "docker")
        machine.write(machine.path("etc/containers/containers.conf"), f"""
[engine]
runtime = "{UNDER_TEST}"
runtime_supports_json = ["escale", "runc"]
cgroup_manager = "cgroupfs"
events_logger = "file"
[engine.runtimes]
escale = ["{RUNTIME}"]
[network]
network_backend = "netavark"
""")
        machine.write(machine.path("etc/containers/storage.conf"), f"""
[storage]
driver = "overlay"
runroot = "/run/containers/storage"
graphroot = "{machine.path("podman")}"
rootless_storage_path = "{machine.path("home/learner/storage")}"
""")
        done = machine.run("podman", "load", "-q", "-i", machine.path("bb.tar"), user=cls.user)
        if done.status != 0:
            machine.close()
            raise AssertionError(done)
        return machine

    def tearDown(self):
        self.podman("rm", "-fa", "-t", "0")
        self.wait_for("the end of conmon", lambda: not [p for p in self.machine.processes() if "conmon" in p[0]])
        left = [name for name in self.machine.cgroups() if re.search("[0-9a-f]{64}", name)]
        self.assertEqual(left, [])

    def podman(self, *words, **more):
        return self.run_("podman", *words, user=self.user, **more)

    def state(self, field="Status", name="box"):
        return self.podman("inspect", "-f", "{{.State.%s}}" % field, name).out.strip()

    def inside(self, *words, **more):
        return self.podman("run", "--rm", *words[:-1], "bb", "sh", "-c", words[-1], **more).out

    def sleeper(self, *options, name="box"):
        self.podman("run", "-d", "--name", name, *options, "bb", "sleep", "300")

    def terminal(self, *words, **size):
        return self.terminal_("podman", *words, user=self.user, **size)


class Both:
    """What podman does alike as root and as an ordinary user."""

    def test_run_gives_output_status_and_input(self):
        done = self.podman("run", "--rm", "bb", "sh", "-c", "echo out; echo err >&2; exit 3", status=3)
        self.assertEqual((done.out, done.err), ("out\n", "err\n"))
        self.assertEqual(self.podman("run", "--rm", "-i", "bb", "cat", input="abc").out, "abc")

    def test_the_runtime_may_be_a_path(self):
        self.assertEqual(self.podman("--runtime", RUNTIME, "run", "--rm", "bb", "echo", "hi").out, "hi\n")

    def test_failed_starts_have_podman_s_statuses(self):
        for command, status, reason in (
                ("nope", 127, 'exec: "nope": executable file not found in $PATH'),
                ("/no/such", 127, "no such file or directory"), ("/etc", 126, "permission denied"),
                ("/etc/plain", 126, 'exec: "/etc/plain": permission denied')):
            with self.subTest(command=command):
                # podman takes the reason from the log that it asked for in JSON.
                self.assertRegex(self.podman("run", "--rm", "bb", command, status=status).err, "OCI .*|" + reason)
                runc = self.podman("--runtime", "runc", "run", "--rm", "bb", command, status=None)
                self.assertEqual(runc.status, status)

    def test_exec(self):
        self.sleeper()
        self.assertEqual(self.podman("exec", "box", "sh", "-c", "echo yes; exit 9", status=9).out, "yes\n")
        self.assertEqual(self.podman("exec", "-i", "box", "cat", input="abc").out, "abc")
        who = self.podman("exec", "-u", "1000", "-w", "/tmp", "-e", "A=b", "box", "sh", "-c",
                          "id -u; pwd; echo $A > /dev/stdout")
        self.assertEqual(who.out, "1000\n/tmp\nb\n")
        self.assertIn('exec: "nope"', self.podman("exec", "box", "nope", status=127).err)
        self.podman("exec", "box", "/etc/plain", status=126)

    def test_life(self):
        self.podman("run", "-d", "--name", "box", "bb", "sh", "-c",
                    "trap 'echo got; exit 4' TERM; echo ready; while :; do sleep 0.05; done")
        self.wait_for("the trap", lambda: "ready" in self.podman("logs", "box").out)
        self.podman("stop", "box")
        self.assertEqual((self.state(), self.state("ExitCode")), ("exited", "4"))
        self.assertEqual(self.podman("logs", "box").out, "ready\ngot\n")
        self.podman("start", "box")
        self.assertIn("sleep", self.podman("top", "box", "args").out)
        self.podman("kill", "box")
        self.assertEqual(self.podman("wait", "box").out, "137\n")

    def test_terminals(self):
        terminal = self.terminal("run", "--rm", "-it", "bb", "sh", columns=91, rows=33)
        terminal.expect("# ")
        terminal.type("until [ \"$(stty size)\" = '33 91' ]; do :; done; tty; exit 6\r")
        terminal.expect("/dev/pts/0\r")
        self.assertEqual(terminal.wait(), 6)
        self.podman("run", "-dit", "--name", "box", "bb", "sh")
        inner = self.terminal("exec", "-it", "box", "sh", columns=50, rows=20)
        inner.expect("# ")
        inner.type("until [ \"$(stty size)\" = '20 50' ]; do :; done; tty; exit 7\r")
        inner.expect("/dev/pts/1\r")
        self.assertEqual(inner.wait(), 7)
        attached = self.terminal("attach", "box", columns=44, rows=22)
        attached.type("until [ \"$(stty size)\" = '22 44' ]; do :; done; exit 5\r")
        attached.wait()
        self.assertEqual(self.podman("wait", "box").out, "5\n")

    def test_confinement(self):
        text = self.inside(
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only", "--tmpfs", "/t", "--ulimit",
            "nofile=123:456", "--ulimit", "nproc=1000:1000", "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; ulimit -n; "
            "touch /f || echo kept; echo x > /t/x && echo written")
        self.assertRegex(text, r"^CapEff:\t0+\nNoNewPrivs:\t1\nSeccomp:\t2\n123\nkept\nwritten\n$")
        self.assertEqual(self.inside("--init", "cat /proc/1/comm"), "podman-init\n")
        self.assertEqual(self.inside("--sysctl", "kernel.msgmax=9000", "cat /proc/sys/kernel/msgmax"), "9000\n")
        self.assertEqual(self.inside("--device", "/dev/zero:/dev/other", "head -c1 /dev/other | wc -c"), "1\n")

    def test_networks_and_pods(self):
        links = "ls /sys/class/net"
        self.assertEqual(self.inside("--network", "none", links), "lo\n")
        self.assertRegex(self.inside(links), "eth0|tap0")
        self.sleeper()
        own = self.podman("exec", "box", "readlink", "/proc/self/ns/net").out
        self.assertEqual(self.inside("--network", "container:box", "readlink /proc/self/ns/net"), own)


class PodmanAsRoot(Both, Podman):
    def test_pause_and_stats(self):
        self.sleeper("-m", "64m", "--pids-limit", "33")
        self.podman("pause", "box")
        self.assertEqual(self.state(), "paused")
        group = next(name for name in self.machine.cgroups() if "/libpod-" in name and "conmon" not in name)
        self.assertTrue(self.machine.frozen(group))
        self.podman("unpause", "box")
        stats = self.podman("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", "box").out
        self.assertRegex(stats, r"^[1-9][\d.]*kB / 67\.11MB 1\n$")
        if os.path.isdir("/sys/fs/cgroup/memory"):
            files = "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max"
            self.assertEqual(self.podman("exec", "box", "sh", "-c", files).out, "67108864\n33\n")

    def test_user_namespaces(self):
        maps = ["--uidmap", "0:200000:5000", "--gidmap", "0:200000:5000"]
        text = self.inside(*maps, "id -u; cat /proc/self/uid_map; touch /made; ls -ln /made")
        self.assertRegex(text, r"^0\n +0 +200000 +5000\n-rw-r--r-- +1 0 +0 ")


class PodmanAsUser(Both, Podman):
    user = 1000

    def test_root_is_this_user(self):
        text = self.inside("id -u; cat /proc/self/uid_map; touch /made; ls -ln /made")
        self.assertRegex(text, r"^0\n +0 +1000 +1\n +1 +100000 +65536\n-rw-r--r-- +1 0 +0 ")
        same = self.inside("--userns", "keep-id", "id -u; touch /tmp/made; stat -c %u /tmp/made")
        self.assertEqual(same, "1000\n1000\n")

    def test_states_are_the_user_s(self):
        self.sleeper()
        self.assertRegex(
            self.run_("ls", "/run/user/1000/" + ("runc" if UNDER_TEST == "runc" else "escale-runtime")).out, "^[0-9a-f]{64}")
