import CLinux
import Glibc
import Linux
import Support

/// Files with holes: disks and kernels are mostly zeroes, which take no room and no time here.
public enum SparseFile {
    /// Writes bytes as a new file, leaving holes for pages of zeroes, under a temporary name first.
    public static func write(_ path: String, _ bytes: [UInt8], mode: mode_t = 0o644) throws(EscaleError) {
        let temporary = "\(path).tmp-\(Hex.random(4))"
        do {
            let fd = try Sys.open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
            let page = 4096
            var at = 0
            while at < bytes.count {
                let start = at
                while at < bytes.count, !isZero(bytes, at, min(page, bytes.count - at)) { at += page }
                let end = min(at, bytes.count)
                if end > start {
                    var done = start
                    while done < end {
                        done += try Sys.call("write", temporary) {
                            bytes.withUnsafeBytes {
                                pwrite(fd.raw, $0.baseAddress?.advanced(by: done), end - done, off_t(done))
                            }
                        }
                    }
                }
                while at < bytes.count, isZero(bytes, at, min(page, bytes.count - at)) { at += page }
            }
            try Sys.call("truncate", temporary) { ftruncate(fd.raw, off_t(bytes.count)) }
            try Sys.call("rename", path) { rename(temporary, path) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static func isZero(_ bytes: [UInt8], _ from: Int, _ count: Int) -> Bool {
        bytes.withUnsafeBufferPointer { b in
            for i in from..<from + count where b[i] != 0 { return false }
            return true
        }
    }

    /// Copies a file's data and keeps its holes (lseek(2), SEEK_DATA); shares the blocks where the file
    /// system can (ioctl_ficlone(2)).
    public static func copy(_ from: String, to path: String, mode: mode_t = 0o600) throws(EscaleError) {
        let source = try Sys.open(from, O_RDONLY)
        let target = try Sys.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: mode)
        do {
            let ficlone: UInt = 0x4004_9409
            if ioctlNumber(target.raw, ficlone, source.raw) == 0 { return }
            let size = try Sys.call("lseek", from) { lseek(source.raw, 0, SEEK_END) }
            try Sys.call("truncate", path) { ftruncate(target.raw, size) }
            let (seekData, seekHole): (Int32, Int32) = (3, 4)
            var at: off_t = 0
            while at < size {
                let data = lseek(source.raw, at, seekData)
                if data < 0 { break }
                let hole = lseek(source.raw, data, seekHole)
                at = hole < 0 ? size : hole
                try copyRange(source.raw, target.raw, data..<at)
            }
        } catch {
            unlink(path)
            throw error.within("copy \(from) to \(path)")
        }
    }

    private static func copyRange(_ source: Int32, _ target: Int32, _ range: Range<off_t>)
        throws(EscaleError)
    {
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var at = range.lowerBound
        while at < range.upperBound {
            let want = min(buffer.count, Int(range.upperBound - at))
            let n = try Sys.call("read") { pread(source, &buffer, want, at) }
            if n == 0 { return }
            var done = 0
            while done < n {
                done += try Sys.call("write") {
                    buffer.withUnsafeBytes {
                        pwrite(target, $0.baseAddress?.advanced(by: done), n - done, at + off_t(done))
                    }
                }
            }
            at += off_t(n)
        }
    }

    /// Bytes a file takes on disk; 0 where there is none.
    public static func usage(_ path: String) -> Int64 {
        var s = stat()
        return stat(path, &s) == 0 ? Int64(s.st_blocks) * 512 : 0
    }

    private static func ioctlNumber(_ fd: Int32, _ request: UInt, _ argument: Int32) -> Int32 {
        cl_ioctl(fd, request, UnsafeMutableRawPointer(bitPattern: Int(argument)))
    }
}
