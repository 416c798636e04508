/// The one style sheet; it stands in the page because the page may load nothing.
enum Style {
    static let sheet: HTML = """

        :root {
          --page: #f7f8f9; --panel: #ffffff; --text: #1b2228; --muted: #56626d; --line: #d8dee4; --link: #1a5a9e;
          --good: #176b3d; --bad: #b0261c; --warn: #855300; --fill: #1a5a9e; --note: #fff2d1; --noteline: #c98a14;
          --heat0: #dde6ed; --heat1: #f4cf9c; --heat2: #e5904e; --heat3: #a9341f;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --page: #12161a; --panel: #1a2026; --text: #e3e8ec; --muted: #9aa7b3; --line: #313a43; --link: #83b8f0;
            --good: #6fce97; --bad: #ff8d82; --warn: #f0c468; --fill: #83b8f0; --note: #33290f; --noteline: #c98a14;
            --heat0: #2b363f; --heat1: #7a5a26; --heat2: #c8742f; --heat3: #ff8a66;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--text);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main, .bar, footer { max-width: 1040px; margin: 0 auto; padding: 0 20px; }
        .bar { display: flex; gap: 12px; align-items: baseline; padding-top: 14px; padding-bottom: 14px; }
        .brand { font-weight: 650; color: var(--text); text-decoration: none; }
        a { color: var(--link); } a:focus-visible, [tabindex]:focus-visible { outline: 2px solid var(--link); }
        .skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: var(--panel); }
        .drill { margin: 0; max-width: none; padding: 10px 20px; background: var(--note);
          border-block: 2px solid var(--noteline);
          text-align: center; }
        h1 { font-size: 26px; line-height: 1.25; margin: 22px 0 6px; overflow-wrap: anywhere; }
        h2 { font-size: 19px; margin: 0 0 12px; } h3 { font-size: 16px; margin: 20px 0 6px; }
        article > h3 { margin-top: 0; }
        h4 { font-size: 14px; margin: 14px 0 4px; } p { margin: 6px 0; max-width: 80ch; overflow-wrap: anywhere; }
        section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 18px 20px;
          margin: 18px 0; }
        article + article { margin-top: 22px; padding-top: 18px; border-top: 1px solid var(--line); }
        .marks button { font: inherit; font-size: 13px; padding: 2px 12px; margin-right: 8px; cursor: pointer; }
        .muted, caption, dt, footer { color: var(--muted); }
        .bad { color: var(--bad); }
        .alarm { border-left: 4px solid var(--bad); }
        nav ul { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; padding: 0; margin: 12px 0 0; }
        dl { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 12px 0; }
        dt { font-size: 13px; } dd { margin: 0; overflow-wrap: anywhere; }
        .badge { display: inline-block; padding: 0 8px; border: 1px solid currentColor; border-radius: 10px;
          font-size: 12.5px; line-height: 18px; white-space: nowrap; font-weight: 600; vertical-align: middle; }
        .badge.good { color: var(--good); } .badge.bad { color: var(--bad); } .badge.warn { color: var(--warn); }
        .badge.plain { color: var(--muted); }
        .scroll { overflow-x: auto; margin: 8px 0; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        caption { text-align: left; font-size: 13px; padding-bottom: 4px; }
        th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); }
        table.narrow { width: auto; } table.narrow :is(th, td) { padding-right: 32px; }
        thead th { font-size: 13px; color: var(--muted); font-weight: 600; white-space: nowrap; }
        tbody th { font-weight: 600; overflow-wrap: anywhere; }
        .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        time, .nowrap { white-space: nowrap; }
        code, pre, .entry { font: 13px/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        pre { background: var(--page); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px;
          overflow-x: auto; }
        details { margin: 8px 0; } summary { cursor: pointer; }
        figure { margin: 12px 0; } figcaption { color: var(--muted); font-size: 13px; }
        svg { display: block; width: 100%; height: auto; min-width: 560px; }
        svg text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
          fill: var(--muted); }
        svg .strong { fill: var(--text); paint-order: stroke; stroke: var(--panel); stroke-width: 3px; }
        svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
        svg .grid { stroke: var(--line); stroke-width: 1; fill: none; }
        svg .line { stroke: var(--fill); stroke-width: 2; fill: none; stroke-linejoin: round; }
        svg .area { fill: var(--fill); fill-opacity: .15; }
        svg .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; }
        svg .mark { stroke: var(--panel); stroke-width: 1; fill: var(--fill); }
        svg .mark.good { fill: var(--good); } svg .mark.bad { fill: var(--bad); }
        svg .mark.warn { fill: var(--warn); } svg .mark.plain { fill: var(--muted); }
        svg .heat0 { fill: var(--heat0); } svg .heat1 { fill: var(--heat1); } svg .heat2 { fill: var(--heat2); }
        svg .heat3 { fill: var(--heat3); } svg .unknown { fill: none; stroke: var(--line); stroke-dasharray: 2 2; }
        svg .judged { fill: var(--text); }
        footer { font-size: 13px; padding-top: 4px; padding-bottom: 28px; }

        """
}
