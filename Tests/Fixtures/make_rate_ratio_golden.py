#!/usr/bin/env python3
"""Writes rate-ratio-golden.json: score intervals and tests for the ratio of two shares, computed by statsmodels.

usage: make_rate_ratio_golden.py OUTFILE        (made with statsmodels 0.15.0)

rows: [x1, n1, x2, n2, lower, upper, statistic, p] of the 95 % interval of (x1/n1) / (x2/n2) by method 'score' with
Miettinen and Nurminen's correction, and the one-sided test against "the ratio is at least 0.8".
"""
import json
import sys
import warnings

from statsmodels.stats.proportion import confint_proportions_2indep, test_proportions_2indep

warnings.simplefilter("ignore")
CASES = [(30, 100, 50, 100), (45566, 52599, 44883, 52494), (92664, 170450, 19158, 38442), (5, 120, 90, 400),
         (12, 150, 15, 150), (99, 100, 95, 100), (1, 100, 1, 100), (80, 100, 400, 500), (7, 1000, 70, 1000),
         (250, 500, 251, 499), (3, 101, 60, 5000)]


def row(x1, n1, x2, n2):
    low, high = confint_proportions_2indep(x1, n1, x2, n2, compare="ratio", method="score", alpha=.05, correction=True)
    test = test_proportions_2indep(x1, n1, x2, n2, value=.8, compare="ratio", method="score", alternative="smaller",
                                   correction=True)
    return [x1, n1, x2, n2, low, high, float(test.statistic), float(test.pvalue)]


with open(sys.argv[1], "w") as file:
    json.dump({"ratio": 0.8, "rows": [row(*case) for case in CASES]}, file, indent=1)
    file.write("\n")
