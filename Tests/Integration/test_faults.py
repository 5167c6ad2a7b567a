"""Bad input and hostile circumstances: one clear message, the right status, nothing lost."""
import errno
import json
import os
import subprocess
import tempfile
import time
import unittest

from kit import Kit, KitCase, Terminal, ESCALE


class BadInput(KitCase):
    def test_usage_is_2(self):
        for words in (["ps", "--nope"], ["stop"], ["vm", "run"], ["compare", "--runs", "0"], ["nimportequoi"], ["lab", "test", "--x"]):
            result = self.escale(*words, status=2)
            self.assertTrue(result.err.strip(), words)

    def test_unwritable_root(self):
        kit = Kit(images=False)
        try:
            env = {"ESCALE_ROOT": "/proc/nulle-part"}
            result = kit.run("run", "--rm", "busybox", "true", env=env)
            self.assertEqual(result.status, 125)
            self.assertIn("/proc/nulle-part", result.err)
            self.assertNotEqual(kit.run("-c", "ouvrir conteneurs-vs-vm", env=env).status, 0)
        finally:
            kit.close()

    def test_an_unwritable_root_is_told_alike_everywhere(self):
        kit = Kit(images=False)
        env = {"ESCALE_ROOT": "/proc/nulle-part"}
        message = "impossible d’écrire dans /proc/nulle-part (ESCALE_ROOT)"
        try:
            for words in (["setup"], ["doctor"], ["grade"], ["lab", "start", "1"], ["-c", "ouvrir 1"]):
                result = kit.run(*words, env=env)
                self.assertEqual(result.status, 1, words)
                told = " ".join((result.out + result.err).lower().split())
                for word in message.lower().split():
                    self.assertIn(word, told, words)
                self.assertIn("export escale_root=", told, words)
            self.assertNotIn("0/150", kit.run("grade", env=env).out)
            terminal = Terminal([ESCALE], dict(kit.env, ESCALE_PROOF="1", **env))
            try:
                terminal.expect("ne sera enregistré.*ESCALE_ROOT.*ready")
            finally:
                terminal.close()
        finally:
            kit.close()

    def test_socket_path_too_long(self):
        result = self.escale("ps", status=1, env={"ESCALE_RUN": self.kit.run_dir + "/" + "x" * 120})
        self.assertIn("107", result.err)

    def test_corrupted_progress_is_kept_aside(self):
        self.escale("-c", "ouvrir conteneurs-vs-vm")
        journals = [
            os.path.join(base, name) for base, _, names in os.walk(os.path.join(self.kit.root, "progress"))
            for name in names if os.path.getsize(os.path.join(base, name)) > 0 and "conteneurs" in os.path.join(base, name)
        ]
        self.assertTrue(journals)
        for journal in journals:
            with open(journal, "r+b") as file:
                file.write(b"\0\xff ceci n'est pas du JSON")
        result = self.escale("-c", "progres", status=None)
        self.assertRegex(result.out + result.err, "corrompu")
        kept = [name for base, _, names in os.walk(os.path.join(self.kit.root, "progress")) for name in names if "corrompu" in name]
        self.assertTrue(kept)

    def test_lab_with_an_error_names_file_and_line(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["cp", "-a", os.path.join(os.path.dirname(__file__), "../../labs/."), folder + "/labs"], check=True)
            path = folder + "/labs/01-conteneurs-vs-vm/lab.yaml"
            with open(path, "a") as file:
                file.write("inconnue: 1\n")
            lines = sum(1 for _ in open(path))
            result = self.escale("labs", status=None, env={"ESCALE_LABS": folder + "/labs"})
            self.assertNotEqual(result.status, 0)
            self.assertIn(f"lab.yaml:{lines}", result.err + result.out)
            self.assertIn("inconnue", result.err + result.out)


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class FullDisk(unittest.TestCase):
    def test_nothing_is_lost(self):
        kit = Kit()
        mounted = False
        try:
            kit.run("run", "-d", "--name", "la", "busybox", "sleep", "600")
            kit.run("daemon", "--stop")
            containers = os.path.join(kit.root, "containers")
            small = os.path.join(kit.root, "petit")
            os.mkdir(small)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=True)
            mounted = True
            env = {"ESCALE_ROOT": small + "/k", "ESCALE_RUN": kit.run_dir + "2"}
            with open(small + "/plein", "wb") as file:
                try:
                    file.write(b"x" * (4 << 20))
                except OSError:
                    pass
            result = kit.run("run", "--rm", "busybox", "true", env=env)
            self.assertNotEqual(result.status, 0)
            self.assertRegex(result.err, "no space left on device|not? start|No such image")
            self.assertIn("la", kit.run("ps", "--format", "{{.Names}}").out)
        finally:
            kit.run("daemon", "--stop", env={"ESCALE_ROOT": os.path.join(kit.root, "petit", "k"), "ESCALE_RUN": kit.run_dir + "2"})
            if mounted:
                subprocess.run(["umount", "-l", os.path.join(kit.root, "petit")])
            kit.run("rm", "-f", "la")
            subprocess.run(["rm", "-rf", kit.run_dir + "2"])
            left = kit.close()
        self.assertEqual(left, [])


@unittest.skipUnless(os.path.isdir("/sys/fs/cgroup/memory"), "needs a version 1 memory controller")
@unittest.skipUnless(os.geteuid() == 0, "needs root")
class NoMemory(KitCase):
    def test_a_start_that_the_kernel_kills(self):
        """The kit's cgroup has no memory left: starts are killed, nothing stays, and all works again after."""
        self.escale("run", "-d", "--name", "temoin", "busybox", "sleep", "600")
        pid = self.escale("inspect", "-f", "{{.State.Pid}}", "temoin").out.strip()
        with open(f"/proc/{pid}/cgroup") as file:
            cgroup = next(line.strip().split(":")[2] for line in file if ":memory:" in line)
        kit = "/sys/fs/cgroup/memory" + os.path.dirname(cgroup)
        self.assertIn("escale", os.path.basename(kit))
        self.escale("rm", "-f", "temoin")

        def limit(value):
            with open(kit + "/memory.limit_in_bytes", "w") as file:
                file.write(value)

        self.addCleanup(limit, "-1")
        # The kernel first gives back what it kept for the container that has gone.
        deadline = time.monotonic() + 20
        while True:
            try:
                with open(kit + "/memory.force_empty", "w") as file:
                    file.write("0")
                limit("64K")
                break
            except OSError as error:
                if error.errno != errno.EBUSY or time.monotonic() > deadline:
                    raise
        for _ in range(3):
            self.killed(self.kit.run("run", "--rm", "busybox", "echo", "la"))
        kept = self.kit.run("run", "--name", "tue", "busybox", "echo", "la")
        self.killed(kept)
        limit("-1")
        self.assertRegex(self.escale("ps", "-a", "--format", "{{.Status}}").out, "137|Created")
        self.escale("rm", "tue")
        self.assertEqual(self.escale("run", "--rm", "busybox", "echo", "encore").out, "encore\n")
        self.assertEqual([name for name in os.listdir(kit) if os.path.isdir(os.path.join(kit, name))], [])

    def killed(self, result):
        """Killed in its program, or before it: then the engine says so."""
        self.assertIn(result.status, (125, 137))
        if result.status == 125:
            self.assertRegex(result.err, "(?i)kill|memory")


class Doctor(KitCase):
    def test_report(self):
        findings = json.loads(self.escale("doctor", "--json", status=None).out)
        items = findings if isinstance(findings, list) else findings["findings"]
        self.assertGreater(len(items), 10)
        for item in items:
            self.assertIn(item["state"], ("ok", "warn", "bad"))
            if item["state"] != "ok":
                self.assertTrue(item.get("repair") or item.get("detail"), item)
