"""Limits of escale-runtime: what reaches the kernel, update, events, devices of both cgroup versions, refusals."""
import json
import os
import shutil
import subprocess
import unittest

from bundles import RUNTIME, Bundles, needs_root

V1 = os.path.isdir("/sys/fs/cgroup/memory")
try:
    UNIFIED = open("/sys/fs/cgroup/unified/cgroup.controllers").read().split()
except OSError:
    UNIFIED = []
RUNC = next((p for p in ("/var/tmp/escale-peers/root/usr/bin/runc", shutil.which("runc")) if p and os.path.exists(p)), None)


@needs_root
class Limits(Bundles):
    def create(self, resources=None, args=("sleep", "600"), runtime=RUNTIME):
        """A container `c` that runs until it is deleted at the test's end."""
        bundle = self.spec(list(args), folder="c",
                           change=lambda spec: spec["linux"]["resources"].update(resources or {}))
        self.addCleanup(subprocess.run, [runtime, "--root", self.state, "delete", "--force", "c"], check=True)
        # The container keeps the caller's output: nothing may wait for its end.
        for verb in (["create", "-b", bundle, "c"], ["start", "c"]):
            subprocess.run([runtime, "--root", self.state, *verb], check=True, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def file(self, controller, name):
        """A file of the container's cgroup, in version 1 or 2."""
        v1 = f"/sys/fs/cgroup/{controller}/{self.name}/c/{name}"
        return open(v1 if os.path.exists(v1) else f"/sys/fs/cgroup/unified/{self.name}/c/{name}").read().strip()

    def refusal(self, *words, input=None):
        done = subprocess.run([RUNTIME, "--root", self.state, *words], capture_output=True, text=True,
                              timeout=60, input=input)
        self.assertEqual(done.returncode, 1, done)
        return done.stderr

    def update(self, *flags, input=None):
        done = subprocess.run([RUNTIME, "--root", self.state, "update", *flags, "c"], capture_output=True,
                              text=True, timeout=60, input=input)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


@unittest.skipUnless(V1, "needs cgroup v1 controllers")
class Version1(Limits):
    def test_every_limit_reaches_the_kernel(self):
        self.create({
            "memory": {"limit": 64 << 20, "swap": 96 << 20, "reservation": 32 << 20, "swappiness": 7,
                       "kernelTCP": 16 << 20, "disableOOMKiller": True},
            "cpu": {"shares": 512, "quota": 40000, "period": 80000, "burst": 2000, "cpus": "0", "mems": "0"},
            "pids": {"limit": 33}, "blockIO": {"weight": 321}})
        for controller, name, value in (
                ("memory", "memory.limit_in_bytes", 64 << 20), ("memory", "memory.memsw.limit_in_bytes", 96 << 20),
                ("memory", "memory.soft_limit_in_bytes", 32 << 20), ("memory", "memory.swappiness", 7),
                ("memory", "memory.kmem.tcp.limit_in_bytes", 16 << 20), ("cpu", "cpu.shares", 512),
                ("cpu", "cpu.cfs_quota_us", 40000), ("cpu", "cpu.cfs_period_us", 80000),
                ("cpu", "cpu.cfs_burst_us", 2000), ("cpuset", "cpuset.cpus", 0), ("cpuset", "cpuset.mems", 0),
                ("pids", "pids.max", 33), ("blkio", "blkio.bfq.weight", 321)):
            with self.subTest(name):
                if not os.path.exists(f"/sys/fs/cgroup/{controller}/{self.name}/c/{name}"):
                    self.skipTest(f"the kernel has no {name}")
                self.assertEqual(self.file(controller, name), str(value))
        self.assertIn("oom_kill_disable 1", self.file("memory", "memory.oom_control"))

    def test_update_by_flags(self):
        self.create({"memory": {"limit": 64 << 20, "swap": 64 << 20}})
        # Both up: the one can't pass the other.
        self.update("--memory", "128m", "--memory-swap", "256M", "--memory-reservation", "1m")
        self.assertEqual(self.file("memory", "memory.limit_in_bytes"), str(128 << 20))
        self.assertEqual(self.file("memory", "memory.memsw.limit_in_bytes"), str(256 << 20))
        self.update("--memory", "32m", "--memory-swap=32m")
        self.assertEqual(self.file("memory", "memory.memsw.limit_in_bytes"), str(32 << 20))
        self.update("--memory", "-1")
        self.assertGreater(int(self.file("memory", "memory.memsw.limit_in_bytes")), 1 << 60)
        self.update("--cpu-quota", "20000", "--cpu-period", "50000", "--cpu-share", "200", "--pids-limit", "9")
        self.assertEqual(self.file("cpu", "cpu.cfs_quota_us"), "20000")
        self.assertEqual(self.file("cpu", "cpu.cfs_period_us"), "50000")
        self.assertEqual(self.file("cpu", "cpu.shares"), "200")
        self.assertEqual(self.file("pids", "pids.max"), "9")
        # It was in no cpuset so far.
        pid = json.loads(self.run_("state", "c").stdout)["pid"]
        self.update("--cpuset-cpus", "0")
        self.assertEqual(self.file("cpuset", "cpuset.cpus"), "0")
        self.assertEqual(self.file("cpuset", "tasks"), str(pid))

    def test_update_by_file(self):
        self.create()
        resources = {"memory": {"limit": 48 << 20}, "pids": {"limit": -1}, "cpu": {"shares": 77}}
        self.update("-r", "-", "--pids-limit", "5", input=json.dumps(resources))
        self.assertEqual(self.file("memory", "memory.limit_in_bytes"), str(48 << 20))
        self.assertEqual(self.file("pids", "pids.max"), "max")
        path = os.path.join(self.base, "resources.json")
        json.dump({"pids": {"limit": 6}}, open(path, "w"))
        self.update("--resources", path)
        self.assertEqual(self.file("pids", "pids.max"), "6")
        self.assertEqual(self.file("cpu", "cpu.shares"), "77")

    def test_refused_updates_name_field_value_and_reason(self):
        self.create()
        for flags, text in (
                (["--cpuset-cpus", "4000"], "linux.resources.cpu.cpus: 4000: "),
                (["--cpu-quota", "5"], "linux.resources.cpu.quota: 5: "),
                (["--memory", "2m", "--memory-swap", "1m"],
                 "linux.resources.memory.swap: 1048576: memory+swap limit should be >= memory limit"),
                (["--memory", "x"], "invalid value for memory: invalid size: 'x'"),
                (["--blkio-weight", "5"], "linux.resources.blockIO.weight: 5: not in 10 to 1000"),
                (["--nosuch", "1"], "flag provided but not defined: -nosuch")):
            self.assertIn(text, self.refusal("update", *flags, "c"))
        self.assertIn("memory.limit", self.refusal("update", "-r", "-", "c", input='{"memory":{"limit":"x"}}'))
        self.assertIn("does not exist", self.refusal("update", "--pids-limit", "5", "nosuch"))

    def test_stats_are_runcs(self):
        resources = {"memory": {"limit": 64 << 20}, "pids": {"limit": 9}}
        self.create(resources)
        done = self.run_("events", "--stats", "c")
        event = json.loads(done.stdout)
        data = event["data"]
        self.assertEqual((event["type"], event["id"]), ("stats", "c"))
        self.assertEqual(data["memory"]["usage"]["limit"], 64 << 20)
        self.assertGreater(data["memory"]["usage"]["usage"], 0)
        self.assertEqual(data["pids"], {"current": 1, "limit": 9})
        self.assertGreater(data["cpu"]["usage"]["total"], 0)
        self.run_("delete", "--force", "c")
        if not RUNC:
            self.skipTest("no runc to compare with")
        self.create(resources, runtime=RUNC)
        theirs = json.loads(subprocess.check_output([RUNC, "--root", self.state, "events", "--stats", "c"]))

        # Left out when 0, as they happen to be; and runc puts every container in a cpuset.
        maybe = {"cache", "usage", "max", "periods", "throttledPeriods", "throttledTime", "cpus", "mems"}

        def compare(a, b, path):
            self.assertIs(type(a), type(b), path)
            if isinstance(a, dict):
                self.assertEqual(set(a) - maybe, set(b) - maybe, path)
                for key in set(a) & set(b):
                    compare(a[key], b[key], f"{path}.{key}")
        compare(data, theirs["data"], "data")

    def test_events_tell_of_lost_memory_and_end(self):
        # The line tells that somebody listens; then more is taken than there is.
        os.mkfifo(os.path.join(self.rootfs, "tmp", "go"))
        self.create({"memory": {"limit": 8 << 20, "swap": 8 << 20}},
                    args=["sh", "-c", "read line </tmp/go; busybox dd if=/dev/zero of=/dev/null bs=64M count=1; exit 0"])
        events = subprocess.Popen([RUNTIME, "--root", self.state, "events", "--interval", "1ms", "c"],
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(events.stdout.close)
        self.assertEqual(json.loads(events.stdout.readline())["type"], "stats")
        with open(os.path.join(self.rootfs, "tmp", "go"), "w") as go:
            go.write("go\n")
        kinds = [json.loads(line)["type"] for line in events.stdout]
        self.assertIn("oom", kinds)
        self.assertEqual(events.wait(30), 0)
        self.assertIn("not running", self.refusal("events", "c"))

    def test_event_intervals(self):
        self.create()
        self.assertIn("interval must be greater than 0", self.refusal("events", "--interval", "0s", "c"))
        self.assertIn('"soon"', self.refusal("events", "--interval", "soon", "c"))


@unittest.skipUnless(V1 and "hugetlb" in UNIFIED, "needs a host that has hugetlb in version 2 and others in version 1")
class Hybrid(Limits):
    def test_each_limit_goes_where_its_controller_is(self):
        pages = [{"pageSize": "2MB", "limit": 6 << 20}]
        self.create({"hugepageLimits": pages, "memory": {"limit": 64 << 20}})
        self.assertEqual(self.file("memory", "memory.limit_in_bytes"), str(64 << 20))
        self.assertEqual(self.file("unified", "hugetlb.2MB.max"), str(6 << 20))
        pages[0]["limit"] = 8 << 20
        self.update("-r", "-", input=json.dumps({"hugepageLimits": pages}))
        self.assertEqual(self.file("unified", "hugetlb.2MB.max"), str(8 << 20))
        self.assertIn("2MB", json.loads(self.run_("events", "--stats", "c").stdout)["data"]["hugetlb"])


class Devices(Limits):
    """The same rules by files of version 1 and by a program of version 2."""
    PROBE = ("for n in '1 11' '1 3' '1 5'; do busybox mknod /tmp/n c $n; "
             "if (: </tmp/n) 2>/dev/null; then echo yes; else echo no; fi; busybox rm /tmp/n; done; "
             "busybox mknod /tmp/n b 7 0 2>/dev/null && echo made || echo refused")

    def probe(self, prefix, rules):
        def change(spec):
            spec["linux"]["resources"]["devices"] = rules
            # What opening kmsg takes besides.
            for names in spec["process"]["capabilities"].values():
                names.append("CAP_SYSLOG")
        bundle = self.spec(["sh", "-c", self.PROBE], change=change)
        done = subprocess.run([*prefix, RUNTIME, "--root", self.state, "run", "-b", bundle, "c"],
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 0, done)
        for name in os.listdir(self.rootfs + "/tmp"):
            os.unlink(os.path.join(self.rootfs, "tmp", name))
        return done.stdout.split()

    def check(self, prefix):
        deny = {"allow": False, "access": "rwm"}
        kmsg = {"allow": True, "type": "c", "major": 1, "minor": 11, "access": "rwm"}
        # kmsg is denied, the usual ones are not, and any node may be made.
        self.assertEqual(self.probe(prefix, [deny]), ["no", "yes", "yes", "made"])
        self.assertEqual(self.probe(prefix, []), ["no", "yes", "yes", "made"])
        self.assertEqual(self.probe(prefix, [deny, kmsg]), ["yes", "yes", "yes", "made"])
        self.assertEqual(self.probe(prefix, [{"allow": True}]), ["yes", "yes", "yes", "made"])

    @unittest.skipUnless(os.path.isdir("/sys/fs/cgroup/devices"), "no devices controller of version 1")
    def test_files_of_version_1(self):
        self.check([])

    @unittest.skipUnless(os.path.isdir("/sys/fs/cgroup/unified"), "no version 2 beside version 1")
    def test_program_of_version_2(self):
        self.check(["unshare", "-m", "sh", "-c", 'umount /sys/fs/cgroup/devices; exec "$0" "$@"'])

    @unittest.skipUnless(os.path.isdir("/sys/fs/cgroup/unified"), "no version 2 beside version 1")
    def test_refused_where_neither_is(self):
        bundle = self.spec(["true"])
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", 'umount /sys/fs/cgroup/devices /sys/fs/cgroup/unified; exec "$0" "$@"',
             RUNTIME, "--root", self.state, "run", "-b", bundle, "c"],
            capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1)
        self.assertIn("linux.resources.devices: deny a: the host has no devices cgroup controller", done.stderr)


class Refused(Limits):
    def test_limits_that_the_host_cannot_keep(self):
        for resources, text in (
                ({"unified": {"nosuch.max": "5"}}, 'linux.resources.unified["nosuch.max"]: 5: '),
                ({"unified": {"../x.y": "5"}}, 'linux.resources.unified["../x.y"]: 5: a file name has no "/"'),
                ({"hugepageLimits": [{"pageSize": "3MB", "limit": 0}]}, "linux.resources.hugepageLimits: 3MB 0: "),
                ({"rdma": {"nosuch": {"hcaHandles": 2}}}, "linux.resources.rdma: nosuch hca_handle=2 hca_object=max: "),
                ({"cpu": {"cpus": "4000"}}, "linux.resources.cpu.cpus: 4000: ")):
            with self.subTest(text):
                bundle = self.spec(["true"], change=lambda spec: spec["linux"]["resources"].update(resources))
                self.assertIn(text, self.refusal("run", "-b", bundle, "c"))
                self.assertEqual(self.leftovers(), [])


if __name__ == "__main__":
    unittest.main()
