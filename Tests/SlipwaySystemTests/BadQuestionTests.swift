import Foundation
import SlipwayDomain
import Testing

@Suite struct BadQuestionTests {
    /// Well-formed JSON that is no question to the model `features` FP32 [-1,2], each wrong in its own way.
    private static let wrong: [(kind: String, body: String)] = [
        ("no inputs", "{}"), ("inputs is null", #"{"inputs":null}"#), ("inputs is an object", #"{"inputs":{}}"#),
        ("inputs is empty", #"{"inputs":[]}"#), ("an input is a number", #"{"inputs":[1]}"#),
        ("inputs twice", #"{"inputs":[],"inputs":[]}"#),
        ("wrong name", input(name: "feature")), ("empty name", input(name: "")),
        ("name in capitals", input(name: "Features")),
        ("FP64", input(type: "FP64")), ("INT64", input(type: "INT64")),
        ("BOOL", input(type: "BOOL", data: "[true,false]")),
        ("BYTES", input(type: "BYTES", data: #"["1","2"]"#)), ("unknown type", input(type: "FP8")),
        ("type in small letters", input(type: "fp32")),
        ("three columns", input(shape: "[1,3]", data: "[1,2,3]")), ("one dimension", input(shape: "[2]")),
        ("three dimensions", input(shape: "[1,1,2]")), ("no shape", input(shape: "null")),
        ("negative dimension", input(shape: "[-1,2]")), ("two negative dimensions", input(shape: "[-1,-2]")),
        ("fraction in the shape", input(shape: "[1.5,2]")), ("text in the shape", input(shape: #"["1",2]"#)),
        ("huge shape", input(shape: "[9223372036854775807,2]")),
        ("shape of 2^64", input(shape: "[18446744073709551616,2]")),
        ("too many dimensions", input(shape: "[1,1,1,1,1,1,1,1,1,2]")),
        ("too little data", input(data: "[1]")), ("too much data", input(data: "[1,2,3]")),
        ("no data", input(data: "null")),
        ("empty data", input(data: "[]")), ("ragged", input(shape: "[2,2]", data: "[[1,2],[3]]")),
        ("ragged with the right count", input(shape: "[2,2]", data: "[[1,2,3],[4]]")),
        ("nested too deep", input(data: "[[[1,2]]]")), ("half nested", input(shape: "[2,2]", data: "[[1,2],3,4]")),
        ("nested after flat", input(shape: "[2,2]", data: "[1,2,[3,4]]")),
        ("null", input(data: "[1,null]")), ("text", input(data: #"[1,"2"]"#)), ("true", input(data: "[1,true]")),
        ("object", input(data: "[1,{}]")), ("over FP32", input(data: "[1,1e39]")),
        ("over FP64", input(data: "[1,1e999]")),
        ("under minus FP64", input(data: "[1,-1e999]")), ("data is an object", input(data: "{}")),
        ("data is a text", input(data: #""1,2""#)), ("no rows", input(shape: "[0,2]", data: "[]")),
        ("unknown output", input(more: #","outputs":[{"name":"score"}]"#)),
        ("output without a name", input(more: #","outputs":[{}]"#)),
        ("outputs is a text", input(more: #","outputs":"label""#)),
        ("id is a number", input(more: #","id":7"#)), ("parameters is a list", input(more: #","parameters":[]"#)),
        ("key is a number", input(more: #","parameters":{"key":1}"#)),
        ("the input twice", #"{"inputs":[\#(tensor()),\#(tensor())]}"#),
        ("one input more", #"{"inputs":[\#(tensor()),\#(tensor(name: "more"))]}"#),
    ]

    private static func tensor(
        name: String = "features",
        type: String = "FP32",
        shape: String = "[1,2]",
        data: String = "[1,2]"
    ) -> String {
        #"{"name":"\#(name)","datatype":"\#(type)","shape":\#(shape),"data":\#(data)}"#
    }

    private static func input(
        name: String = "features",
        type: String = "FP32",
        shape: String = "[1,2]",
        data: String = "[1,2]",
        more: String = ""
    ) -> String {
        #"{"inputs":[\#(tensor(name: name, type: type, shape: shape, data: data))]\#(more)}"#
    }

    @Test func `a question that does not fit the model is 400 with a sentence`() async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            let json = ["Content-Type": "application/json"]
            for path in ["/v2/models/tiny/infer", "/v2/models/tiny/versions/1/infer"] {
                for (kind, body) in Self.wrong {
                    let answer = try await server.http.send("POST", path, .bytes(Array(body.utf8)), headers: json)
                    #expect(answer.status == 400 && Door.inference.isError(answer), "\(kind): \(answer)")
                    #expect(
                        answer.json?.object?.keys.sorted() == ["code", "error", "request_id"],
                        "\(kind): \(answer)"
                    )
                }
            }
            let good = Self.input(
                shape: "[2,2]",
                data: "[[1,2],[3e0,-4]]",
                more: #","id":"q","outputs":[{"name":"label"}]"#
            )
            let answer = try await server.http.send(
                "POST",
                "/v2/models/tiny/infer",
                .bytes(Array(good.utf8)),
                headers: json
            )
            #expect(answer.status == 200, "\(answer)")
            #expect(answer.json?["id"] == "q")
            #expect(answer.json?["outputs"]?.array?.count == 1)
            #expect(answer.json?["outputs"]?.array?.first?["data"] == [1, 0])
            #expect(try await server.isHealthy())
        }
    }

    @Test func `unknown models and versions are 404`() async throws {
        try await withServer { server in
            try await server.http.makeTinyModel()
            try await server.http.serveFirstVersion()
            for path in [
                "nobody", "tiny/versions/2", "tiny/versions/99", "tiny/versions/0", "tiny/versions/x", "..%2ftiny",
            ] {
                let asked = try await server.http.post("/v2/models/\(path)/infer", TinyModel.question)
                #expect(asked.status == 404 && Door.inference.isError(asked), "\(path): \(asked)")
                for ending in ["", "/ready"] {
                    let looked = try await server.http.get("/v2/models/\(path)\(ending)")
                    #expect(looked.status == 404 && Door.inference.isError(looked), "\(path)\(ending): \(looked)")
                }
            }
            for verb in ["check", "ship"] {
                for path in ["nobody/versions/1", "tiny/versions/99"] {
                    let answer = try await server.http.post("\(RawHTTP.native)/models/\(path)/\(verb)")
                    let isDenied = answer.status == 200 && answer.json?["decision"]?["allowed"]?.bool == false
                    #expect(isDenied || (answer.status == 404 && Door.native.isError(answer)), "\(path): \(answer)")
                }
            }
        }
    }
}
