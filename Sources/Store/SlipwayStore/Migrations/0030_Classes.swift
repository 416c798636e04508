extension Migration {
    /// The class that was chosen of several, and the true one as it was given; `label` says whether they are the same.
    static let classes = Migration(
        "0030_classes",
        [
            "ALTER TABLE predictions ADD COLUMN answer TEXT",
            "ALTER TABLE predictions ADD COLUMN label_text TEXT",
        ]
    )
}
