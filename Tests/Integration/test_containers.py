"""Our own CLI against our own daemon: what a container is, and what users of Docker expect of one."""
import json
import os
import re
import signal
import socket
import time
import unittest
import urllib.request

from kit import Kit, KitCase, Terminal, ESCALE


class Run(KitCase):
    def test_output_and_status(self):
        result = self.escale("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7", status=7)
        self.assertEqual((result.out, result.err), ("out\n", "err\n"))

    def test_statuses_of_failures(self):
        self.assertIn("executable file not found", self.escale("run", "--rm", "busybox", "nope", status=127).err)
        self.assertIn("permission denied", self.escale("run", "--rm", "busybox", "/etc/passwd", status=126).err)
        self.assertIn("nope:latest", self.escale("run", "--rm", "nope", "true", status=125).err)
        self.assertIn("unknown flag: --nope", self.escale("run", "--nope", "busybox", status=125).err)
        self.assertIn("invalid size", self.escale("run", "-m", "12q", "busybox", "true", status=125).err)
        self.escale("run", "--rm", "busybox", "sh", "-c", "sh -c 'kill -9 $$'; exit $?", status=137)
        self.assertEqual(self.escale("ps", "-aq").out, "", "a failed run --rm leaves nothing")

    def test_stdin(self):
        text = "une ligne é\n" * 5000
        self.assertEqual(self.escale("run", "--rm", "-i", "busybox", "cat", input=text).out, text)
        self.assertEqual(self.escale("run", "--rm", "busybox", "cat").out, "")

    def test_big_output_is_whole(self):
        out = self.escale("run", "--rm", "busybox", "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x").out
        self.assertEqual(len(out), 3000000)

    def test_environment_directory_user_hostname(self):
        script = 'echo "$A|$(pwd)|$(id -u):$(id -g)|$(hostname)"'
        out = self.escale(
            "run", "--rm", "-e", "A=1 2", "-w", "/tmp", "-u", "1000:1000", "--hostname", "phare", "busybox", "sh",
            "-c", script).out
        self.assertEqual(out, "1 2|/tmp|1000:1000|phare\n")
        self.assertEqual(self.escale("run", "--rm", "-u", "nobody", "busybox", "id", "-un").out, "nobody\n")
        self.assertIn("unable to find user", self.escale("run", "--rm", "-u", "nul", "busybox", "id", status=None).err)

    def test_isolation_defaults(self):
        out = self.escale(
            "run", "--rm", "busybox", "sh", "-c",
            "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; cat /proc/1/comm; ls /proc | grep -c '^[0-9]';"
            "cat /proc/kcore 2>&1 | head -c 1 | wc -c; mount -t tmpfs x /tmp 2>&1; echo 1 > /proc/sys/kernel/panic; "
            "wc -c < /proc/timer_list 2>/dev/null; mknod /tmp/sda b 8 0 && cat /tmp/sda", status=None)
        self.assertIn("CapEff:\t00000000a80425fb", out.out)
        self.assertIn("CapBnd:\t00000000a80425fb", out.out)
        self.assertIn("Seccomp:\t2", out.out)
        self.assertRegex(out.out, r"mount: .*(ermission|permitted)")
        self.assertIn("Read-only file system", out.err)
        self.assertIn("Operation not permitted", out.err)

    def test_namespaces_are_its_own(self):
        self.escale("run", "-d", "--name", "ns", "busybox", "sleep", "60")
        pid = self.escale("inspect", "-f", "{{.State.Pid}}", "ns").out.strip()
        for ns in ("pid", "mnt", "net", "uts", "ipc", "cgroup"):
            self.assertNotEqual(os.readlink(f"/proc/{pid}/ns/{ns}"), os.readlink(f"/proc/self/ns/{ns}"), ns)
        self.assertEqual(open("/proc/sys/kernel/random/boot_id").read(),
                         self.escale("exec", "ns", "cat", "/proc/sys/kernel/random/boot_id").out)

    def test_limits(self):
        out = self.escale(
            "run", "--rm", "-m", "64m", "--cpus", "0.5", "--pids-limit", "20", "busybox", "sh", "-c",
            "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/cpu/cpu.cfs_quota_us "
            "/sys/fs/cgroup/pids/pids.max 2>/dev/null || cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max "
            "/sys/fs/cgroup/pids.max").out.split()
        self.assertEqual(out[0], str(64 << 20))
        self.assertEqual(out[1], "50000")
        self.assertEqual(out[-1], "20")

    def test_memory_limit_kills(self):
        self.escale("run", "--name", "oom", "-m", "16m", "--memory-swap", "16m", "busybox", "sh", "-c",
                    "head -c 200000000 /dev/zero | tail", status=None, timeout=60)
        state = json.loads(self.escale("inspect", "oom").out)[0]["State"]
        self.assertTrue(state["OOMKilled"], state)

    def test_fork_bomb_is_contained(self):
        self.escale("run", "-d", "--name", "bomb", "--pids-limit", "30", "busybox", "sh", "-c",
                    "f() { f | f & }; f; sleep 60")
        start = time.monotonic()
        self.escale("run", "--rm", "busybox", "true")
        self.assertLess(time.monotonic() - start, 5)
        self.escale("rm", "-f", "bomb")

    def test_volumes(self):
        with open(os.path.join(self.kit.root, "note"), "w") as file:
            file.write("bonjour")
        bind = f"{self.kit.root}/note:/note:ro"
        self.assertEqual(self.escale("run", "--rm", "-v", bind, "busybox", "cat", "/note").out, "bonjour")
        self.escale("run", "--rm", "-v", bind, "busybox", "sh", "-c", "echo x > /note", status=1)
        self.escale("run", "--rm", "-v", "garde:/d", "busybox", "sh", "-c", "echo 42 > /d/n")
        self.assertEqual(self.escale("run", "--rm", "-v", "garde:/d", "busybox", "cat", "/d/n").out, "42\n")

    def test_read_only_and_tmpfs(self):
        out = self.escale("run", "--rm", "--read-only", "--tmpfs", "/t", "busybox", "sh", "-c",
                          "echo x > /t/a && cat /t/a; echo x > /a", status=1)
        self.assertEqual(out.out, "x\n")
        self.assertIn("Read-only file system", out.err)

    def test_terminal(self):
        terminal = Terminal([ESCALE, "run", "--rm", "-it", "busybox", "sh"], self.kit.env)
        try:
            terminal.expect("# ")
            terminal.type("tty; stty size; echo $((6*7))\r")
            terminal.expect(r"/dev/(pts/0|console)")
            terminal.expect("24 80")
            terminal.expect("42")
            terminal.type("sleep 100\r")
            time.sleep(0.3)
            terminal.type("\x03")
            terminal.expect("# ")
            terminal.type("exit 5\r")
            self.assertEqual(terminal.wait(), 5)
        finally:
            terminal.close()

    def test_signals_are_passed_on(self):
        import subprocess
        process = subprocess.Popen(
            [ESCALE, "run", "--rm", "busybox", "sh", "-c", "trap 'echo recu; exit 3' TERM; echo pret; while :; do sleep 0.1; done"],
            env=self.kit.env, stdout=subprocess.PIPE, text=True)
        self.assertEqual(process.stdout.readline(), "pret\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.stdout.readline(), "recu\n")
        self.assertEqual(process.wait(10), 3)
        process.stdout.close()


class Life(KitCase):
    def test_logs_stop_start_rm(self):
        self.escale("run", "-d", "--name", "vie", "busybox", "sh", "-c",
                    "trap 'echo fin; exit 0' TERM; echo debut; while :; do sleep 0.05; done")
        self.wait_for("the log", lambda: "debut" in self.escale("logs", "vie").out)
        start = time.monotonic()
        self.assertEqual(self.escale("stop", "vie").out, "vie\n")
        self.assertLess(time.monotonic() - start, 5)
        self.assertEqual(self.escale("logs", "vie").out, "debut\nfin\n")
        self.assertEqual(self.escale("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "vie").out, "exited 0\n")
        self.escale("start", "vie")
        self.assertIn("container is running", self.escale("rm", "vie", status=1).err)
        self.escale("rm", "-f", "vie")
        self.assertIn("No such container: vie", self.escale("inspect", "--type", "container", "vie", status=1).err
                      + self.escale("logs", "vie", status=1).err)

    def test_stop_kills_after_the_grace(self):
        self.escale("run", "-d", "--name", "sourd", "busybox", "sh", "-c", "trap '' TERM; while :; do sleep 1; done")
        start = time.monotonic()
        self.escale("stop", "-t", "1", "sourd")
        self.assertGreaterEqual(time.monotonic() - start, 0.9)
        self.assertEqual(self.escale("inspect", "-f", "{{.State.ExitCode}}", "sourd").out, "137\n")

    def test_exec(self):
        self.escale("run", "-d", "--name", "exe", "-e", "A=1", "busybox", "sleep", "60")
        self.assertEqual(self.escale("exec", "exe", "sh", "-c", "echo $A; exit 4", status=4).out, "1\n")
        self.assertEqual(self.escale("exec", "-i", "exe", "cat", input="x").out, "x")
        self.assertEqual(self.escale("exec", "-u", "1000", "-w", "/tmp", "exe", "sh", "-c", "id -u; pwd").out, "1000\n/tmp\n")
        self.escale("exec", "exe", "nope", status=127)
        self.escale("exec", "-d", "exe", "touch", "/tmp/f")
        self.wait_for("the file", lambda: self.escale("exec", "exe", "test", "-e", "/tmp/f", status=None).status == 0)
        self.assertIn("No such container", self.escale("exec", "nul", "true", status=None).err)
        caps = self.escale("exec", "exe", "grep", "CapEff", "/proc/self/status").out
        self.assertIn("00000000a80425fb", caps)

    def test_kill_pause_rename_wait(self):
        self.escale("run", "-d", "--name", "ka", "busybox", "sleep", "60")
        self.escale("pause", "ka")
        self.assertIn("(Paused)", self.escale("ps").out)
        self.escale("unpause", "ka")
        self.escale("rename", "ka", "la")
        self.escale("kill", "la")
        self.assertEqual(self.escale("wait", "la").out, "137\n")
        self.assertIn("not running", self.escale("kill", "la", status=1).err)

    def test_ps_and_formats(self):
        self.escale("run", "-d", "--name", "p1", "-l", "role=web", "busybox", "sleep", "60")
        self.escale("run", "--name", "p2", "busybox", "true")
        self.assertEqual(self.escale("ps", "--format", "{{.Names}}").out, "p1\n")
        self.assertEqual(set(self.escale("ps", "-a", "--format", "{{.Names}}").out.split()), {"p1", "p2"})
        self.assertEqual(self.escale("ps", "-a", "-f", "status=exited", "--format", "{{.Names}}").out, "p2\n")
        self.assertEqual(self.escale("ps", "-f", "label=role=web", "--format", "{{.Names}}").out, "p1\n")
        header = self.escale("ps").out.splitlines()[0]
        self.assertRegex(header, r"^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES$")
        self.assertIn("already in use", self.escale("run", "--name", "p1", "busybox", "true", status=125).err)

    def test_top_stats(self):
        self.escale("run", "-d", "--name", "te", "busybox", "sleep", "60")
        self.assertIn("sleep 60", self.escale("top", "te").out)
        row = self.escale("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}} {{.MemUsage}}", "te").out.split()
        self.assertEqual(row[:2], ["te", "1"])
        self.assertRegex(row[2], r"[0-9.]+[KM]iB")

    def test_cp(self):
        self.escale("run", "-d", "--name", "co", "busybox", "sleep", "60")
        source = os.path.join(self.kit.root, "a.txt")
        with open(source, "w") as file:
            file.write("à copier")
        self.escale("cp", source, "co:/tmp/b.txt")
        self.assertEqual(self.escale("exec", "co", "cat", "/tmp/b.txt").out, "à copier")
        self.escale("cp", "co:/tmp/b.txt", os.path.join(self.kit.root, "d.txt"))
        self.assertEqual(open(os.path.join(self.kit.root, "d.txt")).read(), "à copier")
        # A link to the host's file inside the container leads to the container's.
        self.escale("exec", "co", "ln", "-s", "/etc/shadow", "/tmp/lien")
        self.escale("cp", "co:/nope", self.kit.root, status=1)
        # A link keeps leading where it led under its new name; -L copies what it leads to.
        self.escale("exec", "co", "ln", "-s", "b.txt.2", "/tmp/b.txt.lien")
        self.escale("exec", "co", "cp", "/tmp/b.txt", "/tmp/b.txt.2")
        new = os.path.join(self.kit.root, "f&1.txt")
        self.escale("cp", "co:/tmp/b.txt.lien", new)
        self.assertEqual(os.readlink(new), "b.txt.2")
        self.escale("cp", "-L", "co:/tmp/b.txt.lien", new)
        self.assertFalse(os.path.islink(new))
        self.assertEqual(open(new).read(), "à copier")
        self.escale("stop", "-t", "0", "co")
        self.escale("cp", "co:/tmp/b.txt", os.path.join(self.kit.root, "e.txt"))
        self.assertEqual(open(os.path.join(self.kit.root, "e.txt")).read(), "à copier")

    def test_restarts_at_once(self):
        # The kernel takes the last run's network namespace down meanwhile, its card with it.
        self.escale("run", "-d", "--name", "vite", "busybox", "sleep", "60")
        for _ in range(10):
            self.escale("restart", "-t", "0", "vite")
        self.assertEqual(self.escale("inspect", "-f", "{{.State.Running}}", "vite").out, "true\n")

    def test_restart_policy(self):
        self.escale("run", "-d", "--name", "re", "--restart", "on-failure:2", "busybox", "sh", "-c", "exit 1")
        self.wait_for("two restarts", lambda: self.escale("inspect", "-f", "{{.RestartCount}} {{.State.Status}}", "re")
                      .out == "2 exited\n", 20)


class Network(KitCase):
    def test_bridge_names_and_ports(self):
        self.escale("run", "-d", "--name", "web", "-p", "127.0.0.1::80", "escale/web:1")
        port = int(self.escale("port", "web", "80").out.strip().rsplit(":", 1)[1])
        text = self.wait_for("the page", lambda: self.fetch(port))
        self.assertIn("version 1", text)
        out = self.escale("run", "--rm", "busybox", "wget", "-qO-", "http://web/cgi-bin/sante").out
        self.assertTrue(out)
        address = self.escale("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "web").out.strip()
        self.assertRegex(address, r"^[0-9.]+$")
        self.escale("run", "--rm", "busybox", "ping", "-c1", "-W2", address)

    def fetch(self, port):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).read().decode()
        except OSError:
            return None

    def test_port_conflict(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            error = self.escale("run", "--rm", "-p", f"127.0.0.1:{port}:80", "busybox", "true", status=125).err
            self.assertIn("port is already allocated", error)
        self.assertEqual(self.escale("ps", "-aq").out, "")

    def test_none_host_and_shared(self):
        links = "ls /sys/class/net"
        self.assertEqual(self.escale("run", "--rm", "--network", "none", "busybox", "sh", "-c", links).out, "lo\n")
        host = self.escale("run", "--rm", "--network", "host", "busybox", "readlink", "/proc/self/ns/net").out.strip()
        self.assertEqual(host, os.readlink("/proc/self/ns/net"))
        self.escale("run", "-d", "--name", "un", "busybox", "sleep", "60")
        self.escale("run", "-d", "--name", "deux", "--network", "container:un", "busybox", "sleep", "60")
        ns = [os.readlink(f"/proc/{p}/ns/net") for p in self.escale("inspect", "-f", "{{.State.Pid}}", "un", "deux").out.split()]
        self.assertEqual(ns[0], ns[1])
