"""Debian's dockerd with escale-runtime as its runtime, without and with remapped users.

ESCALE_HOSTS_RUNTIME=runc runs the same tests on Debian's runc: what a right answer is.
"""
import json
import os
import re
import subprocess

from machine import RUNTIME, Machine, MachineCase

UNDER_TEST = os.environ.get("ESCALE_HOSTS_RUNTIME", "escale")


class Docker(MachineCase):
    options = {}

    @classmethod
    def boot(cls):
        machine = Machine("docker")
        machine.write(machine.path("etc/docker/daemon.json"), json.dumps({
            "runtimes": {"escale": {"path": RUNTIME}}, "default-runtime": UNDER_TEST,
            "data-root": machine.path("docker"), **cls.options}))
        cls.daemon = machine.start("dockerd", "dockerd")
        machine.serve(cls.daemon, "dockerd", "docker", "load", "-i", machine.path("bb.tar"))
        return machine

    @classmethod
    def tearDownClass(cls):
        cls.daemon.terminate()
        cls.daemon.wait()

    def tearDown(self):
        ids = self.docker("ps", "-aq").out.split()
        if ids:
            self.docker("rm", "-fv", *ids)
        self.assertEqual(self.left(), [])

    def left(self):
        """What no container should leave: shims, cgroups, the runtime's states."""
        self.wait_for("the end of all shims", lambda: not [p for p in self.machine.processes() if "shim" in p[0]])
        left = [name for name in self.machine.cgroups() if re.search("[0-9a-f]{64}", name)]
        states = self.machine.run("find", "/run/docker", "-type", "d", "-path", "*/runtime-runc/moby/*", "-name", "????????????????*")
        return left + states.out.split()

    def docker(self, *words, **more):
        return self.run_("docker", *words, **more)

    def inside(self, *words, **more):
        """What a shell command in a new container prints; the options before it."""
        return self.docker("run", "--rm", *words[:-1], "bb", "sh", "-c", words[-1], **more).out

    def state(self, name, field="Status"):
        return self.docker("inspect", "-f", "{{.State.%s}}" % field, name).out.strip()

    def sleeper(self, *options, name="box"):
        self.docker("run", "-d", "--name", name, *options, "bb", "sleep", "300")

    def execute(self, *words, **more):
        return self.docker("exec", *words, **more)

    def terminal(self, *words, **size):
        return self.terminal_("docker", *words, **size)


class DockerHost(Docker):
    def test_run_gives_output_status_and_input(self):
        done = self.docker("run", "--rm", "bb", "sh", "-c", "echo out; echo err >&2; exit 3", status=3)
        self.assertEqual((done.out, done.err), ("out\n", "err\n"))
        self.assertEqual(self.docker("run", "--rm", "-i", "bb", "cat", input="abc").out, "abc")
        self.docker("run", "--rm", "bb", "sh", "-c", "kill -9 $PPID; exec sleep 5 & kill -TERM $!; wait $!", status=143)

    def test_failed_starts_have_docker_s_statuses(self):
        passwd = ["-v", "/etc/passwd:/etc"]
        for options, command, status, reason in (
                ([], "nope", 127, 'exec: "nope": executable file not found in $PATH'),
                ([], "/no/such", 127, "stat /no/such: no such file or directory"),
                ([], "/etc", 126, "permission denied"),
                ([], "/etc/plain", 126, 'exec: "/etc/plain": permission denied'),
                (passwd, "true", 125, "Are you trying to mount a directory onto a file"),
                (["--device-write-bps", "/dev/zero:1"], "true", 125, "")):
            with self.subTest(command=command, options=options):
                done = self.docker("run", "--rm", *options, "bb", command, status=status)
                self.assertIn(reason, done.err)
                runc = self.docker("run", "--rm", "--runtime", "runc", *options, "bb", command, status=None)
                self.assertEqual(runc.status, status)

    def test_exec(self):
        self.sleeper()
        self.assertEqual(self.execute("box", "sh", "-c", "echo yes; exit 9", status=9).out, "yes\n")
        self.assertEqual(self.execute("-i", "box", "cat", input="abc").out, "abc")
        who = self.execute("-u", "1000:2000", "-w", "/tmp", "-e", "A=b", "box", "sh", "-c", "id; pwd; echo $A")
        self.assertEqual(who.out, "uid=1000(learner) gid=2000(extra) groups=2000(extra)\n/tmp\nb\n")
        self.execute("-d", "box", "touch", "/tmp/detached")
        self.wait_for("the detached exec", lambda: "detached" in self.execute("box", "ls", "/tmp").out)
        for command, reason in (
                (["nope"], 'exec: "nope": executable file not found in $PATH'), (["/etc"], "permission denied"),
                (["/etc/plain"], "permission denied"), (["/no/such"], "no such file or directory")):
            self.assertIn(reason, self.execute("box", *command, status=126).out)
        missing = self.execute("-w", "/nope", "box", "pwd", status=126).out
        self.assertIn('chdir to cwd ("/nope") set in config.json', missing)

    def test_exec_has_the_container_s_confinement(self):
        self.sleeper("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "50")
        status = self.execute("box", "cat", "/proc/self/status").out
        self.assertRegex(status, r"CapBnd:\t0+\n")
        self.assertIn("NoNewPrivs:\t1", status)
        self.assertIn("Seccomp:\t2", status)
        groups = self.execute("box", "cat", "/proc/self/cgroup").out
        self.assertRegex(groups, r":pids:/docker/[0-9a-f]{64}")

    def test_stop_kill_and_start(self):
        script = "trap 'echo got; exit 4' TERM; echo ready; while :; do sleep 0.05; done"
        self.docker("run", "-d", "--name", "box", "bb", "sh", "-c", script)
        self.wait_for("the trap", lambda: "ready" in self.docker("logs", "box").out)
        self.docker("stop", "box")
        self.assertEqual((self.state("box"), self.state("box", "ExitCode")), ("exited", "4"))
        self.assertEqual(self.docker("logs", "box").out, "ready\ngot\n")
        self.assertIn("is not running", self.docker("kill", "box", status=1).err)
        self.assertIn("is not running", self.execute("box", "true", status=1).err)
        self.docker("start", "box")
        self.docker("kill", "-s", "USR1", "box")
        self.docker("kill", "box")
        self.wait_for("the end", lambda: self.state("box") == "exited")
        self.assertEqual(self.state("box", "ExitCode"), "137")
        self.sleeper(name="deaf")
        self.docker("stop", "-t", "1", "deaf")
        self.assertEqual(self.state("deaf", "ExitCode"), "137")
        self.docker("restart", "-t", "0", "deaf")
        self.assertEqual(self.state("deaf"), "running")

    def test_pause(self):
        self.sleeper()
        self.docker("pause", "box")
        self.assertEqual(self.state("box"), "paused")
        group = "docker/" + self.docker("inspect", "-f", "{{.Id}}", "box").out.strip()
        self.assertTrue(self.machine.frozen(group))
        self.assertIn("is paused", self.execute("box", "true", status=1).err)
        self.assertIn("already paused", self.docker("pause", "box", status=1).err)
        self.docker("unpause", "box")
        self.assertFalse(self.machine.frozen(group))
        self.assertEqual(self.execute("box", "echo", "thawed").out, "thawed\n")
        self.docker("pause", "box")
        self.docker("kill", "box")
        self.wait_for("the end of a frozen container", lambda: self.state("box") == "exited")
        self.assertEqual(self.state("box", "ExitCode"), "137")

    LIMITS = {
        "memory/memory.limit_in_bytes": "67108864", "memory/memory.soft_limit_in_bytes": "33554432",
        "memory/memory.memsw.limit_in_bytes": "100663296", "cpu/cpu.cfs_quota_us": "50000",
        "cpu/cpu.shares": "300", "pids/pids.max": "33", "cpuset/cpuset.cpus": "0"}

    def limits(self, text):
        return dict(zip(self.LIMITS, text.split()))

    def needs_controllers(self):
        if not os.path.isdir("/sys/fs/cgroup/memory"):
            self.skipTest("limits are read from version 1 controllers")

    def test_limits(self):
        self.needs_controllers()
        files = "cd /sys/fs/cgroup; cat " + " ".join(self.LIMITS)
        text = self.inside(
            "-m", "64m", "--memory-reservation", "32m", "--memory-swap", "96m", "--cpus", "0.5", "--cpu-shares", "300",
            "--pids-limit", "33", "--cpuset-cpus", "0", files)
        self.assertEqual(self.limits(text), self.LIMITS)
        done = self.docker(
            "run", "--rm", "--pids-limit", "5", "bb", "sh", "-c", "for i in 1 2 3 4 5 6; do sleep 9 & done", status=2)
        self.assertIn("can't fork", done.err)

    def test_out_of_memory(self):
        self.needs_controllers()
        self.docker("run", "--name", "box", "-m", "16m", "bb", "tail", "/dev/zero", status=137)
        self.assertEqual(self.state("box", "OOMKilled"), "true")

    def test_update(self):
        self.needs_controllers()
        self.sleeper("-m", "128m", "--cpus", "1")
        self.docker(
            "update", "-m", "64m", "--memory-reservation", "32m", "--memory-swap", "96m", "--cpus", "0.5",
            "--cpu-shares", "300", "--pids-limit", "33", "--cpuset-cpus", "0", "box")
        text = self.execute("box", "sh", "-c", "cd /sys/fs/cgroup; cat " + " ".join(self.LIMITS)).out
        # The container's view of cpuset is from before it entered that hierarchy; the kernel's word counts.
        self.assertEqual(self.limits(text) | {"cpuset/cpuset.cpus": "0"}, self.LIMITS)
        allowed = self.execute("box", "grep", "-h", "Cpus_allowed_list", "/proc/1/status", "/proc/self/status").out
        self.assertEqual(allowed, "Cpus_allowed_list:\t0\n" * 2)
        # Devices stay as they were.
        self.execute("box", "sh", "-c", "echo x > /dev/null")
        self.assertIn("update the memoryswap", self.docker("update", "-m", "200m", "box", status=1).err)

    def test_top_stats_and_logs(self):
        script = "for i in 1 2 3; do echo $i; echo e$i >&2; done; sleep 300 & exec sleep 300"
        self.docker("run", "-d", "--name", "box", "-m", "64m", "bb", "sh", "-c", script)
        self.wait_for("both processes", lambda: self.docker("top", "box").out.count("sleep 300") == 2)
        self.assertEqual(self.docker("top", "box", "-o", "pid,comm").out.count("sleep\n"), 2)
        stats = self.docker("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", "box").out
        self.assertRegex(stats, r"^[1-9][\d.]*KiB / 64MiB 2$")
        logs = self.docker("logs", "box")
        self.assertEqual((logs.out, logs.err), ("1\n2\n3\n", "e1\ne2\ne3\n"))

    def test_interactive_terminal(self):
        terminal = self.terminal("run", "--rm", "-it", "bb", "sh", columns=91, rows=33)
        terminal.expect("# ")
        # The client sets the size once the container runs.
        terminal.type("until [ \"$(stty size)\" = '33 91' ]; do :; done; tty; ls -l /dev/console; exit 6\r")
        terminal.expect(r"/dev/pts/0\r")
        terminal.expect(r"crw--w---- +1 root +5 +136, +0 .*/dev/console")
        self.assertEqual(terminal.wait(), 6)

    def test_attach_to_a_detached_terminal(self):
        self.docker("run", "-dit", "--name", "box", "bb", "sh")
        first = self.terminal("attach", "box", columns=91, rows=33)
        first.type("until [ \"$(stty size)\" = '33 91' ]; do :; done; echo $((6*7))\r")
        first.expect(r"42\r")
        first.type("\x10\x11")
        first.wait()
        self.assertEqual(self.state("box"), "running")
        second = self.terminal("attach", "box", columns=44, rows=22)
        second.type("until [ \"$(stty size)\" = '22 44' ]; do :; done; exit 5\r")
        self.assertEqual(second.wait(), 5)
        self.docker("start", "box")
        inner = self.terminal("exec", "-it", "box", "sh", columns=50, rows=20)
        inner.type("until [ \"$(stty size)\" = '20 50' ]; do :; done; tty; exit 7\r")
        inner.expect(r"/dev/pts/1\r")
        self.assertEqual(inner.wait(), 7)

    def test_attach_without_a_terminal(self):
        self.docker("run", "-di", "--name", "box", "bb", "cat")
        process = subprocess.Popen(
            self.machine.enter(["docker", "attach", "box"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=self.machine.environment())
        process.stdin.write("hello\n")
        process.stdin.flush()
        self.assertEqual(process.stdout.readline(), "hello\n")
        self.docker("kill", "box")
        process.communicate(timeout=20)
        self.assertEqual(process.returncode, 137)

    def test_read_only_root(self):
        text = self.inside("--read-only", "--tmpfs", "/t:size=1m,mode=700", "echo x > /f; echo $?; echo y > /t/f; "
                           "echo $?; grep ' /t ' /proc/mounts; stat -c %a /t")
        self.assertRegex(text, r"^1\n0\ntmpfs /t tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k,mode=700.*\n700\n$")

    def test_capabilities(self):
        show = "grep Cap /proc/self/status"
        default = self.inside(show)
        self.assertRegex(default, r"CapInh:\t0+\nCapPrm:\t0+a80425fb\nCapEff:\t0+a80425fb\nCapBnd:\t0+a80425fb\nCapAmb:\t0+\n")
        one = self.inside("--cap-drop", "ALL", "--cap-add", "NET_RAW", show)
        self.assertRegex(one, r"CapEff:\t0+2000\nCapBnd:\t0+2000\n")
        self.assertRegex(self.inside("--cap-add", "NET_ADMIN", show), r"CapEff:\t0+a80435fb\n")
        ordinary = self.inside("--user", "1000", show)
        self.assertRegex(ordinary, r"CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+a80425fb\n")

    def test_security_options(self):
        show = "grep -E 'Seccomp:|NoNewPrivs' /proc/self/status"
        self.assertEqual(self.inside(show), "NoNewPrivs:\t0\nSeccomp:\t2\n")
        self.assertIn("Seccomp:\t0", self.inside("--security-opt", "seccomp=unconfined", show))
        self.assertIn("NoNewPrivs:\t1", self.inside("--security-opt", "no-new-privileges", show))
        profile = self.machine.path("profile.json")
        self.machine.write(profile, json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}))
        done = self.docker(
            "run", "--rm", "--security-opt", "seccomp=" + profile, "bb", "mkdir", "/tmp/x", status=1)
        self.assertIn("Function not implemented", done.err)
        hidden = self.inside("cat /proc/keys /proc/timer_list | wc -c; ls /proc/acpi /sys/firmware; "
                             "echo 1 > /proc/sys/kernel/panic; echo $?")
        self.assertEqual(hidden.split(), ["0", "/proc/acpi:", "/sys/firmware:", "1"])

    def test_users_own_their_pipes(self):
        done = self.docker(
            "run", "--rm", "-i", "--user", "learner:extra", "--group-add", "3000", "bb", "sh", "-c",
            "id; cat /dev/stdin > /dev/stdout; echo e > /dev/stderr", input="abc\n")
        self.assertEqual(done.out, "uid=1000(learner) gid=2000(extra) groups=2000(extra),3000\nabc\n")
        self.assertEqual(done.err, "e\n")

    def test_init(self):
        self.assertEqual(self.inside("--init", "cat /proc/1/comm"), "docker-init\n")

    def test_devices(self):
        text = self.inside(
            "--device", "/dev/zero:/dev/other:r", "ls -l /dev/other; head -c1 /dev/other | wc -c; "
            "mknod /dev/loop b 7 0; head -c1 /dev/loop 2>&1 >/dev/null | grep -c 'not permitted'")
        self.assertRegex(text, r"^crw-rw-rw- +1 root +root +1, +5 .*/dev/other\n1\n1\n$")
        self.assertRegex(self.inside("ls /dev"), "^" + "\n".join([
            "(core\n)?fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr", "stdin", "stdout", "tty",
            "urandom", "zero\n$"]))

    def test_sysctl_and_ulimit(self):
        text = self.inside(
            "--sysctl", "net.ipv4.ip_unprivileged_port_start=7", "--sysctl", "kernel.msgmax=9000", "--ulimit",
            "nofile=123:456", "--ulimit", "core=0", "--oom-score-adj", "300", "--shm-size", "3m",
            "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax /proc/self/oom_score_adj; "
            "ulimit -n; ulimit -Hn; ulimit -c; grep -c 'shm .*size=3072k' /proc/mounts")
        self.assertEqual(text.split(), ["7", "9000", "300", "123", "456", "0", "1"])

    def test_health(self):
        self.sleeper("--health-cmd", "test -f /tmp/ok", "--health-interval", "500ms", "--health-retries", "2")
        self.wait_for("ill health", lambda: self.state("box", "Health.Status") == "unhealthy")
        self.execute("box", "touch", "/tmp/ok")
        self.wait_for("good health", lambda: self.state("box", "Health.Status") == "healthy")

    def test_restarts(self):
        self.docker("run", "-d", "--name", "box", "--restart", "on-failure:2", "bb", "sh", "-c", "echo run; exit 5")
        show = "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}"
        self.wait_for("two restarts", lambda: self.docker("inspect", "-f", show, "box").out == "exited 2 5\n")
        self.assertEqual(self.docker("logs", "box").out, "run\n" * 3)

    def test_networks(self):
        links = "ls /sys/class/net"
        self.assertEqual(self.inside("--network", "none", links), "lo\n")
        self.assertIn("docker0", self.inside("--network", "host", links))
        self.docker("run", "-d", "--name", "box", "-p", "8099:80", "bb", "sh", "-c",
                    "echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp")
        own = self.execute("box", "readlink", "/proc/self/ns/net").out
        self.assertEqual(self.inside("--network", "container:box", "readlink /proc/self/ns/net"), own)
        address = self.docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "box").out.strip()
        fetch = "wget -q -O - http://%s/"
        self.wait_for("the web server", lambda: self.docker(
            "run", "--rm", "bb", "sh", "-c", fetch % address, status=None).out == "hello\n")
        self.assertEqual(self.inside("--network", "host", fetch % "127.0.0.1:8099"), "hello\n")

    def test_shared_namespaces(self):
        self.sleeper("--ipc", "shareable", "--hostname", "named")
        self.assertIn("sleep 300", self.inside("--pid", "container:box", "ps -o args"))
        ipc = self.execute("box", "readlink", "/proc/self/ns/ipc").out
        self.assertEqual(self.inside("--ipc", "container:box", "readlink /proc/self/ns/ipc"), ipc)
        self.assertEqual(self.execute("box", "hostname").out, "named\n")
        self.assertEqual(self.inside("--uts", "host", "readlink /proc/self/ns/uts"),
                         self.run_("readlink", "/proc/self/ns/uts").out)
        self.assertIn("dockerd", self.inside("--pid", "host", "ps -o comm"))
        self.assertNotIn("docker", self.inside("--cgroupns", "private", "cat /proc/self/cgroup"))

    def test_volumes(self):
        folder = self.machine.path("volume")
        self.machine.write(folder + "/file", "content\n")
        text = self.inside("-v", folder + ":/v:ro", "cat /v/file; echo x > /v/g; echo $?; grep ' /v ' /proc/mounts")
        self.assertRegex(text, r"^content\n1\n\S+ /v \S+ ro,.*\n$")
        self.inside("-v", folder + ":/new/folder/v", "echo more >> /new/folder/v/file")
        self.assertEqual(open(folder + "/file").read(), "content\nmore\n")
        self.inside("-v", "named:/v", "echo kept > /v/k")
        self.assertEqual(self.inside("-v", "named:/v", "cat /v/k"), "kept\n")
        self.docker("volume", "rm", "named")
        self.assertEqual(self.inside("-w", "/made/folder", "pwd"), "/made/folder\n")

    def test_life_of_a_created_container(self):
        self.docker("create", "--name", "box", "bb", "sh", "-c", "echo created; echo x > /new; exit 3")
        self.assertEqual(self.docker("start", "-a", "box", status=3).out, "created\n")
        self.assertIn("A /new", self.docker("diff", "box").out)
        self.docker("rename", "box", "other")
        self.assertEqual(self.docker("wait", "other").out, "3\n")


class DockerRemapped(Docker):
    """dockerd --userns-remap: root of a container is user 200000 of the host."""
    options = {"userns-remap": "remap"}

    def test_root_is_an_ordinary_user_outside(self):
        text = self.inside("id; cat /proc/self/uid_map; touch /etc/made; ls -ln /etc/made")
        self.assertRegex(text, r"^uid=0\(root\) gid=0\(root\) .*\n +0 +200000 +65536\n-rw-r--r-- +1 0 +0 ")
        self.sleeper()
        pid = self.state("box", "Pid")
        self.assertEqual(self.run_("stat", "-c", "%u", f"/proc/{pid}/root").out, "200000\n")

    def test_confinement_and_limits(self):
        text = self.inside(
            "-m", "64m", "--pids-limit", "33", "--oom-score-adj", "300", "--ulimit", "nofile=123:456", "--sysctl",
            "kernel.msgmax=9000", "grep -E 'CapEff|Seccomp:' /proc/self/status; cat /proc/self/oom_score_adj "
            "/proc/sys/kernel/msgmax; ulimit -n; mount | grep -c /sys/fs/cgroup")
        self.assertRegex(text, r"^CapEff:\t0+a80425fb\nSeccomp:\t2\n300\n9000\n123\n\d+\n$")
        if os.path.isdir("/sys/fs/cgroup/memory"):
            limits = self.inside("-m", "64m", "--pids-limit", "33", "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes "
                                 "pids/pids.max")
            self.assertEqual(limits.split(), ["67108864", "33"])

    def test_exec_and_life(self):
        self.sleeper()
        self.assertEqual(self.execute("box", "id", "-u").out, "0\n")
        done = self.execute("-u", "learner", "box", "sh", "-c", "id -u; echo out > /dev/stdout; exit 4", status=4)
        self.assertEqual(done.out, "1000\nout\n")
        self.assertEqual(self.execute("-t", "box", "tty").out, "/dev/pts/0\n")
        self.docker("pause", "box")
        self.docker("unpause", "box")
        self.assertIn("sleep 300", self.docker("top", "box").out)
        self.docker("stop", "-t", "0", "box")
        self.assertEqual(self.state("box", "ExitCode"), "137")
        self.docker("run", "--rm", "bb", "nope", status=127)

    def test_terminal(self):
        terminal = self.terminal("run", "--rm", "-it", "bb", "sh", columns=91, rows=33)
        terminal.type("until [ \"$(stty size)\" = '33 91' ]; do :; done; ls -ln /dev/console; exit 6\r")
        terminal.expect(r"crw--w---- +1 0 +5 +136, +0 .*/dev/console")
        self.assertEqual(terminal.wait(), 6)

    def test_volumes_and_users(self):
        folder = self.machine.path("volume")
        self.machine.write(folder + "/file", "content\n")
        text = self.inside("--read-only", "--tmpfs", "/t", "-v", folder + ":/v", "ls -ln /v/file; echo x > /v/file; "
                           "echo $?; echo x > /t/x; echo $?; echo x > /f; echo $?")
        self.assertRegex(text, r"^-rw-r--r-- +1 65534 +65534 .*\n1\n0\n1\n$")
        self.assertEqual(self.inside("--user", "learner", "echo out > /dev/stdout"), "out\n")
        self.assertEqual(self.inside("-v", "named:/v", "touch /v/k; ls -ln /v/k | cut -c1-30"), "-rw-r--r--    1 0        0    \n")
        self.docker("volume", "rm", "named")

    def test_shared_namespaces(self):
        self.sleeper("--ipc", "shareable")
        for kind in ("net", "ipc", "pid"):
            option = "network" if kind == "net" else kind
            own = self.execute("box", "readlink", "/proc/self/ns/" + kind).out
            joined = self.inside("--" + option, "container:box", "readlink /proc/self/ns/" + kind)
            self.assertEqual(joined, own)

    def test_host_s_users_on_demand(self):
        text = self.inside("--userns", "host", "--network", "host", "cat /proc/self/uid_map; ls /sys/class/net")
        self.assertRegex(text, r"^ +0 +0 4294967295\n")
        self.assertIn("docker0", text)
