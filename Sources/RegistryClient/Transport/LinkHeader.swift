/// The next page of a list (RFC 8288; distribution-spec, "Listing Tags").
package enum LinkHeader {
    /// The target of `rel="next"`, nil on the last page.
    package static func next(_ header: String) -> String? {
        var scanner = HeaderScanner(header)
        while true {
            scanner.skip { $0 == UInt8(ascii: ",") || HeaderScanner.isSpace($0) }
            guard scanner.take(UInt8(ascii: "<")), let target = scanner.upTo(UInt8(ascii: ">")) else {
                return nil
            }
            var isNext = false
            while true {
                scanner.skip(HeaderScanner.isSpace)
                guard scanner.take(UInt8(ascii: ";")) else { break }
                scanner.skip(HeaderScanner.isSpace)
                guard let name = scanner.token(), scanner.take(UInt8(ascii: "=")), let value = scanner.value()
                else { return nil }
                if name.lowercased() == "rel", value.lowercased().split(separator: " ").contains("next") {
                    isNext = true
                }
            }
            if isNext { return target }
        }
    }
}

/// Addresses within a registry (RFC 3986).
package enum Address {
    /// Where a `Location` or a link leads, seen from the request that got it.
    package static func resolve(_ target: String, from base: String) -> String {
        if target.hasPrefix("http://") || target.hasPrefix("https://") { return target }
        guard let scheme = base.firstRange(of: "://") else { return target }
        if target.hasPrefix("//") { return base[..<scheme.lowerBound] + ":" + target }
        let path = base[scheme.upperBound...].firstIndex(of: "/") ?? base.endIndex
        if target.hasPrefix("/") { return base[..<path] + target }
        let end = base[path...].firstIndex(of: "?") ?? base.endIndex
        if target.hasPrefix("?") { return base[..<end] + target }
        let folder = base[path..<end].lastIndex(of: "/").map { base.index(after: $0) } ?? path
        return base[..<folder] + target
    }

    /// Adds a query parameter, its value percent-encoded.
    package static func adding(_ name: String, _ value: String, to address: String) -> String {
        address + (address.contains("?") ? "&" : "?") + name + "=" + encode(value)
    }

    package static func encode(_ text: String) -> String {
        var out: [UInt8] = []
        for c in text.utf8 {
            switch c {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: out.append(c)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                out += [UInt8(ascii: "%"), digits[Int(c >> 4)], digits[Int(c & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// `scheme://host[:port]` of an address.
    package static func origin(_ address: String) -> String {
        guard let scheme = address.firstRange(of: "://") else { return address }
        let end = address[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? address.endIndex
        return String(address[..<end])
    }
}
