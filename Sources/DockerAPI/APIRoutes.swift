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
        build(Builder(engine: engine, store: ImageStore(kit: engine.kit)), &router)
        registry(engine, &router)
        networks(engine, &router)
        volumes(engine, &router)
        absent(&router)
        return router
    }
}
