/// Where the files of runs and logged models are, for whoever registers or downloads them.
package enum LineageTable {
    /// The artifact folder of a run, deleted or not, as a URI; nil for one that is being removed for good.
    package static func artifactURI(ofRun id: String, in connection: any SQLReader) throws(StoreError) -> String? {
        try connection.row("SELECT artifact_uri FROM runs WHERE id = ? AND purge IS NULL", [.text(id)])?.text(0)
    }

    /// The artifact folder of a logged model as a URI, and the run that logged it.
    package static func loggedModel(
        _ id: String,
        in connection: any SQLReader
    ) throws(StoreError) -> (artifactURI: String, sourceRun: String?)? {
        try connection.row(
            "SELECT artifact_uri, source_run FROM logged_models WHERE id = ? AND is_deleted = 0 AND purge IS NULL",
            [.text(id)]
        ).map { ($0.text(0), $0.optionalText(1)) }
    }
}
