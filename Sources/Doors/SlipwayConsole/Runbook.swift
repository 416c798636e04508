/// A runbook: a link only where it is one that a browser may follow.
struct Runbook {
    let text: String

    var html: HTML {
        text.hasPrefix("https://") || text.hasPrefix("http://")
            ? #"<a href="\#(text)" rel="noreferrer">\#(text)</a>"# : "<code>\(text)</code>"
    }
}
