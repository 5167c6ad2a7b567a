"""kill -9 of anything at any moment: nothing acknowledged is lost, nothing is left."""
import concurrent.futures
import os
import random
import signal
import subprocess
import time
import unittest

from kit import Kit, KitCase, ESCALE


class Crash(KitCase):
    def test_daemon_killed_containers_go_on(self):
        self.escale("run", "-d", "--name", "dure", "busybox", "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done")
        pid = self.escale("inspect", "-f", "{{.State.Pid}}", "dure").out.strip()
        os.kill(self.kit.daemon_pid(), signal.SIGKILL)
        before = self.escale("logs", "dure").out
        self.assertEqual(self.escale("inspect", "-f", "{{.State.Pid}} {{.State.Running}}", "dure").out, f"{pid} true\n")
        self.wait_for("more lines", lambda: len(self.escale("logs", "dure").out) > len(before))
        self.assertEqual(self.escale("exec", "dure", "echo", "la").out, "la\n")
        self.escale("stop", "-t", "0", "dure")

    def test_exit_while_the_daemon_is_dead(self):
        self.escale("run", "-d", "--name", "finit", "busybox", "sh", "-c", "sleep 0.5; exit 9")
        os.kill(self.kit.daemon_pid(), signal.SIGKILL)
        time.sleep(1)
        self.assertEqual(self.escale("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "finit").out, "exited 9\n")

    def test_shim_killed(self):
        self.escale("run", "-d", "--name", "orphelin", "busybox", "sleep", "600")
        pid = int(self.escale("inspect", "-f", "{{.State.Pid}}", "orphelin").out)
        with open(f"/proc/{pid}/status") as file:
            parent = next(int(line.split()[1]) for line in file if line.startswith("PPid:"))
        os.kill(parent, signal.SIGKILL)
        self.wait_for("the end", lambda: not os.path.exists(f"/proc/{pid}"))
        self.wait_for("its record", lambda: self.escale("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "orphelin")
                      .out == "exited 137\n")

    def test_first_process_killed_from_the_host(self):
        self.escale("run", "-d", "--name", "tue", "busybox", "sleep", "600")
        os.kill(int(self.escale("inspect", "-f", "{{.State.Pid}}", "tue").out), signal.SIGKILL)
        self.assertEqual(self.escale("wait", "tue").out, "137\n")

    def test_two_daemons_never_share_a_kit(self):
        self.kit.start_daemon()
        second = self.escale("daemon", status=1)
        self.assertTrue(second.err)
        self.escale("ps")

    def test_daemon_killed_at_random_moments(self):
        rng = random.Random(7)
        for turn in range(12):
            name = f"hasard-{turn}"
            self.kit.start_daemon()
            process = subprocess.Popen(
                [ESCALE, "run", "-d", "--name", name, "busybox", "sleep", "600"], env=self.kit.env,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            time.sleep(rng.uniform(0, 0.04))
            os.kill(self.kit.daemon_pid(), signal.SIGKILL)
            acknowledged = process.communicate(timeout=30)[0].strip()
            names = self.escale("ps", "-a", "--format", "{{.Names}}").out.split()
            if acknowledged:
                self.assertIn(name, names)
            if name in names:
                self.escale("rm", "-f", name)
        self.assertEqual(self.escale("ps", "-aq").out, "")


class ManyContainers(KitCase):
    """200 containers, 20 at a time, with the daemon killed in the middle."""

    def test_two_hundred(self):
        self.kit.start_daemon()
        names = [f"lot-{i}" for i in range(200)]

        def start(name):
            # A request that the dying daemon did not acknowledge is made again, as a user would.
            for _ in range(5):
                result = self.kit.run("run", "-d", "--name", name, "busybox", "sleep", "600", timeout=120)
                if result.status == 0 or "already in use" in result.err:
                    if result.status != 0:
                        self.kit.run("start", name)
                    return True
            return f"{name}: {result}"

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            jobs = []
            for i, name in enumerate(names):
                jobs.append(pool.submit(start, name))
                if i == 100:
                    # About half of them are asked for: the first ones run.
                    concurrent.futures.wait(jobs[:80])
                    os.kill(self.kit.daemon_pid(), signal.SIGKILL)
            self.assertEqual([j.result() for j in jobs if j.result() is not True], [])
        running = self.escale("ps", "--format", "{{.Names}}").out.split()
        self.assertEqual(sorted(running), sorted(names))
        bridge = self.kit.bridge()
        self.assertEqual(len(self.kit.interfaces()), 200)
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            done = list(pool.map(lambda n: self.kit.run("rm", "-f", n, timeout=120).status, names))
        self.assertEqual(set(done), {0})
        self.assertEqual(self.escale("ps", "-aq").out, "")
        self.wait_for("the interfaces to go", lambda: not self.kit.interfaces())
        # One waits for the next container.
        shims = [p for p in self.kit.processes() if "runtime" in p[1]]
        self.assertLessEqual(len(shims), 1)
        for pid, _ in shims:
            self.assertIn(b"\0waiting ", open(f"/proc/{pid}/cmdline", "rb").read())
        self.assertEqual([x for x in self.kit.leftovers() if not x.startswith("process")], [])
