extension Word {
    init(_ text: String, at offset: Int, length: Int) {
        self.init(text: text, offset: offset, length: length)
    }
}

extension InstructionParser {
    /// Parts at blanks, quotes or not.
    func words(_ text: ArraySlice<UInt8>) -> [Word] {
        text.split(whereSeparator: isSpace).map { Word(Self.string($0), at: $0.startIndex, length: $0.count) }
    }

    /// Words with quotes and escapes, which stay in them until substitution: `a="b c"` is one.
    func quotedWords(_ text: ArraySlice<UInt8>) -> [Word] {
        var words: [Word] = []
        var word: [UInt8] = []
        var start: Int?
        var quote: UInt8?
        var i = text.startIndex
        func end(_ at: Int) {
            if let begin = start { words.append(Word(Self.string(word[...]), at: begin, length: at - begin)) }
            word = []
            start = nil
        }
        while i < text.endIndex {
            let byte = text[i]
            if quote == nil, isSpace(byte) {
                end(i)
                i += 1
                continue
            }
            if start == nil { start = i }
            if byte == escape, quote != UInt8(ascii: "'") {
                // An escape at the very end says nothing.
                guard i + 1 < text.endIndex else { break }
                word += [byte, text[i + 1]]
                i += 2
                continue
            }
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            }
            word.append(byte)
            i += 1
        }
        end(text.endIndex)
        return words
    }

    /// The words that begin with `--`, without quotes and escapes, and what follows them. `--` alone ends them.
    func flags(_ text: ArraySlice<UInt8>) -> (flags: [Word], rest: ArraySlice<UInt8>) {
        var flags: [Word] = []
        var i = text.startIndex
        while i < text.endIndex {
            if isSpace(text[i]) {
                i += 1
                continue
            }
            guard text[i...].starts(with: [45, 45]) else { return (flags, text[i...]) }
            let start = i
            var word: [UInt8] = []
            var quote: UInt8?
            while i < text.endIndex, quote != nil || !isSpace(text[i]) {
                let byte = text[i]
                i += 1
                if byte == quote {
                    quote = nil
                } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                    quote = byte
                } else if byte == escape {
                    if i < text.endIndex {
                        word.append(text[i])
                        i += 1
                    }
                } else {
                    word.append(byte)
                }
            }
            if word == [45, 45] { return (flags, text[i...]) }
            flags.append(Word(Self.string(word[...]), at: start, length: i - start))
        }
        return (flags, text[text.endIndex...])
    }
}
