extension InstructionParser {
    func copy(_ head: Head, _ heredocs: [Heredoc]) throws(Failure) -> Copy {
        let words = try operands(.copy, head)
        let flags = try Flags(
            head.flags,
            known: [
                "from": .text, "chown": .text, "chmod": .text, "link": .bool, "parents": .bool,
                "exclude": .texts
            ])
        var copy = Copy(try transfer(.copy, words, flags, head, heredocs))
        copy.from = flags.text("from")
        copy.parents = flags.bool("parents") ?? false
        if let from = copy.from, let word = flags.word("from"), Self.hasVariable(from) {
            throw Failure(
                .flagValue,
                "variable expansion is not supported for --from, define a new stage with FROM using ARG "
                    + "from global scope as a workaround", at: word)
        }
        return copy
    }

    func add(_ head: Head, _ heredocs: [Heredoc]) throws(Failure) -> Add {
        let words = try operands(.add, head)
        let flags = try Flags(
            head.flags,
            known: [
                "chown": .text, "chmod": .text, "link": .bool, "exclude": .texts, "checksum": .text,
                "keep-git-dir": .bool, "unpack": .bool
            ])
        var add = Add(try transfer(.add, words, flags, head, heredocs))
        add.checksum = flags.text("checksum")
        add.keepGitDir = flags.bool("keep-git-dir")
        add.unpack = flags.bool("unpack")
        return add
    }

    /// Sources and destination: a JSON array, or parts at blanks; a `<<NAME` with blanks or quotes is one part.
    private func operands(_ keyword: Keyword, _ head: Head) throws(Failure) -> [Word] {
        let words: [Word]
        if let list = try list(head.rest) {
            words = list
        } else {
            let names = HeredocName.all(in: head.rest)
            words = self.words(head.rest).filter { word in
                !names.contains { $0.offset < word.offset && word.offset < $0.offset + $0.length }
            }
        }
        guard words.count > 1 else {
            throw Failure(
                .arguments,
                words.isEmpty
                    ? "\(keyword.rawValue) requires at least two arguments, but none was provided"
                    : "\(keyword.rawValue) requires at least two arguments, but only one was provided. "
                        + "Destination could not be determined", at: words.first ?? head.keyword)
        }
        return words
    }

    private func transfer(
        _ keyword: Keyword, _ words: [Word], _ flags: Flags, _ head: Head, _ heredocs: [Heredoc]
    ) throws(Failure) -> Transfer {
        let names = isList(head.rest) ? [] : HeredocName.all(in: head.rest)
        var sources: [Transfer.Source] = []
        for word in words.dropLast() {
            let index = names.firstIndex { $0.offset == word.offset }
            if let index, heredocs.indices.contains(index) {
                sources.append(.inline(heredocs[index]))
            } else {
                sources.append(.path(word.text))
            }
        }
        guard let destination = words.last else { return Transfer(sources: [], destination: "") }
        if names.contains(where: { $0.offset == destination.offset }) {
            throw Failure(
                .heredoc, "\(keyword.rawValue) cannot accept a heredoc as a destination", at: destination)
        }
        var transfer = Transfer(sources: sources, destination: destination.text)
        transfer.chown = flags.text("chown")
        transfer.chmod = flags.text("chmod")
        transfer.link = flags.bool("link") ?? false
        transfer.excludes = flags.texts("exclude")
        return transfer
    }

    /// `$x` or `${x}` somewhere: a dollar sign before a name.
    static func hasVariable(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.indices.contains { i in
            guard bytes[i] == UInt8(ascii: "$"), i + 1 < bytes.count else { return false }
            let next = bytes[i + 1]
            return next == UInt8(ascii: "{") || next == UInt8(ascii: "_") || (48...57).contains(next)
                || (65...90).contains(next) || (97...122).contains(next)
        }
    }
}
