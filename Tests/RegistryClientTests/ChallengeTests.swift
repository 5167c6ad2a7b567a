import RegistryClient
import Testing

@Suite struct ChallengeTests {
    @Test func bearerWithQuotedCommas() {
        let found = Challenge.parse(
            "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
                + "scope=\"repository:library/busybox:pull,push\"")
        #expect(
            found == [
                Challenge(
                    scheme: "bearer",
                    parameters: [
                        "realm": "https://auth.docker.io/token", "service": "registry.docker.io",
                        "scope": "repository:library/busybox:pull,push"
                    ])
            ])
    }

    @Test func severalInOneHeader() {
        let found = Challenge.parse(
            "Basic realm=\"a \\\"b\\\"\", charset=\"UTF-8\", BEARER Realm=x , Negotiate")
        #expect(
            found == [
                Challenge(scheme: "basic", parameters: ["realm": "a \"b\"", "charset": "UTF-8"]),
                Challenge(scheme: "bearer", parameters: ["realm": "x"]), Challenge(scheme: "negotiate")
            ])
    }

    @Test(arguments: ["", "   ", ",,,", "realm=\"x\"", "\"", "Bearer realm=\"unclosed", "é"])
    func malformedGivesNoParameters(_ text: String) {
        #expect(Challenge.parse(text).allSatisfy { $0.parameters.isEmpty })
    }

    @Test func scopesCoverWhatTheRegistryAsks() {
        let pull = TokenScope("library/busybox")
        let challenge = { Challenge(scheme: "bearer", parameters: ["scope": $0]) }
        #expect(
            TokenScope.wanted([pull], challenge: challenge("repository:library/busybox:pull"))
                == ["repository:library/busybox:pull"])
        #expect(
            TokenScope.wanted([pull], challenge: challenge("repository:library/busybox:pull,push"))
                == ["repository:library/busybox:pull", "repository:library/busybox:pull,push"])
        let push = TokenScope("a/b", push: true)
        #expect(
            TokenScope.wanted([push, pull], challenge: challenge("repository:a/b:pull registry:catalog:*"))
                == [
                    "repository:a/b:pull,push", "repository:library/busybox:pull", "registry:catalog:*"
                ])
    }

    @Test func tokensExpireEarlyAndLiveAMinuteAtLeast() throws {
        let token = try #require(Token(["access_token": "t", "expires_in": 300], now: 1000))
        #expect(token.value == "t")
        #expect(token.isAlive(at: 290_999) && !token.isAlive(at: 291_000))
        let short = try #require(Token(["token": "", "access_token": "u", "expires_in": 1], now: 0))
        #expect(short.value == "u" && short.isAlive(at: 49_999) && !short.isAlive(at: 50_000))
        #expect(Token(["token": ""], now: 0) == nil)
    }

    @Test func tokenRequests() throws {
        let challenge = Challenge(
            scheme: "bearer", parameters: ["realm": "https://auth/token?x=1", "service": "reg 1"])
        let anonymous = try #require(
            TokenRequest.get(challenge, scopes: ["repository:a:pull"], credential: nil))
        #expect(anonymous.url == "https://auth/token?x=1&service=reg%201&scope=repository%3Aa%3Apull")
        #expect(anonymous.headers.isEmpty)
        let user = try #require(
            TokenRequest.get(challenge, scopes: [], credential: .password(user: "ann", password: "p:w")))
        #expect(user.headers.first?.1 == "Basic YW5uOnA6dw==")
        let post = try #require(
            TokenRequest.post(challenge, scopes: ["s"], credential: .identityToken("r&t")))
        guard case .bytes(let body) = post.body else { throw Missing() }
        #expect(
            String(decoding: body, as: UTF8.self)
                == "service=reg%201&client_id=escale&scope=s&grant_type=refresh_token&refresh_token=r%26t")
        #expect(TokenRequest.get(Challenge(scheme: "bearer"), scopes: [], credential: nil) == nil)
    }
}

struct Missing: Error {}
