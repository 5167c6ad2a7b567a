import Build
import Engine
import HTTP
import Images
import NIOHTTP1
import Support

/// All routes that this engine serves, a file a family.
package enum APIRoutes {
    static func router(_ engine: Engine) -> Router {
        var router = Router()
        system(engine, &router)
        containers(engine, &router)
        lifecycle(engine, &router)
        attach(engine, &router)
        observe(engine, &router)
        exec(engine, &router)
        archive(engine, &router)
        imageArchives(engine, &router)
        images(engine, &router)
        build(builder(engine), &router)
        registry(engine, &router)
        networks(engine, &router)
        volumes(engine, &router)
        absent(&router)
        return router
    }

    private static func builder(_ engine: Engine) -> Builder {
        let store = ImageStore(kit: engine.kit)
        return Builder(engine: engine, store: store) { name, _ throws(EscaleError) in
            try await Blocking.run { () throws(EscaleError) in try store.resolve(name) }
        }
    }
}
