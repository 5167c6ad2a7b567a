"""Files of a container's root exchanged while it starts, as another container that shares them can: nothing of the
host changes, and no protection lands elsewhere (CVE-2021-30465, CVE-2023-27561, CVE-2025-31133, CVE-2025-52565)."""
import os
import signal
import stat
import subprocess
import sys
import time
import unittest

from bundles import Bundles, needs_root

# Until its parent ends it. RENAME_EXCHANGE of renameat2(2): both names exist at every moment.
SWAP = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = (name.encode() for name in sys.argv[1:])
print("ready", flush=True)
while True:
    libc.renameat2(-100, a, -100, b, 2)
"""
SECONDS = 2.0


@needs_root
class Races(Bundles):
    def setUp(self):
        super().setUp()
        self.victim = os.path.join(self.base, "victim")
        os.makedirs(os.path.join(self.victim, "sub"))
        self.write(os.path.join(self.victim, "file"), "the host's\n")

    def write(self, path, text):
        with open(path, "w") as f:
            f.write(text)

    def swap(self, a, b):
        """Two names in the root, exchanged without end."""
        process = subprocess.Popen(
            [sys.executable, "-c", SWAP, os.path.join(self.rootfs, a), os.path.join(self.rootfs, b)],
            stdout=subprocess.PIPE)
        process.stdout.readline()
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.send_signal, signal.SIGKILL)

    def host(self):
        """All that the victim's folder is, and every mount of the host."""
        tree = [(folder, sorted(folders), sorted((n, os.lstat(os.path.join(folder, n)).st_mode) for n in files))
                for folder, folders, files in os.walk(self.victim)]
        return tree, open(os.path.join(self.victim, "file")).read(), open("/proc/self/mountinfo").read()

    def rounds(self, script, change, options=()):
        """Containers one after the other; gives what each said."""
        before = self.host()
        bundle = self.spec(["sh", "-c", script], change=change)
        said, until = [], time.monotonic() + SECONDS
        while time.monotonic() < until:
            done = self.run_("run", *options, "-b", bundle, "c")
            self.assertIn(done.returncode, (0, 1), done)
            said.append(done.stdout)
        self.assertEqual(self.host(), before)
        # With every start refused nothing would have been tried.
        self.assertGreater(len([text for text in said if "end" in text]), 3, said)
        return said

    def test_target_of_a_volume(self):
        data = os.path.join(self.base, "data")
        os.makedirs(data)
        os.makedirs(os.path.join(self.rootfs, "shared", "target"))
        os.symlink("../" * 12 + self.victim, os.path.join(self.rootfs, "shared", "link"))
        self.swap("shared/target", "shared/link")

        def change(spec):
            spec["mounts"].append({"destination": "/shared/target/sub", "type": "bind", "source": data,
                                   "options": ["rbind", "rw"]})
            spec["mounts"].append({"destination": "/shared/target/new", "type": "tmpfs", "source": "tmpfs"})

        self.rounds("touch /shared/target/new/x /shared/target/sub/x; echo end", change)

    def test_read_only_volume_stays_read_only(self):
        data = os.path.join(self.base, "data")
        os.makedirs(data)
        for name in ("a", "b"):
            os.makedirs(os.path.join(self.rootfs, "shared", name))
        self.swap("shared/a", "shared/b")

        def change(spec):
            # Something that is mounted too, and could be made read-only in its place.
            spec["mounts"].append({"destination": "/shared/b", "type": "tmpfs", "source": "tmpfs"})
            spec["mounts"].append({"destination": "/shared/a", "type": "bind", "source": data,
                                   "options": ["rbind", "ro"]})

        self.rounds("touch /shared/a/written /shared/b/written 2>/dev/null; echo end", change)
        self.assertEqual(os.listdir(data), [])

    def test_read_only_path_stays_read_only(self):
        for name in ("a", "b"):
            os.makedirs(os.path.join(self.rootfs, "shared", name))
        self.swap("shared/a", "shared/b")

        def change(spec):
            spec["mounts"].append({"destination": "/shared/b", "type": "tmpfs", "source": "tmpfs"})
            spec["linux"]["readonlyPaths"].append("/shared/a")

        # Whatever it was made of, a mount for it is there, and read-only.
        for text in self.rounds("grep ' /shared/' /proc/self/mountinfo; echo end", change):
            if "end" in text:
                modes = [line.split()[5].split(",")[0] for line in text.splitlines() if "/shared/" in line]
                self.assertIn("ro", modes, text)

    def test_proc_is_masked_wherever_it_is(self):
        for name in ("kcore", "keys", "sys/kernel"):
            for folder in ("proc", "fake"):
                path = os.path.join(self.rootfs, folder, name)
                os.makedirs(path if "/" in name else os.path.dirname(path), exist_ok=True)
                if "/" not in name:
                    self.write(path, "")
        self.swap("proc", "fake")
        script = """for d in /proc /fake; do
            # Inside it, the names above do not matter any more.
            cd $d; [ -e self/status ] || continue
            [ -f kcore ] && echo leak of $d/kcore
            [ -f keys ] && echo leak of $d/keys
            (cat sys/kernel/core_pattern > sys/kernel/core_pattern) 2>/dev/null && echo writable $d
        done; echo end"""
        for text in self.rounds(script, lambda spec: None):
            self.assertNotIn("leak", text)
            self.assertNotIn("writable", text)

    def test_proc_is_a_symlink_now_and_then(self):
        os.makedirs(os.path.join(self.rootfs, "proc"))
        os.makedirs(os.path.join(self.rootfs, "real"))
        os.symlink("real", os.path.join(self.rootfs, "link"))
        self.swap("proc", "link")
        script = """for d in /proc /real /link; do
            cd $d; [ -e self/status ] && [ -f kcore ] && echo leak of $d/kcore
        done; echo end"""
        for text in self.rounds(script, lambda spec: None):
            self.assertNotIn("leak", text)

    def test_dev_is_made_in_its_own_file_system(self):
        for name in ("dev", "other"):
            os.makedirs(os.path.join(self.rootfs, name))
        self.swap("dev", "other")
        self.rounds("echo end", lambda spec: None)
        for name in ("dev", "other"):
            for entry in os.listdir(os.path.join(self.rootfs, name)):
                mode = os.lstat(os.path.join(self.rootfs, name, entry)).st_mode
                self.assertFalse(stat.S_ISCHR(mode) or stat.S_ISLNK(mode), entry)

    def test_sources_and_working_folder(self):
        """A symlink of the image leads out, by dots or by the host's name."""
        os.makedirs(os.path.join(self.rootfs, "desk"))
        os.symlink(self.victim, os.path.join(self.rootfs, "away"))
        self.swap("desk", "away")

        def change(spec):
            spec["process"]["cwd"] = "/desk"
            spec["linux"]["maskedPaths"] += ["/desk/file", "/desk/sub"]
            spec["linux"]["readonlyPaths"].append("/desk")

        self.rounds("touch written 2>/dev/null; echo end", change)


if __name__ == "__main__":
    unittest.main()
