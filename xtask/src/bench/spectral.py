"""SciPy's side of `cargo xtask bench spectral`: the KNN graph by sparse products, eigenvectors by ARPACK.

Reads the training matrix R and Warren's graph W from FOLDER, prints one line of JSON. One thread (the caller
sets OMP_NUM_THREADS and its like). The eigensolver gets Warren's graph, so that both solve the same matrix.
"""

import json
import resource
import sys
import time

import numpy as np
import scipy
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import eigsh


def load(folder, name, columns, dtype):
    part = lambda p: np.load(f"{folder}/{name}_{p}.npy")
    offsets = part("offsets")
    shape = (len(offsets) - 1, columns or len(offsets) - 1)
    return csr_matrix((part("values").astype(dtype), part("indices"), offsets), shape=shape)


def knn_graph(r, k, block=256):
    """Jaccard similarities of the K nearest, made symmetric. Row blocks: all of R Rᵀ need not fit memory."""
    n = r.shape[0]
    sizes = np.asarray(r.sum(axis=1)).ravel()
    rt = r.T.tocsr()
    indptr, indices, values = [0], [], []
    for start in range(0, n, block):
        shared = (r[start : start + block] @ rt).tocsr()
        for i in range(shared.shape[0]):
            a = start + i
            at = slice(shared.indptr[i], shared.indptr[i + 1])
            columns, common = shared.indices[at], shared.data[at]
            other = columns != a
            columns, common = columns[other], common[other]
            similarity = common / (sizes[a] + sizes[columns] - common)
            if len(columns) > k:
                nearest = np.argpartition(-similarity, k - 1)[:k]
                columns, similarity = columns[nearest], similarity[nearest]
            indptr.append(indptr[-1] + len(columns))
            indices.append(columns)
            values.append(similarity)
    w = csr_matrix((np.concatenate(values), np.concatenate(indices), indptr), shape=(n, n))
    return w.maximum(w.T)


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def main():
    folder, job = sys.argv[1], json.loads(sys.argv[2])
    w = load(folder, "w", None, np.float64)
    out = {"scipy": scipy.__version__, "numpy": np.__version__}
    degrees = np.asarray(w.sum(axis=1)).ravel()
    regularised = (1 - job["alpha"]) * degrees + job["alpha"] * degrees.max()
    scale = diags(1 / np.sqrt(regularised))
    exact = (scale @ w @ scale).tocsr()
    start = np.random.default_rng(job["seed"]).standard_normal(w.shape[0])
    count = min(job["dim"], w.shape[0] - 1)
    # In either precision; the faster one counts.
    for dtype in ("float64", "float32"):
        a = exact.astype(dtype)
        products = 0

        class Counted(scipy.sparse.linalg.LinearOperator):
            def _matvec(self, x):
                nonlocal products
                products += 1
                return a @ x

        operator = Counted(dtype=a.dtype, shape=a.shape)
        solve = lambda: eigsh(operator, k=count, which="LA", tol=job["tolerance"], v0=start.astype(dtype))
        try:
            (values, vectors), wall, cpu = timed(solve)
        except Exception as error:  # ARPACK in single precision may not converge
            print(f"SciPy, {dtype}: {error}", file=sys.stderr)
            continue
        vectors = vectors.astype(np.float64)
        residual = np.linalg.norm(exact @ vectors - vectors * values.astype(np.float64), axis=0).max()
        if "solve_cpu" not in out or cpu < out["solve_cpu"]:
            out |= {"solve_seconds": wall, "solve_cpu": cpu, "residual": residual, "products": products}
            out |= {"dtype": dtype, "values": sorted((1 - values.astype(np.float64)).tolist())}
    del exact, a
    edges = w.nnz // 2
    del w
    r = load(folder, "r", job["columns"], np.float32)
    graph, out["graph_seconds"], out["graph_cpu"] = timed(lambda: knn_graph(r, job["k"]))
    out |= {"edges": graph.nnz // 2, "edges_given": edges}
    out["bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(out))


main()
