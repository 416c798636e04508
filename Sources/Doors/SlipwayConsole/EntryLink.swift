/// A link to the proof that an entry is in the ledger.
struct EntryLink {
    let id: String

    var html: HTML {
        """
        <a class="entry" href="/api/slipway/v1/ledger/entries/\(PathSegment.encode(id))/proof" \
        title="Ledger entry \(id): its proof">\(String(id.prefix(16)))</a>
        """
    }
}
