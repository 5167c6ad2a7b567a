"""Builds: what each instruction gives, the cache, secrets, the real docker client, and a daemon that dies."""
import json
import os
import signal
import subprocess

from builds import BuildCase
from kit import ESCALE


class Build(BuildCase):
    def config(self):
        return json.loads(self.escale("image", "inspect", "essai").out)[0]["Config"]

    def test_instructions_shape_the_image(self):
        self.build(
            'FROM busybox\nARG V=1\nENV A="x $V" B=y\nLABEL l="$B"\nUSER 7:8\nWORKDIR /w\nWORKDIR d\nEXPOSE 80 53/udp\n'
            'VOLUME /v\nSTOPSIGNAL SIGINT\nHEALTHCHECK --interval=3s CMD true\nENTRYPOINT ["id"]\nCMD ["-u"]\n', "-t", "essai",
            "--build-arg", "V=2", "--label", "m=n")
        c = self.config()
        self.assertIn("A=x 2", c["Env"])
        self.assertEqual((c["Labels"]["l"], c["Labels"]["m"]), ("y", "n"))
        self.assertEqual((c["User"], c["WorkingDir"], c["StopSignal"]), ("7:8", "/w/d", "SIGINT"))
        self.assertEqual(sorted(c["ExposedPorts"]), ["53/udp", "80/tcp"])
        self.assertEqual(c["Healthcheck"]["Test"], ["CMD-SHELL", "true"])
        self.assertEqual(self.escale("run", "--rm", "essai").out, "7\n")

    def test_files_go_where_docker_puts_them(self):
        self.file("a/one", "1")
        self.file("a/sub/two", "2", 0o755)
        self.file("b.txt", "b")
        self.file("c.txt", "c")
        out = self.shown(
            "FROM busybox\nRUN ln -s /real /link && mkdir /real\nCOPY a /dst\nCOPY b.txt /new\nCOPY *.txt /texts/\n"
            "COPY b.txt /link/\nCOPY --chown=3:4 --chmod=600 c.txt /owned\nCOPY --parents a/sub/two /p/\n"
            "COPY --exclude=one a /ex\nCOPY --link b.txt /l/\nCOPY <<EOF /doc\nhi\nEOF\n",
            "cat /dst/one /dst/sub/two /new /texts/c.txt /real/b.txt /p/a/sub/two /l/b.txt; ls /ex; "
            "stat -c '%u:%g %a' /owned /dst/sub/two; cat /doc")
        self.assertEqual(out, "12bcb2bsub\n3:4 600\n0:0 755\nhi\n")

    def test_add_unpacks_archives(self):
        self.file("t/x", "content")
        for letter, name in (("z", "gz"), ("j", "bz2"), ("J", "xz")):
            subprocess.run(["tar", "-C", self.folder + "/t", f"-c{letter}f", f"{self.folder}/t.{name}", "x"], check=True)
            self.assertEqual(self.shown(f"FROM busybox\nADD t.{name} /out/\n", "cat /out/x"), "content")
        subprocess.run(["tar", "-C", self.folder + "/t", "-czf", self.folder + "/t.tgz", "x"], check=True)
        out = self.shown("FROM busybox\nADD t.tgz /out/\nCOPY t.tgz /as-is\n", "cat /out/x; test -f /as-is && echo kept")
        self.assertEqual(out, "contentkept\n")

    def test_dockerignore_keeps_files_at_home(self):
        self.file(".dockerignore", "*.log\n!keep.log\ndir/**\n")
        for name in ["a.log", "keep.log", "dir/x", "z"]:
            self.file(name, name)
        out = self.shown("FROM busybox\nCOPY . /c/\n", "cd /c; find . -type f | sort")
        self.assertEqual(out.split(), ["./.dockerignore", "./Dockerfile", "./keep.log", "./z"])

    def test_stages_and_targets(self):
        text = ("FROM busybox AS one\nRUN echo 1 > /f\nFROM busybox AS unused\nRUN false\nFROM one AS two\nRUN echo 2 >> /f\n"
                "FROM scratch\nCOPY --from=busybox / /\nCOPY --from=two /f /\n")
        self.assertEqual(self.shown(text, "cat /f"), "1\n2\n")
        self.assertEqual(self.shown(text, "cat /f", "--target", "one"), "1\n")
        self.assertEqual(self.build(text, "--target", "unused", status=1).status, 1)

    def test_onbuild_and_shell_and_heredoc(self):
        self.build("FROM busybox\nONBUILD RUN echo triggered > /t\n", "-t", "parent")
        out = self.shown(
            'FROM parent\nSHELL ["/bin/sh", "-ec"]\nRUN <<EOF\necho a > /h\necho b >> /h\nEOF\n', "cat /t /h")
        self.assertEqual(out, "triggered\na\nb\n")

    def test_mounts_leave_nothing(self):
        self.file("in", "context")
        out = self.shown(
            "FROM busybox AS s\nRUN mkdir /d && echo stage > /d/f\nFROM busybox\n"
            "RUN --mount=type=bind,target=/ctx --mount=type=bind,from=s,source=/d,target=/d --mount=type=tmpfs,target=/tt "
            "--mount=type=cache,target=/cache cat /ctx/in /d/f > /seen; touch /tt/x; echo c >> /cache/n; cat /cache/n >> /seen\n",
            "cat /seen; ls -d /ctx /d /tt /cache 2>/dev/null; true")
        self.assertEqual(out, "contextstage\nc\n")

    def test_secrets_are_nowhere(self):
        word = "mot-de-passe-%s" % os.urandom(8).hex()
        self.file("../secret-" + os.path.basename(self.folder), word)
        path = os.path.join(self.folder, "..", "secret-" + os.path.basename(self.folder))
        try:
            out = self.shown(
                "FROM busybox\nRUN --mount=type=secret,id=s --mount=type=secret,id=s,env=SECRET "
                "test \"$(cat /run/secrets/s)\" = \"$SECRET\" && echo same > /r\n", "cat /r", "--secret", "id=s,src=" + path)
        finally:
            os.unlink(path)
        self.assertEqual(out, "same\n")
        for top in (self.kit.root, self.kit.run_dir):
            found = subprocess.run(["grep", "-rlaF", "--devices=skip", word, top], capture_output=True, text=True).stdout
            self.assertEqual(found, "")
        for blob in os.listdir(self.kit.root + "/images/blobs/sha256"):
            data = subprocess.run(["zcat", "-f", self.kit.root + "/images/blobs/sha256/" + blob], capture_output=True).stdout
            self.assertNotIn(word.encode(), data)

    def test_cache_knows_content_not_times(self):
        self.file("f", "1")
        text = "FROM busybox\nCOPY f /f\nRUN cat /f\n"
        self.build(text)
        os.utime(self.folder + "/f", (1, 1))
        self.assertEqual(self.build(text).err.count("CACHED"), 2)
        self.file("f", "2")
        self.assertEqual(self.build(text).err.count("CACHED"), 0)
        self.assertEqual(self.build(text, "--no-cache").err.count("CACHED"), 0)

    def test_same_digest_with_an_epoch(self):
        self.file("f", "1")
        text = "FROM busybox\nWORKDIR /w\nCOPY f .\nRUN echo x > y\n"
        ids = []
        for _ in range(2):
            ids.append(self.build(text, "--no-cache", "--iidfile", self.folder + "/../iid", env={"SOURCE_DATE_EPOCH": "1000000"}))
            ids[-1] = open(self.folder + "/../iid").read()
            os.utime(self.folder + "/f")
        os.unlink(self.folder + "/../iid")
        self.assertEqual(ids[0], ids[1])

    def test_errors_show_the_place(self):
        result = self.build("FROM busybox\nRUNN x\n", status=1)
        self.assertIn("Dockerfile:2", result.err)
        self.assertIn("^^^^", result.err)
        result = self.build("FROM busybox\nRUN echo said; exit 7\n", status=1)
        self.assertIn("said", result.err)
        self.assertIn("returned a non-zero code: 7", result.err)
        self.assertIn("not found", self.build("FROM busybox\nCOPY nothing /\n", status=1).err)
        self.assertIn("No such image", self.build("FROM nulle/part\n", status=1).err)

    def test_a_dockerfile_is_reviewed_without_a_build(self):
        self.file("Dockerfile", "FROM busybox\nCMD sleep 3\n")
        review = self.escale("dockerfile", "check", os.path.join(self.folder, "Dockerfile"))
        self.assertIn("CMD", review.out)

    def test_nothing_leads_out_of_the_context(self):
        os.symlink("/etc", self.folder + "/out")
        self.assertIn("not found", self.build("FROM busybox\nCOPY out/passwd /\n", status=1).err)
        self.assertIn("not found", self.build("FROM busybox\nCOPY ../../../etc/passwd /\n", status=1).err)

    def test_docker_client_builds(self):
        self.file("f", "1")
        self.file("Dockerfile", "FROM busybox\nCOPY f /f\nRUN cat /f\nCMD [\"cat\", \"/f\"]\n")
        result = self.docker("build", "-t", "essai", self.folder, env={"DOCKER_BUILDKIT": "0"})
        self.assertIn("Successfully tagged essai:latest", result.out)
        self.assertEqual(self.docker("run", "--rm", "essai").out, "1")
        self.file("Dockerfile", "FROM busybox\nRUN exit 5\n")
        self.assertEqual(self.docker("build", self.folder, env={"DOCKER_BUILDKIT": "0"}, status=None).status, 5)

    def test_two_builds_do_a_step_once(self):
        self.file("Dockerfile", "FROM busybox\nRUN sleep 0.5; cat /proc/sys/kernel/random/uuid > /u\n")
        self.kit.start_daemon()
        builds = [subprocess.Popen([ESCALE, "build", "-q", "-t", f"essai:{i}", self.folder], env=self.kit.env,
                                   stdout=subprocess.DEVNULL) for i in range(3)]
        self.assertEqual([b.wait(60) for b in builds], [0, 0, 0])
        self.assertEqual(len({self.escale("run", "--rm", f"essai:{i}", "cat", "/u").out for i in range(3)}), 1)

    def test_a_step_waits_only_for_as_long_as_another_does_it(self):
        self.file("Dockerfile", "FROM busybox\nRUN test -e /proc/sys && sleep 60\n")
        first = subprocess.Popen([ESCALE, "build", self.folder], env=self.kit.env, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        self.wait_for("the first", lambda: "sleep 60" in self.escale("ps", "--no-trunc").out)
        second = subprocess.Popen([ESCALE, "build", self.folder], env=self.kit.env, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        container = self.escale("ps", "-q").out.split()
        self.assertEqual(len(container), 1)
        first.kill()
        first.wait()
        # Its own container then: the first one's has gone with its client.
        self.wait_for("the second", lambda: self.escale("ps", "-q").out.split() not in ([], container))
        second.kill()
        second.wait()
        self.wait_for("the end", lambda: self.escale("ps", "-aq").out == "")

    def test_insecure_steps_need_leave(self):
        text = "FROM busybox\nRUN --security=insecure mount -t tmpfs none /mnt && echo mounted > /m\n"
        self.assertIn("security.insecure is not allowed", self.build(text, status=1).err)
        self.assertEqual(self.shown(text, "cat /m", "--allow", "security.insecure"), "mounted\n")
        plain = text.replace("--security=insecure ", "")
        self.assertNotEqual(self.build(plain, "--allow", "security.insecure", status=None).status, 0)

    def test_limits_of_steps(self):
        out = self.shown("FROM busybox\nRUN df -k /dev/shm | tail -n 1 | awk '{print $2}' > /o; ulimit -n >> /o\n", "cat /o",
                         "--shm-size", "8m", "--ulimit", "nofile=77")
        self.assertEqual(out, "8192\n77\n")

    def test_prune_empties_the_cache(self):
        self.build("FROM busybox\nRUN echo a-pruner > /x\n")
        self.escale("builder", "prune", "-a", "-f")
        self.assertEqual(os.listdir(self.kit.root + "/build/cache"), [])

    def test_a_killed_daemon_leaves_nothing(self):
        self.file("Dockerfile", "FROM busybox\nRUN echo first > /a\nRUN sleep 60\n")
        pid = self.kit.start_daemon()
        client = subprocess.Popen([ESCALE, "build", self.folder], env=self.kit.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.wait_for("the second step", lambda: "sleep 60" in self.escale("ps", "--no-trunc").out)
        os.kill(pid, signal.SIGKILL)
        client.wait()
        self.assertEqual(self.escale("ps", "-aq").out, "")
        self.assertEqual(os.listdir(self.kit.root + "/build/work") if os.path.isdir(self.kit.root + "/build/work") else [], [])
        self.assertEqual(self.build("FROM busybox\nRUN echo first > /a\nRUN true\n").err.count("CACHED"), 1)
