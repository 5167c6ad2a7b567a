/// Byte ranges of requests, both ends included.
package enum Ranges {
    package enum Choice: Equatable, Sendable {
        case whole
        case part(ClosedRange<Int64>)
        /// 416.
        case unsatisfiable
    }

    /// The header `Range` of a download (RFC 9110, section 14.2). One range is served; what is no byte
    /// range, or several, gets the whole, as the RFC allows.
    package static func choose(_ header: String?, size: Int64) -> Choice {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return .whole }
        let parts = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .whole }
        let (low, high) = (trim(parts[0]), trim(parts[1]))
        if low.isEmpty {
            guard let count = number(high) else { return .whole }
            guard count > 0, size > 0 else { return .unsatisfiable }
            return .part(max(0, size - count)...size - 1)
        }
        guard let first = number(low) else { return .whole }
        guard first < size else { return .unsatisfiable }
        if high.isEmpty { return .part(first...size - 1) }
        guard let last = number(high) else { return .whole }
        return last < first ? .unsatisfiable : .part(first...min(last, size - 1))
    }

    /// The header `Content-Range` of an uploaded chunk, `FIRST-LAST` (distribution-spec, "Pushing a blob
    /// in chunks"); `bytes FIRST-LAST/SIZE` of RFC 9110 is understood too. nil for anything else.
    package static func chunk(_ header: String) -> ClosedRange<Int64>? {
        var text = Substring(header)
        if text.hasPrefix("bytes ") {
            text = text.dropFirst(6)
            if let slash = text.firstIndex(of: "/") { text = text[..<slash] }
        }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = number(parts[0]), let last = number(parts[1]), first <= last
        else { return nil }
        return first...last
    }

    /// Digits alone, of at most 18: always an Int64.
    private static func number(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        return Int64(text)
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
