internal import SlipwayDomain
internal import SlipwayJSON

// How tracking's values look on MLflow's wire. Empty lists and unset fields are left out.
extension JSONWriter {
    /// Writes a list member unless the list is empty.
    mutating func member<Items: Collection>(
        _ key: String,
        unlessEmpty items: Items,
        _ each: (inout JSONWriter, Items.Element) -> Void
    ) {
        guard !items.isEmpty else { return }
        name(key)
        array(items, each)
    }

    mutating func member(_ key: String, unlessEmpty tags: [Tag]) {
        member(key, unlessEmpty: tags) { writer, tag in
            writer.object { writer in
                writer.member("key", tag.key)
                writer.member("value", tag.value)
            }
        }
    }

    mutating func experiment(_ experiment: Experiment) {
        object { writer in
            writer.member("experiment_id", String(experiment.id))
            writer.member("name", experiment.name)
            writer.member("artifact_location", experiment.artifactLocation)
            writer.member("lifecycle_stage", experiment.isDeleted ? "deleted" : "active")
            writer.member("last_update_time", experiment.updatedAt.milliseconds)
            writer.member("creation_time", experiment.createdAt.milliseconds)
            writer.member("tags", unlessEmpty: experiment.tags)
            writer.member("workspace", "default")
        }
    }

    mutating func runInfo(_ info: RunInfo) {
        object { writer in
            writer.member("run_uuid", info.id)
            writer.member("experiment_id", String(info.experiment))
            writer.member("run_name", info.name)
            writer.member("user_id", info.user)
            writer.member("status", info.status.rawValue)
            writer.member("start_time", info.startedAt.milliseconds)
            writer.member("end_time", optional: info.endedAt?.milliseconds)
            writer.member("artifact_uri", info.artifactURI)
            writer.member("lifecycle_stage", info.isDeleted ? "deleted" : "active")
            writer.member("run_id", info.id)
        }
    }

    /// A run; the answer to its creation leaves out the outputs.
    mutating func run(_ run: Run, withOutputs: Bool = true) {
        object { writer in
            writer.name("info")
            writer.runInfo(run.info)
            writer.name("data")
            writer.object { writer in
                writer.member("metrics", unlessEmpty: run.metrics) { $0.metric($1) }
                writer.member("params", unlessEmpty: run.params)
                writer.member("tags", unlessEmpty: run.tags)
            }
            writer.name("inputs")
            writer.object { writer in
                writer.member("dataset_inputs", unlessEmpty: run.datasets) { $0.datasetInput($1) }
                writer.member("model_inputs", unlessEmpty: run.modelInputs) { writer, model in
                    writer.object { $0.member("model_id", model) }
                }
            }
            guard withOutputs else { return }
            writer.name("outputs")
            writer.object { writer in
                writer.member("model_outputs", unlessEmpty: run.modelOutputs) { writer, output in
                    writer.object { writer in
                        writer.member("model_id", output.model)
                        writer.member("step", output.step)
                    }
                }
            }
        }
    }

    mutating func metric(_ point: MetricPoint) {
        object { writer in
            writer.member("key", point.key)
            writer.member("value", point.value)
            writer.member("timestamp", point.timestamp)
            writer.member("step", point.step)
            writer.member("dataset_name", optional: point.datasetName)
            writer.member("dataset_digest", optional: point.datasetDigest)
            writer.member("model_id", optional: point.model)
            writer.member("run_id", optional: point.run)
        }
    }

    private mutating func datasetInput(_ input: DatasetInput) {
        object { writer in
            writer.member("tags", unlessEmpty: input.tags)
            writer.name("dataset")
            writer.object { writer in
                writer.member("name", input.name)
                writer.member("digest", input.digest)
                writer.member("source_type", input.sourceType)
                writer.member("source", input.source)
                writer.member("schema", optional: input.schema)
                writer.member("profile", optional: input.profile)
            }
        }
    }

    mutating func loggedModel(_ model: LoggedModel) {
        object { writer in
            writer.name("info")
            writer.object { writer in
                writer.member("model_id", model.id)
                writer.member("experiment_id", String(model.experiment))
                writer.member("name", model.name)
                writer.member("creation_timestamp_ms", model.createdAt.milliseconds)
                writer.member("last_updated_timestamp_ms", model.updatedAt.milliseconds)
                writer.member("artifact_uri", model.artifactURI)
                writer.member("status", model.status.rawValue)
                writer.member("model_type", model.type)
                writer.member("source_run_id", optional: model.sourceRun)
                writer.member("tags", unlessEmpty: model.tags)
            }
            writer.name("data")
            writer.object { writer in
                writer.member("params", unlessEmpty: model.params)
                writer.member("metrics", unlessEmpty: model.metrics) { $0.metric($1) }
            }
        }
    }
}
