@preconcurrency import CReadline
import Glibc
import Linux
import Support
import Synchronization

/// What reading a line came to.
enum Typed: Equatable {
    case line(String)
    /// `^C`: the line is dropped.
    case interrupted
    /// `^D` on an empty line.
    case end
    /// The terminal is gone, or we were told to end.
    case hangup
}

/// GNU readline, driven by its callbacks so that signals are seen between two keys.
///
/// readline has one global state and its callbacks carry no context, so there is one editor a process,
/// used by its main thread only.
final class Editor {
    // Unsafe because it holds on to the shell's own state, which is not Sendable; set before the first
    // line is read and called by the main thread only, within `rl_callback_read_char`.
    nonisolated(unsafe) private static var completer: ((Completion.Request) -> Completion.Result)?
    private static let result = Mutex<Typed?>(nil)
    private static let candidates = Mutex<ArraySlice<String>>([])
    private static let signalFD = Atomic<Int32>(-1)
    private static let keys = Atomic<Int32>(-1)

    private let signals: Signals
    private let history: HistoryFile
    private var last: String?

    init(
        signals: Signals, history: HistoryFile, complete: @escaping (Completion.Request) -> Completion.Result
    ) {
        self.signals = signals
        self.history = history
        // readline counts columns by the locale; without one, accents would be bytes.
        if setlocale(LC_ALL, "") == nil || String(cString: nl_langinfo(Int32(CODESET))) != "UTF-8" {
            setlocale(LC_CTYPE, "C.UTF-8")
        }
        rl_catch_signals = 0
        rl_catch_sigwinch = 0
        Self.keep("escale") { rl_readline_name = UnsafePointer($0) }
        rl_initialize()
        using_history()
        stifle_history(2000)
        for entry in history.load() {
            add_history(entry)
            last = entry
        }
        Self.completer = complete
        Self.prepareCompletion()
        Self.signalFD.store(signals.fd, ordering: .relaxed)
        Self.prepareKeys()
        rl_variable_bind("bell-style", "none")
        rl_variable_bind("colored-stats", "off")
        rl_variable_bind("completion-ignore-case", "on")
        rl_variable_bind("show-all-if-ambiguous", "on")
        rl_variable_bind("page-completions", "off")
        rl_variable_bind("completion-query-items", "200")
        // Pasted lines are run one by one as if typed; a paste is then never one huge line.
        rl_variable_bind("enable-bracketed-paste", "off")
        rl_bind_keyseq("\\e[A", rl_history_search_backward)
        rl_bind_keyseq("\\eOA", rl_history_search_backward)
        rl_bind_keyseq("\\e[B", rl_history_search_forward)
        rl_bind_keyseq("\\eOB", rl_history_search_forward)
    }

    /// Reads one line. Blocks; returns at once when a signal says that we must end.
    /// - Parameter whenListening: called once the keys (`^C`, `^D`) are ours, before the prompt is there.
    func read(prompt: String, whenListening: () -> Void = {}) -> Typed {
        Self.result.withLock { $0 = nil }
        signals.drain()
        signals.interrupted = false
        if signals.mustEnd { return .hangup }
        rl_prep_terminal(1)
        whenListening()
        rl_callback_handler_install(prompt) { text in
            // Called within rl_callback_read_char, on Enter or at the end of input.
            rl_callback_handler_remove()
            if let text {
                let line = String(cString: text)
                Editor.result.withLock { $0 = .line(line) }
                free(text)
            } else {
                Editor.result.withLock { $0 = .end }
            }
        }
        while Self.result.withLock({ $0 == nil }) {
            var polls = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.fd, events: Int16(POLLIN), revents: 0)
            ]
            let n = poll(&polls, 2, -1)
            if n < 0, errno != EINTR { return leave(.hangup) }
            if polls[1].revents != 0 {
                signals.drain()
                if signals.mustEnd { return leave(.hangup) }
                if signals.interrupted {
                    let how = leave(.interrupted)
                    Output.out("^C\n")
                    return how
                }
                if signals.resized {
                    signals.resized = false
                    rl_resize_terminal()
                }
            }
            if polls[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 {
                signals.mustEnd = true
                return leave(.hangup)
            }
            if polls[0].revents & Int16(POLLIN) != 0 { rl_callback_read_char() }
        }
        return Self.result.withLock { $0 } ?? .end
    }

    /// Keeps a line for the arrows, `^R` and the next run.
    func remember(_ entry: String) {
        guard HistoryText.isKept(entry, last: last) else { return }
        // The same line further up goes away: only its last use is found again.
        var at = Int32(history_length) - 1
        while at >= 0 {
            if let old = history_get(history_base + at), String(cString: old.pointee.line) == entry,
                let removed = remove_history(at)
            {
                free_history_entry(removed)
            }
            at -= 1
        }
        add_history(entry)
        last = entry
        history.append(entry)
    }

    /// The lines kept, oldest first.
    var entries: [String] {
        (0..<history_length).compactMap { i in
            history_get(history_base + i).map { String(cString: $0.pointee.line) }
        }
    }

    private func leave(_ how: Typed) -> Typed {
        // First out of a search or a count under way: it redraws the line it began on.
        rl_callback_sigcleanup()
        rl_free_line_state()
        rl_callback_handler_remove()
        return how
    }

    /// `^C` makes the terminal drop the keys before it: who was told of one and then reads would wait for the
    /// next. So keys are read without waiting, which needs an open file of our own: bash shares the other.
    private static func prepareKeys() {
        keys.store(open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), ordering: .relaxed)
        rl_getc_function = { stream in
            let keys = Editor.keys.load(ordering: .relaxed)
            guard keys >= 0 else { return rl_getc(stream) }
            while true {
                var key: UInt8 = 0
                let n = Glibc.read(keys, &key, 1)
                if n == 1 { return Int32(key) }
                guard n < 0, errno == EAGAIN || errno == EINTR else { return EOF }
                var polls = [keys, Editor.signalFD.load(ordering: .relaxed)].map {
                    pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
                }
                poll(&polls, 2, -1)
                // The signal is left to `read`; ^G drops what is half typed.
                if polls[0].revents == 0, polls[1].revents != 0 { return 7 }
            }
        }
    }

    // MARK: - Completion

    private static func prepareCompletion() {
        keep(" \t\n\"'`@$><=;|&{(") { rl_basic_word_break_characters = UnsafePointer($0) }
        keep("\"'") { rl_completer_quote_characters = UnsafePointer($0) }
        keep(" \t\n\\\"'`@$><=;|&()#*?[]{}~!") { rl_filename_quote_characters = UnsafePointer($0) }
        rl_attempted_completion_function = { text, start, end in
            guard let text else { return nil }
            let line = String(cString: rl_line_buffer)
            let before = String(decoding: Array(line.utf8).prefix(Int(start)), as: UTF8.self)
            let request = Completion.Request(before: before, word: String(cString: text))
            let found = Editor.completer?(request) ?? Completion.Result()
            Editor.candidates.withLock { $0 = found.words[...] }
            // `noyaux=` and `phare:` go on at once.
            let goesOn = !found.words.isEmpty && found.words.allSatisfy { "=:".contains($0.last ?? " ") }
            rl_completion_suppress_append = goesOn ? 1 : 0
            // Without words of ours, readline looks for files; the shell's folder follows bash's.
            rl_attempted_completion_over = found.words.isEmpty && found.files ? 0 : 1
            guard !found.words.isEmpty else { return nil }
            return rl_completion_matches(text) { _, _ in
                Editor.candidates.withLock { $0.popFirst() }.flatMap { strdup($0) }
            }
        }
    }

    /// readline keeps the pointer for good, so the copy is never freed.
    private static func keep(_ text: String, _ assign: (UnsafeMutablePointer<CChar>) -> Void) {
        if let copy = strdup(text) { assign(copy) }
    }
}
