"""Hooks: when, where, in which order, with what on stdin, and what becomes of a container whose hook fails."""
import json
import os

from cases import Case, IS_ORACLE, not_runc

POINTS = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]


class Hooks(Case):
    def setUp(self):
        super().setUp()
        # The same path inside and outside, so that every hook can write there.
        self.log = os.path.join(self.base, self._testMethodName + "-log")
        os.makedirs(self.log)

    def script(self, text, **more):
        """A hook, run by a shell that is at the same path inside and outside."""
        return dict({"path": "/bin/sh", "args": ["sh", "-c", text], "env": ["PATH=/bin:/usr/bin"]}, **more)

    def hooks(self, hooks, **more):
        def change(spec):
            spec["hooks"] = hooks
            spec["mounts"].append({"destination": self.log, "type": "bind", "source": self.log, "options": ["bind"]})
            spec.update(more)
        return change

    def all_points(self, text):
        return {point: [self.script(text.replace("POINT", point))] for point in POINTS}

    def lines(self, name="order"):
        path = os.path.join(self.log, name)
        return open(path).read().split() if os.path.exists(path) else []

    def test_order(self):
        hooks = self.all_points(f"echo POINT >> {self.log}/order")
        self.create(["sh", "-c", f"echo program >> {self.log}/order"], self.hooks(hooks))
        # runc 1.1.5 is early with poststart.
        self.assertEqual([p for p in self.lines() if p != "poststart"], POINTS[:3])
        self.call("start", self.name)
        self.wait_for_end()
        self.wait_for("poststart", lambda: "poststart" in self.lines())
        self.assertLess(self.lines().index("startContainer"), self.lines().index("program"))
        self.call("delete", self.name)
        self.assertEqual(self.lines()[-1], "poststop")
        self.assertEqual(sorted(self.lines()), sorted(POINTS + ["program"]))

    def test_each_in_the_order_given(self):
        hooks = {"createRuntime": [self.script(f"echo {i} >> {self.log}/order") for i in range(3)]}
        self.assertEqual(self.run_(["true"], self.hooks(hooks)).returncode, 0)
        self.assertEqual(self.lines(), ["0", "1", "2"])

    def test_state_on_stdin(self):
        change = self.hooks(self.all_points(f"cat > {self.log}/POINT"), annotations={"k": "v"})
        pid = self.create(["sh", "-c", "sleep 0.2"], change)
        bundle = os.path.join(self.base, self._testMethodName + "-1")
        self.call("start", self.name)
        self.wait_for_end()
        self.call("delete", self.name)
        wanted = {"prestart": ("created",) if not IS_ORACLE else ("creating",), "createRuntime": ("creating",),
                  "createContainer": ("creating",), "startContainer": ("created",),
                  # runc 1.1.5 runs it before the program.
                  "poststart": ("running", "created"), "poststop": ("stopped",)}
        for point in POINTS:
            state = json.load(open(os.path.join(self.log, point)))
            self.assertEqual((state["id"], state["annotations"]), (self.name, {"k": "v"}), point)
            self.assertTrue(os.path.samefile(state["bundle"], bundle))
            self.assertIn(state["status"], wanted[point], point)
            self.assertRegex(state["ociVersion"], r"^1\.")
            if point in ("prestart", "createRuntime", "poststart"):
                self.assertEqual(state["pid"], pid, point)

    def test_namespaces(self):
        hooks = self.all_points(f"readlink /proc/self/ns/uts > {self.log}/POINT-uts; "
                                f"readlink /proc/self/ns/mnt > {self.log}/POINT-mnt; pwd > {self.log}/POINT-pwd; "
                                f"ls -d /usr >/dev/null 2>&1 && echo host > {self.log}/POINT-root; true")
        pid = self.create(change=self.hooks(hooks))
        own = {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in ("uts", "mnt")}
        theirs = {kind: os.readlink(f"/proc/{pid}/ns/{kind}") for kind in ("uts", "mnt")}
        self.call("start", self.name)
        self.call("kill", self.name, "KILL")
        self.wait_for_end()
        self.call("delete", self.name)
        for point in POINTS:
            where = theirs if point in ("createContainer", "startContainer") else own
            for kind in ("uts", "mnt"):
                self.assertEqual(self.lines(f"{point}-{kind}"), [where[kind]], (point, kind))
        # Before pivot_root the host's files are still there.
        self.assertEqual(self.lines("createContainer-root"), ["host"])
        self.assertEqual(self.lines("startContainer-root"), [])

    def test_arguments_and_environment(self):
        hook = {"path": "/bin/sh", "args": ["called", "-c", f"echo $0 $1 $A > {self.log}/order", "zero", "one"],
                "env": ["A=b"]}
        self.run_(["true"], self.hooks({"createRuntime": [hook]}))
        self.assertEqual(self.lines(), ["zero", "one", "b"])

    def test_failure_before_the_start(self):
        """No container is left, nothing runs, later hooks of the start neither; those of the end do."""
        for point in POINTS[:3]:
            with self.subTest(point):
                hooks = self.all_points(f"echo POINT >> {self.log}/{point}-order")
                hooks[point].insert(0, self.script("exit 3"))
                done = self.run_(["touch", "/tmp/ran"], self.hooks(hooks))
                self.refused(done, point, "exit status 3")
                self.assertFalse(os.path.exists(self.root + "/tmp/ran"))
                self.assertNotEqual(self.call("state", self.name).returncode, 0)
                self.assertNotIn(point, self.lines(point + "-order"))
                self.assertEqual(self.lines(point + "-order")[-1:], ["poststop"])

    def test_failure_at_the_start(self):
        self.create(["touch", "/tmp/ran"], self.hooks({"startContainer": [self.script("exit 3")]}))
        done = self.call("start", self.name)
        if not IS_ORACLE:
            self.refused(done, "startContainer", "exit status 3")
        self.wait_for_end()
        self.assertFalse(os.path.exists(self.root + "/tmp/ran"))

    @not_runc("1.1.5 runs poststart hooks within create")
    def test_failure_after_the_start_stops_it(self):
        self.create(change=self.hooks({"poststart": [self.script("exit 3")]}))
        self.refused(self.call("start", self.name), "poststart", "exit status 3")
        self.wait_for_end()

    def test_failure_after_the_end_is_a_warning(self):
        hooks = {"poststop": [self.script("exit 3"), self.script(f"echo second > {self.log}/order")]}
        done = self.run_(["true"], self.hooks(hooks))
        self.assertEqual(done.returncode, 0)
        self.assertIn("poststop" if not IS_ORACLE else "exit status 3", done.stderr)
        # runc 1.1.5 runs none after one that fails.
        self.assertEqual(self.lines(), [] if IS_ORACLE else ["second"])

    @not_runc("leaves what the hook started, which keeps the output open")
    def test_timeout(self):
        done = self.run_(["true"], self.hooks({"createRuntime": [self.script("sleep 1000; true", timeout=1)]}))
        self.refused(done, "createRuntime", "1 s")

    def test_hook_that_is_not_there(self):
        self.refused(self.run_(["true"], self.hooks({"createRuntime": [{"path": "/nosuch/hook"}]})), "/nosuch/hook")

    def test_hook_that_does_not_read(self):
        big = {f"key{i}": "x" * 1000 for i in range(100)}
        done = self.run_(["true"], self.hooks({"createRuntime": [{"path": "/bin/true"}]}, annotations=big))
        self.assertEqual(done.returncode, 0, done)
