#!/usr/bin/env python3
"""Writes inference-golden.json: intervals, effect sizes, null quantiles and multivariate drift by statsmodels, SciPy,
scikit-learn and plain simulation.

usage: make_inference_golden.py OUTFILE DRIFTINPUTS     (DRIFTINPUTS: what make_drift_inputs.py wrote)
made with the environment `nannyml` of scripts/setup-peers

  wilson          [successes, trials, confidence, lower, upper], statsmodels
  newcombe        [x1, n1, x2, n2, confidence, lower, upper] of x1/n1 - x2/n2, Newcombe's method 10, statsmodels
  fairness        the ACS file of nannyml: rates a group, their differences to the rest with Newcombe's interval, the
                  p-value of a pooled z test, and Benjamini-Hochberg over the groups of one attribute
  cramers_v       tables with chi2 (no Yates), p, V, and V with Bergsma's correction (2013)
  psi_null        what the population stability index is when nothing changed, simulated: quantiles 0.95 and 0.99 with
                  their standard errors. `deciles`: the bins are the reference's own deciles. `shares`: fixed categories
  classifier      synthetic_2k of DRIFTINPUTS, reference against current, and the null pair (even against odd rows of the
                  reference): the numeric columns, a missing value replaced by the mean of all rows and marked by a column of
                  its own, scaled by mean and sd of all rows; rows are the reference's, then the current's; row i is in
                  fold i mod 5; out-of-fold ROC AUC of logistic regression (L2, C = 1) and of gradient boosting
  pca             the same columns without marks, standardised by the reference's mean and sd (ddof 0), missing = mean:
                  the variance shares, the number of components that explain 65 %, the mean reconstruction error (the
                  Euclidean norm of a row's residual) of reference and current. Mark the null pair: where columns hang
                  together little, the rows that the components were fitted on are reconstructed better than new rows of
                  the same kind, so the reference's own error is no yardstick: it must come from rows held back
"""
import json
import os
import sys

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest


def newcombe(x1, n1, x2, n2, confidence=0.95):
    return list(confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff", alpha=1 - confidence))


def intervals():
    wilson = [[k, n, c, *proportion_confint(k, n, 1 - c, "wilson")] for k, n in (
        (0, 1), (0, 30), (1, 30), (15, 30), (30, 30), (7, 100), (812, 9000), (499_999, 1_000_000)) for c in (0.9, 0.95, 0.99)]
    pairs = ((56, 70, 48, 80), (9, 10, 3, 10), (6, 7, 2, 7), (5, 56, 0, 29), (0, 10, 0, 20), (0, 10, 0, 10), (10, 10, 0, 20),
             (10, 10, 0, 10), (120, 1000, 95, 1000), (30_500, 100_000, 30_000, 100_000))
    return wilson, [[*pair, c, *newcombe(*pair, c)] for pair in pairs for c in (0.9, 0.95, 0.99)]


def fairness():
    import nannyml
    folder = os.path.join(os.path.dirname(nannyml.__file__), "datasets", "data")
    rows = pd.read_parquet(os.path.join(folder, "employment_MA_analysis.pq")).merge(
        pd.read_parquet(os.path.join(folder, "employment_MA_analysis_target.pq")), on="id")
    made = {}
    for attribute in ("SEX", "RAC1P"):
        group = rows[attribute].astype(int)
        lines = []
        for one in sorted(group.unique()):
            inside, rest = rows[group == one], rows[group != one]
            line = {"group": int(one), "rows": len(inside)}
            # Selected: predicted 1. Found: predicted 1 among those that are 1 (the true positive rate).
            for name, a, b in (("selected", inside, rest), ("found", inside[inside.employed == 1], rest[rest.employed == 1])):
                x1, n1, x2, n2 = int(a.prediction.sum()), len(a), int(b.prediction.sum()), len(b)
                line[name] = {"x1": x1, "n1": n1, "x2": x2, "n2": n2, "difference": x1 / n1 - x2 / n2,
                              "newcombe_95": newcombe(x1, n1, x2, n2), "p": float(proportions_ztest([x1, x2], [n1, n2])[1])}
            lines.append(line)
        for name in ("selected", "found"):
            for line, adjusted in zip(lines, multipletests([line[name]["p"] for line in lines], method="fdr_bh")[1]):
                line[name]["bh"] = float(adjusted)
        made[attribute] = lines
    return made


def bergsma(table):
    table = np.asarray(table, dtype=float)
    n, (r, c) = table.sum(), table.shape
    chi2, p, _, _ = stats.chi2_contingency(table, correction=False)
    phi = max(0.0, chi2 / n - (r - 1) * (c - 1) / (n - 1))
    corrected = np.sqrt(phi / min(r - (r - 1) ** 2 / (n - 1) - 1, c - (c - 1) ** 2 / (n - 1) - 1))
    plain = stats.contingency.association(table.astype(int), method="cramer")
    return {"table": table.astype(int).tolist(), "chi2": chi2, "p": p, "v": float(plain), "v_corrected": float(corrected)}


def tables():
    r = np.random.Generator(np.random.PCG64(27))
    zipf = 1 / np.arange(1, 41) ** 1.1
    zipf /= zipf.sum()
    many = [r.multinomial(600, zipf), r.multinomial(500, zipf)]
    many = np.array(many)[:, np.sum(many, axis=0) > 0]
    fixed = ([[10, 20], [30, 5]], [[400, 300, 200, 100], [330, 300, 220, 150]], [[50, 50], [50, 50]], [[5, 0], [0, 5]],
             [[95_000, 5_000], [92_000, 8_000]], many)
    return [bergsma(one) for one in fixed]


def psi(p, q):
    p, q = np.maximum(p, 1e-4), np.maximum(q, 1e-4)
    return ((p - q) * np.log(p / q)).sum(axis=-1)


def quantile_line(values, **named):
    line = dict(named)
    for level in (0.95, 0.99):
        at = float(np.quantile(values, level))
        width = 0.002 if level == 0.95 else 0.0008
        # The density at the quantile from two neighbours gives the simulation's own standard error.
        step = np.quantile(values, level + width) - np.quantile(values, level - width)
        line[f"q{level:.2f}"] = at
        line[f"q{level:.2f}_error"] = float(np.sqrt(level * (1 - level) / len(values)) * step / (2 * width))
    return line


def psi_null():
    r = np.random.Generator(np.random.PCG64(2027))
    draws = 200_000
    lines = []
    for n, m in ((1000, 200), (2000, 2000), (20_000, 1000), (100_000, 500), (100_000, 100_000)):
        # The true mass between the deciles of n values: a Dirichlet draw (spacings of uniform order statistics).
        mass = r.dirichlet(np.full(10, n / 10), draws)
        current = r.multinomial(m, mass) / m
        lines.append(quantile_line(psi(np.full(10, 0.1), current), kind="deciles", bins=10, n=n, m=m))
    for name, shares in (("tier", [.4, .3, .2, .1]), ("flag", [.95, .05]), ("zipf20", 1 / np.arange(1, 21) ** 1.1)):
        shares = np.asarray(shares) / np.sum(shares)
        for n, m in ((2000, 1000), (100_000, 1000)):
            p, q = r.multinomial(n, shares, draws) / n, r.multinomial(m, shares, draws) / m
            lines.append(quantile_line(psi(p, q), kind="shares", name=name, shares=shares.tolist(), bins=len(shares), n=n, m=m))
    return {"draws": draws, "floor": 1e-4, "lines": lines}


def out_of_fold(reference, current):
    rows = pd.concat([reference, current], ignore_index=True)
    label = np.r_[np.zeros(len(reference), int), np.ones(len(current), int)]
    fold = np.arange(len(rows)) % 5
    marks = rows.isna().loc[:, rows.isna().any()].astype(float)
    x = np.c_[rows.fillna(rows.mean()).to_numpy(), marks.to_numpy()]
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    line = {"columns": list(rows.columns) + [f"{name} is missing" for name in marks], "rows": [len(reference), len(current)]}
    for name, make in (("logistic", lambda: LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000)),
                       ("boosting", lambda: HistGradientBoostingClassifier(random_state=0))):
        score = np.empty(len(rows))
        for held in range(5):
            model = make().fit(x[fold != held], label[fold != held])
            score[fold == held] = model.predict_proba(x[fold == held])[:, 1]
        line[f"{name}_auc"] = float(roc_auc_score(label, score))
        if name == "logistic":
            whole = make().fit(x, label)
            line["coefficients"], line["intercept"] = whole.coef_[0].tolist(), float(whole.intercept_[0])
            line["in_sample_auc"] = float(roc_auc_score(label, whole.predict_proba(x)[:, 1]))
    return line


def reconstruction(reference, current):
    mean, sd = reference.mean(), reference.std(ddof=0)
    a, b = (((one.fillna(mean)) - mean) / sd for one in (reference, current))
    # The filled column is narrower than its sd says; nannyml scales after filling too, so it is scaled again.
    scale = a.std(ddof=0)
    a, b = (a / scale).to_numpy(), (b / scale).to_numpy()
    every = PCA().fit(a)
    kept = int(np.searchsorted(np.cumsum(every.explained_variance_ratio_), 0.65) + 1)
    model = PCA(n_components=0.65, random_state=16).fit(a)
    assert model.n_components_ == kept
    error = lambda x: np.linalg.norm(x - model.inverse_transform(model.transform(x)), axis=1)  # noqa: E731
    ea, eb = error(a), error(b)
    return {"columns": list(reference.columns), "variance_shares": every.explained_variance_ratio_.tolist(), "components": kept,
            "reference_error": float(ea.mean()), "reference_error_sd": float(ea.std(ddof=1)), "current_error": float(eb.mean()),
            "current_error_sd": float(eb.std(ddof=1)), "welch_p": float(stats.ttest_ind(ea, eb, equal_var=False).pvalue)}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    out, inputs = sys.argv[1:]
    reference, current = (pd.read_csv(os.path.join(inputs, f"synthetic_2k.{side}.csv")) for side in ("ref", "cur"))
    numeric = [name for name in reference.columns if name.startswith("n_")]
    reference, current = reference[numeric], current[numeric]
    even, odd = reference.iloc[0::2].reset_index(drop=True), reference.iloc[1::2].reset_index(drop=True)
    wilson, difference = intervals()
    golden = {"wilson": wilson, "newcombe": difference, "fairness": fairness(), "cramers_v": tables(), "psi_null": psi_null(),
              "classifier": {"drifted": out_of_fold(reference, current), "null": out_of_fold(even, odd)},
              "pca": {"drifted": reconstruction(reference, current), "null": reconstruction(even, odd)}}
    with open(out, "w") as file:
        file.write(json.dumps(golden, default=float, allow_nan=False).replace("}, {", "},\n{").replace("], [", "],\n[") + "\n")
    for name in ("drifted", "null"):
        print(name, {k: v for k, v in golden["classifier"][name].items() if "auc" in k}, golden["pca"][name]["components"],
              golden["pca"][name]["reference_error"], golden["pca"][name]["current_error"])


if __name__ == "__main__":
    main()
