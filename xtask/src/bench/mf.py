# implicit's side of `cargo xtask bench mf`: BPR on one thread, on the same training pairs. The argument is the job;
# the last line of the output is JSON.
import json
import sys
import time

import implicit
import numpy as np
from implicit.bpr import BayesianPersonalizedRanking
from scipy.sparse import csr_matrix

job = json.loads(sys.argv[1])
users, items = np.fromfile(job["pairs"], np.uint32).reshape(2, -1)
shape = (job["users"], job["items"])
matrix = csr_matrix((np.ones(len(users), np.float32), (users, items)), shape)
known = np.sort(users.astype(np.int64) * shape[1] + items)
draw = np.random.default_rng(1)


def loss(model, count=200_000):
    """The mean of -ln sigma(score of a pair - score of an item that its user does not have)."""
    at = draw.integers(0, len(users), count)
    negative = draw.integers(0, shape[1], count)
    wanted = users[at].astype(np.int64) * shape[1] + negative
    unknown = known[np.minimum(np.searchsorted(known, wanted), len(known) - 1)] != wanted
    at, negative = at[unknown], negative[unknown]
    user = np.asarray(model.user_factors, np.float64)[users[at]]
    item = np.asarray(model.item_factors, np.float64)
    x = np.einsum("nd,nd->n", user, item[items[at]] - item[negative])
    return float(np.mean(np.logaddexp(0, -x)))


seconds = []
model = BayesianPersonalizedRanking(
    factors=job["dim"],
    learning_rate=job["rate"],
    regularization=0.0,
    iterations=job["epochs"],
    num_threads=1,
    random_state=1,
)
model.fit(matrix, show_progress=False, callback=lambda epoch, elapsed, *_: seconds.append(elapsed))
after = loss(model)
best = min(seconds)
result = {
    "pairs_per_second": len(users) / best,
    "seconds": best,
    "losses": [None, after],
    "version": implicit.__version__,
}
print(json.dumps(result))
