"""The file system of a container: mounts and their options, devices, hidden and read-only paths."""
import os
import stat
import subprocess
import unittest

from cases import Case, mount, not_runc

MAP = [{"containerID": 0, "hostID": 5000, "size": 1000}]


def mounts(*more, root=None):
    def change(spec):
        spec["mounts"] += more
        spec["root"].update(root or {})
    return change


class Mounts(Case):
    def setUp(self):
        super().setUp()
        self.volume = os.path.join(self.base, self._testMethodName + "-volume")
        os.makedirs(os.path.join(self.volume, "sub"))
        with open(os.path.join(self.volume, "file"), "w") as f:
            f.write("content\n")

    def sub_mount(self):
        """A mount below the volume."""
        sub = os.path.join(self.volume, "sub")
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", sub], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", sub])

    def options(self, path, *more, root=None):
        """The options that the kernel shows for a mount point."""
        out = self.out(["cat", "/proc/self/mountinfo"], mounts(*more, root=root))
        row = [line.split() for line in out.splitlines() if line.split()[4] == path][-1]
        fields = row[6:row.index("-")]
        return set(row[5].split(",")), fields

    def test_bind(self):
        self.out("cat /tmp/v/file && echo new > /tmp/v/new", mounts(mount("/tmp/v", "bind", self.volume, "bind")))
        self.assertEqual(open(os.path.join(self.volume, "new")).read(), "new\n")

    def test_bind_of_a_file(self):
        source = os.path.join(self.volume, "file")
        self.assertEqual(self.out("cat /tmp/one", mounts(mount("/tmp/one", "none", source, "bind"))), "content")

    def test_relative_source(self):
        folder = self.bundle("cat /tmp/v/x", mounts(mount("/tmp/v", "bind", "inner", "bind")))
        os.makedirs(os.path.join(folder, "inner"))
        open(os.path.join(folder, "inner", "x"), "w").write("relative\n")
        self.assertEqual(self.call("run", "-b", folder, self.name).stdout, "relative\n")

    def test_read_only_bind(self):
        done = self.run_("echo > /tmp/v/new", mounts(mount("/tmp/v", "bind", self.volume, "bind", "ro")))
        self.assertIn("Read-only", done.stderr)

    def test_flags(self):
        found, _ = self.options("/tmp/v", mount("/tmp/v", "bind", self.volume, "bind", "nosuid", "nodev", "noexec",
                                                "ro", "noatime"))
        self.assertLessEqual({"nosuid", "nodev", "noexec", "ro", "noatime"}, found)

    def test_recursive_bind(self):
        self.sub_mount()
        self.out("grep ' /tmp/v/sub ' /proc/mounts", mounts(mount("/tmp/v", "bind", self.volume, "rbind")))
        self.assertNotEqual(
            self.run_("grep ' /tmp/v/sub ' /proc/mounts", mounts(mount("/tmp/v", "bind", self.volume, "bind"))).returncode, 0)

    def test_read_only_is_of_the_top_only(self):
        self.sub_mount()
        done = self.run_("touch /tmp/v/sub/x && echo sub; touch /tmp/v/x || echo top",
                         mounts(mount("/tmp/v", "bind", self.volume, "rbind", "ro")))
        self.assertEqual(done.stdout.split(), ["sub", "top"])

    def test_recursive_flags(self):
        self.sub_mount()
        for option, flag in (("rro", "ro"), ("rnosuid", "nosuid"), ("rnodev", "nodev"), ("rnoexec", "noexec"),
                             ("rnoatime", "noatime"), ("rnodiratime", "nodiratime")):
            for path in ("/tmp/v", "/tmp/v/sub"):
                found, _ = self.options(path, mount("/tmp/v", "bind", self.volume, "rbind", option))
                self.assertIn(flag, found, (option, path))

    def test_recursive_flags_are_cleared(self):
        sub = os.path.join(self.volume, "sub")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,nosuid,noexec", "tmpfs", sub], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", sub])
        found, _ = self.options("/tmp/v/sub", mount("/tmp/v", "bind", self.volume, "rbind", "rrw", "rsuid", "rexec"))
        self.assertEqual(found & {"ro", "nosuid", "noexec"}, set())

    def test_propagation(self):
        for option, wanted in (("private", None), ("shared", "shared"), ("rshared", "shared"),
                               ("unbindable", "unbindable")):
            _, fields = self.options("/tmp/v", mount("/tmp/v", "bind", self.volume, "bind", option))
            names = [f.split(":")[0] for f in fields]
            self.assertEqual(names, [wanted] if wanted else [], option)

    def test_mounts_from_outside_come_in_by_slave(self):
        subprocess.run(["mount", "--bind", self.volume, self.volume], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.volume])
        subprocess.run(["mount", "--make-shared", self.volume], check=True)

        def change(spec):
            spec["linux"]["rootfsPropagation"] = "slave"
            spec["mounts"].append(mount("/tmp/v", "bind", self.volume, "rbind", "rslave"))

        self.hold(change)
        self.sub_mount()
        done = self.call("exec", self.name, "grep", " /tmp/v/sub ", "/proc/mounts")
        self.assertEqual(done.returncode, 0, done)

    def test_tmpfs(self):
        out = self.out("df -k /tmp/small | tail -n 1; stat -c %a /tmp/small",
                       mounts(mount("/tmp/small", "tmpfs", "tmpfs", "size=64k", "mode=711", "nosuid")))
        self.assertEqual((out.split()[1], out.split()[-1]), ("64", "711"))

    def test_tmpfs_has_the_mode_of_the_folder_below(self):
        folder = os.path.join(self.root, "tmp/moded")
        os.makedirs(folder)
        os.chmod(folder, 0o1750)
        self.assertEqual(self.out("stat -c %a /tmp/moded", mounts(mount("/tmp/moded", "tmpfs"))), "1750")

    def prepare_files(self):
        folder = os.path.join(self.root, "tmp", self._testMethodName)
        os.makedirs(os.path.join(folder, "inner"))
        with open(os.path.join(folder, "inner", "file"), "w") as f:
            f.write("kept\n")
        os.chmod(os.path.join(folder, "inner", "file"), 0o4751)
        os.chown(os.path.join(folder, "inner", "file"), 12, 34)
        os.chmod(os.path.join(folder, "inner", "file"), 0o4751)
        os.symlink("inner/file", os.path.join(folder, "link"))
        return "/tmp/" + self._testMethodName

    def test_tmpfs_that_starts_as_the_folder_below(self):
        path = self.prepare_files()
        out = self.out(f"cd {path}; grep -q ' {path} tmpfs' /proc/mounts && cat link; readlink link; stat -c '%a %u %g' inner/file; "
                       "echo more > new", mounts(mount(path, "tmpfs", "tmpfs", "tmpcopyup")))
        self.assertEqual(out.splitlines(), ["kept", "inner/file", "4751 12 34"])
        self.assertFalse(os.path.exists(self.root + path + "/new"))

    def test_read_only_tmpfs_that_starts_as_the_folder_below(self):
        path = self.prepare_files()
        done = self.run_(f"cat {path}/link; echo > {path}/new", mounts(mount(path, "tmpfs", "tmpfs", "tmpcopyup", "ro")))
        self.assertEqual(done.stdout, "kept\n")
        self.assertIn("Read-only", done.stderr)

    def test_later_mounts_lie_over_earlier_ones(self):
        out = self.out("ls /tmp/t", mounts(mount("/tmp/t", "tmpfs"), mount("/tmp/t/v", "bind", self.volume, "bind")))
        self.assertEqual(out, "v")

    def test_symlink_in_the_image_stays_in_it(self):
        os.symlink("/", os.path.join(self.root, "tmp", "up"))
        self.addCleanup(os.unlink, os.path.join(self.root, "tmp", "up"))
        self.assertEqual(self.out("cat /tmp/under/file", mounts(mount("/tmp/up/tmp/under", "bind", self.volume, "bind"))),
                         "content")

    def test_read_only_root(self):
        done = self.run_("touch /x || echo no; touch /dev/shm/x && echo yes", mounts(root={"readonly": True}))
        self.assertEqual(done.stdout.split(), ["no", "yes"])

    def test_cgroup(self):
        out = self.out("ls /sys/fs/cgroup", mounts(mount("/sys/fs/cgroup", "cgroup", "cgroup", "ro", "nosuid", "nodev",
                                                         "noexec")))
        self.assertTrue("memory" in out or "cgroup.procs" in out, out)

    def test_hidden_and_read_only_paths(self):
        os.makedirs(self.root + "/tmp/hidden", exist_ok=True)
        for name in ("hidden/inside", "masked", "plain"):
            open(f"{self.root}/tmp/{name}", "w").write("secret\n")

        def change(spec):
            spec["linux"]["maskedPaths"] = ["/tmp/hidden", "/tmp/masked", "/nosuch"]
            spec["linux"]["readonlyPaths"] = ["/tmp/plain", "/proc/sys", "/nosuch"]

        done = self.run_("ls /tmp/hidden; cat /tmp/masked /tmp/plain; echo x > /tmp/plain || echo refused; "
                         "echo 1 > /proc/sys/net/ipv4/ip_forward || echo refused", change)
        self.assertEqual(done.stdout.split(), ["secret", "refused", "refused"])

    def test_rootfs_propagation(self):
        out = self.out(["cat", "/proc/self/mountinfo"],
                       lambda spec: spec["linux"].update(rootfsPropagation="private"))
        row = next(line.split() for line in out.splitlines() if line.split()[4] == "/")
        self.assertEqual([f for f in row[6:row.index("-")]], [])

    def test_no_pivot(self):
        self.assertEqual(self.out("ls / | grep -c bin", options=["--no-pivot"]), "1")

    def test_errors(self):
        self.refused(self.run_(["true"], mounts(mount("/tmp/v", "bind", "/nosuch", "bind"))), "/nosuch", "/tmp/v")
        self.refused(self.run_(["true"], mounts(mount("/tmp/v", "nosuchfs"))), "nosuchfs", "/tmp/v")
        self.refused(self.run_(["true"], mounts(mount("/tmp/t", "tmpfs", "tmpfs", "nosuch=1"))), "/tmp/t")
        self.refused(self.run_(["true"], mounts(root={"path": "/nosuch"})), "/nosuch")

    test_relative_destination = not_runc("1.1.5 warns only")(lambda self: self.refused(
        self.run_(["true"], mounts(mount("tmp/v", "tmpfs"))), "mounts[6].destination", "tmp/v", "not absolute"))


@not_runc("1.1.5 has no id-mapped mounts")
class IDMapped(Case):
    def setUp(self):
        super().setUp()
        self.volume = os.path.join(self.base, self._testMethodName + "-volume")
        os.makedirs(self.volume)
        self.file = os.path.join(self.volume, "file")
        open(self.file, "w").close()
        os.chown(self.file, 7, 8)

    def owner(self, *options, change=lambda spec: None, **fields):
        def add(spec):
            spec["mounts"].append(dict(mount("/tmp/v", "bind", self.volume, *options), **fields))
            change(spec)

        return self.out("stat -c '%u %g' /tmp/v/file; touch /tmp/v/new || true", add)

    def test_own_maps(self):
        self.assertEqual(self.owner("bind", "idmap", uidMappings=MAP, gidMappings=MAP), "5007 5008")

    def test_own_maps_without_the_option(self):
        self.assertEqual(self.owner("bind", uidMappings=MAP, gidMappings=MAP), "5007 5008")

    def test_with_the_containers_maps(self):
        """Root of the container is root of the volume, whatever number it has on the host."""
        def change(spec):
            spec["linux"]["namespaces"].append({"type": "user"})
            for field in ("uidMappings", "gidMappings"):
                spec["linux"][field] = [{"containerID": 0, "hostID": 100000, "size": 65536}]

        self.assertEqual(self.owner("bind", "idmap", change=change), "7 8")
        self.assertEqual(os.stat(os.path.join(self.volume, "new")).st_uid, 0)

    def test_recursive(self):
        sub = os.path.join(self.volume, "sub")
        os.makedirs(sub)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", sub], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", sub])
        for option, wanted in (("idmap", "0"), ("ridmap", "5000")):
            def change(spec):
                spec["mounts"].append(dict(mount("/tmp/v", "bind", self.volume, "rbind", option), uidMappings=MAP,
                                           gidMappings=MAP))

            self.assertEqual(self.out("stat -c %u /tmp/v/sub", change), wanted)

    def test_errors(self):
        def change(spec):
            spec["mounts"].append(mount("/tmp/v", "bind", self.volume, "bind", "idmap"))

        self.refused(self.run_(["true"], change), "mounts[6].uidMappings")
        self.refused(self.run_(["true"], lambda spec: spec["mounts"].append(
            dict(mount("/tmp/t", "tmpfs"), uidMappings=MAP, gidMappings=MAP))), "mounts[6]", "only bind mounts")


class Devices(Case):
    def test_usual_ones(self):
        out = self.out("for d in null zero full random urandom tty; do stat -c '%F %t %T %a' /dev/$d; done; "
                       "readlink /dev/fd /dev/stdin /dev/stdout /dev/stderr 2>/dev/null || "
                       "for l in fd stdin stdout stderr; do readlink /dev/$l; done; ls -d /dev/ptmx")
        lines = out.splitlines()
        self.assertEqual(lines[:6], [f"character special file {n} 666" for n in
                                     ("1 3", "1 5", "1 7", "1 8", "1 9", "5 0")])
        self.assertEqual(lines[-5:], ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2",
                                      "/dev/ptmx"])

    def test_asked_ones(self):
        def change(spec):
            spec["linux"]["devices"] = [
                {"type": "c", "path": "/dev/own", "major": 1, "minor": 3, "fileMode": 0o640, "uid": 3, "gid": 4},
                {"type": "p", "path": "/dev/sub/pipe", "fileMode": 0o600},
                {"type": "b", "path": "/dev/block", "major": 7, "minor": 250, "fileMode": 0o660}]

        out = self.out("stat -c '%F %t %T %a %u %g' /dev/own /dev/sub/pipe /dev/block", change)
        self.assertEqual(out.splitlines(), ["character special file 1 3 640 3 4", "fifo 0 0 600 0 0",
                                            "block special file 7 fa 660 0 0"])

    @unittest.skipUnless(os.path.exists("/dev/fuse"), "the device that it opens is not there")
    def test_rules(self):
        """What no rule allows does not open."""
        def change(spec):
            spec["linux"]["devices"] = [{"type": "c", "path": "/dev/own", "major": 10, "minor": 229, "fileMode": 0o666}]

        done = self.run_("(: < /dev/own) && echo opened; head -c 1 /dev/zero | wc -c", change)
        self.assertEqual(done.stdout.split(), ["1"], done)

        def allow(spec):
            change(spec)
            spec["linux"]["resources"]["devices"].append(
                {"allow": True, "type": "c", "major": 10, "minor": 229, "access": "r"})

        self.assertIn("opened", self.run_("(: < /dev/own) && echo opened", allow).stdout)
