import Support
import Synchronization

/// Something that happened, as `docker events` shows it.
package struct EngineEvent: Sendable {
    package let type: String
    package let action: String
    package let actor: String
    package let attributes: [(String, String)]
    package let time: Timestamp

    package init(
        type: String, action: String, actor: String, attributes: [(String, String)], time: Timestamp = .now
    ) {
        self.type = type
        self.action = action
        self.actor = actor
        self.attributes = attributes
        self.time = time
    }

    package var json: JSON {
        var o = JSONObject()
        if type == "container" {
            o["status"] = .string(action)
            o["id"] = .string(actor)
            if let image = attributes.first(where: { $0.0 == "image" }) { o["from"] = .string(image.1) }
        }
        o["Type"] = .string(type)
        o["Action"] = .string(action)
        o["Actor"] = [
            "ID": .string(actor),
            "Attributes": .object(JSONObject(attributes.sorted { $0.0 < $1.0 }.map { ($0.0, .string($0.1)) }))
        ]
        o["scope"] = "local"
        o["time"] = .int(time.seconds)
        o["timeNano"] = .int(time.nanoseconds)
        return .object(o)
    }

    /// What `docker events --filter` chooses by.
    package func matches(_ filters: Filters) -> Bool {
        func attribute(_ name: String) -> String? { attributes.first { $0.0 == name }?.1 }
        return filters.allows("type") { $0 == type }
            // `event=exec_create` also means `exec_create: sh`.
            && filters.allows("event") { $0 == action || action.hasPrefix($0 + ":") }
            && filters.allows("container") { value in
                type == "container" && (actor.hasPrefix(value) || attribute("name") == value)
            }
            && filters.allows("image") { value in
                type == "image" && (actor == value || attribute("name") == value)
                    || attribute("image") == value
            }
            && filters.allows("network") { value in
                type == "network" && (actor == value || attribute("name") == value)
            }
            && filters.allows("volume") { value in type == "volume" && actor == value }
            && filters.allows("scope") { $0 == "local" }
            && filters.all("label") { LabelFilter($0).matches { attribute($0) } }
    }
}

/// Everybody who listens to events, and the last ones for those who come later.
package final class EventBus: Sendable {
    private struct State {
        var past: [EngineEvent] = []
        var listeners: [UInt64: AsyncStream<EngineEvent>.Continuation] = [:]
        var next: UInt64 = 0
    }

    private let state = Mutex(State())
    private let memory: Int

    package init(memory: Int = 1024) { self.memory = memory }

    package func emit(_ event: EngineEvent) {
        state.withLock { s in
            s.past.append(event)
            // In blocks, so that not every event moves all the others.
            if s.past.count > memory * 2 { s.past.removeFirst(memory) }
            // Yielded under the lock: listeners see events in one order.
            for listener in s.listeners.values { listener.yield(event) }
        }
    }

    /// Past events from `since` on, then new ones until the task that listens is cancelled.
    package func listen(since: Timestamp?) -> AsyncStream<EngineEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: EngineEvent.self, bufferingPolicy: .bufferingNewest(4096))
        let token = state.withLock { s in
            if let since { for event in s.past where event.time >= since { continuation.yield(event) } }
            s.next += 1
            s.listeners[s.next] = continuation
            return s.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { s in s.listeners[token] = nil }
        }
        return stream
    }

    /// Past events alone.
    package func past(since: Timestamp, until: Timestamp) -> [EngineEvent] {
        state.withLock { s in s.past.filter { $0.time >= since && $0.time <= until } }
    }
}
