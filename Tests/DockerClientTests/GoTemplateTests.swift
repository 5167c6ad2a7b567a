import DockerClient
import Support
import Testing

@Suite struct GoTemplateTests {
    static let value: JSON = [
        "Name": "/phare", "State": ["Pid": 4127, "Running": true, "Error": ""],
        "Config": ["Env": ["A=1", "B=2"], "Labels": ["b": "2", "a": "1"]], "Mounts": [],
        "NetworkSettings": ["Networks": ["bridge": ["IPAddress": "172.30.0.2"]]]
    ]

    @Test(arguments: [
        ("{{.State.Pid}}", "4127"),
        ("{{ .Name }}:{{.State.Running}}", "/phare:true"),
        ("{{json .Config.Env}}", #"["A=1","B=2"]"#),
        ("{{.Config.Env}}", "[A=1 B=2]"),
        ("{{.Config.Labels}}", "map[a:1 b:2]"),
        ("{{range .Config.Env}}{{.}};{{end}}", "A=1;B=2;"),
        ("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}", "a=1 b=2 "),
        ("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "172.30.0.2"),
        ("{{index .Config.Labels \"b\"}}", "2"),
        ("{{index .Config.Env 1}}", "B=2"),
        ("{{(index .NetworkSettings.Networks \"bridge\").IPAddress}}", "172.30.0.2"),
        ("{{if .State.Running}}oui{{else}}non{{end}}", "oui"),
        ("{{if .State.Error}}oui{{else if .State.Running}}marche{{else}}non{{end}}", "marche"),
        ("{{if eq .State.Pid 4127}}x{{end}}", "x"),
        ("{{if and .State.Running (not .State.Error)}}sain{{end}}", "sain"),
        ("{{with .State}}{{.Pid}}{{end}}", "4127"),
        ("{{len .Config.Env}}", "2"),
        ("{{join .Config.Env \",\"}}", "A=1,B=2"),
        ("{{.Name | upper}}", "/PHARE"),
        ("{{printf \"%s=%d\" .Name .State.Pid}}", "/phare=4127"),
        ("{{$p := .State.Pid}}pid {{$p}}", "pid 4127"),
        ("a {{- .State.Pid -}} b", "a4127b"),
        ("{{range .Mounts}}x{{else}}aucun{{end}}", "aucun"),
        ("{{/* note */}}x", "x"),
        ("{{println .State.Pid}}", "4127\n")
    ])
    func renders(_ source: String, _ expected: String) throws {
        #expect(try GoTemplate(source).render(Self.value) == expected)
    }

    @Test(arguments: [
        "{{.Nope}}", "{{.State.Nope}}", "{{.Name.X}}", "{{", "{{range .Mounts}}", "{{end}}", "{{nope .Name}}",
        "{{index}}", "{{.Name | }}", "{{$x}}", "{{(.Name}}", "{{\"x}}"
    ])
    func refuses(_ source: String) {
        #expect(throws: EscaleError.self) { try GoTemplate(source).render(Self.value) }
    }
}
