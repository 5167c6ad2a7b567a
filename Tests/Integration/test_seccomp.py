"""Seccomp: the whole of the specification, the agent that decides over calls, and the default profile."""
import array
import ctypes
import fcntl
import json
import os
import shutil
import socket
import struct
import threading
import unittest

from bundles import Bundles, needs_root, probe

EPERM, ENOSYS, E2BIG, EXDEV = 1, 38, 7, 18
CAPABILITIES = ("bounding", "effective", "permitted")


@needs_root
@unittest.skipUnless(shutil.which("cc"), "needs a C compiler")
class Calls(Bundles):
    def setUp(self):
        super().setUp()
        shutil.copy(probe(), os.path.join(self.rootfs, "bin", "probe"))

    def probe(self, calls, change=lambda spec: None):
        """What each call gave: 0 or its errno."""
        done = self.shell("; ".join("probe " + call for call in calls) + "; true", change)
        self.assertEqual(done.returncode, 0, done)
        words = [line.split() for line in done.stdout.splitlines()]
        self.assertEqual(len(words), len(calls), done)
        return [0 if word[1] == "ok" else int(word[1]) for word in words]

    def profile(self, *rules, action="SCMP_ACT_ALLOW", **more):
        def change(spec):
            spec["linux"]["seccomp"] = {"defaultAction": action, "syscalls": list(rules), **more}
        return change


def rule(names, action="SCMP_ACT_ERRNO", **more):
    return {"names": names.split(), "action": action, **more}


class Profiles(Calls):
    def test_error_numbers(self):
        got = self.probe(["mkdir @/tmp/a 0", "vhangup", "getuid"], self.profile(
            rule("mkdir", errnoRet=E2BIG), rule("vhangup")))
        self.assertEqual(got, [E2BIG, EPERM, 0])

    def test_default_error_number(self):
        # What a static program needs to say what it got.
        needed = rule("read write writev open openat close fstat newfstatat mmap munmap brk execve execveat exit "
                      "exit_group arch_prctl set_tid_address set_robust_list rseq prlimit64 readlink readlinkat "
                      "getrandom mprotect rt_sigaction rt_sigprocmask rt_sigreturn clone clone3 fork vfork wait4 "
                      "getpid getppid getuid geteuid getgid getegid dup dup2 dup3 fcntl uname ioctl stat access "
                      "setresuid setresgid setgroups capset capget prctl chdir getcwd umask close_range faccessat "
                      "lseek futex statx seccomp sendmsg sendto recvmsg poll ppoll getdents64 pipe2 setpgid "
                      "rt_sigsuspend tgkill gettid sched_getaffinity sched_yield madvise sigaltstack fchown fchmod",
                      "SCMP_ACT_ALLOW")
        got = self.probe(["mkdir @/tmp/a 0", "getuid"], self.profile(
            needed, action="SCMP_ACT_ERRNO", defaultErrnoRet=E2BIG))
        self.assertEqual(got, [E2BIG, 0])

    def test_comparisons(self):
        """The second argument of mkdir, against 0o10."""
        for op, value, more, refused in (
            ("EQ", 8, {}, {8}), ("NE", 8, {}, {7, 9}), ("LT", 8, {}, {7}), ("LE", 8, {}, {7, 8}),
            ("GT", 8, {}, {9}), ("GE", 8, {}, {8, 9}),
            # Of the masked bits: 7 is 0111, 8 is 1000, 9 is 1001.
            ("MASKED_EQ", 8, {"valueTwo": 8}, {8, 9}), ("MASKED_EQ", 1, {"valueTwo": 0}, {8}),
        ):
            with self.subTest(op):
                argument = {"index": 1, "value": value, "op": "SCMP_CMP_" + op, **more}
                got = self.probe([f"mkdir @/tmp/{n}-{op}-{value} {n}" for n in (7, 8, 9)],
                                 self.profile(rule("mkdir", errnoRet=E2BIG, args=[argument])))
                self.assertEqual({n for n, errno in zip((7, 8, 9), got) if errno == E2BIG}, refused)

    def test_several_conditions(self):
        """Of different arguments all must hold, of one argument any."""
        both = [{"index": 1, "value": 7, "op": "SCMP_CMP_EQ"}, {"index": 2, "value": 1, "op": "SCMP_CMP_EQ"}]
        one = [{"index": 1, "value": 7, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 8, "op": "SCMP_CMP_EQ"}]
        calls = ["mkdir @/tmp/a 7 1", "mkdir @/tmp/b 7 2", "mkdir @/tmp/c 8 1"]
        self.assertEqual(self.probe(calls, self.profile(rule("mkdir", args=both))), [EPERM, 0, 0])
        shutil.rmtree(os.path.join(self.rootfs, "tmp", "b"))
        shutil.rmtree(os.path.join(self.rootfs, "tmp", "c"))
        self.assertEqual(self.probe(calls, self.profile(rule("mkdir", args=one))), [EPERM] * 3)

    def test_kills_and_traps(self):
        for action, status in (("KILL", 128 + 31), ("KILL_THREAD", 128 + 31), ("KILL_PROCESS", 128 + 31),
                               ("TRAP", 128 + 31)):
            with self.subTest(action):
                done = self.shell("probe mkdir @/tmp/x 0", self.profile(rule("mkdir", "SCMP_ACT_" + action)))
                self.assertEqual(done.returncode, status, done)

    def test_actions_that_let_through(self):
        for action, got in (("LOG", 0), ("ALLOW", 0), ("TRACE", ENOSYS)):
            with self.subTest(action):
                self.assertEqual(self.probe(["getuid"], self.profile(rule("getuid", "SCMP_ACT_" + action))), [got])

    def test_flags(self):
        flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"]
        for some in ([], *[[f] for f in flags], flags):
            self.assertEqual(self.probe(["vhangup"], self.profile(rule("vhangup"), flags=some)), [EPERM])

    def test_architectures(self):
        for names in (["SCMP_ARCH_X86_64"], ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
                      ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_RISCV64", "SCMP_ARCH_PPC64LE"]):
            self.assertEqual(self.probe(["vhangup"], self.profile(rule("vhangup"), architectures=names)), [EPERM])

    def test_with_and_without_no_new_privileges(self):
        for value in (True, False):
            def change(spec):
                self.profile(rule("vhangup"))(spec)
                spec["process"]["noNewPrivileges"] = value
                spec["process"]["user"] = {"uid": 1000, "gid": 1000}

            self.assertEqual(self.probe(["vhangup"], change), [EPERM])

    def test_exec_is_filtered_too(self):
        self.hold(self.profile(rule("mkdir", errnoRet=E2BIG)))
        self.assertEqual(self.run_("exec", "c", "probe", "mkdir", "@/tmp/x", "0").stdout, f"mkdir {E2BIG}\n")

    def test_words_that_are_wrong(self):
        mkdir = rule("mkdir")
        for field, change in (
            ("linux.seccomp.defaultAction", self.profile(action="SCMP_ACT_MAYBE")),
            ("linux.seccomp.defaultErrnoRet", self.profile(defaultErrnoRet=1)),
            ("linux.seccomp.defaultErrnoRet", self.profile(action="SCMP_ACT_ERRNO", defaultErrnoRet=5000)),
            ("linux.seccomp.architectures[1]", self.profile(architectures=["SCMP_ARCH_X86_64", "SCMP_ARCH_VAX"])),
            ("linux.seccomp.flags[0]", self.profile(flags=["SECCOMP_FILTER_FLAG_MAYBE"])),
            ("linux.seccomp.syscalls[1].action", self.profile(mkdir, rule("mkdir", "SCMP_ACT_MAYBE"))),
            ("linux.seccomp.syscalls[0].errnoRet", self.profile(rule("mkdir", "SCMP_ACT_KILL", errnoRet=1))),
            ("linux.seccomp.syscalls[0].names", self.profile({"names": [], "action": "SCMP_ACT_ERRNO"})),
            ("linux.seccomp.syscalls[0].args[0].op",
             self.profile(rule("mkdir", args=[{"index": 0, "value": 1, "op": "SCMP_CMP_IS"}]))),
            ("linux.seccomp.syscalls[0].args[0].index",
             self.profile(rule("mkdir", args=[{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]))),
            ("linux.seccomp.listenerPath", self.profile(rule("mkdir", "SCMP_ACT_NOTIFY"))),
            ("linux.seccomp.listenerPath", self.profile(rule("mkdir", "SCMP_ACT_NOTIFY"), listenerPath="/nosuch")),
            ("linux.seccomp.defaultAction", self.profile(action="SCMP_ACT_NOTIFY", listenerPath="/nosuch")),
            ("linux.seccomp.syscalls[0].names[1]",
             self.profile(rule("mkdir sendmsg", "SCMP_ACT_NOTIFY"), listenerPath="/nosuch")),
        ):
            with self.subTest(field):
                self.assert_refused(self.shell("true", change), field)

    def test_calls_that_nobody_knows(self):
        self.assertEqual(self.probe(["vhangup"], self.profile(rule("nosuchcall vhangup"))), [EPERM])


class Agent:
    """Decides over every call: an error, or a value in place of it."""
    RECEIVE, SEND = 0xC0502100, 0xC0182101

    def __init__(self, path, error):
        self.path, self.error, self.states, self.calls = path, error, [], []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.decide, args=[connection], daemon=True).start()

    def decide(self, connection):
        data, fds, _, _ = socket.recv_fds(connection, 65536, 4)
        while True:
            more = connection.recv(65536)
            if not more:
                break
            data += more
        if not data:
            return
        self.states.append((json.loads(data), len(fds)))
        while True:
            notification = bytearray(80)
            try:
                fcntl.ioctl(fds[0], self.RECEIVE, notification)
                number, pid, _, call = struct.unpack_from("=QIIi", notification)
                self.calls.append(call)
                fcntl.ioctl(fds[0], self.SEND, struct.pack("=QqiI", number, 0, -self.error, 0))
            except OSError:
                os.close(fds[0])
                return

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Notify(Calls):
    def setUp(self):
        super().setUp()
        self.path = os.path.join(self.base, "agent.sock")
        self.agent = Agent(self.path, EXDEV)
        self.addCleanup(self.agent.close)

    def change(self, **more):
        def change(spec):
            self.profile(rule("mkdir", "SCMP_ACT_NOTIFY"), listenerPath=self.path, listenerMetadata="the test's",
                         **more)(spec)
            spec["annotations"] = {"key": "value"}
        return change

    def test_agent_decides(self):
        for flags in ([], ["SECCOMP_FILTER_FLAG_TSYNC"], ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]):
            self.assertEqual(self.probe(["mkdir @/tmp/x 0", "getuid"], self.change(flags=flags)), [EXDEV, 0])
        self.assertFalse(os.path.exists(os.path.join(self.rootfs, "tmp", "x")))

    def test_agent_is_told_of_the_container(self):
        pid = self.hold(self.change())
        self.assertEqual(self.run_("exec", "c", "probe", "mkdir", "@/tmp/x", "0").stdout, f"mkdir {EXDEV}\n")
        (first, count), (second, _) = self.agent.states
        self.assertEqual(count, 1)
        self.assertEqual((first["fds"], first["pid"], first["metadata"]), (["seccompFd"], pid, "the test's"))
        self.assertEqual(first["ociVersion"], first["state"]["ociVersion"])
        self.assertEqual((first["state"]["id"], first["state"]["pid"], first["state"]["status"]), ("c", pid, "creating"))
        self.assertEqual(first["state"]["annotations"], {"key": "value"})
        self.assertEqual(second["state"]["status"], "running")
        self.assertNotEqual(second["pid"], pid)

    def test_create_and_start(self):
        bundle = self.spec(["sh", "-c", "probe mkdir @/tmp/x 0 > /out"], change=self.change())
        self.assertEqual(self.run_detached("create", "-b", bundle, "c").returncode, 0)
        self.assertEqual(self.run_("start", "c").returncode, 0)
        for _ in range(500):
            if self.status("c") == "stopped":
                break
        self.assertEqual(self.run_("delete", "--force", "c").returncode, 0)
        self.assertEqual(open(os.path.join(self.rootfs, "out")).read(), f"mkdir {EXDEV}\n")

    def test_before_privileges_are_dropped(self):
        def change(spec):
            self.change()(spec)
            spec["process"]["noNewPrivileges"] = False

        self.assertEqual(self.probe(["mkdir @/tmp/x 0"], change), [EXDEV])


class DefaultProfile(Calls):
    """What `spec` writes is what the engine applies: Docker's published list."""
    NEW_USER = 0x10000000
    DANGEROUS = [
        "keyctl 0 0 0", "add_key @user @x @x 1 0xfffffffffffffffe", "request_key @user @x - 0", "mount @x @/tmp @tmpfs 0 -",
        "umount2 @/tmp 0", f"unshare {NEW_USER}", "unshare 0x00020000", f"clone {NEW_USER | 17} 0 0 0 0",
        "clone 0x00020011 0 0 0 0", "clone 0x02000011 0 0 0 0", "clone 0x40000011 0 0 0 0", "bpf 0 0 0", "open_by_handle_at 0 0 0",
        "pivot_root @/tmp @/tmp", "setns 0 0", "swapon @/x 0", "kexec_load 0 0 0 0", "init_module 0 0 0", "finit_module 0 @ 0",
        "delete_module @x 0", "acct @/x", "settimeofday 0 0", "clock_settime 0 0", "quotactl 0 0 0 0", "reboot 0 0 0",
        "syslog 3 0 0", "perf_event_open 0 0 0 0 0", "userfaultfd 0", "io_uring_setup 0 0", "move_mount 0 0 0 0 0",
        "open_tree 0 0 0", "fsopen @tmpfs 0", "mount_setattr 0 0 0 0 0", "kcmp 0 0 0 0 0", "pidfd_getfd 0 0 0", "vhangup",
        "sysfs 1 0 0", "sethostname @x 1", "setdomainname @x 1", "socket 40 1 0", "socket 38 5 0", "personality 0x0040000",
    ]
    USUAL = ["getpid", "getuid", "mkdir @/tmp/usual 0", "memfd_create @x 0", "socket 1 1 0", "socket 2 1 0", "socket 16 3 0",
             "personality 0xffffffff", "clone 17 0 0 0 0", "ptrace 0 0 0 0", "openat2 0xffffff9c @/ 0 0"]

    def change(self, capabilities=None):
        def change(spec):
            # Capabilities are not what refuses: the profile is that of a container without them.
            names = ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_SYS_BOOT", "CAP_SYS_TIME", "CAP_SYS_MODULE", "CAP_SYSLOG",
                     "CAP_SYS_PACCT", "CAP_DAC_READ_SEARCH", "CAP_SYS_TTY_CONFIG", "CAP_SYS_CHROOT", "CAP_BPF"]
            spec["process"]["capabilities"] = {kind: names for kind in CAPABILITIES}
        return change

    def test_blocks_what_is_dangerous(self):
        got = dict(zip(self.DANGEROUS, self.probe(self.DANGEROUS, self.change())))
        self.assertEqual({call: errno for call, errno in got.items() if errno != EPERM}, {})

    def test_new_processes_by_clone3_fall_back(self):
        self.assertEqual(self.probe(["clone3 0 0"], self.change()), [ENOSYS])

    def test_allows_the_usual(self):
        got = dict(zip(self.USUAL, self.probe(self.USUAL)))
        # Called with nothing to work on: an error of the call itself, not the filter's.
        self.assertEqual(got.pop("openat2 0xffffff9c @/ 0 0"), 22)
        self.assertEqual({call: errno for call, errno in got.items() if errno}, {})


if __name__ == "__main__":
    unittest.main()
