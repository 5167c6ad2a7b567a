import OCI

/// The `ARG`s that every build knows before the first `FROM`.
public enum PlatformArguments {
    public static func values(target: Platform, build: Platform) -> [String: String] {
        var values: [String: String] = [:]
        for (prefix, platform) in [("TARGET", target), ("BUILD", build)] {
            let variant = platform.variant ?? ""
            values["\(prefix)OS"] = platform.os
            values["\(prefix)ARCH"] = platform.architecture
            values["\(prefix)VARIANT"] = variant
            values["\(prefix)PLATFORM"] =
                "\(platform.os)/\(platform.architecture)" + (variant.isEmpty ? "" : "/\(variant)")
        }
        return values
    }
}
