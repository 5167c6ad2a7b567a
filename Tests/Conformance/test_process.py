"""The program of a container: user, capabilities, limits, terminal, scheduling, labels."""
import json
import os
import time

from cases import CAPABILITIES, Case, ConsoleSocket, not_runc, read_terminal

SETS = {"CapInh": "inheritable", "CapPrm": "permitted", "CapEff": "effective", "CapBnd": "bounding", "CapAmb": "ambient"}


def process(**fields):
    return lambda spec: spec["process"].update(fields)


class Process(Case):
    def test_user_and_groups(self):
        out = self.out("id -u; id -g; id -G", process(user={"uid": 1000, "gid": 1001, "additionalGids": [7, 9]}))
        lines = out.splitlines()
        self.assertEqual(lines[:2], ["1000", "1001"])
        self.assertEqual(set(lines[2].split()), {"1001", "7", "9"})

    def test_umask(self):
        self.assertEqual(self.out("umask", process(user={"uid": 0, "gid": 0, "umask": 0o27})), "0027")

    def test_usual_umask(self):
        self.assertEqual(self.out("umask"), "0022")

    def test_environment_is_only_what_was_asked(self):
        out = self.out(["env"], process(env=["PATH=/bin", "A=b=c", "EMPTY="]))
        self.assertEqual(set(out.splitlines()), {"PATH=/bin", "A=b=c", "EMPTY=", "HOME=/root"})

    def test_home_comes_from_passwd_unless_given(self):
        user = {"uid": 1000, "gid": 1000}
        self.assertEqual(self.out("echo $HOME", process(user=user)), "/home/user")
        self.assertEqual(self.out("echo $HOME", process(user=user, env=["PATH=/bin", "HOME=/x"])), "/x")
        self.assertEqual(self.out("echo $HOME", process(user={"uid": 77, "gid": 77})), "/")

    def test_working_folder_is_made(self):
        self.assertEqual(self.out("pwd", process(cwd="/tmp/made/here")), "/tmp/made/here")
        os.removedirs(os.path.join(self.root, "tmp/made/here"))

    def test_working_folder_that_only_its_user_may_enter(self):
        folder = os.path.join(self.root, "home/user/own")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        os.chown(folder, 1000, 1000)
        change = process(cwd="/home/user/own", user={"uid": 1000, "gid": 1000})
        self.assertEqual(self.out("pwd", change), "/home/user/own")
        os.rmdir(folder)

    def capabilities(self, sets, **fields):
        names = {"CAP_CHOWN": 0, "CAP_KILL": 5, "CAP_NET_BIND_SERVICE": 10, "CAP_NET_RAW": 13}
        out = self.out(["grep", "Cap", "/proc/self/status"], process(capabilities=sets, **fields))
        found = {}
        for line in out.splitlines():
            field, value = line.split(":")
            found[SETS[field]] = {n for n, bit in names.items() if int(value, 16) >> bit & 1}
        return found

    def test_capability_sets(self):
        two = ["CAP_KILL", "CAP_CHOWN"]
        found = self.capabilities({"bounding": two, "effective": ["CAP_KILL"], "permitted": two})
        self.assertEqual(found["bounding"], set(two))
        # A program of root's gets all that its bounding set has (capabilities(7)).
        self.assertEqual(found["permitted"], set(two))
        self.assertEqual((found["ambient"], found["inheritable"]), (set(), set()))

    def test_no_capabilities(self):
        self.assertEqual(set(map(len, self.capabilities({}).values())), {0})

    def test_ambient_capabilities_pass_to_a_user(self):
        one = ["CAP_NET_BIND_SERVICE"]
        sets = {kind: one for kind in SETS.values()}
        found = self.capabilities(sets, user={"uid": 1000, "gid": 1000})
        self.assertEqual(found, {kind: set(one) for kind in SETS.values()})

    def test_user_without_ambient_has_none(self):
        sets = {kind: ["CAP_KILL"] for kind in ("bounding", "effective", "permitted")}
        found = self.capabilities(sets, user={"uid": 1000, "gid": 1000})
        self.assertEqual((found["effective"], found["bounding"]), (set(), {"CAP_KILL"}))

    def test_unknown_capability_is_no_error(self):
        both = ["CAP_KILL", "CAP_NOSUCH"]
        found = self.capabilities({"bounding": both, "effective": both, "permitted": both})
        self.assertEqual(found["effective"], {"CAP_KILL"})

    def test_unknown_capability_is_warned_of(self):
        log = os.path.join(self.base, "warnings.json")
        folder = self.bundle(["true"], process(capabilities={"bounding": ["CAP_NOSUCH"]}))
        done = self.call("--log", log, "--log-format", "json", "run", "-b", folder, self.name)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        line = json.loads(open(log).read().splitlines()[-1])
        self.assertEqual(line["level"], "warning")
        self.assertIn("CAP_NOSUCH", line["msg"])

    def test_no_new_privileges(self):
        look = ["grep", "NoNewPrivs", "/proc/self/status"]
        for asked in (True, False):
            self.assertEqual(self.out(look, process(noNewPrivileges=asked)).split()[1], "%d" % asked)

    def test_limits(self):
        limits = [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]
        self.assertEqual(self.out("ulimit -Sn; ulimit -Hn; ulimit -c", process(rlimits=limits)).split(),
                         ["100", "200", "0"])

    def test_oom_score(self):
        self.assertEqual(self.out(["cat", "/proc/self/oom_score_adj"], process(oomScoreAdj=123)), "123")

    def test_io_priority(self):
        change = process(ioPriority={"class": "IOPRIO_CLASS_BE", "priority": 3})
        self.assertEqual(self.out(["ionice", "-p", "1"], change), "best-effort: prio 3")

    test_io_priority = not_runc("1.1.5 has no ioPriority")(test_io_priority)

    @not_runc("1.1.5 has no scheduler")
    def test_scheduler(self):
        # proc(5): nice and policy.
        out = self.out("cut -d' ' -f19,41 /proc/1/stat", process(scheduler={"policy": "SCHED_BATCH", "nice": 5}))
        self.assertEqual(out, "5 3")

    @not_runc("1.1.5 has no scheduler")
    def test_scheduler_that_is_reset_on_fork(self):
        fields = {"policy": "SCHED_OTHER", "nice": -5, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}
        out = self.out("cut -d' ' -f19 /proc/1/stat; cut -d' ' -f19 /proc/self/stat; true", process(scheduler=fields))
        self.assertEqual(out.split(), ["-5", "0"])

    @not_runc("1.1.5 has no personality")
    def test_personality(self):
        def change(spec):
            spec["linux"]["personality"] = {"domain": "LINUX32"}

        self.assertEqual(self.out(["uname", "-m"], change), "i686")

    def test_keyring_may_stay(self):
        self.assertEqual(self.run_(["true"], options=["--no-new-keyring"]).returncode, 0)

    def test_labels_that_the_host_has_not(self):
        if os.path.exists("/sys/fs/selinux/enforce") or os.path.exists("/sys/kernel/security/apparmor"):
            self.skipTest("the host has one of them")
        self.refused(self.run_(["true"], process(apparmorProfile="acme")), "process.apparmorProfile", "acme")
        self.refused(self.run_(["true"], process(selinuxLabel="a:b:c:s0")), "process.selinuxLabel", "a:b:c:s0")
        self.refused(self.run_(["true"], lambda spec: spec["linux"].update(mountLabel="a:b:c:s0")),
                     "linux.mountLabel", "a:b:c:s0")

    def test_seccomp_that_refuses_what_a_start_needs(self):
        """The filter comes last where it can: it refuses the program's calls, not the runtime's."""
        def change(spec):
            spec["process"]["noNewPrivileges"] = True
            spec["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                {"names": ["getcwd", "close_range", "setresuid", "setgroups", "chdir"], "action": "SCMP_ACT_ERRNO"}]}

        self.assertEqual(self.out("cd /tmp 2>/dev/null || echo refused", change), "refused")


class Terminal(Case):
    def test_console_socket(self):
        console = ConsoleSocket(self.base)
        self.addCleanup(console.close)
        fields = process(terminal=True, consoleSize={"height": 31, "width": 97})
        self.quietly("create", "--console-socket", console.path, "-b",
                     self.bundle("tty; stty size; readlink /proc/self/fd/0; ls -l /dev/console | cut -c1", fields), self.name)
        master = console.master()
        self.call("start", self.name)
        text = read_terminal(master).replace("\r", "")
        self.wait_for_end()
        lines = text.splitlines()
        self.assertIn(lines[0], ("/dev/pts/0", "/dev/console"))
        self.assertEqual(lines[1], "31 97")
        self.assertEqual(lines[3], "c")

    def test_exec_with_a_terminal(self):
        console = ConsoleSocket(self.base)
        self.addCleanup(console.close)
        self.hold()
        self.quietly("exec", "-d", "-t", "--console-socket", console.path, self.name, "sh", "-c", "tty && echo yes")
        self.assertIn("yes", read_terminal(console.master()))

    def test_terminal_of_the_caller(self):
        import pty
        pid, master = pty.fork()
        if pid == 0:
            from cases import RUNTIME
            folder = self.bundle("test -t 0 && echo terminal; stty -a | grep -c speed", process(terminal=True))
            os.execv(RUNTIME, [RUNTIME, "--root", self.state, "run", "-b", folder, self.name])
        text = read_terminal(master)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, text)
        self.assertIn("terminal", text)

    def test_wrong_combinations(self):
        console = ConsoleSocket(self.base)
        self.addCleanup(console.close)
        self.refused(self.call("create", "-b", self.bundle(["true"], process(terminal=True)), self.name),
                     "without setting console socket")
        self.refused(self.call("create", "-b", self.bundle(["true"]), "--console-socket", console.path, self.name),
                     "console socket")
