"""escale-runtime alone, as an OCI runtime: bundles, lifecycle, faults at every step, a user without privilege."""
import json
import os
import subprocess
import time
import unittest

from bundles import RUNTIME, Bundles, needs_root


@needs_root
class Lifecycle(Bundles):
    def test_run_gives_output_and_status(self):
        done = self.run_("run", "-b", self.spec(["sh", "-c", "echo hi; exit 5"]), "c")
        self.assertEqual((done.returncode, done.stdout), (5, "hi\n"), done)

    def test_create_start_exec_kill_delete(self):
        bundle = self.spec(["sleep", "60"])
        # The container keeps the caller's output: nothing may wait for its end.
        created = subprocess.run(
            [RUNTIME, "--root", self.base + "/state", "create", "-b", bundle, "--pid-file", self.base + "/pid", "c"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        self.assertEqual(created.returncode, 0)
        self.assertEqual(self.status("c"), "created")
        self.assertIn("already exists", self.run_("create", "-b", bundle, "c").stderr)
        self.assertEqual(self.run_("start", "c").returncode, 0)
        self.assertEqual(self.status("c"), "running")
        pid = json.loads(self.run_("state", "c").stdout)["pid"]
        self.assertEqual(int(open(self.base + "/pid").read()), pid)
        done = self.run_("exec", "c", "sh", "-c", "ps; exit 4")
        self.assertEqual(done.returncode, 4)
        self.assertIn("sleep 60", done.stdout)
        self.assertEqual(self.run_("pause", "c").returncode, 0)
        self.assertEqual(self.status("c"), "paused")
        self.assertEqual(self.run_("resume", "c").returncode, 0)
        self.assertIn("not stopped: running", self.run_("delete", "c").stderr)
        self.assertEqual(self.run_("kill", "c", "KILL").returncode, 0)
        deadline = time.monotonic() + 5
        while self.status("c") != "stopped" and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(self.run_("delete", "c").returncode, 0)
        self.assertIsNone(self.status("c"))

    def test_errors_are_worded_as_runc_does(self):
        for args, text in (
            (["nosuch"], 'exec: "nosuch": executable file not found in $PATH'),
            (["/etc"], 'exec: "/etc": is a directory: permission denied'),
            (["/nosuch"], 'exec: "/nosuch": stat /nosuch: no such file or directory'),
        ):
            done = self.run_("run", "-b", self.spec(args), "c")
            self.assertEqual(done.returncode, 1)
            self.assertIn(text, done.stderr)

    def test_confinement(self):
        script = "grep -E 'CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; mount -t tmpfs x /tmp; unshare -n true"
        done = self.run_("run", "-b", self.spec(["sh", "-c", script]), "c")
        self.assertIn("CapBnd:\t00000000a80425fb", done.stdout)
        self.assertIn("NoNewPrivs:\t1", done.stdout)
        self.assertIn("Seccomp:\t2", done.stdout)
        self.assertIn("permission denied", done.stderr)
        self.assertIn("Operation not permitted", done.stderr)

    def test_explain_tells_every_step(self):
        done = self.run_("run", "-b", self.spec(["true"]), "--explain", "-", "c")
        steps = [json.loads(line) for line in done.stdout.splitlines()]
        ids = [step["id"] for step in steps]
        for wanted in ("namespace.pid", "namespace.network", "mount.proc", "pivot_root", "capabilities.drop",
                       "seccomp", "exec"):
            self.assertIn(wanted, ids)
        self.assertTrue(all(step["result"] == "ok" for step in steps))
        self.assertTrue(all(step["start"] >= 0 and step["duration"] >= 0 for step in steps))

    def test_binary_cannot_be_written_from_a_container(self):
        bundle = self.spec(["sleep", "60"])
        program = subprocess.Popen([RUNTIME, "--root", self.base + "/state", "run", "-b", bundle, "c"])
        deadline = time.monotonic() + 5
        while self.status("c") != "running" and time.monotonic() < deadline:
            time.sleep(0.01)
        fd = os.open(f"/proc/{program.pid}/exe", os.O_PATH)
        self.run_("kill", "c", "KILL")
        self.assertEqual(program.wait(10), 137)
        with self.assertRaises(OSError) as caught:
            os.close(os.open(f"/proc/self/fd/{fd}", os.O_RDWR))
        self.assertEqual(caught.exception.strerror, "Read-only file system")
        os.close(fd)


if __name__ == "__main__":
    unittest.main()
