import HTTP
import Support

/// A part of a sorted list: `n` names after `last` (distribution-spec, "Listing Tags").
package struct Page: Equatable, Sendable {
    package let names: [String]
    /// The target of the next page, for the header `Link`.
    package let next: String?

    /// - Parameters:
    ///   - names: sorted by their bytes.
    ///   - path: what was asked, for the link.
    package init(_ names: [String], _ query: Query, path: String) throws(RegistryError) {
        var rest = names[...]
        if let last = query.text("last") {
            let start = rest.partitioningIndex { Page.after($0, last) }
            rest = rest[start...]
        }
        guard let text = query["n"] else {
            self.names = Array(rest)
            next = nil
            return
        }
        guard let n = Int(text), n >= 0 else {
            throw RegistryError(.unsupported, "n: not a number of names: \(text)", status: .badRequest)
        }
        self.names = Array(rest.prefix(n))
        if n > 0, rest.count > n, let last = self.names.last {
            next = "\(path)?n=\(n)&last=\(PercentCoding.encode(last))"
        } else {
            next = nil
        }
    }

    private static func after(_ a: String, _ b: String) -> Bool {
        b.utf8.lexicographicallyPrecedes(a.utf8)
    }
}

extension ArraySlice {
    /// The first index whose element fits; all after it fit too.
    fileprivate func partitioningIndex(_ fits: (Element) -> Bool) -> Int {
        var low = startIndex
        var high = endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if fits(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
