/// A list of named facts.
struct Facts {
    let rows: [(name: String, value: HTML)]

    var html: HTML {
        """
        <dl>
        \(rows.html { "<div><dt>\($0.name)</dt><dd>\($0.value)</dd></div>\n" })</dl>

        """
    }
}
