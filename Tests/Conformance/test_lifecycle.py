"""Verbs and states: create, start, state, kill, delete, run, list, ps, spec, features."""
import json
import os
import re
import signal
import subprocess

from cases import Case, IS_ORACLE, not_runc


class Lifecycle(Case):
    def test_states_in_order(self):
        pid = self.create()
        state = self.query()
        self.assertEqual(state["status"], "created")
        self.assertEqual(state["id"], self.name)
        self.assertTrue(os.path.samefile(state["bundle"], os.path.join(self.base, self._testMethodName + "-1")))
        self.assertRegex(state["ociVersion"], r"^1\.")
        self.assertEqual(state.get("annotations"), None)
        self.assertTrue(os.path.isdir(f"/proc/{pid}"))
        self.assertEqual(self.call("start", self.name).returncode, 0)
        self.assertEqual((self.status(), self.query()["pid"]), ("running", pid))
        self.assertEqual(self.call("kill", self.name, "KILL").returncode, 0)
        self.wait_for_end()
        self.assertEqual(self.query()["pid"], 0)
        self.assertEqual(self.call("delete", self.name).returncode, 0)
        self.refused(self.call("state", self.name), "does not exist")

    def test_program_waits_for_start(self):
        path = os.path.join(self.root, "tmp", "ran")
        self.create(["touch", "/tmp/ran"])
        self.assertFalse(os.path.exists(path))
        self.call("start", self.name)
        self.wait_for_end()
        self.assertTrue(os.path.exists(path))
        os.unlink(path)

    def test_later_changes_of_the_configuration_have_no_effect(self):
        def change(spec):
            spec["process"]["env"].append("A=before")
            spec["annotations"] = {"a": "before"}

        self.create(["sh", "-c", "echo $A > /tmp/value; sleep 1000"], change)
        path = os.path.join(self.base, self._testMethodName + "-1", "config.json")
        text = open(path).read()
        open(path, "w").write(text.replace("before", "after"))
        self.call("start", self.name)
        value = os.path.join(self.root, "tmp", "value")
        self.wait_for("the value", lambda: os.path.exists(value) and open(value).read())
        self.assertEqual(open(value).read(), "before\n")
        os.unlink(value)
        self.assertEqual(self.query()["annotations"], {"a": "before"})
        # runc 1.1.5 reads the environment for an exec from the bundle.
        self.assertEqual(self.call("exec", self.name, "sh", "-c", "echo $A").stdout,
                         "after\n" if IS_ORACLE else "before\n")

    def test_annotations_are_told(self):
        self.create(change=lambda spec: spec.update(annotations={"org.example.a": "1", "b": ""}))
        self.assertEqual(self.query()["annotations"], {"org.example.a": "1", "b": ""})

    def test_pid_file(self):
        path = os.path.join(self.base, "pid")
        pid = self.create(options=["--pid-file", path])
        self.assertEqual(open(path).read(), str(pid))

    def test_run_gives_the_status(self):
        self.assertEqual(self.run_("exit 7").returncode, 7)
        self.assertEqual(self.run_("kill -TERM $$; sleep 9", lambda s: None).returncode in (143, 0), True)
        self.assertEqual(self.call("state", self.name).returncode, 1)

    def test_run_keeps_when_asked(self):
        self.run_(["true"], options=["--keep"])
        self.assertEqual(self.status(), "stopped")

    def test_a_kept_name_is_taken(self):
        self.run_(["true"], options=["--keep"])
        self.refused(self.run_(["true"]), "already exists", self.name)

    def test_detached_run_leaves_it_running(self):
        self.hold()
        self.assertEqual(self.status(), "running")

    def test_signals(self):
        script = "trap 'echo usr1 > /tmp/signal; exit 3' USR1; touch /tmp/ready; while :; do sleep 0.01; done"
        ready, got = (os.path.join(self.root, "tmp", n) for n in ("ready", "signal"))
        for name in ("USR1", "SIGUSR1", str(int(signal.SIGUSR1))):
            self.hold(args=["sh", "-c", script])
            self.wait_for("readiness", lambda: os.path.exists(ready))
            self.assertEqual(self.call("kill", self.name, name).returncode, 0)
            self.wait_for_end()
            self.assertEqual(open(got).read(), "usr1\n")
            for path in (ready, got):
                os.unlink(path)
            self.call("delete", self.name)

    def test_kill_all(self):
        self.hold(args=["sh", "-c", "sleep 1000 & sleep 1000 & wait"])
        self.wait_for("three", lambda: len(json.loads(self.call("ps", "--format", "json", self.name).stdout)) == 3)
        self.assertEqual(self.call("kill", "--all", self.name, "KILL").returncode, 0)
        self.wait_for_end()

    def test_wrong_states(self):
        """Each leaves the container as it was."""
        self.create()
        self.refused(self.call("create", "-b", self.bundle(["true"]), self.name), "already exists", self.name)
        self.call("start", self.name)
        self.refused(self.call("start", self.name), "already running")
        self.refused(self.call("delete", self.name), "not stopped", "running")
        self.assertEqual(self.status(), "running")
        self.call("kill", self.name, "KILL")
        self.wait_for_end()
        self.refused(self.call("start", self.name), "stopped")
        self.refused(self.call("kill", self.name, "TERM"), "not running")
        self.refused(self.call("exec", self.name, "true"), "stopped", status=255)
        self.refused(self.call("pause", self.name), "not")
        self.assertEqual(self.status(), "stopped")

    @not_runc("deletes one that was not started")
    def test_delete_of_a_created_one(self):
        self.create()
        self.refused(self.call("delete", self.name), "not stopped", "created")
        self.assertEqual(self.status(), "created")

    def test_unknown_container(self):
        for verb in ("state", "start", "kill", "delete", "pause", "resume", "ps"):
            with self.subTest(verb):
                self.refused(self.call(verb, "nosuch"), "\"nosuch\" does not exist")
        self.refused(self.call("exec", "nosuch", "true"), "\"nosuch\" does not exist", status=255)
        self.assertEqual(self.call("delete", "--force", "nosuch").returncode, 0)

    def test_wrong_words(self):
        for words in (["create"], ["start"], ["state"], ["kill"], ["delete"], ["exec"], ["run"], ["ps"], ["pause"],
                      ["state", "a", "b"], ["start", "a", "b"], ["create", "--nosuch", "a"], ["--nosuch", "list"],
                      ["kill", "a", "NOSUCH"], ["list", "--format", "nosuch"], ["create", "a/b"], ["create", ".."]):
            with self.subTest(words):
                done = self.call(*words, cwd=self.bundle(["true"]))
                self.assertNotEqual(done.returncode, 0, done)
                self.assertTrue(done.stderr.strip() or IS_ORACLE)

    def test_missing_bundle(self):
        self.refused(self.call("create", "-b", "/nosuch", self.name), "/nosuch")
        empty = os.path.join(self.base, "empty")
        os.makedirs(empty)
        self.refused(self.call("create", "-b", empty, self.name), "config.json", "not found")

    def test_bundle_is_the_current_folder(self):
        done = self.call("run", self.name, cwd=self.bundle(["echo", "here"]))
        self.assertEqual(done.stdout, "here\n")

    def test_relative_root(self):
        folder = self.bundle(["echo", "hi"], lambda spec: spec["root"].update(path="../rootfs"))
        self.assertEqual(self.call("run", "-b", folder, self.name).stdout, "hi\n")

    def test_list(self):
        pid = self.hold()
        rows = json.loads(self.call("list", "--format", "json").stdout)
        row = next(r for r in rows if r["id"] == self.name)
        self.assertEqual((row["pid"], row["status"]), (pid, "running"))
        self.assertRegex(row["created"], r"^\d{4}-\d\d-\d\dT")
        self.assertTrue(row["bundle"].startswith("/"))
        self.assertIn(self.name, self.call("list", "-q").stdout.split())
        table = self.call("list").stdout.splitlines()
        self.assertEqual(table[0].split(), ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"])

    def test_ps(self):
        pid = self.hold(args=["sh", "-c", "sleep 1000 & wait"])
        self.wait_for("two", lambda: len(json.loads(self.call("ps", "-f", "json", self.name).stdout)) == 2)
        self.assertIn(pid, json.loads(self.call("ps", "-f", "json", self.name).stdout))
        table = self.call("ps", self.name).stdout.splitlines()
        self.assertEqual(len(table), 3)
        self.assertIn("PID", table[0])
        only = self.call("ps", self.name, "-o", "pid,args").stdout
        self.assertRegex(only, rf"(?m)^\s*{pid} sh -c")

    def test_pause_and_resume(self):
        self.hold()
        self.assertEqual(self.call("pause", self.name).returncode, 0)
        self.assertEqual(self.status(), "paused")
        self.refused(self.call("exec", self.name, "true"), "paused", status=255)
        self.assertEqual(self.call("resume", self.name).returncode, 0)
        self.assertEqual(self.status(), "running")
        self.refused(self.call("resume", self.name), "not paused")

    def test_kill_of_a_paused_container(self):
        self.hold()
        self.call("pause", self.name)
        self.assertEqual(self.call("kill", self.name, "KILL").returncode, 0)
        if IS_ORACLE:
            self.call("resume", self.name)
        self.wait_for_end()

    def test_forced_delete_of_a_running_one(self):
        pid = self.hold()
        self.assertEqual(self.call("delete", "--force", self.name).returncode, 0)
        self.wait_for("its end", lambda: not os.path.exists(f"/proc/{pid}/exe") or not os.path.isdir(f"/proc/{pid}"))
        self.refused(self.call("state", self.name), "does not exist")

    def test_preserved_descriptors(self):
        read, write = os.pipe()
        os.write(write, b"passed on\n")
        os.close(write)
        done = self.with_descriptor(3, read, "run", "--preserve-fds", "1", "-b", self.bundle("cat <&3"), self.name)
        os.close(read)
        self.assertEqual(done.stdout, "passed on\n", done)

    def test_descriptors_of_a_service_manager(self):
        read, write = os.pipe()
        os.write(write, b"a socket\n")
        os.close(write)
        done = self.with_descriptor(3, read, "run", "-b", self.bundle("echo $LISTEN_FDS $LISTEN_PID; cat <&3"),
                                    self.name, env={"LISTEN_FDS": "1"})
        os.close(read)
        self.assertEqual(done.stdout, "1 1\na socket\n", done)

    def test_other_descriptors_are_closed(self):
        read, write = os.pipe()
        done = self.with_descriptor(7, read, "run", "-b", self.bundle("ls /proc/self/fd | wc -l"), self.name)
        os.close(read)
        os.close(write)
        # ls has its folder open besides.
        self.assertEqual(done.stdout.strip(), "4")

    def test_program_named_as_runc_does(self):
        for args, text in ((["nosuch"], "executable file not found in $PATH"),
                           (["/nosuch"], "no such file or directory"), (["/etc"], "")):
            done = self.run_(args)
            self.refused(done, text)
            self.assertIn(text, done.stderr)
            self.assertNotEqual(self.call("state", self.name).returncode, 0)

    def test_log_in_json(self):
        log = os.path.join(self.base, "log.json")
        done = self.call("--log", log, "--log-format", "json", "run", "-b", self.bundle(["nosuch"]), self.name)
        self.assertEqual(done.returncode, 1)
        line = json.loads(open(log).read().splitlines()[-1])
        self.assertEqual(line["level"], "error")
        self.assertIn("executable file not found", line["msg"])
        self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

    def test_global_options(self):
        for words in (["--debug"], ["--rootless", "auto"], ["--rootless=false"], ["--log-format", "text"]):
            self.assertEqual(self.call(*words, "list").returncode, 0, words)
        self.assertEqual(self.call("--version").returncode, 0)
        self.assertIn("spec: 1.", self.call("--version").stdout)
        for words in () if IS_ORACLE else (["--rootless", "maybe"], ["--log-format", "xml"]):
            self.assertNotEqual(self.call(*words, "list").returncode, 0, words)

    def test_checkpoints_are_refused(self):
        self.hold()
        for verb in ("checkpoint", "restore"):
            self.refused(self.call(verb, self.name, cwd=self.bundle(["true"])), verb, "not supported")

    def test_features_name_what_there_is(self):
        done = self.call("features")
        self.assertEqual(done.returncode, 0, done)
        features = json.loads(done.stdout)
        self.assertEqual(features["hooks"], ["prestart", "createRuntime", "createContainer", "startContainer",
                                             "poststart", "poststop"])
        self.assertRegex(features["ociVersionMin"], r"^1\.0")
        for option in ("bind", "rbind", "ro", "nosuid", "rprivate", "rro", "tmpcopyup"):
            self.assertIn(option, features["mountOptions"])
        self.assertLessEqual({"pid", "mount", "network", "ipc", "uts", "user", "cgroup"},
                             set(features["linux"]["namespaces"]))
        self.assertIn("CAP_SYS_ADMIN", features["linux"]["capabilities"])
        self.assertTrue(features["linux"]["seccomp"]["enabled"])
        if not IS_ORACLE:
            self.assertIn("time", features["linux"]["namespaces"])
            self.assertTrue(features["linux"]["mountExtensions"]["idmap"]["enabled"])

    @not_runc("1.1.5 knows neither")
    def test_every_mount_option_of_features_is_known(self):
        """None may reach the file system as data: tmpfs would refuse it."""
        names = json.loads(self.call("features").stdout)["mountOptions"]
        skip = {"bind", "rbind", "remount", "idmap", "ridmap", "mand", "acl", "iversion", "unbindable", "runbindable"}
        script = "grep -c ' /tmp/t ' /proc/mounts"

        def change(spec):
            spec["mounts"].append({"destination": "/tmp/t", "type": "tmpfs", "source": "tmpfs",
                                   "options": [n for n in names if n not in skip]})

        self.assertEqual(self.out(script, change), "1")

    def test_spec(self):
        folder = os.path.join(self.base, "spec")
        os.makedirs(folder)
        self.assertEqual(self.call("spec", "-b", folder).returncode, 0)
        spec = json.load(open(os.path.join(folder, "config.json")))
        self.assertEqual(spec["root"]["path"], "rootfs")
        self.assertEqual(spec["process"]["args"], ["sh"])
        self.refused(self.call("spec", "-b", folder), "exists")

    def test_spec_for_a_user(self):
        folder = os.path.join(self.base, "spec-rootless")
        os.makedirs(folder)
        self.assertEqual(self.call("spec", "--rootless", "-b", folder).returncode, 0)
        spec = json.load(open(os.path.join(folder, "config.json")))
        kinds = [n["type"] for n in spec["linux"]["namespaces"]]
        self.assertIn("user", kinds)
        self.assertNotIn("network", kinds)
        self.assertEqual(spec["linux"]["uidMappings"][0]["containerID"], 0)

    @not_runc("wants a process when it creates")
    def test_without_process_only_start_fails(self):
        self.quietly("create", "-b", self.bundle([], lambda spec: spec.pop("process")), self.name)
        self.assertEqual(self.status(), "created")
        self.refused(self.call("start", self.name), "process: missing")


class Exec(Case):
    def exec_(self, *words, **more):
        return self.call("exec", *words, **more)

    def test_runs_in_the_container(self):
        self.hold()
        done = self.exec_(self.name, "sh", "-c", "hostname; echo $0 $PATH; exit 4")
        self.assertEqual((done.returncode, done.stdout), (4, "conformance\nsh /bin\n"))

    def test_input_is_passed_on(self):
        self.hold()
        self.assertEqual(self.exec_(self.name, "cat", input="typed\n").stdout, "typed\n")

    def test_flags(self):
        self.hold()
        done = self.exec_("--cwd", "/tmp", "-e", "A=1", "-e", "B=2", "--user", "1000:1001", "-g", "7",
                          "-g", "8", self.name, "sh", "-c", "pwd; echo $A$B; id -u; id -g; id -G")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[:4], ["/tmp", "12", "1000", "1001"], done)
        self.assertEqual(set(lines[4].split()), {"1001", "7", "8"})

    def test_user_gets_its_home(self):
        self.hold()
        self.assertEqual(self.exec_("-u", "1000", self.name, "sh", "-c", "echo $HOME").stdout, "/home/user\n")

    def test_added_capability(self):
        self.hold()
        before = self.exec_(self.name, "grep", "CapEff", "/proc/self/status").stdout.split()[1]
        after = self.exec_("--cap", "CAP_SYS_PTRACE", self.name, "grep", "CapEff", "/proc/self/status")
        self.assertEqual(int(after.stdout.split()[1], 16) ^ int(before, 16), 1 << 19)

    def test_no_new_privileges(self):
        self.hold(lambda spec: spec["process"].update(noNewPrivileges=False))
        look = ["grep", "NoNewPrivs", "/proc/self/status"]
        self.assertEqual(self.exec_(self.name, *look).stdout.split()[1], "0")
        self.assertEqual(self.exec_("--no-new-privs", self.name, *look).stdout.split()[1], "1")

    def test_process_from_a_file(self):
        self.hold()
        path = os.path.join(self.base, "process.json")
        json.dump({"user": {"uid": 5, "gid": 6}, "args": ["sh", "-c", "id -u; pwd; echo $X"], "cwd": "/etc",
                   "env": ["PATH=/bin", "X=y"]}, open(path, "w"))
        done = self.exec_("--process", path, self.name)
        self.assertEqual(done.stdout, "5\n/etc\ny\n", done)

    def test_detached_with_pid_file(self):
        self.hold()
        path = os.path.join(self.base, "exec-pid")
        self.quietly("exec", "-d", "--pid-file", path, self.name, "sleep", "1000")
        pid = int(open(path).read())
        self.assertEqual(open(f"/proc/{pid}/cmdline").read(), "sleep\0" + "1000\0")
        self.assertIn(pid, json.loads(self.call("ps", "-f", "json", self.name).stdout))

    def test_in_the_namespaces_and_cgroup_of_the_container(self):
        pid = self.hold()
        kinds = ["pid", "net", "ipc", "uts", "mnt"]
        done = self.exec_(self.name, "sh", "-c", "; ".join(f"readlink /proc/self/ns/{k}" for k in kinds))
        self.assertEqual(done.stdout.split(), [os.readlink(f"/proc/{pid}/ns/{k}") for k in kinds])
        memory = [line for line in open(f"/proc/{pid}/cgroup") if "pids" in line or line.startswith("0::")]
        groups = self.exec_(self.name, "cat", "/proc/self/cgroup").stdout
        for line in memory:
            self.assertIn(line.strip(), groups)

    def test_errors(self):
        self.hold()
        self.refused(self.exec_(self.name, "nosuch"), "executable file not found", status=255)
        self.refused(self.exec_("--cwd", "relative", self.name, "true"), "process.cwd", "relative", status=255)
        self.refused(self.exec_("--user", "name", self.name, "true"), "name", status=255)
        self.assertNotEqual(self.exec_(self.name).returncode, 0)
        self.assertNotEqual(self.exec_("-d", "-t", self.name, "true").returncode, 0)

    def test_subgroup(self):
        pid = self.hold()
        own = next(l for l in open(f"/proc/{pid}/cgroup") if ":pids:" in l or l.startswith("0::")).strip().split(":")
        folder = "/sys/fs/cgroup/" + ("pids" if own[1] else "") + own[2] + "/sub"
        os.makedirs(folder)
        name = "pids:sub" if own[1] else "sub"
        done = self.exec_("--cgroup", name, self.name, "cat", "/proc/self/cgroup")
        self.assertIn(own[2] + "/sub", done.stdout, done)
        self.refused(self.exec_("--cgroup", "pids:../..", self.name, "true"), "must stay", status=255)

    @not_runc("1.1.5 has no execCPUAffinity")
    def test_affinity(self):
        self.hold(lambda spec: spec["process"].update(execCPUAffinity={"initial": "0", "final": "0"}))
        done = self.exec_(self.name, "grep", "Cpus_allowed_list", "/proc/self/status")
        self.assertEqual(done.stdout.split()[1], "0")


class Rejected(Case):
    def test_ids(self):
        folder = self.bundle(["true"])
        for name in ("", "..", "a/b", "a b", "é"):
            with self.subTest(name):
                done = self.call("create", "-b", folder, name)
                self.refused(done, "invalid container id format")

    def test_config_that_is_not_json(self):
        folder = self.bundle(["true"])
        with open(os.path.join(folder, "config.json"), "w") as f:
            f.write('{"ociVersion": ')
        self.refused(self.call("create", "-b", folder, self.name), "config.json")
