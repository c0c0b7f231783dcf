"""NumPy's side of `cargo xtask bench perturbation`: one dense eigenproblem for every new edge.

Takes the experiment as JSON, with `graphs` the number it is to run, and prints one line of JSON. One thread (the
caller sets OPENBLAS_NUM_THREADS and its like).
"""

import json
import sys
import time

import numpy as np


def preferential_attachment(nodes, attach, rng):
    weights = np.zeros((nodes, nodes))
    targets = list(range(attach))
    ends = []
    for new in range(attach, nodes):
        weights[new, targets] = weights[targets, new] = 1
        ends += targets + [new] * attach
        chosen = set()
        while len(chosen) < attach:
            chosen.add(ends[rng.integers(len(ends))])
        targets = list(chosen)
    return weights


def laplacian(weights):
    return np.diag(weights.sum(axis=1)) - weights


def main():
    job = json.loads(sys.argv[1])
    nodes, dim = job["nodes"], job["dim"]
    rng = np.random.default_rng(job["seed"])
    sums = {}
    began = time.perf_counter()
    for _ in range(job["graphs"]):
        weights = preferential_attachment(nodes, job["attach"], rng)
        l = laplacian(weights)
        before = np.linalg.eigh(l)[1][:, :dim]
        for i in range(nodes):
            free = np.flatnonzero(weights[i] == 0)
            free = free[free != i]
            for j in rng.choice(free, job["repeats"]) if len(free) else []:
                changed = l.copy()
                changed[[i, j], [i, j]] += 1
                changed[[i, j], [j, i]] -= 1
                after = np.linalg.eigh(changed)[1][:, :dim]
                signs = np.where((after * before).sum(axis=0) < 0, -1, 1)
                entry = sums.setdefault(int(l[i, i]), [0, 0.0])
                entry[0] += 1
                entry[1] += np.linalg.norm(after[i] * signs - before[i])
    seconds = time.perf_counter() - began
    aligned = {degree: total / count for degree, (count, total) in sums.items()}
    print(json.dumps({"seconds": seconds, "aligned": aligned, "numpy": np.__version__}))


main()
