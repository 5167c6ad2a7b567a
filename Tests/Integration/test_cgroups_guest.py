"""cgroup v2 alone, for real: escale-runtime in a virtual machine whose kernel has every controller there."""
import io
import json
import os
import subprocess
import tarfile
import tempfile
import unittest

from bundles import RUNTIME
from kit import Kit, ESCALE

# Prints `name=value` lines; what it needs comes as a tar archive on stdin, beside it.
SCRIPT = r"""
cd /tmp && tar xzf - && cd guest
run() { ./escale-runtime --root /tmp/state "$@"; }
value() { echo "$1=$(cat /sys/fs/cgroup/lab/$2 2>&1 | tr '\n' ';')"; }
disk=$(cat /sys/block/vda/dev)
major=${disk%:*} minor=${disk#*:}
mkdir -p rootfs/bin rootfs/tmp && cp /bin/busybox rootfs/bin
for name in sh sleep true; do ln -s busybox rootfs/bin/$name; done
for file in */config.json; do sed -i "s/\"@MAJOR@\"/$major/;s/\"@MINOR@\"/$minor/;s/@DISK@/$major $minor/" $file; done
echo "disk=$disk"
echo "controllers=$(cat /sys/fs/cgroup/cgroup.controllers)"

run create -b limits c </dev/null >/dev/null && run start c; echo "started=$?"
for file in memory.max memory.swap.max memory.low memory.high cpu.max cpu.max.burst cpu.weight cpuset.cpus \
    pids.max io.max hugetlb.2MB.max hugetlb.2MB.rsvd.max cgroup.procs; do value $file c/$file; done
echo "pid=$(run ps -f json c)"
echo "stats=$(run events --stats c)"
run exec c sh -c 'cat /proc/self/cgroup; cat /sys/fs/cgroup/pids.max' >out; echo "exec=$(tr '\n' ';' <out)"

run update --memory 128m --memory-swap 256m --cpu-quota 20000 --pids-limit -1 --cpu-share 1024 c; echo "updated=$?"
for file in memory.max memory.swap.max cpu.max pids.max cpu.weight; do value new.$file c/$file; done
run update --cpu-period 50000 --memory-swap -1 c; value last.cpu.max c/cpu.max; value last.memory.swap.max c/memory.swap.max
echo '{"memory":{"limit":4096,"checkBeforeUpdate":true}}' | run update -r - c 2>err; echo "checked=$(cat err)"
run update --cpu-rt-runtime 1000 c 2>err; echo "realtime=$(cat err)"

run pause c; echo "paused=$(run state c | grep status)"; value frozen c/cgroup.events
run resume c; echo "resumed=$(run state c | grep status)"
run delete --force c; echo "deleted=$? $(ls -d /sys/fs/cgroup/lab/c 2>/dev/null)"

run create -b oom o </dev/null >/dev/null && run start o
mkfifo lines; run events --interval 1s o >lines & exec 3<lines
# A first line tells that it listens.
read line <&3; echo "first=$line"
echo go >rootfs/tmp/go
kinds=; while read line <&3; do case $line in *'"oom"'*) kinds="$kinds oom";; esac; done
echo "events=$kinds"; run delete --force o

run run -b devices d >out </dev/null; echo "devices=$(tr '\n' ' ' <out)"
run run -b refused r 2>err </dev/null; echo "refused=$(cat err)"
echo "left=$(find /sys/fs/cgroup/lab -mindepth 1 -type d | tr '\n' ' ')"
"""

PROBE = ("for n in '1 11' '1 3'; do busybox mknod /tmp/n c $n; "
         "if (: </tmp/n) 2>/dev/null; then echo yes; else echo no; fi; busybox rm /tmp/n; done; "
         "busybox mknod /tmp/n b @DISK@ && if (: </tmp/n) 2>/dev/null; then echo yes; else echo no; fi")


def archive():
    """The runtime and its bundles."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([RUNTIME, "spec", "-b", folder], check=True)
        base = json.load(open(os.path.join(folder, "config.json")))

    def bundle(name, args, resources, cgroup):
        spec = json.loads(json.dumps(base))
        spec["process"].update(terminal=False, args=args)
        spec["root"].update(path="/tmp/guest/rootfs", readonly=False)
        spec["linux"]["cgroupsPath"] = "/lab/" + cgroup
        spec["linux"]["resources"].update(resources)
        for names in spec["process"]["capabilities"].values():
            names.append("CAP_SYSLOG")
        return name + "/config.json", json.dumps(spec).encode()

    throttle = [{"major": "@MAJOR@", "minor": "@MINOR@", "rate": 1048576}]
    files = [
        bundle("limits", ["sleep", "600"], {
            "memory": {"limit": 64 << 20, "swap": 96 << 20, "reservation": 32 << 20},
            "cpu": {"shares": 512, "quota": 40000, "period": 80000, "burst": 2000, "cpus": "0"},
            "pids": {"limit": 33}, "blockIO": {"throttleReadBpsDevice": throttle},
            "hugepageLimits": [{"pageSize": "2MB", "limit": 4 << 20}],
            "unified": {"memory.high": str(60 << 20)}}, "c"),
        bundle("oom", ["sh", "-c", "while ! [ -e /tmp/go ]; do busybox usleep 20000; done; "
                       "busybox dd if=/dev/zero of=/dev/null bs=64M count=1; exit 0"],
               {"memory": {"limit": 8 << 20, "swap": 8 << 20}}, "o"),
        bundle("devices", ["sh", "-c", PROBE], {}, "d"),
        bundle("refused", ["true"], {"memory": {"swappiness": 5}}, "r"),
        ("escale-runtime", open(RUNTIME, "rb").read())]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for name, content in files:
            info = tarfile.TarInfo("guest/" + name)
            info.size, info.mode = len(content), 0o755
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


@unittest.skipUnless(any(os.access(f"{p}/qemu-system-x86_64", os.X_OK) for p in os.environ["PATH"].split(":")), "no QEMU")
class Version2(unittest.TestCase):
    """One machine, started once; each test looks at a part of what it told."""

    @classmethod
    def setUpClass(cls):
        cls.kit = Kit()
        try:
            done = subprocess.run(
                [ESCALE, "vm", "run", "--rm", "-i", "-m", "512m", "--net", "none", "busybox", "sh", "-c", SCRIPT],
                input=archive(), capture_output=True, timeout=180, env=cls.kit.env)
            cls.err = done.stderr.decode()
            lines = done.stdout.decode().splitlines()
            cls.told = dict(line.split("=", 1) for line in lines if "=" in line)
            if done.returncode or "left" not in cls.told:
                raise AssertionError(f"status {done.returncode}\n{done.stdout.decode()}\n{cls.err}")
        except BaseException:
            cls.kit.close()
            raise

    @classmethod
    def tearDownClass(cls):
        left = cls.kit.close()
        if left:
            raise AssertionError("left behind: " + "; ".join(left))

    def check(self, **expected):
        for name, value in expected.items():
            name = name.replace("_", ".")
            with self.subTest(name):
                self.assertEqual(self.told[name].strip("; "), value, self.err)

    def test_limits_reach_the_kernel(self):
        for name in ("cpu", "cpuset", "io", "memory", "hugetlb", "pids"):
            self.assertIn(name, self.told["controllers"].split())
        self.check(
            started="0", memory_max=str(64 << 20), memory_swap_max=str(32 << 20), memory_low=str(32 << 20),
            memory_high=str(60 << 20), cpu_max="40000 80000", cpu_max_burst="2000", cpu_weight="20", cpuset_cpus="0",
            pids_max="33", hugetlb_2MB_max=str(4 << 20), hugetlb_2MB_rsvd_max=str(4 << 20),
            io_max=self.told["disk"] + " rbps=1048576 wbps=max riops=max wiops=max")
        self.assertEqual(json.loads(self.told["pid"]), [int(self.told["cgroup.procs"].strip(";"))])
        self.check(exec="0::/;33")

    def test_stats(self):
        data = json.loads(self.told["stats"])["data"]
        self.assertEqual(data["memory"]["usage"]["limit"], 64 << 20)
        self.assertEqual(data["memory"]["swap"]["limit"], 96 << 20)
        self.assertGreater(data["memory"]["usage"]["usage"], 0)
        self.assertGreater(data["cpu"]["usage"]["total"], 0)
        self.assertEqual(data["pids"], {"current": 1, "limit": 33})
        self.assertEqual(data["cpuset"]["cpus"], [0])
        self.assertIn("2MB", data["hugetlb"])

    def test_update(self):
        self.check(
            updated="0", new_memory_max=str(128 << 20), new_memory_swap_max=str(128 << 20), new_cpu_max="20000 80000",
            new_pids_max="max", new_cpu_weight="39", last_cpu_max="20000 50000", last_memory_swap_max="max")
        self.assertRegex(self.told["checked"], r"linux\.resources\.memory\.limit: 4096: \d+ bytes are in use")
        self.assertIn("linux.resources.cpu.realtimeRuntime: 1000: cgroup v2 has nothing", self.told["realtime"])

    def test_pause_resume_delete(self):
        self.assertIn("paused", self.told["paused"])
        self.assertIn("frozen 1", self.told["frozen"])
        self.assertIn("running", self.told["resumed"])
        self.check(deleted="0", left="")

    def test_lost_memory_is_told(self):
        self.assertEqual(json.loads(self.told["first"])["type"], "stats")
        self.check(events="oom")

    def test_devices_are_filtered(self):
        # kmsg and the disk of the machine are not for the container; null is.
        self.check(devices="no yes no")

    def test_what_version_2_lacks_is_refused(self):
        self.assertIn("linux.resources.memory.swappiness: 5: cgroup v2 has nothing of the kind", self.told["refused"])


if __name__ == "__main__":
    unittest.main()
