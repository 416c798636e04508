"""The default drift rules of Evidently, NannyML and alibi-detect, on NumPy and SciPy alone.

Each rule is fitted on a reference and says for one window which columns drift. `check_peers.py` compares the numbers
with those of the real packages on a sample. Sources (read in the installed packages): Evidently 0.7.23
`calculations/stattests`, NannyML 0.13.1 `drift/univariate`, alibi-detect 0.13.0 `cd/tabular.py` (from its source).
"""

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial.distance import jensenshannon


def is_numeric(series):
    return pd.api.types.is_numeric_dtype(series)


def wasserstein(reference, values):
    """scipy.stats.wasserstein_distance, with a reference that is sorted already."""
    values = np.sort(values)
    everything = np.sort(np.concatenate([reference, values]))
    steps = np.diff(everything)
    old = np.searchsorted(reference, everything[:-1], "right") / len(reference)
    new = np.searchsorted(values, everything[:-1], "right") / len(values)
    return float(np.sum(np.abs(old - new) * steps))


def kolmogorov_smirnov(reference, values):
    """The p-value of scipy.stats.ks_2samp with its asymptotic method, with a reference that is sorted already."""
    values = np.sort(values)
    everything = np.concatenate([reference, values])
    old = np.searchsorted(reference, everything, "right") / len(reference)
    new = np.searchsorted(values, everything, "right") / len(values)
    size = len(reference) * len(values) / (len(reference) + len(values))
    return float(stats.kstwo.sf(np.abs(old - new).max(), np.round(size)))


class Evidently:
    """More than 1,000 reference rows: Wasserstein over the standard deviation for numbers with more than 5 values, else
    the Jensen-Shannon distance (natural logarithm); both drift from 0.1 on."""

    name = "Evidently 0.7, DataDriftPreset"
    threshold = 0.1

    def __init__(self, reference, others=None):
        self.numbers, self.counts, self.scales = {}, {}, {}
        for name in reference.columns:
            values = reference[name].dropna()
            self.counts[name] = values.value_counts()
            if is_numeric(values):
                self.numbers[name] = np.sort(values.to_numpy(dtype=float))
                self.scales[name] = max(float(np.std(self.numbers[name])), 0.001)

    def score(self, name, current):
        current = current.dropna()
        if not len(current):
            return np.nan
        if name in self.numbers and (len(self.counts[name]) > 5 or len(set(self.counts[name].index) | set(current)) > 5):
            return wasserstein(self.numbers[name], current.to_numpy(dtype=float)) / self.scales[name]
        old, new = self.counts[name], current.value_counts()
        keys = old.index.union(new.index)
        return jensenshannon(old.reindex(keys, fill_value=0) / old.sum(), new.reindex(keys, fill_value=0) / len(current))

    def flags(self, window):
        return [name for name in window.columns if self.score(name, window[name]) >= self.threshold]


class EvidentlyDataset:
    """The same, told only when half of the columns drift: what the preset calls dataset drift."""

    name = "Evidently 0.7, dataset drift"
    share = 0.5

    def __init__(self, reference, others):
        self.rule = others[Evidently]

    def flags(self, window):
        found = self.rule.flags(window)
        return found if len(found) >= self.share * len(window.columns) else []


class NannyML:
    """Jensen-Shannon distance (base 2) of each column, above the mean and three standard deviations of the reference's
    own chunks."""

    name = "NannyML 0.13, univariate drift"

    def __init__(self, reference, others=None, chunk=1000):
        self.bins, self.shares, self.limits = {}, {}, {}
        for name in reference.columns:
            values = reference[name].dropna()
            if is_numeric(values):
                self.bins[name] = np.histogram_bin_edges(values.astype("float64"), bins="doane")
                self.shares[name] = np.histogram(values, bins=self.bins[name])[0] / len(values)
            else:
                self.bins[name], counts = np.unique(values, return_counts=True)
                self.shares[name] = counts / len(values)
            chunks = [reference[name].iloc[start : start + chunk] for start in range(0, len(reference) - chunk + 1, chunk)]
            scores = np.array([self.score(name, part) for part in chunks])
            self.limits[name] = min(1.0, np.nanmean(scores) + 3 * np.nanstd(scores))

    def score(self, name, current):
        values = current.dropna()
        if not len(values):
            return np.nan
        if is_numeric(values):
            q = np.histogram(values, bins=self.bins[name])[0] / len(values)
        else:
            counts = values.value_counts()
            q = np.array([counts.get(key, 0) for key in self.bins[name]]) / len(values)
        p, left = self.shares[name], 1 - q.sum()
        if left > 0:
            p, q = np.append(p, 0), np.append(q, left)
        return jensenshannon(p, q, base=2)

    def flags(self, window):
        return [name for name in window.columns if self.score(name, window[name]) > self.limits[name]]


class Alibi:
    """TabularDrift: Kolmogorov-Smirnov for numbers, chi-square over the reference's categories for others, p below 0.05
    over the number of columns (Bonferroni). Rows without a value make its tests fail, so they are left out here, which
    is kinder to it than its own code."""

    name = "alibi-detect 0.13, TabularDrift"

    def __init__(self, reference, others=None):
        self.reference = {}
        for name in reference.columns:
            values = reference[name].dropna()
            self.reference[name] = np.sort(values.to_numpy(dtype=float)) if is_numeric(values) else values.value_counts()

    def score(self, name, current):
        """The p-value."""
        values = current.dropna()
        if not len(values):
            return np.nan
        reference = self.reference[name]
        if is_numeric(values):
            return kolmogorov_smirnov(reference, values.to_numpy(dtype=float))
        counts = values.value_counts()
        new = np.array([counts.get(key, 0) for key in reference.index])
        table = np.vstack((reference.to_numpy(), new))
        table = table[:, table.sum(axis=0) > 0]
        if table[1].sum() == 0 or table.shape[1] < 2:
            return np.nan
        return stats.chi2_contingency(table)[1]

    def flags(self, window):
        limit = 0.05 / len(window.columns)
        return [name for name in window.columns if self.score(name, window[name]) < limit]


ALL = [Evidently, EvidentlyDataset, NannyML, Alibi]
