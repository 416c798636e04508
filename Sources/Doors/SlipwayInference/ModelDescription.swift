internal import SlipwayJSON
internal import SlipwayService

/// What the server tells of itself and its models.
enum ModelDescription {
    /// Names of the protocol's extensions, as Triton's documents have them.
    private static let extensions = [
        "binary_tensor_data", "model_configuration", "model_repository", "parameters", "statistics",
    ]

    static func server(version: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("name", "slipway")
            writer.member("version", version)
            writer.name("extensions")
            writer.array(extensions) { $0.string($1) }
        }
        return writer.bytes
    }

    static func metadata(of endpoint: Endpoint, version: LoadedVersion) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.member("name", endpoint.model)
            writer.name("versions")
            let versions = [endpoint.stable, endpoint.candidate].compactMap { $0?.version }
            writer.array(versions) { $0.string(String($1)) }
            writer.member("platform", version.model.platform)
            writer.name("inputs")
            writer.array(version.model.inputs, signature)
            writer.name("outputs")
            writer.array(version.model.outputs, signature)
            // What the columns of the inputs are called: without it nobody could make inputs from a table.
            writer.name("properties")
            writer.object { writer in
                for key in version.model.metadata.keys.sorted() {
                    writer.member(key, version.model.metadata[key] ?? "")
                }
            }
        }
        return writer.bytes
    }

    private static func signature(_ writer: inout JSONWriter, _ signature: TensorSignature) {
        writer.object { writer in
            writer.member("name", signature.name)
            writer.member("datatype", signature.type.rawValue)
            writer.name("shape")
            writer.array(signature.shape) { $0.integer(Int64($1)) }
        }
    }

    /// The part of Triton's model configuration that clients read: sizes of batches, and inputs and outputs in its words.
    static func configuration(of model: String, version: LoadedVersion) -> [UInt8] {
        let batching = version.batching
        var writer = JSONWriter(capacity: 512)
        func tensor(_ writer: inout JSONWriter, _ signature: TensorSignature) {
            writer.object { writer in
                writer.member("name", signature.name)
                writer.member("data_type", "TYPE_" + (signature.type == .bytes ? "STRING" : signature.type.rawValue))
                writer.name("dims")
                // With batches the first dimension is theirs.
                writer.array(signature.shape.dropFirst(batching == nil ? 0 : 1)) { $0.integer(Int64($1)) }
            }
        }
        writer.object { writer in
            writer.member("name", model)
            writer.member("platform", version.model.platform)
            writer.member("backend", version.model.backend)
            writer.member("max_batch_size", batching?.maxRows ?? 0)
            writer.name("input")
            writer.array(version.model.inputs, tensor)
            writer.name("output")
            writer.array(version.model.outputs, tensor)
            guard let batching else { return }
            writer.name("dynamic_batching")
            writer.object { $0.member("max_queue_delay_microseconds", batching.delayMilliseconds * 1000) }
        }
        return writer.bytes
    }

    /// Counts since each version was loaded, in the form of Triton's statistics extension.
    static func statistics(_ versions: [(model: String, version: LoadedVersion)]) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.name("model_stats")
            writer.array(versions) { writer, entry in
                let totals = entry.version.cost.totals
                writer.object { writer in
                    writer.member("name", entry.model)
                    writer.member("version", String(entry.version.version))
                    writer.member("inference_count", totals.rows)
                    writer.member("execution_count", totals.runs)
                    writer.name("inference_stats")
                    writer.object { writer in
                        duration("success", totals.requests, totals.nanoseconds, &writer)
                        duration("fail", totals.failures, 0, &writer)
                        duration("compute_infer", totals.requests, totals.nanoseconds, &writer)
                    }
                    writer.name("batch_stats")
                    writer.array { _ in }
                    writer.name("memory_usage")
                    writer.array { writer in
                        writer.object { writer in
                            writer.member("type", "CPU")
                            writer.member("id", 0)
                            writer.member("byte_size", entry.version.model.memoryBytes)
                        }
                    }
                }
            }
        }
        return writer.bytes
    }

    private static func duration(_ name: String, _ count: Int, _ nanoseconds: UInt64, _ writer: inout JSONWriter) {
        writer.name(name)
        writer.object { writer in
            writer.member("count", count)
            writer.name("ns")
            writer.unsigned(nanoseconds)
        }
    }

    static func index(_ entries: [RepositoryEntry]) -> [UInt8] {
        var writer = JSONWriter()
        writer.array(entries) { writer, entry in
            writer.object { writer in
                writer.member("name", entry.name)
                writer.member("version", String(entry.version))
                writer.member("state", entry.state.rawValue)
                writer.member("reason", entry.reason)
            }
        }
        return writer.bytes
    }
}
