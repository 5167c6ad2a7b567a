import Registry
import Support
import Testing

@Suite struct AccessRulesTests {
    private let rules: AccessRules
    init() throws {
        rules = try AccessRules(
            """
            # who  right  repositories
            *      read   library/*
            +      write  {user}/*   # each at home
            prof   admin  *
            """)
    }

    @Test func rightsAddUp() {
        #expect(rules.right(of: nil, in: "library/busybox") == .read)
        #expect(rules.right(of: nil, in: "library") == .none)
        #expect(rules.right(of: nil, in: "alice/web") == .none)
        #expect(rules.right(of: "alice", in: "alice/web") == .write)
        #expect(rules.right(of: "alice", in: "bob/web") == .none)
        #expect(rules.right(of: "alice", in: "alice2/web") == .none)
        #expect(rules.right(of: "prof", in: "bob/web") == .admin)
    }

    @Test func aNameIsNoPattern() {
        #expect(rules.right(of: "*", in: "bob/web") == .none)
    }

    @Test func stars() throws {
        let rules = try AccessRules("* read a*b*c")
        for name in ["abc", "axxbyyc", "abbcc", "abcbc"] { #expect(rules.right(of: nil, in: name) == .read) }
        for name in ["ab", "abcd", "xabc", "acb"] { #expect(rules.right(of: nil, in: name) == .none) }
    }

    @Test func linesThatAreNone() {
        for text in ["a read", "a fly *", "* read a b"] {
            #expect(throws: EscaleError.self) { try AccessRules(text) }
        }
    }
}

@Suite struct TokenTests {
    private let key = TokenKey(Array("secret".utf8))
    private let claims = TokenClaims(user: "alice", expires: 100, access: ["a/b": .write])

    @Test func thereAndBack() {
        let token = key.sign(claims)
        #expect(key.read(token, now: 99) == claims)
        #expect(key.read(token, now: 100) == nil)
        #expect(TokenKey(Array("other".utf8)).read(token, now: 0) == nil)
        #expect(key.read("", now: 0) == nil && key.read(".", now: 0) == nil)
    }

    @Test("No digit of it can be changed")
    func tampering() {
        let token = Array(key.sign(claims))
        for i in token.indices where token[i] != "." {
            var other = token
            other[i] = token[i] == "0" ? "1" : "0"
            #expect(key.read(String(other), now: 0) == nil)
        }
    }

    @Test func scopes() {
        #expect(TokenScope("repository:a/b:pull,push")?.right == .write)
        #expect(TokenScope("repository:a/b:pull")?.right == .read)
        #expect(TokenScope("repository:a/b:*")?.right == .admin)
        #expect(TokenScope("registry:catalog:*") == nil && TokenScope("x") == nil)
    }
}

@Suite struct PasswordTests {
    @Test func thereAndBack() throws {
        let hashes = try Passwords.parse("# people\n\(try Passwords.line("alice", "s3cret"))\n")
        #expect(hashes["alice"]?.hasPrefix("$2y$10$") == true)
    }

    @Test func whatIsRefused() {
        #expect(throws: EscaleError.self) { try Passwords.line("a:b", "x") }
        #expect(throws: EscaleError.self) { try Passwords.line("a", "") }
        #expect(throws: EscaleError.self) { try Passwords.line("a", String(repeating: "x", count: 73)) }
        #expect(throws: EscaleError.self) { try Passwords.parse("alice:plain") }
        #expect(throws: EscaleError.self) { try Passwords.parse("alice") }
    }
}
