internal import SlipwayDomain

/// What traces may look like.
enum TraceRules {
    static let longestTag = 8000
    static let longestPreview = 10_000
    static let mostNotes = 1000
    static let mostSpans = 10_000
    static let mostTraces = 1000
    static let mostAssessments = 1000
    static let longestText = 65_535

    /// The head with overlong values cut, after its limits are checked.
    static func checked(_ info: TraceInfo) throws(ServiceError) -> TraceInfo {
        try TrackingRules.checkID(info.id, "trace")
        var info = info
        info.tags = try checkedTags(info.tags)
        info.metadata = try checkedMetadata(info.metadata)
        info.requestPreview = info.requestPreview.map { TrackingRules.cut($0, to: longestPreview) }
        info.responsePreview = info.responsePreview.map { TrackingRules.cut($0, to: longestPreview) }
        try TrackingRules.checkLength(info.clientRequestID ?? "", 500, "the client_request_id")
        guard info.assessments.count <= mostAssessments else {
            throw .invalid("one trace takes at most \(mostAssessments) assessments at once")
        }
        for assessment in info.assessments { try check(assessment) }
        return info
    }

    static func checkedTags(_ tags: [Tag]) throws(ServiceError) -> [Tag] {
        guard tags.count <= mostNotes else { throw .invalid("one trace takes at most \(mostNotes) tags at once") }
        var checked: [Tag] = []
        for tag in tags { checked.append(try checkedTag(tag)) }
        return checked
    }

    static func checkedTag(_ tag: Tag) throws(ServiceError) -> Tag {
        try TrackingRules.checkKey(tag.key, "tag")
        return Tag(key: tag.key, value: TrackingRules.cut(tag.value, to: longestTag))
    }

    static func checkedMetadata(_ metadata: [Tag]) throws(ServiceError) -> [Tag] {
        guard metadata.count <= mostNotes else {
            throw .invalid("one trace takes at most \(mostNotes) pieces of metadata at once")
        }
        var checked: [Tag] = []
        for item in metadata {
            guard !item.key.isEmpty else { throw .invalid("trace metadata needs keys that are not empty") }
            try TrackingRules.checkLength(item.key, TrackingRules.longestKey, "a key of the trace's metadata")
            checked.append(Tag(key: item.key, value: TrackingRules.cut(item.value, to: longestTag)))
        }
        return checked
    }

    static func check(_ assessment: Assessment) throws(ServiceError) {
        guard !assessment.name.isEmpty else { throw .invalid("an assessment needs a name") }
        try TrackingRules.checkLength(assessment.name, TrackingRules.longestKey, "the assessment's name")
        try TrackingRules.checkLength(assessment.sourceID, TrackingRules.longestKey, "the assessment's source_id")
        try TrackingRules.checkLength(assessment.rationale ?? "", longestText, "the assessment's rationale")
        try TrackingRules.checkLength(assessment.value, 1 << 20, "the assessment's value")
        guard assessment.metadata.count <= mostNotes else {
            throw .invalid("an assessment takes at most \(mostNotes) pieces of metadata")
        }
        for item in assessment.metadata {
            try TrackingRules.checkLength(item.key, TrackingRules.longestKey, "a key of the assessment's metadata")
            try TrackingRules.checkLength(item.value, longestText, "a value of the assessment's metadata")
        }
    }
}
