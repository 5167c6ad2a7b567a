"""What the user's side of a build has: checks, agents, progress on a terminal and in logs."""
import json
import os
import re
import subprocess

from builds import BuildCase
from kit import ESCALE, Terminal


class Checks(BuildCase):
    BAD = "FROM busybox:1\nMAINTAINER moi\nENV a b\nCMD echo\n"

    def check(self, dockerfile, *words, status=None):
        self.file("Dockerfile", dockerfile)
        return self.escale("build", "--check", *words, self.folder, status=status)

    def test_check_is_the_lint_and_builds_nothing(self):
        self.escale("daemon", "--stop", status=None)
        result = self.check(self.BAD, status=1)
        own = self.escale("dockerfile", "check", os.path.join(self.folder, "Dockerfile"), status=None)
        self.assertEqual(result.out, own.out.replace(self.folder + "/", ""))
        self.assertIn("MaintainerDeprecated", result.out)
        self.assertIn("LegacyKeyValueFormat", result.out)
        # No engine was needed.
        self.assertFalse(os.path.exists(self.kit.socket))
        self.assertIn("rien à redire", self.check("FROM busybox:1\nCMD [\"true\"]\n", status=0).out)
        found = json.loads(self.check(self.BAD, "--progress", "json", status=1).out)["findings"]
        self.assertEqual({f["line"] for f in found}, {2, 3, 4})
        self.assertIn("Dockerfile:2", self.check("FROM busybox\nRUNN x\n", status=1).err)

    def test_what_is_ignored_is_known(self):
        self.file(".dockerignore", "secret\n")
        self.file("secret", "x")
        self.assertIn("CopyIgnoredFile", self.check("FROM busybox:1\nCOPY secret /\n", status=1).out)

    def test_a_build_ends_with_its_warnings(self):
        result = self.build("FROM busybox\nENV a b\nCMD echo\n")
        self.assertIn(" 2 warnings found", result.err)
        self.assertIn(' - LegacyKeyValueFormat: "ENV key=value" should be used instead of legacy "ENV key value" format (line 2)',
                      result.err)
        # Ours alone are for --check: a build warns of what Docker warns of.
        self.assertNotIn("warning", self.build("FROM busybox\nENV a=b\n").err)

    def test_the_directive_counts(self):
        skipped = self.build("# check=skip=LegacyKeyValueFormat\nFROM busybox\nENV a b\nCMD echo\n")
        self.assertIn(" 1 warning found", skipped.err)
        failed = self.build("# check=error=true\nFROM busybox\nENV a b\nRUN echo done\n", status=1)
        self.assertIn("lint violation found for rules: LegacyKeyValueFormat", failed.err)
        self.assertIn("Dockerfile:3", failed.err)
        self.assertNotIn("RUN echo done", re.sub(r".*\| .*", "", failed.err))
        self.build("# check=skip=all;error=true\nFROM busybox\nENV a b\n")
        given = self.build("FROM busybox\nENV a b\n", "--build-arg", "BUILDKIT_DOCKERFILE_CHECK=error=true", status=1)
        self.assertIn("lint violation", given.err)


class Agents(BuildCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work = os.path.join(cls.kit.root, "agent")
        os.makedirs(cls.work)
        here = os.path.dirname(os.path.abspath(__file__))
        subprocess.run(["cc", "-static", "-O1", "-o", cls.work + "/agent", here + "/agent.c"], check=True)
        cls.socket = os.path.join(cls.kit.run_dir, "agent.sock")
        cls.process = subprocess.Popen(["ssh-agent", "-D", "-a", cls.socket], stdout=subprocess.PIPE)
        cls.process.stdout.readline()
        cls.key = os.path.join(cls.work, "key")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "cle-de-test", "-f", cls.key], check=True)
        cls.agent("ssh-add", cls.key)
        cls.private = "".join(open(cls.key).read().split("\n")[1:-2])[60:100]
        os.unlink(cls.key)

    @classmethod
    def tearDownClass(cls):
        cls.process.kill()
        cls.process.wait()
        cls.process.stdout.close()
        super().tearDownClass()

    @classmethod
    def agent(cls, *words):
        return subprocess.run(words, env=dict(os.environ, SSH_AUTH_SOCK=cls.socket), check=True, capture_output=True, text=True).stdout

    def context(self):
        subprocess.run(["cp", self.work + "/agent", self.folder], check=True)

    def test_a_step_asks_the_agent_and_can_change_nothing(self):
        self.context()
        text = ("FROM busybox\nCOPY agent /\nRUN --mount=type=ssh /agent list > /out && /agent clear >> /out\n"
                "RUN --mount=type=ssh,id=other,uid=7,mode=0600 stat -c '%u %a' $SSH_AUTH_SOCK >> /out\n"
                "USER 7\nRUN --mount=type=ssh,id=other,uid=7,target=/tmp/s SSH_AUTH_SOCK=/tmp/s /agent list > /tmp/out\n"
                "USER 0\nRUN test ! -e /run/buildkit/ssh_agent.0 && test -z \"$SSH_AUTH_SOCK\"\n")
        out = self.shown(text, "cat /out /tmp/out; env | grep SSH; ls -d /run/buildkit; true", "--ssh", "default",
                         "--ssh", f"other={self.socket}", env={"SSH_AUTH_SOCK": self.socket})
        self.assertTrue(out.startswith("cle-de-test\nrefused: 5\n7 600\ncle-de-test\n"), out)
        self.assertEqual(out.count("\n"), 4)
        # The agent still has its key, and nothing else has.
        self.assertIn("cle-de-test", self.agent("ssh-add", "-l"))
        for top in (self.kit.root, self.kit.run_dir):
            found = subprocess.run(["grep", "-rlaF", "--devices=skip", self.private, top], capture_output=True, text=True).stdout
            self.assertEqual(found, "")
        history = self.escale("history", "--no-trunc", "essai").out
        self.assertNotIn(self.socket, history)

    def test_a_step_without_agent(self):
        self.context()
        text = "FROM busybox\nCOPY agent /\nRUN --mount=type=ssh,required=true /agent list\n"
        self.assertIn("unset ssh forward key default", self.build(text, status=1).err)
        self.build(text.replace(",required=true", "").replace("/agent list", "test -z \"$SSH_AUTH_SOCK\""))
        gone = self.build(text, "--ssh", "default", status=1, env={"SSH_AUTH_SOCK": ""})
        self.assertIn("SSH_AUTH_SOCK", gone.err)

    def test_a_key_file_serves_as_agent(self):
        self.context()
        key = self.folder + "-cle"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "du-fichier", "-f", key], check=True)
        self.addCleanup(lambda: [os.unlink(key), os.unlink(key + ".pub")])
        out = self.shown("FROM busybox\nCOPY agent /\nRUN --mount=type=ssh,id=k /agent list > /out\n", "cat /out", "--ssh", f"k={key}")
        self.assertEqual(out, "du-fichier\n")
        # The agent of the build has ended with it.
        left = subprocess.run(["pgrep", "-f", "ssh-agent -D -a /tmp/escale-agent"], capture_output=True, text=True).stdout
        self.assertEqual(left, "")


class Progress(BuildCase):
    TEXT = ("FROM busybox AS one\nRUN printf 'first\\n\\033[2Jsecond\\rthird\\n'; echo x > /x; sleep 0.4\n"
            "FROM busybox\nCOPY --from=one /x /\nRUN echo une-commande-très-longue-" + "x" * 100 + " > /y\nLABEL a=b\n")

    def on_terminal(self, *words, columns=80, rows=24, env=None):
        self.file("Dockerfile", self.TEXT)
        terminal = Terminal([ESCALE, "build", *words, self.folder], dict(self.kit.env, **(env or {})), columns, rows)
        try:
            terminal.wait()
            while terminal.read(0.05):
                pass
            return terminal.text, terminal.status
        finally:
            terminal.close()

    def screen(self, text, columns=80, rows=24):
        """What a terminal of that size shows at the end: lines, cursor up, and erasing are all that is used."""
        lines, row = [""], 0
        for part in re.split(r"(\x1b\[\d*[A-Za-z]|\r\n|\r|\n)", text):
            if part in ("\r\n", "\n"):
                row += 1
                if row == len(lines):
                    lines.append("")
            elif re.fullmatch(r"\x1b\[\d+A", part):
                up = int(part[2:-1])
                self.assertLess(up, rows, "the cursor can't go above the screen")
                row -= up
            elif part == "\x1b[J":
                lines[row + 1:] = []
            elif part in ("", "\r", "\x1b[K") or re.fullmatch(r"\x1b\[\d*m", part):
                continue
            else:
                self.assertNotIn("\x1b", part)
                self.assertLessEqual(len(part), columns)
                lines[row] = part
        return lines

    def test_a_terminal_shows_each_step_once(self):
        text, status = self.on_terminal("--no-cache")
        self.assertEqual(status, 0, text)
        lines = self.screen(text)
        titles = [line for line in lines if "RUN printf" in line]
        self.assertEqual(len(titles), 1, lines)
        self.assertRegex(titles[0], r"^ ✔  \[one 2/2\] RUN printf .* +\d+\.\ds$")
        self.assertTrue(any("[stage-1 3/4] RUN echo une" in line and "…" in line for line in lines), lines)
        self.assertFalse(any("# third" in line for line in lines), lines)
        # While it ran, its last lines were there, without what would have wiped the screen.
        self.assertIn("# third", text)
        self.assertNotIn("\x1b[2J", text)
        self.assertNotRegex(text, r"\x1b\[3\dm")
        self.assertTrue(any("CACHED" in line for line in self.screen(self.on_terminal()[0])))

    def test_small_terminals_and_colours(self):
        for columns, rows in ((40, 5), (20, 3)):
            text, status = self.on_terminal("--no-cache", columns=columns, rows=rows)
            self.assertEqual(status, 0)
            self.screen(text, columns, rows)
        env = dict(self.kit.env)
        env.pop("NO_COLOR")
        self.kit.env, old = env, self.kit.env
        try:
            self.assertRegex(self.on_terminal("--no-cache")[0], r"\x1b\[32m✔")
        finally:
            self.kit.env = old

    def test_a_failure_shows_what_was_said(self):
        self.TEXT = "FROM busybox\nRUN echo avant; exit 3\n"
        text, status = self.on_terminal()
        self.assertNotEqual(status, 0)
        self.assertIn("ERROR", text)
        self.assertRegex(text, r"------\r\n > \[stage-0 2/2\] RUN echo avant; exit 3:\r\navant\r\n------")
        self.assertIn("Dockerfile:2", text)

    def test_plain_and_json_are_for_programs(self):
        text = "FROM busybox\nRUN echo dit\n"
        plain = self.build(text, "--no-cache").err
        self.assertRegex(plain, r"#2 \[stage-0 2/2\] RUN echo dit\n#2 \d+\.\d+ dit\n#2 DONE \d+\.\ds\n")
        self.assertNotIn("\x1b", plain)
        self.file("Dockerfile", text)
        lines = self.escale("build", "--no-cache", "--progress", "json", self.folder).out.splitlines()
        events = [json.loads(line).get("escale", {}).get("event") for line in lines]
        for event in ("plan", "began", "output", "done", "image"):
            self.assertIn(event, events)
        self.assertIn("invalid progress type", self.escale("build", "--progress", "what", self.folder, status=1).err)
