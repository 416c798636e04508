import SlipwayService
import Testing

@Suite("What Prometheus answers")
struct MetricReplyTests {
    private func reply(_ body: String, status: Int = 200) -> MetricReply {
        .prometheus(status: status, body: Array(body.utf8))
    }

    @Test(
        "one number is read, from a vector or a scalar",
        arguments: [
            #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"0.25"]}]}}"#,
            #"{"status":"success","data":{"resultType":"scalar","result":[1,"0.25"]}}"#,
        ]
    )
    func number(body: String) {
        #expect(reply(body).value == 0.25 && reply(body).failure == nil && reply(body).text == body)
    }

    @Test(
        "everything else is no number, and says why",
        arguments: [
            (#"{"status":"success","data":{"resultType":"vector","result":[]}}"#, 200, "no data"),
            (
                #"{"status":"success","data":{"resultType":"vector","result":[{"value":[1,"1"]},{"value":[1,"2"]}]}}"#,
                200, "2 series"
            ),
            (#"{"status":"success","data":{"resultType":"scalar","result":[1,"NaN"]}}"#, 200, "no number"),
            (#"{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}"#, 200, "no number"),
            (#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#, 200, "answers a matrix"),
            (#"{"status":"success","data":{"resultType":"scalar"}}"#, 200, "no number"),
            (#"{"status":"error","errorType":"bad_data","error":"parse error"}"#, 400, "parse error"),
            ("<html>not found</html>", 404, "status 404"), ("", 200, "no JSON"), ("[]", 200, "refused"),
        ] as [(String, Int, String)]
    )
    func failure(body: String, status: Int, says: String) {
        let reply = reply(body, status: status)
        #expect(reply.value == nil && reply.failure?.contains(says) == true, "\(reply)")
    }
}
