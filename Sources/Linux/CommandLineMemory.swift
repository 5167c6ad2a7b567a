import Glibc

/// The memory that /proc/PID/cmdline shows (proc(5)).
public enum CommandLineMemory {
    /// Writes over an argument, in its place: no more than what was there, the rest becomes zeros.
    public static func overwrite(argument index: Int, with text: String) {
        guard index < Int(CommandLine.argc), let place = CommandLine.unsafeArgv[index] else { return }
        let room = strlen(place)
        let bytes = Array(text.utf8.prefix(room))
        memset(place, 0, room)
        memcpy(place, bytes, bytes.count)
    }
}
