"""escale-runtime as an ordinary user: create, start, run, exec, kill and delete, with and without subordinate ids."""
import hashlib
import json
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
import unittest

from bundles import RUNTIME, Bundles, needs_root
from kit import TOP

UID = 1000


def uidmap():
    """The folder of Debian's newuidmap, unpacked where it is not installed; None without a network."""
    found = shutil.which("newuidmap")
    if found:
        return os.path.dirname(found)
    done = subprocess.run([os.path.join(TOP, "Tests", "peers"), "uidmap"], capture_output=True, text=True)
    folder = os.path.join(done.stdout.strip(), "usr", "bin")
    return folder if done.returncode == 0 and os.path.exists(os.path.join(folder, "newuidmap")) else None


@needs_root
@unittest.skipUnless(shutil.which("setpriv") and shutil.which("unshare"), "needs setpriv and unshare")
class Rootless(Bundles):
    def setUp(self):
        super().setUp()
        self.runtime = os.path.join(self.base, "runtime")
        shutil.copy(RUNTIME, self.runtime)
        os.chmod(self.runtime, 0o755)
        try:
            self.user = pwd.getpwuid(UID).pw_name
        except KeyError:
            self.user = str(UID)

    def bundle(self, args, folder="b", subordinate=False, change=lambda spec: None):
        def both(spec):
            for kind in ("uidMappings", "gidMappings"):
                spec["linux"][kind] = [{"containerID": 0, "hostID": UID, "size": 1}]
                if subordinate:
                    spec["linux"][kind].append({"containerID": 1, "hostID": 100000, "size": 65535})
            spec["linux"].pop("cgroupsPath", None)
            change(spec)

        bundle = self.spec(args, folder=folder, options=["--rootless"], change=both)
        os.lchown(self.base, UID, UID)
        for folder, folders, files in os.walk(self.base):
            for name in folders + files:
                os.lchown(os.path.join(folder, name), UID, UID)
        return bundle

    def command(self, words, subordinate=False, groups="--clear-groups"):
        drop = ["setpriv", "--reuid", str(UID), "--regid", str(UID), groups, "--bounding-set", "+all"]
        run = [self.runtime, "--root", self.state, *words]
        # The machine's own list of subordinate ids stays as it is: a mount namespace shows another.
        script = ""
        for name in ("subuid", "subgid"):
            file = os.path.join(self.base, name)
            with open(file, "w") as f:
                f.write(f"{self.user}:100000:65536\n" if subordinate else "")
            os.chmod(file, 0o644)
            script += f"mount --bind {file} /etc/{name} && "
        return ["unshare", "-m", "sh", "-c", script + 'exec "$@"', "sh", *drop[:5], groups, *run]

    def as_user(self, *words, **more):
        path = os.pathsep.join(filter(None, [uidmap(), os.environ["PATH"]]))
        # A file and no pipe: a container that stays keeps it.
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(self.command(words, **more), stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                  timeout=30, env={"PATH": path, "HOME": "/"})
            out.seek(0), err.seek(0)
            done.stdout, done.stderr = out.read(), err.read()
            return done

    def test_one_id(self):
        done = self.as_user("run", "-b", self.bundle(["sh", "-c", "id -u; cat /proc/self/uid_map /proc/self/setgroups"]), "c")
        self.assertEqual((done.returncode, done.stdout.split()), (0, ["0", "0", str(UID), "1", "deny"]), done)

    def test_subordinate_ids(self):
        if not uidmap():
            self.skipTest("needs newuidmap")
        bundle = self.bundle(["sh", "-c", "id -u; id -g; cat /proc/self/uid_map; touch /tmp/x"], subordinate=True,
                             change=lambda spec: spec["process"].update(
                                 user={"uid": 33, "gid": 34, "additionalGids": [35]}))
        os.chmod(os.path.join(self.rootfs, "tmp"), 0o777)
        done = self.as_user("run", "-b", bundle, "c", subordinate=True)
        self.assertEqual((done.returncode, done.stdout.split()[:8]), (0, ["33", "34", "0", str(UID), "1", "1", "100000", "65535"]), done)
        made = os.stat(os.path.join(self.rootfs, "tmp", "x"))
        self.assertEqual((made.st_uid, made.st_gid), (100032, 100033))

    def test_ids_that_are_not_the_users(self):
        bundle = self.bundle(["true"], subordinate=True)
        done = self.as_user("run", "-b", bundle, "c")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "newuidmap|uid_map|operation not permitted")
        self.assertIn("/etc/subuid", done.stderr)

    def life(self, subordinate):
        bundle = self.bundle(["sleep", "1000"], subordinate=subordinate)
        more = {"subordinate": subordinate}
        self.assertEqual(self.as_user("create", "-b", bundle, "c", **more).returncode, 0)
        self.addCleanup(self.as_user, "delete", "--force", "c")
        state = lambda: json.loads(self.as_user("state", "c").stdout)
        self.assertEqual(state()["status"], "created")
        self.assertEqual(self.as_user("start", "c").returncode, 0)
        self.assertEqual((state()["status"], state()["owner"]), ("running", str(UID)))
        done = self.as_user("exec", "c", "sh", "-c", "id -u; ps; exit 5", **more)
        self.assertEqual(done.returncode, 5, done)
        self.assertIn("sleep 1000", done.stdout)
        self.assertEqual(done.stdout.split()[0], "0")
        self.assertIn("c", self.as_user("list", "-q").stdout.split())
        self.assertEqual(self.as_user("delete", "c").returncode, 1)
        self.assertEqual(self.as_user("kill", "c", "KILL").returncode, 0)
        deadline = time.monotonic() + 5
        while state()["status"] != "stopped" and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(self.as_user("delete", "c").returncode, 0)
        self.assertEqual(self.as_user("state", "c").returncode, 1)
        # Another time, ended by delete alone.
        self.assertEqual(self.as_user("run", "-d", "-b", bundle, "c", **more).returncode, 0)
        pid = state()["pid"]
        self.assertEqual(self.as_user("delete", "--force", "c").returncode, 0)
        self.assertFalse(self.runs(pid), open(f"/proc/{pid}/status").read() if self.runs(pid) else "")

    def runs(self, pid):
        try:
            return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] not in "ZX"
        except OSError:
            return False

    def test_life_with_one_id(self):
        self.life(subordinate=False)

    def test_life_with_subordinate_ids(self):
        if not uidmap():
            self.skipTest("needs newuidmap")
        self.life(subordinate=True)

    def test_limits_are_refused(self):
        """No cgroup is the user's to limit; what can't be had is named."""
        for resources, name in (({"memory": {"limit": 1 << 26}}, "memory"), ({"pids": {"limit": 10}}, "pids"),
                                ({"cpu": {"quota": 50000, "period": 100000}}, "cpu")):
            with self.subTest(name):
                bundle = self.bundle(["true"], change=lambda spec: spec["linux"].update(resources=resources))
                done = self.as_user("run", "-b", bundle, "c")
                self.assert_refused(done, "cgroup", name)

    def test_groups_can_not_be_added(self):
        """CVE-2014-8989: without setgroups(2) a group that is asked for can't be given, and is not left out silently."""
        bundle = self.bundle(["true"], change=lambda spec: spec["process"]["user"].update(additionalGids=[0]))
        self.assert_refused(self.as_user("run", "-b", bundle, "c"), "additionalGids")

    def test_oom_score_may_be_raised(self):
        bundle = self.bundle(["cat", "/proc/self/oom_score_adj"],
                             change=lambda spec: spec["process"].update(oomScoreAdj=321))
        done = self.as_user("run", "-b", bundle, "c")
        self.assertEqual((done.returncode, done.stdout), (0, "321\n"), done)

    def test_setgroups_stays_denied(self):
        bundle = self.bundle(["sh", "-c", "echo allow > /proc/self/setgroups; cat /proc/self/setgroups"])
        self.assertEqual(self.as_user("run", "-b", bundle, "c").stdout, "deny\n")

    def test_the_users_own_binary_is_not_written_to(self):
        """CVE-2019-5736 where the runtime is a file of the user's, whom root in the container is outside."""
        before = hashlib.sha256(open(self.runtime, "rb").read()).hexdigest()
        bundle = self.bundle(["sleep", "1000"])
        self.assertEqual(os.stat(self.runtime).st_uid, UID)
        process = subprocess.Popen(self.command(["run", "-b", bundle, "c"]), stdin=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(self.as_user, "delete", "--force", "c")
        deadline = time.monotonic() + 10
        while '"running"' not in self.as_user("state", "c").stdout:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        # What the container could keep open of the runtime's process, written to once that has ended.
        fd = os.open(f"/proc/{process.pid}/exe", os.O_PATH)
        self.addCleanup(os.close, fd)
        self.as_user("kill", "c", "KILL")
        process.wait()
        with self.assertRaises(OSError):
            os.close(os.open(f"/proc/self/fd/{fd}", os.O_RDWR | os.O_TRUNC))
        self.assertEqual(hashlib.sha256(open(self.runtime, "rb").read()).hexdigest(), before)


if __name__ == "__main__":
    unittest.main()
