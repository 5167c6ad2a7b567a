import Synchronization

/// Runs of one thing: their median and outer deciles. Pure.
struct Sample: Equatable {
    let low: Double
    let median: Double
    let high: Double

    init(_ values: [Double]) {
        let sorted = values.sorted()
        /// Linear between the two nearest runs.
        func quantile(_ q: Double) -> Double {
            guard let last = sorted.indices.last else { return .nan }
            let at = q * Double(last)
            let i = Int(at)
            return i == last ? sorted[i] : sorted[i] + (at - Double(i)) * (sorted[i + 1] - sorted[i])
        }
        (low, median, high) = (quantile(0.1), quantile(0.5), quantile(0.9))
    }

    private init(low: Double, median: Double, high: Double) {
        (self.low, self.median, self.high) = (low, median, high)
    }

    /// The ratio of medians, and how far the deciles may take it.
    static func / (a: Sample, b: Sample) -> Sample {
        Sample(low: a.low / b.high, median: a.median / b.median, high: a.high / b.low)
    }
}

/// A measurement as a text that reads back, with its deciles where it was run several times.
struct Measurement: Sendable {
    let text: String
    let spread: (low: String, high: String)?

    init(_ text: String) {
        self.text = text
        spread = nil
    }

    init(_ sample: Sample, unit: String) {
        text = Quantity.text(sample.median, unit: unit)
        spread = (Quantity.text(sample.low, unit: unit), Quantity.text(sample.high, unit: unit))
    }
}

/// Each measurement is made once a check, however often it is named.
final class MeasureCache: Sendable {
    private let kept = Mutex<[(request: MeasureRequest, made: Measurement)]>([])

    subscript(request: MeasureRequest) -> Measurement? {
        get { kept.withLock { list in list.first { $0.request == request }?.made } }
        set {
            kept.withLock { list in
                list.removeAll { $0.request == request }
                if let newValue { list.append((request, newValue)) }
            }
        }
    }

    func forget() { kept.withLock { $0 = [] } }
}
