/// `<<NAME` on a line: which here-documents follow it. Found as a shell would: not within quotes, not `<<<`.
struct HeredocName {
    var word: String
    var expands: Bool
    var stripsTabs: Bool
    /// Of the whole `<<NAME` in the logical line.
    var offset: Int
    var length: Int

    static func all(in line: ArraySlice<UInt8>) -> [HeredocName] {
        guard line.contains(UInt8(ascii: "<")) else { return [] }
        return words(line).compactMap(HeredocName.init)
    }

    /// A whole word `3<<-NAME`; nil where it is something else.
    init?(_ word: ArraySlice<UInt8>) {
        var rest = word.drop { (48...57).contains($0) }
        guard rest.starts(with: [60, 60]) else { return nil }
        rest = rest.dropFirst(2)
        stripsTabs = rest.first == UInt8(ascii: "-")
        if stripsTabs { rest = rest.dropFirst() }
        rest = rest.drop(while: isSpace)
        guard !rest.isEmpty, !rest.contains(UInt8(ascii: "<")), Self.words(rest).count == 1 else {
            return nil
        }
        guard let (name, isQuoted) = Self.unquoted(rest), !name.isEmpty else { return nil }
        self.word = String(decoding: name, as: UTF8.self)
        expands = !isQuoted
        offset = word.startIndex
        length = word.count
    }

    /// Splits at blanks outside quotes and `${…}`; blanks right after `<<` belong to the word. Nothing where a
    /// quote never ends: then the shell alone knows.
    private static func words(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var words: [ArraySlice<UInt8>] = []
        var start: Int?
        // What each open quote or brace waits for.
        var closers: [UInt8] = []
        var i = line.startIndex
        while i < line.endIndex {
            let byte = line[i]
            if closers.isEmpty, isSpace(byte) {
                if let begin = start { words.append(line[begin..<i]) }
                start = nil
                i += 1
                continue
            }
            if start == nil { start = i }
            i += 1
            if closers.last == UInt8(ascii: "'") {
                if byte == UInt8(ascii: "'") { closers.removeLast() }
            } else if byte == UInt8(ascii: "\\") {
                i = min(i + 1, line.endIndex)
            } else if byte == closers.last {
                closers.removeLast()
            } else if byte == UInt8(ascii: "\"") {
                closers.append(byte)
            } else if byte == UInt8(ascii: "'"), closers.last != UInt8(ascii: "\"") {
                closers.append(byte)
            } else if byte == UInt8(ascii: "$"), i < line.endIndex, line[i] == UInt8(ascii: "{") {
                closers.append(UInt8(ascii: "}"))
                i += 1
            } else if closers.isEmpty, byte == 60, i < line.endIndex, line[i] == 60 {
                i += 1
                while i < line.endIndex, line[i] == 32 || line[i] == 9 || line[i] == 13 { i += 1 }
            }
        }
        guard closers.isEmpty else { return [] }
        if let begin = start { words.append(line[begin...]) }
        return words
    }

    /// A name without its quotes and escapes, and whether it had quotes.
    private static func unquoted(_ word: ArraySlice<UInt8>) -> (name: [UInt8], isQuoted: Bool)? {
        var out: [UInt8] = []
        var quote: UInt8?
        var isQuoted = false
        var i = word.startIndex
        while i < word.endIndex {
            let byte = word[i]
            i += 1
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                isQuoted = true
            } else if byte == UInt8(ascii: "\\"), quote != UInt8(ascii: "'"), i < word.endIndex {
                out.append(word[i])
                i += 1
            } else {
                out.append(byte)
            }
        }
        return quote == nil ? (out, isQuoted) : nil
    }
}
