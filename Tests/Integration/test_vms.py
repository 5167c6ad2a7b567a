"""The same image as a virtual machine."""
import json
import os
import re
import signal
import subprocess
import time
import unittest

from kit import Kit, KitCase, Terminal, ESCALE


@unittest.skipUnless(any(os.access(f"{p}/qemu-system-x86_64", os.X_OK) for p in os.environ["PATH"].split(":")), "no QEMU")
class VirtualMachines(KitCase):
    def vm(self, *words, **more):
        return self.escale("vm", *words, timeout=90, **more)

    def tearDown(self):
        super().tearDown()
        for record in json.loads(self.kit.run("vm", "ps", "-a", "--json").out or "[]"):
            self.kit.run("vm", "rm", "-f", record.get("name") or record.get("Name"))

    def test_output_and_status(self):
        result = self.vm("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7", status=7)
        self.assertEqual((result.out, result.err), ("out\n", "err\n"))
        self.vm("run", "--rm", "busybox", "nope", status=127)
        self.assertIn("nul", self.vm("run", "--rm", "nul", "true", status=125).err)

    def test_more_memory_than_the_host_has(self):
        with open("/proc/meminfo") as file:
            gigabytes = int(file.readline().split()[1]) >> 20
        result = self.vm("run", "--rm", "-m", f"{gigabytes * 40 + 40}g", "busybox", "true", status=125)
        self.assertIn("memory", result.err)
        self.assertIn("-m", result.err)
        self.assertEqual(len(result.err.splitlines()), 1, result.err)
        self.assertEqual(json.loads(self.kit.run("vm", "ps", "-a", "--json").out or "[]"), [])

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_without_a_network_card(self):
        """Where the host refuses /dev/net/tun a machine runs all the same, and says what it lacks."""
        hidden = subprocess.run(
            ["unshare", "-m", "sh", "-c", 'mount -t tmpfs tmpfs /dev/net && exec "$0" "$@"', ESCALE, "vm", "run",
             "--rm", "busybox", "ls", "/sys/class/net"],
            env=self.kit.env, capture_output=True, text=True, timeout=90)
        self.assertEqual((hidden.returncode, hidden.stdout), (0, "lo\n"), hidden.stderr)
        self.assertIn("sans réseau", hidden.stderr)
        self.assertIn("/dev/net/tun", hidden.stderr)

    def test_the_list_fits_a_terminal(self):
        self.vm("run", "-d", "--name", "une-machine-au-long-nom", "busybox", "sleep", "600")
        terminal = Terminal([ESCALE, "vm", "ps"], self.kit.env)
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("une-machine-au-long-nom", terminal.text)
        for line in terminal.text.splitlines():
            self.assertLessEqual(len(line), 80, line)
        self.assertIn("ADDRESS", self.vm("ps").out)

    def test_its_own_kernel(self):
        out = self.vm("run", "--rm", "-e", "A=2", "-w", "/tmp", "-u", "1000", "busybox", "sh", "-c",
                      "cat /proc/sys/kernel/random/boot_id; uname -r; echo $A $(pwd) $(id -u)").out.split("\n")
        self.assertNotEqual(out[0], open("/proc/sys/kernel/random/boot_id").read().strip())
        self.assertIn("cloud", out[1])
        self.assertEqual(out[2], "2 /tmp 1000")

    def test_stdin(self):
        self.assertEqual(self.vm("run", "--rm", "-i", "busybox", "cat", input="bonjour\n").out, "bonjour\n")

    def test_terminal(self):
        terminal = Terminal([ESCALE, "vm", "run", "--rm", "-it", "busybox", "sh"], self.kit.env)
        try:
            terminal.expect("# ", 60)
            terminal.type("stty size; echo $((6*7))\r")
            terminal.expect("24 80")
            terminal.expect("42")
            terminal.type("exit 5\r")
            self.assertEqual(terminal.wait(60), 5)
        finally:
            terminal.close()

    def test_life(self):
        self.vm("run", "-d", "--name", "vm1", "busybox", "sh", "-c", "echo pret; sleep 600")
        self.wait_for("the log", lambda: "pret" in self.vm("logs", "vm1").out, 60)
        self.assertIn("vm1", self.vm("ps").out)
        self.assertRegex(self.vm("ps").out, r"TCG|KVM")
        self.vm("stop", "-t", "1", "vm1")
        self.assertNotRegex(self.vm("ps").out, r"\bvm1\b")
        self.vm("rm", "vm1")
        self.assertIn("No such VM", self.vm("rm", "vm1", status=1).err)

    def test_qemu_killed(self):
        self.vm("run", "-d", "--name", "qemu1", "busybox", "sleep", "600")
        qemu = [p for p, name in self.kit.processes() if "qemu" in name]
        self.assertTrue(qemu)
        os.kill(qemu[0], signal.SIGKILL)
        self.wait_for("its record", lambda: "qemu1" not in self.vm("ps").out.split())
        self.vm("rm", "qemu1")
        self.assertEqual([p for p in self.kit.processes() if "qemu" in p[1]], [])

    def test_phases_are_told(self):
        out = self.vm("run", "--rm", "--phases", "busybox", "true")
        self.assertRegex(out.err + out.out, r"(?i)noyau|kernel")

    def test_on_the_containers_bridge(self):
        self.escale("run", "-d", "--name", "voisin", "busybox", "sleep", "600")
        address = self.escale("inspect", "-f", "{{.NetworkSettings.IPAddress}}", "voisin").out.strip()
        self.vm("run", "--rm", "busybox", "ping", "-c", "1", "-W", "5", address)


class Compare(KitCase):
    def test_all_rows(self):
        page = os.path.join(self.kit.root, "page.html")
        out = self.escale("compare", "busybox", "--json", "--html", page, "--runs", "2", "--vm-runs", "1", timeout=200).out
        report = json.loads(out)
        self.assertIn(report["accelerator"], ("KVM", "TCG"))
        self.assertEqual(
            [row["id"] for row in report["rows"]],
            ["start", "memory", "disk", "kernel", "processes", "cpu", "io", "syscalls"])
        for row in report["rows"]:
            self.assertEqual(row["vm"]["accelerator"], report["accelerator"])
            self.assertGreaterEqual(row["vm"]["n"], 1)
            self.assertGreater(row["vm"]["median"], 0)
            self.assertTrue(row["claim"] and row["why"])
        kernel = next(r for r in report["rows"] if r["id"] == "kernel")
        self.assertEqual((kernel["host"]["median"], kernel["container"]["median"], kernel["vm"]["median"]), (1, 1, 2))
        text = open(page, encoding="utf-8").read()
        self.assertIn("<svg", text)
        self.assertNotRegex(text, r"(src|href)=.?https?:")
        self.assertEqual(self.escale("ps", "-aq").out, "")


class Explain(KitCase):
    def test_steps_and_views(self):
        report = json.loads(self.escale("explain", "run", "--json", "busybox").out)
        ids = [step["id"] for step in report["steps"]]
        for wanted in ("pivot_root", "exec", "seccomp"):
            self.assertIn(wanted, ids)
        self.assertTrue(any(i.startswith("namespace") or i.startswith("clone") for i in ids))
        self.assertTrue(any(i.startswith("cgroup") for i in ids))
        self.assertEqual([s["id"] for s in report["steps"] if not s["purpose"]], [])
        views = {view["what"]: view for view in report["views"]}
        self.assertEqual(views["PID"]["inside"], "1")
        self.assertNotEqual(views["ns/pid"]["inside"], views["ns/pid"]["host"])
        self.assertEqual(self.escale("ps", "-aq").out, "")
        self.assertIn("No such image", self.escale("explain", "run", "nul", status=1).err)
