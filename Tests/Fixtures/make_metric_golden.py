#!/usr/bin/env python3
"""Writes metric-golden.json: model metrics and distribution values computed by scikit-learn and SciPy.

usage: make_metric_golden.py OUTFILE        (made with numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1)
"""
import json
import sys

import numpy as np
from scipy import stats
from sklearn import metrics


def delong_error(scores, labels):
    """DeLong's standard error by its definition: all pairs, no ranks."""
    a, b = scores[labels == 1], scores[labels == 0]
    wins = (a[:, None] > b[None, :]) + 0.5 * (a[:, None] == b[None, :])
    return float(np.sqrt(wins.mean(axis=1).var(ddof=1) / len(a) + wins.mean(axis=0).var(ddof=1) / len(b)))


def binary(seed, n, decimals):
    r = np.random.Generator(np.random.PCG64(seed))
    scores = 1 / (1 + np.exp(-r.normal(0, 1.5, n)))
    labels = (r.random(n) < scores).astype(int)
    scores = np.round(np.clip(scores + r.normal(0, .1, n), 0, 1), decimals)
    groups = np.array(["north", "south", "west"])[r.integers(0, 3, n)]
    hard = (scores >= .5).astype(int)
    tn, fp, fn, tp = metrics.confusion_matrix(labels, hard).ravel().tolist()
    by_group = {g: {"count": int((groups == g).sum()),
                    "roc_auc": metrics.roc_auc_score(labels[groups == g], scores[groups == g]),
                    "recall": metrics.recall_score(labels[groups == g], hard[groups == g])} for g in sorted(set(groups))}
    return {"scores": scores.tolist(), "labels": labels.tolist(), "groups": groups.tolist(),
            "roc_auc": metrics.roc_auc_score(labels, scores), "roc_auc_error": delong_error(scores, labels),
            "average_precision": metrics.average_precision_score(labels, scores),
            "log_loss": metrics.log_loss(labels, scores), "brier": metrics.brier_score_loss(labels, scores),
            "accuracy": metrics.accuracy_score(labels, hard), "precision": metrics.precision_score(labels, hard),
            "recall": metrics.recall_score(labels, hard), "f1": metrics.f1_score(labels, hard),
            "selection_rate": float(hard.mean()),
            "false_positive_rate": 1 - metrics.recall_score(labels, hard, pos_label=0),
            "confusion": [tn, fp, fn, tp], "by_group": by_group}


def regression():
    r = np.random.Generator(np.random.PCG64(5))
    truth = r.normal(30, 12, 120)
    guess = truth * .8 + r.normal(4, 6, 120)
    return {"truths": truth.tolist(), "predictions": guess.tolist(),
            "mae": metrics.mean_absolute_error(truth, guess), "r2": metrics.r2_score(truth, guess),
            "rmse": metrics.root_mean_squared_error(truth, guess)}


def distributions():
    chi = [[x, k, stats.chi2.sf(x, k)] for k in (1, 2, 9, 58, 1892, 20000) for x in (k * .5, k, k * 1.1, k * 1.5 + 9)]
    t = [[x, k, 2 * stats.t.sf(x, k)] for k in (1, 2.5, 30, 997.3, 60000) for x in (.01, .7, 1.96, 5, 12)]
    ks = [[n, d, stats.kstwo.sf(d, n)] for n in (5, 20, 100, 140, 141, 1000, 12000, 99000, 150000)
          for d in (.3 / n, .7 / n, .4 / n ** .5, .8 / n ** .5, 1.3 / n ** .5, 1.9 / n ** .5, .55, .97)]
    normal = [[p, stats.norm.ppf(p)] for p in (1e-300, 1e-20, 1e-5, .025, .3, .5, .75, .975, .99999)]
    wilson = [[k, n, *stats.binomtest(k, n).proportion_ci(.95, "wilson")] for k, n in ((0, 10), (3, 10), (10, 10), (812, 9000))]
    return {"chi_square_survival": chi, "student_two_sided": t, "kolmogorov_survival": ks,
            "chi_square_quantile": [[.95, 9, stats.chi2.ppf(.95, 9)], [.99, 3, stats.chi2.ppf(.99, 3)]],
            "normal_quantile": normal, "wilson": wilson}


def main():
    golden = {"binary": [binary(1, 250, 2), binary(2, 90, 9)], "regression": regression(), **distributions()}
    with open(sys.argv[1], "w") as out:
        out.write(json.dumps(golden, default=float).replace("}, ", "},\n") + "\n")


if __name__ == "__main__":
    main()
