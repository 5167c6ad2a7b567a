import CLinux
import Glibc
import Support

/// An overlay file system (kernel documentation, filesystems/overlayfs).
public enum Overlay {
    /// Mounts it on `target`.
    /// - Parameters:
    ///   - lower: folders, the top layer first.
    ///   - userXattr: keep its marks in `user.` attributes, for a user namespace.
    public static func mount(
        lower: [String], upper: String, work: String, on target: String, userXattr: Bool
    ) throws(EscaleError) {
        let folder = try Sys.open(target, Sys.pathOnly | O_DIRECTORY)
        let raw = try makeByDescriptor(lower, (upper, work), userXattr, shown: target)
        guard raw < 0 else {
            let mount = FD(owning: raw)
            try Sys.check(cl_move_mount(mount.raw, folder.raw), "move_mount overlay", target)
            return
        }
        try mountByString(lower, (upper, work), userXattr, on: target)
    }

    /// The same in no tree at all: it is there as long as the descriptor, or one opened through it, is.
    /// - Parameters:
    ///   - upper, work: both or none; without them it is read-only, and needs two layers or more.
    ///   - scratch: an empty folder, used for a moment where the kernel is older than 6.5.
    public static func detached(
        lower: [String], upper: (folder: String, work: String)?, scratch: String, userXattr: Bool
    ) throws(EscaleError) -> FD {
        let raw = try makeByDescriptor(lower, upper, userXattr, shown: "")
        if raw >= 0 { return FD(owning: raw) }
        try Files.makeDirectory(scratch)
        try mountByString(lower, upper, userXattr, on: scratch)
        defer { try? Mount.unmount(scratch, detach: true) }
        return try Sys.open(scratch, O_RDONLY | O_DIRECTORY)
    }

    /// Before Linux 6.5 layers come as one string, of a page at most.
    private static func mountByString(
        _ lower: [String], _ upper: (folder: String, work: String)?, _ userXattr: Bool, on target: String
    ) throws(EscaleError) {
        let escaped = lower.map(escape).joined(separator: ":")
        let data =
            "lowerdir=\(escaped)"
            + (upper.map { ",upperdir=\(escape($0.folder)),workdir=\(escape($0.work))" } ?? "")
            + (userXattr ? ",userxattr" : "")
        guard data.utf8.count < 4096 else {
            throw EscaleError(
                .unavailable, "overlay \(target): \(lower.count) layers need Linux 6.5 or later")
        }
        try Mount.mount("overlay", on: target, type: "overlay", data: data)
    }

    /// One layer an option (`lowerdir+`): no limit on how long they are together. -1 where the kernel has
    /// no such option.
    private static func makeByDescriptor(
        _ lower: [String], _ upper: (folder: String, work: String)?, _ userXattr: Bool, shown: String
    ) throws(EscaleError) -> Int32 {
        let raw = cl_fsopen("overlay")
        guard raw >= 0 else { return -1 }
        let fs = FD(owning: raw)
        // What shows as the device in /proc/mounts.
        _ = cl_fsconfig_string(fs.raw, "source", "overlay")
        for folder in lower {
            let result = cl_fsconfig_string(fs.raw, "lowerdir+", folder)
            if result == -EINVAL, folder == lower.first { return -1 }
            try Sys.check(result, "overlay layer", folder)
        }
        if let upper {
            try Sys.check(
                cl_fsconfig_string(fs.raw, "upperdir", upper.folder), "overlay upper", upper.folder)
            try Sys.check(cl_fsconfig_string(fs.raw, "workdir", upper.work), "overlay work", upper.work)
        }
        if userXattr { try Sys.check(cl_fsconfig_flag(fs.raw, "userxattr"), "overlay userxattr") }
        try Sys.check(cl_fsconfig_create(fs.raw), "mount overlay", shown)
        return try Sys.check(cl_fsmount(fs.raw, 0), "fsmount overlay", shown)
    }

    /// `:`, `,` and `\` separate in the option string.
    package static func escape(_ path: String) -> String {
        var out = ""
        for c in path {
            if c == "\\" || c == ":" || c == "," { out.append("\\") }
            out.append(c)
        }
        return out
    }
}
