"""The twenty rules, said once: as an ODCS 3.1 contract, a Great Expectations suite, a pandera schema and one SQL query.

Only the standard library is imported up here: each environment imports its own peer.
"""

TIERS = ["bronze", "silver", "gold", "platinum"]

# Kind, column, and what is demanded. All hold for the reference window.
RULES = (
    ("rows", None, 1),
    *(("required", column, None) for column in (
        "n_gauss_null", "n_int_poisson_null", "c_tier_null", "c_country_null", "c_merchant_null", "b_flag_shift")),
    ("missing", "n_missing_null", 0.05),
    ("missing", "n_missing_up", 0.05),
    ("range", "n_gauss_null", (-10, 10)),
    ("range", "n_lognorm_null", (0, 100_000)),
    ("range", "n_exp_null", (0, 1000)),
    ("range", "n_uniform_shift", (0, 100)),
    ("range", "n_int_poisson_null", (0, 50)),
    ("range", "n_missing_null", (-50, 150)),
    ("values", "c_tier_null", TIERS),
    ("values", "c_tier_shift", TIERS),
    ("pattern", "c_country_null", "^C[0-9]{3}$"),
    ("pattern", "c_merchant_null", "^m[0-9]{5}$"),
    ("length", "c_country_shift", (4, 4)),
)
# The same, but one that about fifty of a million rows break: what it costs to name them.
BROKEN = tuple(("range", column, (0, 1000)) if column == "n_lognorm_null" else (kind, column, what)
               for kind, column, what in RULES)
assert len(RULES) == 20


def contract(rules):
    """The contract file."""
    columns, table = {}, []
    for kind, column, what in rules:
        if kind == "rows":
            table.append(f"{{metric: rowCount, mustBeGreaterOrEqualTo: {what}}}")
            continue
        parts = columns.setdefault(column, {"options": [], "quality": [], "required": False})
        if kind == "required":
            parts["required"] = True
        elif kind == "missing":
            parts["quality"].append(f"{{metric: nullValues, mustBeLessOrEqualTo: {what * 100:g}, unit: percent}}")
        elif kind == "range":
            parts["options"] += [f"minimum: {what[0]}", f"maximum: {what[1]}"]
        elif kind == "values":
            parts["quality"].append(f"{{metric: invalidValues, arguments: {{validValues: [{', '.join(what)}]}}, mustBe: 0}}")
        elif kind == "pattern":
            parts["options"].append(f"pattern: '{what}'")
        elif kind == "length":
            parts["options"] += [f"minLength: {what[0]}", f"maxLength: {what[1]}"]
    lines = ["apiVersion: v3.1.0", "kind: DataContract", "id: bench-data", "name: bench-data", "version: 1.0.0",
             "status: active", "schema:", "  - name: window", "    properties:"]
    for column, parts in columns.items():
        word = {"c": "string", "b": "boolean", "n": "integer" if "_int_" in column else "number"}[column[0]]
        lines += [f"      - name: {column}", f"        logicalType: {word}"]
        if parts["options"]:
            lines.append(f"        logicalTypeOptions: {{{', '.join(parts['options'])}}}")
        if parts["required"]:
            lines.append("        required: true")
        if parts["quality"]:
            lines.append("        quality:")
            lines += [f"          - {line}" for line in parts["quality"]]
    lines.append("    quality:")
    lines += [f"      - {line}" for line in table]
    return "\n".join(lines) + "\n"


def sql(rules, table):
    """One query: a row with the number of rows, and then the number of failing rows of each rule."""
    parts = ["count(*)"]
    for kind, column, what in rules:
        if kind == "rows":
            continue
        condition = {
            "required": lambda: f"{column} IS NULL", "missing": lambda: f"{column} IS NULL",
            "range": lambda: f"NOT ({column} BETWEEN {what[0]} AND {what[1]})",
            "values": lambda: f"{column} NOT IN ({', '.join(repr(value) for value in what)})",
            "pattern": lambda: f"NOT regexp_matches({column}, '{what}')",
            "length": lambda: f"NOT (length({column}) BETWEEN {what[0]} AND {what[1]})",
        }[kind]()
        parts.append(f"count(*) FILTER ({condition})")
    return f"SELECT {', '.join(parts)} FROM {table}"


def failed(rules, row):
    """The rules that do not hold, by the answer of that query."""
    total, counts = row[0], iter(row[1:])
    broken = []
    for kind, column, what in rules:
        if kind == "rows":
            holds = total >= what
        else:
            bad = next(counts)
            holds = bad <= what * total if kind == "missing" else bad == 0
        if not holds:
            broken.append(f"{kind} {column}")
    return broken


def expectations(rules):
    """Great Expectations 1.x."""
    import great_expectations.expectations as gxe

    made = []
    for kind, column, what in rules:
        made.append({
            "rows": lambda: gxe.ExpectTableRowCountToBeBetween(min_value=what),
            "required": lambda: gxe.ExpectColumnValuesToNotBeNull(column=column),
            "missing": lambda: gxe.ExpectColumnValuesToNotBeNull(column=column, mostly=1 - what),
            "range": lambda: gxe.ExpectColumnValuesToBeBetween(column=column, min_value=what[0], max_value=what[1]),
            "values": lambda: gxe.ExpectColumnValuesToBeInSet(column=column, value_set=what),
            "pattern": lambda: gxe.ExpectColumnValuesToMatchRegex(column=column, regex=what),
            "length": lambda: gxe.ExpectColumnValueLengthsToBeBetween(column=column, min_value=what[0], max_value=what[1]),
        }[kind]())
    return made


def schema(rules):
    """pandera with its pandas engine."""
    import pandera.pandas as pa

    columns, table = {}, []
    for kind, column, what in rules:
        if kind == "rows":
            table.append(pa.Check(lambda frame, least=what: len(frame) >= least))
            continue
        required, checks = columns.setdefault(column, [False, []])
        if kind == "required":
            columns[column][0] = True
        elif kind == "missing":
            checks.append(pa.Check(lambda series, most=what: series.isna().mean() <= most, ignore_na=False))
        elif kind == "range":
            checks.append(pa.Check.in_range(*what))
        elif kind == "values":
            checks.append(pa.Check.isin(what))
        elif kind == "pattern":
            checks.append(pa.Check.str_matches(what))
        elif kind == "length":
            checks.append(pa.Check.str_length(*what))
    return pa.DataFrameSchema(
        {name: pa.Column(nullable=not required, checks=checks) for name, (required, checks) in columns.items()}, checks=table)
