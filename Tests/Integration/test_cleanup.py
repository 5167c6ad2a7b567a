"""Every step of create, start, exec and delete fails, or its process is killed there: nothing stays that
`delete --force` does not remove, and that always works."""
import json
import os
import socket
import threading
import time
import unittest

from bundles import Bundles, needs_root

KILLS = ("before", "after")
ERRORS = ("error-before", "error-after")


@needs_root
class EveryStep(Bundles):
    def steps(self, file):
        """The names in what `--explain` wrote, each once; all that ran went well, and says what it was for."""
        lines = [json.loads(line) for line in open(file)]
        for line in lines:
            self.assertEqual(line["result"], "ok", line)
            self.assertTrue(line["purpose"], line)
        os.unlink(file)
        return list(dict.fromkeys(line["id"] for line in lines))

    def fault(self, when, step):
        # The mark finds whatever was started with it, before it became another program.
        return {"ESCALE_FAULT": f"{when}:{step}", "ESCALE_TEST_MARK": self.base}

    def marked(self):
        found = []
        for entry in os.listdir("/proc"):
            try:
                if entry.isdigit() and f"ESCALE_TEST_MARK={self.base}".encode() in open(
                        f"/proc/{entry}/environ", "rb").read():
                    found.append(entry)
            except OSError:
                pass
        return found

    def assert_removed(self, name="c"):
        for _ in range(2):
            done = self.run_("delete", "--force", name)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIsNone(self.status(name))
        self.assertEqual(self.leftovers(), [])
        deadline = time.monotonic() + 5
        while self.marked() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(self.marked(), [])

    def every(self, steps, kinds):
        for step in steps:
            for when in kinds:
                with self.subTest(f"{when}:{step}"):
                    yield self.fault(when, step)

    def busy(self, spec):
        """A spec that has as many steps as it can."""
        hook = {"path": "/bin/true"}
        spec["hooks"] = {point: [hook] for point in ("createRuntime", "createContainer", "poststart", "poststop")}
        spec["hooks"]["startContainer"] = [{"path": "/bin/true"}]
        spec["process"]["oomScoreAdj"] = 100
        spec["root"]["readonly"] = True
        spec["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1"}
        spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
            {"names": ["reboot"], "action": "SCMP_ACT_ERRNO"}]}
        spec["mounts"].append({"destination": "/volume", "type": "bind", "source": self.base, "options": ["rbind", "ro"]})

    def test_create_and_start(self):
        bundle = self.spec(["sleep", "1000"], change=self.busy)
        explain = os.path.join(self.base, "explain")
        self.assertEqual(self.run_detached("create", "--explain", explain, "-b", bundle, "c").returncode, 0)
        created = self.steps(explain)
        open(explain, "w").close()
        self.assertEqual(self.run_("start", "--explain", explain, "c").returncode, 0)
        started = self.steps(explain)
        self.assert_removed()
        # The first process goes on in the file that create named.
        self.run_detached("create", "--explain", explain, "-b", bundle, "c")
        self.run_("start", "c")
        inside = [step for step in self.steps(explain) if step not in created]
        self.assert_removed()
        self.assertGreater(len(created), 35)
        self.assertIn("start", started)
        self.assertIn("capabilities.drop", inside)
        for env in self.every(created + inside, KILLS + ERRORS):
            done = self.run_detached("create", "-b", bundle, "c", env=env)
            if done.returncode == 0:
                self.run_("start", "c")
            elif env["ESCALE_FAULT"].startswith("error") and not env["ESCALE_FAULT"].endswith("state.reserve"):
                # A create that fails by itself leaves nothing, and names the step.
                self.assertEqual(self.leftovers(), [])
                self.assertIn("[step " + env["ESCALE_FAULT"].partition(":")[2], done.stderr)
            self.assert_removed()
        for env in self.every(started, KILLS + ERRORS):
            self.assertEqual(self.run_detached("create", "-b", bundle, "c").returncode, 0)
            self.run_("start", "c", env=env)
            self.assert_removed()

    def test_create_with_a_terminal(self):
        def change(spec):
            spec["process"]["terminal"] = True

        bundle = self.spec(["sleep", "1000"], change=change)
        explain = os.path.join(self.base, "explain")
        masters = []
        with self.terminals(masters) as path:
            words = ["create", "--console-socket", path, "-b", bundle]
            self.assertEqual(self.run_detached(*words, "--explain", explain, "c").returncode, 0)
            steps = self.steps(explain)
            self.assertIn("console", steps)
            self.assert_removed()
            for env in self.every(steps, KILLS):
                self.run_detached(*words, "c", env=env)
                self.assert_removed()

    def test_run_detached(self):
        bundle = self.spec(["sleep", "1000"])
        for env in self.every(["state.created", "pivot_root", "exec", "state.started"], KILLS + ERRORS):
            self.run_detached("run", "-d", "-b", bundle, "c", env=env)
            self.assert_removed()

    def test_exec(self):
        self.hold()
        explain = os.path.join(self.base, "explain")
        self.assertEqual(self.run_("exec", "--explain", explain, "c", "true").returncode, 0)
        steps = self.steps(explain)
        self.assertIn("namespaces.join", steps)
        for env in self.every(steps, KILLS + ERRORS):
            done = self.run_("exec", "c", "true", env=env)
            # After execve there is nobody left to fail.
            if env["ESCALE_FAULT"].startswith("error") and env["ESCALE_FAULT"] != "error-after:exec":
                self.assertEqual(done.returncode, 255, done)
            self.assertEqual(self.status("c"), "running")
            self.await_alone("c")
            self.assertEqual(self.run_("exec", "c", "true").returncode, 0)
        self.assert_removed()

    def await_alone(self, name):
        deadline = time.monotonic() + 5
        while True:
            pids = json.loads(self.run_("ps", "--format", "json", name).stdout)
            if len(pids) == 1 or time.monotonic() > deadline:
                return self.assertEqual(len(pids), 1)
            time.sleep(0.01)

    def test_delete(self):
        bundle = self.spec(["sleep", "1000"], change=self.busy)
        explain = os.path.join(self.base, "explain")

        def make(running):
            self.assertEqual(self.run_detached("create", "-b", bundle, "c").returncode, 0)
            if running:
                self.assertEqual(self.run_("start", "c").returncode, 0)

        make(running=True)
        self.assertEqual(self.run_("delete", "--force", "--explain", explain, "c").returncode, 0)
        steps = self.steps(explain)
        self.assertIn("cgroup.remove", steps)
        for running in (True, False):
            for env in self.every(steps, KILLS + ERRORS):
                make(running)
                self.run_("delete", "--force", "c", env=env)
                self.assert_removed()

    def test_nothing_is_written_unless_asked(self):
        self.shell("true")
        self.assertEqual(sorted(os.listdir(self.base)), ["b", "rootfs", "state"])

    def terminals(self, masters):
        return Terminals(os.path.join(self.base, "console.sock"), masters)


class Terminals:
    """Takes what comes through a console socket, as a host does."""

    def __init__(self, path, masters):
        self.path, self.masters = path, masters

    def __enter__(self):
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self.path

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                try:
                    _, descriptors, _, _ = socket.recv_fds(connection, 4096, 1)
                except OSError:
                    continue
                for fd in descriptors:
                    os.close(fd)

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        os.unlink(self.path)


if __name__ == "__main__":
    unittest.main()
