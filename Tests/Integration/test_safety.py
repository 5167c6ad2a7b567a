"""Ways out of a container that other runtimes had, each tried for real: bundles and containers that attack."""
import ctypes
import hashlib
import json
import os
import shutil
import socket
import stat
import subprocess
import threading
import time
import unittest

from bundles import RUNTIME, Bundles, needs_root, probe


def digest(path):
    return hashlib.sha256(open(path, "rb").read()).hexdigest()


def set_process(**members):
    return lambda spec: spec["process"].update(members)


def without_seccomp_with_all_capabilities(spec):
    names = subprocess.run([RUNTIME, "features"], capture_output=True, text=True, check=True).stdout
    names = json.loads(names)["linux"]["capabilities"]
    spec["process"]["capabilities"] = {kind: names for kind in ("bounding", "effective", "permitted")}
    spec["process"]["noNewPrivileges"] = False
    spec["linux"].pop("seccomp", None)


@needs_root
class RuntimeBinary(Bundles):
    """CVE-2019-5736: a container writes to the runtime's own file."""

    def test_exec_of_proc_self_exe_gives_nothing_to_write_to(self):
        runtime = os.path.join(self.base, "runtime")
        shutil.copy(RUNTIME, runtime)
        before = digest(runtime)
        with open(os.path.join(self.rootfs, "bin", "bait"), "w") as script:
            script.write("#!/proc/self/exe\n")
        os.chmod(script.name, 0o755)
        # Waits for the runtime to show up under a number of its own, keeps its file, and writes to it once it is idle.
        with open(os.path.join(self.rootfs, "attack"), "w") as script:
            script.write(r"""
                echo waiting > /tmp/report
                while true; do
                    for p in /proc/[0-9]*; do
                        case $(readlink $p/exe) in
                        *busybox*|"") ;;
                        *) (exec 9< $p/exe; n=0
                            while [ $n -lt 300 ]; do
                                if (echo overwritten > /proc/self/fd/9) 2>/dev/null; then echo wrote >> /tmp/report; fi
                                n=$((n + 1))
                            done; echo tried >> /tmp/report) 2>/dev/null ;;
                        esac
                    done
                done""")
        self.hold(without_seccomp_with_all_capabilities, args=["sh", "/attack"])
        report = os.path.join(self.rootfs, "tmp", "report")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            subprocess.run([runtime, "--root", self.state, "exec", "c", "/bin/bait"], capture_output=True,
                           stdin=subprocess.DEVNULL, timeout=30)
            if os.path.exists(report) and "tried" in open(report).read():
                break
        self.assertIn("tried", open(report).read())
        self.assertNotIn("wrote", open(report).read())
        self.assertEqual(digest(runtime), before)


@needs_root
class HostDescriptors(Bundles):
    """CVE-2024-21626: what the host has open leads out, as a working directory or as a program."""

    def setUp(self):
        super().setUp()
        self.outside = os.path.join(self.base, "outside")
        os.makedirs(os.path.join(self.outside, "deeper"))
        tool = os.path.join(self.outside, "tool")
        shutil.copy("/bin/busybox", tool)
        self.fd = os.open(self.outside, os.O_RDONLY | os.O_DIRECTORY)
        self.addCleanup(os.close, self.fd)

    def numbers(self):
        return sorted({*range(3, 24), self.fd})

    def test_working_directory(self):
        for n in self.numbers():
            for tail in ("", "/..", "/deeper", "/../../../.."):
                with self.subTest(fd=n, tail=tail):
                    bundle = self.spec(["ls"], change=set_process(cwd=f"/proc/self/fd/{n}{tail}"))
                    done = self.run_("run", "-b", bundle, "c", pass_fds=[self.fd])
                    self.assert_refused(done)
                    self.assertEqual(done.stdout, "")

    def test_no_folder_is_made_outside(self):
        before = sorted(os.listdir(self.outside))
        for n in self.numbers():
            bundle = self.spec(["true"], change=set_process(cwd=f"/proc/self/fd/{n}/made"))
            self.assert_refused(self.run_("run", "-b", bundle, "c", pass_fds=[self.fd]))
        self.assertEqual(sorted(os.listdir(self.outside)), before)

    def test_program(self):
        for n in self.numbers():
            bundle = self.spec([f"/proc/self/fd/{n}/tool", "echo", "outside"])
            self.assert_refused(self.run_("run", "-b", bundle, "c", pass_fds=[self.fd]),
                                f"stat /proc/self/fd/{n}/tool: no")

    def test_program_by_symlink_of_the_image(self):
        os.symlink(f"/proc/self/fd/{self.fd}", os.path.join(self.rootfs, "opt"))
        self.assert_refused(self.run_("run", "-b", self.spec(["/opt/tool", "echo", "outside"]), "c",
                                      pass_fds=[self.fd]), "no such file")

    def test_exec(self):
        self.hold()
        for n in self.numbers():
            for words in (["--cwd", f"/proc/self/fd/{n}", "c", "ls"], ["c", f"/proc/self/fd/{n}/tool", "echo", "outside"]):
                done = self.run_("exec", *words, pass_fds=[self.fd])
                self.assertEqual((done.returncode, done.stdout), (255, ""), done)

    def test_nothing_is_open_in_the_container(self):
        script = "for n in /proc/self/fd/*; do readlink $n; done >&2; exec ls /proc/self/fd"
        done = self.run_("run", "-b", self.spec(["sh", "-c", script]), "c", pass_fds=[self.fd])
        # One more: the folder that ls reads.
        self.assertEqual(done.stdout.split(), ["0", "1", "2", "3"], done.stderr)
        self.hold(name="h")
        done = self.run_("exec", "h", "ls", "/proc/self/fd", pass_fds=[self.fd])
        self.assertEqual(done.stdout.split(), ["0", "1", "2", "3"])

    def test_nothing_is_open_in_a_hook_inside(self):
        hook = {"path": "/bin/sh", "args": ["sh", "-c", "ls /proc/self/fd > /tmp/open"]}
        bundle = self.spec(["true"], change=lambda spec: spec.update(hooks={"startContainer": [hook]}))
        self.assertEqual(self.run_("run", "-b", bundle, "c", pass_fds=[self.fd]).returncode, 0)
        # 1 is the redirection's; 3 the folder that ls reads.
        self.assertEqual(open(os.path.join(self.rootfs, "tmp", "open")).read().split(), ["0", "1", "2", "3"])

    def test_preserved_ones_are_no_way_to_the_rest(self):
        # --preserve-fds gives what was asked for and nothing after it.
        high = os.dup2(self.fd, 60)
        self.addCleanup(os.close, high)
        done = self.run_("run", "--preserve-fds", "1", "-b", self.spec(["ls", "/proc/self/fd"]), "c", pass_fds=[high])
        self.assertNotIn("60", done.stdout.split())


@needs_root
class ProcAndSys(Bundles):
    """CVE-2019-16884, 2019-19921, 2023-27561, 2023-28642, 2025-31133, 2025-52881."""

    def mounting(self, destination, **members):
        """A spec with one more mount at its end."""
        os.makedirs(os.path.join(self.base, "volume"), exist_ok=True)
        mount = {"destination": destination, "type": "bind", "source": os.path.join(self.base, "volume"),
                 "options": ["rbind", "rw"], **members}
        return lambda spec: spec["mounts"].append(mount)

    def test_nothing_is_mounted_over_proc(self):
        os.symlink("/proc/sys", os.path.join(self.rootfs, "way"))
        for destination in ("/proc", "/proc/", "/proc/sys", "/proc/self", "/proc/self/attr", "/dev/../proc/irq",
                            "/way/kernel", "//proc//tty"):
            with self.subTest(destination):
                done = self.shell("true", self.mounting(destination))
                self.assert_refused(done, "cannot be mounted because it is", "/proc" if "way" not in destination else "/way")
        self.assert_refused(self.shell("true", self.mounting("/proc", type="tmpfs", source="tmpfs", options=[])),
                            "not of type proc")

    def test_figures_of_proc_may_be_covered(self):
        file = os.path.join(self.base, "uptime")
        with open(file, "w") as f:
            f.write("mine\n")
        done = self.shell("cat /proc/uptime", self.mounting("/proc/uptime", source=file))
        self.assertEqual((done.returncode, done.stdout), (0, "mine\n"), done)

    def test_proc_and_sys_are_no_symlinks(self):
        for name in ("proc", "sys"):
            with self.subTest(name):
                os.makedirs(os.path.join(self.rootfs, "elsewhere", name), exist_ok=True)
                os.symlink("elsewhere/" + name, os.path.join(self.rootfs, name))
                self.assert_refused(self.shell("true"), "/" + name, "ordinary directory")
                os.unlink(os.path.join(self.rootfs, name))

    def test_writing_to_the_kernel(self):
        # What is written is what is there: harmless where it should work.
        files = ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/swappiness", "/proc/sys/kernel/hostname",
                 "/proc/irq/default_smp_affinity", "/sys/kernel/mm/transparent_hugepage/enabled",
                 "/sys/kernel/mm/ksm/run", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                 "/sys/fs/cgroup/devices/devices.allow"]
        script = "".join(f"if [ -e {f} ] && (echo 0 > {f}) 2>/dev/null; then echo {f}; fi; " for f in files)
        script += "if (: > /proc/sysrq-trigger) 2>/dev/null; then echo sysrq; fi"
        done = self.shell(script)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done)

    def test_masked_paths_show_nothing(self):
        script = """for f in /proc/kcore /proc/keys /proc/timer_list; do [ -e $f ] && cat $f; done
                    for d in /proc/acpi /proc/scsi /sys/firmware; do [ -e $d ] && ls -A $d; done; true"""
        self.assertEqual(self.shell(script).stdout, "")

    def test_mask_is_the_null_device_and_nothing_else(self):
        """CVE-2025-31133: the container's /dev/null is something else when it is used to mask with."""
        target = os.path.join(self.base, "target")
        with open(target, "w") as f:
            f.write("the host's\n")
        for kind in ("file", "symlink", "other device"):
            with self.subTest(kind):
                volume = os.path.join(self.base, "volume")
                shutil.rmtree(volume, ignore_errors=True)
                os.makedirs(volume)
                null = os.path.join(volume, "null")
                if kind == "file":
                    shutil.copy(target, null)
                elif kind == "symlink":
                    os.symlink("/proc/sys/kernel/core_pattern", null)
                else:
                    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 5))

                def change(spec):
                    self.mounting("/dev")(spec)
                    spec["linux"]["maskedPaths"] = ["/proc/kcore"]

                self.assert_refused(self.shell("true", change), "/dev/null")

    def test_null_covered_by_a_volume(self):
        target = os.path.join(self.base, "target")
        with open(target, "w") as f:
            f.write("the host's\n")
        self.assert_refused(self.shell("true", self.mounting("/dev/null", source=target)), "/dev/null")

    def test_console_is_not_redirected(self):
        """CVE-2025-52565: what is bound as the console goes where /dev/console leads."""
        volume = os.path.join(self.base, "volume")
        os.makedirs(volume)
        os.symlink("/proc/sys/kernel/core_pattern", os.path.join(volume, "console"))
        for folder in ("pts",):
            os.makedirs(os.path.join(volume, folder))

        def change(spec):
            pts = next(m for m in spec["mounts"] if m["destination"] == "/dev/pts")
            self.mounting("/dev")(spec)
            spec["mounts"].append(dict(pts))
            spec["process"]["terminal"] = True

        done, received = self.with_console(self.spec(["sh", "-c", "mount"], change=change))
        self.assert_refused(done, "/dev/console")

    def test_console_is_a_terminal(self):
        """The multiplexer is a file of a volume, not of devpts."""
        volume = os.path.join(self.base, "volume")
        os.makedirs(volume)
        os.mkfifo(os.path.join(volume, "ptmx"))

        def change(spec):
            self.mounting("/dev/pts")(spec)
            spec["process"]["terminal"] = True

        done, received = self.with_console(self.spec(["true"], change=change))
        self.assert_refused(done, "/dev/pts")
        self.assertEqual(received, [])

    def with_console(self, bundle):
        path = os.path.join(self.base, "console.sock")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(path)
        listener.listen()
        received = []

        def accept():
            try:
                connection, _ = listener.accept()
                received.append(connection)
            except OSError:
                pass

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            return self.run_("run", "--console-socket", path, "-b", bundle, "c"), received
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            thread.join()
            os.unlink(path)

    def test_kernel_parameters_of_the_host(self):
        for name, change in (
            ("kernel.panic", lambda spec: None),
            ("vm.swappiness", lambda spec: None),
            ("net/../kernel/panic", lambda spec: None),
            ("net.ipv4.ip_forward", lambda spec: self.join(spec, "network", "/proc/self/ns/net")),
            ("kernel.shmmax", lambda spec: self.join(spec, "ipc", f"/proc/{os.getpid()}/ns/ipc")),
        ):
            with self.subTest(name):
                def both(spec):
                    change(spec)
                    # The value it has: harmless where the guard is missing.
                    file = "/proc/sys/" + name.replace(".", "/")
                    value = open(file).read().strip() if os.path.isfile(file) else "1"
                    spec["linux"]["sysctl"] = {name: value}

                self.assert_refused(self.shell("true", both), name)

    def test_host_name_of_the_host(self):
        before = os.uname().nodename

        def change(spec):
            self.join(spec, "uts", "/proc/self/ns/uts")
            spec["hostname"] = "escaped"

        try:
            self.assert_refused(self.shell("true", change), "hostname")
        finally:
            after = os.uname().nodename
            socket.sethostname(before)
        self.assertEqual(after, before)

    def join(self, spec, kind, path):
        for namespace in spec["linux"]["namespaces"]:
            if namespace["type"] == kind:
                namespace["path"] = path

    def test_writes_to_proc_reach_the_kernels(self):
        """CVE-2025-52881: a joined mount namespace shows a /proc of the attacker's."""
        pid = self.hold(without_seccomp_with_all_capabilities, args=["sh", "-c", """
            mkdir -p /tmp/root /tmp/p/self /tmp/p/sys/net/ipv4; echo 0 > /tmp/p/self/oom_score_adj
            echo 0 > /tmp/p/sys/net/ipv4/ip_forward; mount -o bind /tmp/p /proc; echo > /tmp/ready; sleep 1000"""])
        self.await_file("tmp/ready")

        def change(spec):
            self.join(spec, "mount", f"/proc/{pid}/ns/mnt")
            # A root in the other's tree, and nothing that would need /proc before.
            spec["root"]["path"] = "/tmp/root"
            spec["mounts"] = []
            spec["linux"].update(sysctl={"net.ipv4.ip_forward": "1"}, maskedPaths=[], readonlyPaths=[])

        done = self.run_("run", "-b", self.spec(["true"], change=change), "d")
        self.assert_refused(done, "/proc is not the kernel's")
        for file in ("self/oom_score_adj", "sys/net/ipv4/ip_forward"):
            self.assertEqual(open(os.path.join(self.rootfs, "tmp/p", file)).read(), "0\n")

    def await_file(self, name):
        deadline = time.monotonic() + 10
        while not os.path.exists(os.path.join(self.rootfs, name)):
            self.assertLess(time.monotonic(), deadline, name)
            time.sleep(0.01)


@needs_root
class DeviceNodes(Bundles):
    def test_a_node_made_inside_does_not_open(self):
        # kmsg and the first block device, or the memory, of the host.
        script = """mknod /tmp/kmsg c 1 11 && cat < /tmp/kmsg; echo $?
                    mknod /tmp/mem c 1 1 && head -c 1 < /tmp/mem; echo $?
                    mknod /tmp/disk b 254 0 && head -c 1 < /tmp/disk; echo $?"""
        done = self.shell(script.replace("head -c 1", "cat"), lambda spec: spec["process"]["capabilities"].update(
            {k: ["CAP_MKNOD"] for k in ("bounding", "effective", "permitted")}))
        self.assertEqual(done.stdout.split(), ["1", "1", "1"], done)
        self.assertEqual(done.stderr.count("Operation not permitted"), 3, done.stderr)

    def test_nodes_of_the_image_do_not_open(self):
        os.mknod(os.path.join(self.rootfs, "kmsg"), 0o666 | stat.S_IFCHR, os.makedev(1, 11))
        self.assertIn("Operation not permitted", self.shell("cat < /kmsg").stderr)

    def test_a_device_that_is_none(self):
        for device, text in (
            ({"path": "/dev/x", "type": "c", "major": -1, "minor": 3}, "major"),
            ({"path": "/dev/x", "type": "c", "major": 1, "minor": 1 << 40}, "minor"),
            ({"path": "/dev/x", "type": "x", "major": 1, "minor": 3}, "type"),
            ({"path": "/dev/null", "type": "b", "major": 1, "minor": 3}, "/dev/null"),
        ):
            with self.subTest(text):
                self.assert_refused(self.shell("true", lambda spec: spec["linux"].update(devices=[device])),
                                    "/dev/", text)

    def test_a_device_stays_in_the_root(self):
        outside = os.path.join(self.base, "outside")
        os.makedirs(outside)
        os.symlink(outside, os.path.join(self.rootfs, "out"))
        device = {"path": "/out/../out/node", "type": "c", "major": 1, "minor": 3}
        self.shell("true", lambda spec: spec["linux"].update(devices=[device]))
        self.assertEqual(os.listdir(outside), [])


@needs_root
class Namespaces(Bundles):
    """Joining what is another's, or no namespace at all."""

    def test_path_that_is_no_namespace(self):
        fifo = os.path.join(self.base, "fifo")
        os.mkfifo(fifo)
        file = os.path.join(self.base, "file")
        open(file, "w").close()
        for path in (fifo, file, self.base, "/proc/self/ns/uts", "/nosuch", "/dev/null"):
            with self.subTest(path):
                def change(spec):
                    for namespace in spec["linux"]["namespaces"]:
                        if namespace["type"] == "network":
                            namespace["path"] = path

                self.assert_refused(self.shell("true", change), "network" if "uts" in path else "linux.namespaces")

    def test_cgroup_of_others(self):
        """Its processes would be killed with the container."""
        pid = self.hold()
        for path in (f"/{self.name}/held-c", f"/{self.name}", f"{self.name}/x/../held-c"):
            with self.subTest(path):
                bundle = self.spec(["true"], change=lambda spec: spec["linux"].update(cgroupsPath=path))
                self.assert_refused(self.run_("run", "-b", bundle, "d"), "linux.cgroupsPath", "not empty")
        self.assertEqual(self.status("c"), "running")
        self.assertTrue(os.path.exists(f"/proc/{pid}"))

    def test_exec_goes_to_the_container_and_not_to_its_number(self):
        """Its process has ended, and another one has the number."""
        self.hold()
        # The last line of its journal.
        journal = os.path.join(self.state, "c", "state")
        stored = json.loads(open(journal).read().splitlines()[-1])
        with open(journal, "a") as f:
            print(json.dumps(stored | {"pid": os.getpid()}), file=f)
        done = self.run_("exec", "c", "true")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("stopped", done.stderr)
        self.run_("kill", "c", "KILL")
        with open(journal, "a") as f:
            print(json.dumps(stored), file=f)


@needs_root
class ExecIdentity(Bundles):
    """exec gives what was asked for and nothing that its caller has (CVE-2022-29162, CVE-2022-36109)."""
    script = "grep -E '^(Groups|Cap(Inh|Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status"

    def fields(self, done):
        self.assertEqual(done.returncode, 0, done)
        return {k: v.split() for k, _, v in (line.partition(":") for line in done.stdout.splitlines())}

    def with_groups(self, *words):
        return subprocess.run(
            ["setpriv", "--groups", "4,27,100", "--inh-caps", "+mknod,+kill,+chown", RUNTIME, "--root", self.state, *words],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)

    def test_groups_and_inheritable_capabilities(self):
        self.hold()
        bundle = self.spec(["sh", "-c", self.script])
        for words in (["run", "-b", bundle, "r"], ["exec", "c", "sh", "-c", self.script],
                      ["exec", "--user", "1000:1000", "c", "sh", "-c", self.script]):
            with self.subTest(words[:3]):
                fields = self.fields(self.with_groups(*words))
                self.assertEqual(fields["Groups"], [])
                self.assertEqual(fields["CapInh"], ["0" * 16])
                self.assertEqual(fields["CapAmb"], ["0" * 16])
                self.assertEqual(fields["NoNewPrivs"], ["1"])
                self.assertEqual(fields["Seccomp"], ["2"])

    def test_another_user_has_no_capabilities(self):
        self.hold()
        fields = self.fields(self.run_("exec", "--user", "1000", "c", "sh", "-c", self.script))
        self.assertEqual((fields["CapEff"], fields["CapPrm"]), (["0" * 16], ["0" * 16]))

    def test_keys_of_the_caller_stay_outside(self):
        if not probe():
            self.skipTest("needs a C compiler")
        shutil.copy(probe(), os.path.join(self.rootfs, "bin", "probe"))
        libc = ctypes.CDLL(None, use_errno=True)
        add_key, keyctl, join, search, session = 248, 250, 1, 10, -3

        def with_key():
            libc.syscall(keyctl, join, None)
            libc.syscall(add_key, b"user", b"escale-secret", b"x", 1, session)

        script = f"probe keyctl {search} {session & 0xFFFFFFFFFFFFFFFF} @user @escale-secret 0"
        outside = subprocess.run([probe(), *script.split()[1:]], preexec_fn=with_key, capture_output=True, text=True)
        if outside.stdout != "keyctl ok\n":
            self.skipTest("no keyrings here: " + outside.stdout)
        self.hold(without_seccomp_with_all_capabilities)
        bundle = self.spec(["sh", "-c", script], change=without_seccomp_with_all_capabilities)
        for words in (["run", "-b", bundle, "r"], ["exec", "c", "sh", "-c", script]):
            done = self.run_(*words, preexec_fn=with_key)
            self.assertRegex(done.stdout, r"keyctl \d+\n", done)

    def test_a_keyring_prepared_by_another_is_not_joined(self):
        """Keyrings of a name are shared by all of a user: a container could wait with one for the next."""
        if not probe():
            self.skipTest("needs a C compiler")
        shutil.copy(probe(), os.path.join(self.rootfs, "bin", "probe"))
        script = "probe keyctl 10 0xfffffffffffffffd @user @escale-bait 0"
        libc = ctypes.CDLL(None, use_errno=True)

        def bait():
            if libc.syscall(250, 1, b"_ses.victim") < 0 or libc.syscall(
                    248, b"user", b"escale-bait", b"x", 1, -3) < 0:
                os._exit(3)
            # Whoever has the name may search it.
            libc.syscall(250, 5, libc.syscall(250, 0, -3, 0), 0x3f3f0000 | 0x3f3f3f3f)

        holder = subprocess.Popen(["sleep", "60"], preexec_fn=bait)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        if holder.poll() is not None:
            self.skipTest("no keyrings here")
        bundle = self.spec(["sh", "-c", script], change=without_seccomp_with_all_capabilities)
        self.assertRegex(self.run_("run", "-b", bundle, "victim").stdout, r"keyctl \d+\n")


if __name__ == "__main__":
    unittest.main()
