/// The text of a file, in lines, for positions and carets.
public struct SourceText: Hashable, Sendable {
    /// As the user named it: `Dockerfile`.
    public var name: String
    /// Without their ends.
    public var lines: [String]

    public init(name: String, lines: [String]) {
        self.name = name
        self.lines = lines
    }

    /// A line by its number, from 1.
    public func line(_ number: Int) -> String? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }
}

/// A place in a file.
public struct Position: Hashable, Comparable, Sendable {
    /// From 1.
    public var line: Int
    /// From 1, in bytes of UTF-8.
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (a: Position, b: Position) -> Bool { (a.line, a.column) < (b.line, b.column) }
}

/// One instruction's text with its continuation lines joined, and where each of its bytes came from.
public struct LogicalLine: Hashable, Sendable {
    public private(set) var bytes: [UInt8] = []
    /// Where each joined stretch begins: in `bytes`, and in the file. Offsets rise.
    private var stretches: [Stretch] = []

    private struct Stretch: Hashable {
        var offset: Int
        var start: Position
    }

    public init() {}

    /// Adds the rest of a source line.
    mutating func append(_ part: some Sequence<UInt8>, at start: Position) {
        stretches.append(Stretch(offset: bytes.count, start: start))
        bytes.append(contentsOf: part)
    }

    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Where in the file a byte of the joined text stands.
    public func position(_ offset: Int) -> Position {
        // The last stretch that begins at or before it.
        var low = 0
        var high = stretches.count
        while low < high {
            let middle = (low + high) / 2
            if stretches[middle].offset <= offset { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return stretches.first?.start ?? Position(line: 1, column: 1) }
        let stretch = stretches[low - 1]
        return Position(line: stretch.start.line, column: stretch.start.column + offset - stretch.offset)
    }

    /// Where a text first stands in it, after the keyword if it is there.
    public func position(of text: String) -> Position {
        let wanted = Array(text.utf8)
        let keyword = bytes.firstIndex { isSpace($0) } ?? 0
        return position(first(wanted, from: keyword) ?? first(wanted, from: 0) ?? 0)
    }

    private func first(_ wanted: [UInt8], from start: Int) -> Int? {
        guard !wanted.isEmpty, bytes.count >= wanted.count else { return nil }
        let last = bytes.count - wanted.count
        guard start <= last else { return nil }
        return (start...last).first {
            bytes[$0] == wanted[0] && bytes[$0..<($0 + wanted.count)] == wanted[...]
        }
    }
}

/// Blank, tabulator, line end, vertical tabulator, form feed, carriage return.
@inline(__always) func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
