import OCI
import Support

/// What a container takes from its image where its own configuration says nothing.
package enum ImageMerge {
    /// - Parameter config: normalised (`RequestSchema.config`).
    package static func merge(_ config: JSONObject, _ image: ImageConfig.Execution) -> JSONObject {
        var c = config
        if c.text("User").isEmpty, let user = image.user { c["User"] = .string(user) }
        if c.text("WorkingDir").isEmpty, let folder = image.workingDir { c["WorkingDir"] = .string(folder) }
        if c.text("StopSignal").isEmpty, let signal = image.stopSignal { c["StopSignal"] = .string(signal) }
        c["Env"] = JSON(environment(c.list("Env"), image.env))
        command(&c, image)
        c["ExposedPorts"] = set(c.keys("ExposedPorts") + image.exposedPorts)
        c["Volumes"] = set(c.keys("Volumes") + image.volumes)
        var labels = c["Labels"]?.object ?? JSONObject()
        for (key, value) in image.labels.sorted(by: { $0.key < $1.key }) where labels[key] == nil {
            labels[key] = .string(value)
        }
        c["Labels"] = .object(labels)
        health(&c, image.healthcheck)
        return c
    }

    private static func environment(_ own: [String], _ image: [String]) -> [String] {
        func name(_ entry: String) -> Substring { entry.prefix { $0 != "=" } }
        let names = Set(own.map(name))
        return own + image.filter { !names.contains(name($0)) }
    }

    /// An own entrypoint takes the image's command away too; `[""]` takes the image's entrypoint away.
    private static func command(_ c: inout JSONObject, _ image: ImageConfig.Execution) {
        if c.list("Entrypoint").isEmpty {
            if c.list("Cmd").isEmpty, let cmd = image.cmd { c["Cmd"] = JSON(cmd) }
            if let entrypoint = image.entrypoint { c["Entrypoint"] = JSON(entrypoint) }
        } else if c.list("Entrypoint") == [""] {
            c["Entrypoint"] = .null
        }
    }

    private static func set(_ keys: [String]) -> JSON {
        var o = JSONObject()
        for key in keys { o[key] = [:] }
        return o.members.isEmpty ? .null : .object(o)
    }

    private static func health(_ c: inout JSONObject, _ image: ImageConfig.Healthcheck?) {
        guard let image, let test = image.test else { return }
        let own = c["Healthcheck"] ?? .null
        if let ownTest = own["Test"].array, !ownTest.isEmpty { return }
        var merged = JSONObject([("Test", JSON(test))])
        let times: [(String, Int64?)] = [
            ("Interval", image.interval), ("Timeout", image.timeout), ("StartPeriod", image.startPeriod),
            ("StartInterval", image.startInterval), ("Retries", image.retries.map(Int64.init))
        ]
        for (key, value) in times {
            if let n = own[key].int, n != 0 {
                merged[key] = JSON(n)
            } else if let value, value != 0 {
                merged[key] = .int(value)
            }
        }
        c["Healthcheck"] = .object(merged)
    }
}
