internal import SlipwayJSON

extension ImportBatch {
    /// The batch as the body of `POST /api/slipway/v1/imports/{import}/records`; the same batch has the same bytes.
    package var json: [UInt8] {
        var writer = JSONWriter(capacity: 64 << 10)
        writer.object { writer in
            writer.list("experiments", experiments) { $0.write($1) }
            writer.list("runs", runs) { $0.write($1) }
            writer.list("points", points) { $0.write($1) }
            writer.list("loggedModels", loggedModels) { $0.write($1) }
            writer.list("registeredModels", registeredModels) { $0.write($1) }
            writer.list("versions", versions) { $0.write($1) }
            writer.list("traces", traces) { $0.write($1) }
            writer.list("marks", marks) { writer, mark in
                writer.array {
                    $0.string(mark.kind.rawValue)
                    $0.string(mark.id)
                    $0.string(mark.mark)
                }
            }
        }
        return writer.bytes
    }
}

extension JSONWriter {
    /// Writes an array member; an empty one is left out.
    mutating func list<Item>(_ key: String, _ items: [Item], _ each: (inout JSONWriter, Item) -> Void) {
        guard !items.isEmpty else { return }
        name(key)
        array(items, each)
    }

    mutating func tags(_ key: String, _ tags: [Tag]) {
        list(key, tags) { writer, tag in
            writer.array {
                $0.string(tag.key)
                $0.string(tag.value)
            }
        }
    }

    fileprivate mutating func write(_ experiment: Experiment) {
        object {
            $0.member("id", experiment.id)
            $0.member("name", experiment.name)
            $0.member("location", experiment.artifactLocation)
            $0.member("deleted", experiment.isDeleted)
            $0.member("created", experiment.createdAt.milliseconds)
            $0.member("updated", experiment.updatedAt.milliseconds)
            $0.tags("tags", experiment.tags)
        }
    }

    fileprivate mutating func write(_ run: Run) {
        object {
            $0.member("id", run.info.id)
            $0.member("experiment", run.info.experiment)
            $0.member("name", run.info.name)
            $0.member("user", run.info.user)
            $0.member("status", run.info.status.rawValue)
            $0.member("started", run.info.startedAt.milliseconds)
            $0.member("ended", optional: run.info.endedAt?.milliseconds)
            $0.member("uri", run.info.artifactURI)
            $0.member("deleted", run.info.isDeleted)
            $0.tags("params", run.params)
            $0.tags("tags", run.tags)
            $0.list("datasets", run.datasets) { $0.write($1) }
            $0.list("inputs", run.modelInputs) { $0.string($1) }
            $0.list("outputs", run.modelOutputs) { writer, output in
                writer.array {
                    $0.string(output.model)
                    $0.integer(output.step)
                }
            }
        }
    }

    fileprivate mutating func write(_ dataset: DatasetInput) {
        object {
            $0.member("name", dataset.name)
            $0.member("digest", dataset.digest)
            $0.member("sourceType", dataset.sourceType)
            $0.member("source", dataset.source)
            $0.member("schema", optional: dataset.schema)
            $0.member("profile", optional: dataset.profile)
            $0.tags("tags", dataset.tags)
        }
    }

    // [time, step, value]: most of what an import sends.
    fileprivate mutating func write(_ points: ImportedPoints) {
        object {
            $0.member("run", points.run)
            $0.member("key", points.key)
            $0.list("points", points.points) { writer, point in
                writer.array {
                    $0.integer(point.timestamp)
                    $0.integer(point.step)
                    $0.number(point.value)
                }
            }
        }
    }

    fileprivate mutating func write(_ model: LoggedModel) {
        object {
            $0.member("id", model.id)
            $0.member("experiment", model.experiment)
            $0.member("name", model.name)
            $0.member("type", model.type)
            $0.member("run", optional: model.sourceRun)
            $0.member("status", model.status.rawValue)
            $0.member("uri", model.artifactURI)
            $0.member("created", model.createdAt.milliseconds)
            $0.member("updated", model.updatedAt.milliseconds)
            $0.member("deleted", model.isDeleted)
            $0.tags("params", model.params)
            $0.tags("tags", model.tags)
            $0.list("metrics", model.metrics) { writer, point in
                writer.object {
                    $0.member("key", point.key)
                    $0.member("value", point.value)
                    $0.member("time", point.timestamp)
                    $0.member("step", point.step)
                    $0.member("run", point.run ?? "")
                    $0.member("datasetName", optional: point.datasetName)
                    $0.member("datasetDigest", optional: point.datasetDigest)
                }
            }
        }
    }

    fileprivate mutating func write(_ model: ImportedModel) {
        object {
            $0.member("name", model.name)
            $0.member("description", optional: model.description)
            $0.member("created", model.createdAt.milliseconds)
            $0.member("updated", model.updatedAt.milliseconds)
            $0.tags("tags", model.tags)
        }
    }

    fileprivate mutating func write(_ version: ImportedVersion) {
        object {
            $0.member("model", version.model)
            $0.member("version", version.version)
            $0.member("description", version.description)
            $0.member("source", version.source)
            if let folder = version.folder {
                $0.member("owner", folder.owner.kind.rawValue)
                $0.member("ownerID", folder.owner.id)
                $0.member("path", folder.path)
            }
            $0.member("run", version.runID)
            $0.member("runLink", version.runLink)
            $0.member("stage", version.stage)
            $0.member("created", version.createdAt.milliseconds)
            $0.member("updated", version.updatedAt.milliseconds)
            $0.tags("tags", version.tags)
            $0.list("aliases", version.aliases) { $0.string($1) }
        }
    }
}
