"""Wrong configurations: status 1, and an error that names the field, the value and the reason."""
import json
import os

from cases import Case, IS_ORACLE


def at(path, value):
    """Sets a field: `linux.devices[0].path`."""
    def change(spec):
        steps = path.replace("[", ".[").split(".")
        place = spec
        for i, step in enumerate(steps):
            key = int(step[1:-1]) if step.startswith("[") else step
            if i == len(steps) - 1:
                if isinstance(place, list):
                    del place[key:]
                    place.append(value)
                elif value is None:
                    place.pop(key)
                else:
                    place[key] = value
            else:
                following = [] if steps[i + 1].startswith("[") else {}
                if isinstance(place, list):
                    if len(place) <= key:
                        place.append(following)
                    place = place[key]
                else:
                    place = place.setdefault(key, following)
    return change


# The field, a wrong value, what the error must say besides; whether runc 1.1.5 refuses it too.
WRONG = [
    ("ociVersion", "2.0.0", "only 1.x", False),
    ("ociVersion", "banana", "banana", False),
    ("root.path", "", "missing", True),
    ("process.cwd", "relative", "absolute", True),
    ("process.args", [], "empty", True),
    ("process.rlimits[0]", {"type": "RLIMIT_NOSUCH", "soft": 1, "hard": 1}, "RLIMIT_NOSUCH", True),
    ("process.rlimits[0]", {"type": "RLIMIT_NOFILE", "soft": 9, "hard": 1}, "hard limit", True),
    ("process.oomScoreAdj", 1001, "1000", True),
    ("process.scheduler", {"policy": "SCHED_NOSUCH"}, "SCHED_NOSUCH", False),
    ("process.scheduler", {"policy": "SCHED_OTHER", "nice": 40}, "40", False),
    ("process.scheduler", {"policy": "SCHED_OTHER", "priority": 4}, "priorit", False),
    ("process.ioPriority", {"class": "IOPRIO_CLASS_NOSUCH", "priority": 1}, "IOPRIO_CLASS_NOSUCH", False),
    ("process.ioPriority", {"class": "IOPRIO_CLASS_BE", "priority": 9}, "9", False),
    ("process.execCPUAffinity", {"initial": "a-b"}, "a-b", False),
    ("process.user.umask", 4096, "4096", False),
    ("mounts[6]", {"destination": "/tmp/v", "type": "bind", "options": ["bind"]}, "source", False),
    ("hooks.prestart[0]", {"path": "relative"}, "relative", True),
    ("hooks.poststop[0]", {"path": "relative"}, "relative", False),
    ("hooks.createRuntime[0]", {"path": "/bin/true", "timeout": 0}, "timeout", False),
    ("linux.namespaces[5]", {"type": "pid"}, "duplicated", True),
    ("linux.namespaces[5]", {"type": "nosuch"}, "nosuch", True),
    ("linux.namespaces[5]", {"type": "user"}, "linux.uidMappings", True),
    ("linux.uidMappings[0]", {"containerID": 0, "hostID": 1000, "size": 1}, "user namespace", False),
    ("linux.devices[0]", {"type": "x", "path": "/dev/x", "major": 1, "minor": 1}, "x", True),
    ("linux.devices[0]", {"type": "c", "path": "/dev/x", "major": 1}, "minor", False),
    ("linux.rootfsPropagation", "nosuch", "nosuch", True),
    ("linux.sysctl", {"kernel.panic": "1"}, "kernel.panic", True),
    ("linux.maskedPaths[0]", "relative", "absolute", False),
    ("linux.readonlyPaths[0]", "relative", "absolute", False),
    ("linux.personality", {"domain": "NOSUCH"}, "NOSUCH", False),
    ("linux.timeOffsets", {"monotonic": {"secs": 1}}, "time namespace", False),
    ("linux.intelRdt", {"closID": "x"}, "not supported", False),
    ("linux.seccomp", {"defaultAction": "SCMP_ACT_NOSUCH"}, "SCMP_ACT_NOSUCH", True),
    ("linux.cgroupsPath", "/", "cgroup", False),
    ("process.args", "text", "process.args", True),
    ("process.user.uid", "zero", "process.user.uid", True),
    ("mounts", {"destination": "/x"}, "mounts", True),
    ("linux.resources.memory", {"limit": "much"}, "linux.resources.memory.limit", True),
    ("linux.resources.pids", {"limit": 1.5}, "linux.resources.pids.limit", True),
]


class Errors(Case):
    def test_fields(self):
        for field, value, text, known in WRONG:
            if IS_ORACLE and not known:
                continue
            with self.subTest(field=field, value=value):
                done = self.run_(["true"], at(field, value))
                self.refused(done, text)
                if not IS_ORACLE:
                    named = text if text.startswith("linux.") else field.split("[")[0].rsplit(".", 1)[-1]
                    self.assertIn(named, done.stderr)
                    self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
                self.assertNotEqual(self.call("state", self.name).returncode, 0)

    def test_names_need_their_namespace(self):
        def change(spec):
            spec["linux"]["namespaces"] = [n for n in spec["linux"]["namespaces"] if n["type"] != "uts"]

        self.refused(self.run_(["true"], change), "hostname", "UTS namespace", "conformance")

    def test_unknown_fields_are_fine(self):
        for field in ("nosuch", "process.nosuch", "linux.nosuch", "linux.resources.nosuch"):
            self.assertEqual(self.run_(["true"], at(field, {"a": 1})).returncode, 0, field)

    def test_errors_go_to_the_log(self):
        log = os.path.join(self.base, "errors.log")
        self.call("--log", log, "--log-format=json", "create", "-b", self.bundle(["true"], at("process.cwd", "x")),
                  self.name)
        line = json.loads(open(log).read().splitlines()[-1])
        self.assertEqual(line["level"], "error")
        if not IS_ORACLE:
            self.assertIn('process.cwd: "x"', line["msg"])
