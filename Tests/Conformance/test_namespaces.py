"""Namespaces: new, joined by path, and their combinations with user namespaces."""
import json
import os
import subprocess

from cases import Case, mount, not_runc

FILES = {"pid": "pid", "network": "net", "ipc": "ipc", "uts": "uts", "mount": "mnt", "cgroup": "cgroup", "user": "user",
         "time": "time"}
MAPS = {"uidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}],
        "gidMappings": [{"containerID": 0, "hostID": 100000, "size": 65536}]}


def inode(kind, pid="self"):
    return os.readlink(f"/proc/{pid}/ns/{FILES[kind]}")


def namespaces(*kinds, **paths):
    def change(spec):
        spec["linux"]["namespaces"] = [{"type": k} for k in kinds] + [
            {"type": k, "path": p} for k, p in paths.items()]
        if "uts" not in kinds and "uts" not in paths:
            spec.pop("hostname", None)
        if "network" not in kinds:
            # A new sysfs needs a network namespace of one's own.
            spec["mounts"] = [m for m in spec["mounts"] if m["type"] != "sysfs"]
    return change


def in_user_namespace(more=lambda spec: None):
    def change(spec):
        spec["linux"]["namespaces"].append({"type": "user"})
        spec["linux"].update(MAPS)
        more(spec)
    return change


class Namespaces(Case):
    def test_new_ones_differ_from_the_hosts(self):
        pid = self.hold(namespaces("pid", "network", "ipc", "uts", "mount", "cgroup"))
        for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup"):
            self.assertNotEqual(inode(kind), inode(kind, pid), kind)
        self.assertEqual(inode("user"), inode("user", pid))

    def test_absent_ones_are_the_hosts(self):
        pid = self.hold(namespaces("mount"))
        for kind in ("pid", "network", "ipc", "uts", "cgroup", "user"):
            self.assertEqual(inode(kind), inode(kind, pid), kind)

    def test_joined_by_path(self):
        holder = subprocess.Popen(["unshare", "--ipc", "--uts", "--net", "--pid", "--fork", "--kill-child", "sleep",
                                   "1000"])
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        children = f"/proc/{holder.pid}/task/{holder.pid}/children"
        self.wait_for("the holder", lambda: open(children).read().split())
        child = open(children).read().split()[0]
        kinds = ("ipc", "uts", "network", "pid")
        pid = self.hold(namespaces("mount", **{k: f"/proc/{child}/ns/{FILES[k]}" for k in kinds}))
        for kind in kinds:
            self.assertEqual(inode(kind, child), inode(kind, pid), kind)

    def test_first_process_is_number_one(self):
        self.assertEqual(self.out("echo $$"), "1")

    def test_hostname_and_domainname(self):
        def change(spec):
            spec["hostname"] = "cargo"
            spec["domainname"] = "quay"

        self.assertEqual(self.out("hostname; cat /proc/sys/kernel/domainname", change).split(), ["cargo", "quay"])

    test_hostname_and_domainname = not_runc("1.1.5 has no domainname")(test_hostname_and_domainname)

    def test_cgroup_namespace_hides_the_path(self):
        out = self.out(["cat", "/proc/self/cgroup"], namespaces("pid", "network", "ipc", "uts", "mount", "cgroup"))
        self.assertNotIn(self.name, out)

    def test_wrong_paths(self):
        self.refused(self.run_(["true"], namespaces("mount", "uts", network="/nosuch")), "/nosuch")
        self.refused(self.run_(["true"], namespaces("mount", "uts", network="/etc/passwd")), "/etc/passwd")
        self.refused(self.run_(["true"], namespaces("mount", "uts", network="/proc/self/ns/ipc")), "network")

    def test_sysctl(self):
        def change(spec):
            spec["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.shmmax": "12345678"}

        self.assertEqual(self.out("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax", change).split(),
                         ["1", "12345678"])


@not_runc("1.1.5 has no time namespaces")
class Time(Case):
    def change(self, offsets, *more):
        def change(spec):
            spec["linux"]["namespaces"] += [{"type": "time"}] + [{"type": k} for k in more]
            spec["linux"]["timeOffsets"] = offsets
            if "user" in more:
                spec["linux"].update(MAPS)
        return change

    def uptime(self):
        return float(open("/proc/uptime").read().split()[0])

    def test_offsets(self):
        out = self.out("cut -d. -f1 /proc/uptime; cat /proc/self/timens_offsets",
                       self.change({"boottime": {"secs": 1000000}, "monotonic": {"secs": 5, "nanosecs": 7}}))
        self.assertGreaterEqual(float(out.split()[0]), 1000000)
        self.assertEqual(out.split()[1:], ["monotonic", "5", "7", "boottime", "1000000", "0"])

    def test_without_offsets(self):
        pid = self.hold(self.change({}))
        self.assertNotEqual(inode("time"), inode("time", pid))

    def test_in_a_user_namespace(self):
        out = self.out("cut -d. -f1 /proc/uptime", self.change({"boottime": {"secs": 2000000}}, "user"))
        self.assertGreaterEqual(float(out), 2000000)

    def test_exec_sees_the_same_clock(self):
        self.hold(self.change({"boottime": {"secs": 3000000}}))
        out = self.call("exec", self.name, "cut", "-d.", "-f1", "/proc/uptime").stdout
        self.assertGreaterEqual(float(out), 3000000)

    def test_joined(self):
        pid = self.hold(self.change({"boottime": {"secs": 4000000}}))
        first, self.name = self.name, self.name + "-2"
        out = self.out("cut -d. -f1 /proc/uptime",
                       lambda spec: spec["linux"]["namespaces"].append({"type": "time", "path": f"/proc/{pid}/ns/time"}))
        self.name = first
        self.assertGreaterEqual(float(out), 4000000)


class User(Case):
    def test_maps(self):
        out = self.out("id -u; cat /proc/self/uid_map /proc/self/gid_map", in_user_namespace())
        self.assertEqual(out.split(), ["0", "0", "100000", "65536", "0", "100000", "65536"])

    def test_owner_on_the_host(self):
        pid = self.hold(in_user_namespace())
        self.assertEqual(os.stat(f"/proc/{pid}").st_uid, 100000)

    def test_devices_and_mounts_work(self):
        out = self.out("echo x > /dev/null && mount | grep -c ' on /dev/pts ' && head -c 3 /dev/zero | wc -c",
                       in_user_namespace())
        self.assertEqual(out.split(), ["1", "3"])

    def test_exec_is_root_inside(self):
        pid = self.hold(in_user_namespace())
        done = self.call("exec", self.name, "sh", "-c", "id -u; readlink /proc/self/ns/user")
        self.assertEqual(done.stdout.split(), ["0", inode("user", pid)], done)

    def test_joined_by_path(self):
        pid = self.hold(in_user_namespace())
        first, self.name = self.name, self.name + "-2"

        def change(spec):
            spec["linux"]["namespaces"].append({"type": "user", "path": f"/proc/{pid}/ns/user"})
            spec["linux"]["cgroupsPath"] = "/" + self.name

        out = self.out("readlink /proc/self/ns/user; id -u; echo > /dev/null && touch /dev/shm/x && hostname", change)
        self.name = first
        self.assertEqual(out.split(), [inode("user", pid), "0", "conformance"])

    test_joined_by_path = not_runc("1.1.5 wants mappings beside a path")(test_joined_by_path)

    def test_new_beside_a_joined_network(self):
        holder = subprocess.Popen(["unshare", "--net", "sleep", "1000"])
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.wait_for("the holder", lambda: inode("network", holder.pid) != inode("network"))

        def change(spec):
            in_user_namespace(namespaces("pid", "ipc", "uts", "mount", "user",
                                         network=f"/proc/{holder.pid}/ns/net"))(spec)

        pid = self.hold(change)
        self.assertEqual(inode("network", pid), inode("network", holder.pid))
        self.assertNotEqual(inode("user", pid), inode("user"))
        self.assertEqual(os.stat(f"/proc/{pid}").st_uid, 100000)

    def test_a_pod_of_two(self):
        """The second joins the first's user, network, IPC and UTS namespaces, as podman's pods do."""
        pid = self.hold(in_user_namespace())
        first, self.name = self.name, self.name + "-2"
        shared = ("user", "network", "ipc", "uts")

        def change(spec):
            namespaces("pid", "mount", **{k: f"/proc/{pid}/ns/{FILES[k]}" for k in shared})(spec)
            spec.pop("hostname", None)

        out = self.out("; ".join(f"readlink /proc/self/ns/{FILES[k]}" for k in shared) + "; echo $$", change)
        self.name = first
        self.assertEqual(out.split(), [inode(k, pid) for k in shared] + ["1"])

    test_a_pod_of_two = not_runc("1.1.5 wants mappings beside a path")(test_a_pod_of_two)
