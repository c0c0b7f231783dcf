# JAX's side of `cargo xtask bench train`: the same network, loss and optimizer as crate/src/models/dlr2.rs in
# jax.numpy (channels last, which XLA's CPU convolutions want), and the same kernels. The argument is the job;
# the last line of the output is JSON.
import json
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

job = json.loads(sys.argv[1])
dim, channels, batch, recent = job["dim"], job["channels"], job["batch"], 5
draw = np.random.default_rng(1)


def normal(shape, fan_in):
    return jnp.asarray(draw.standard_normal(shape) * np.sqrt(2.0 / fan_in), jnp.float32)


def dense(inputs, outputs):
    bound = 1 / np.sqrt(inputs)
    uniform = lambda shape: jnp.asarray(draw.uniform(-bound, bound, shape), jnp.float32)
    return {"w": uniform((inputs, outputs)), "b": uniform((outputs,))}


def kernel(inputs, outputs, size):
    return normal((size, size, inputs, outputs), inputs * size * size)


c = channels
flat = 2 * c * ((recent + 2) // 2) * ((dim + 1) // 2)
parameters = {
    "user": normal((job["users"], dim), 2),
    "item": normal((job["items"], dim), 2),
    "stem": kernel(1, c, 1),
    "convolutions": [kernel(c, c, 3), kernel(c, c, 3), kernel(c, 2 * c, 3), kernel(2 * c, 2 * c, 3)],
    "shortcut": kernel(c, 2 * c, 1),
    "gamma": jnp.ones(2 * c),
    "beta": jnp.zeros(2 * c),
    "feature": dense(flat, dim),
    "s": [dense(2 * dim, 256), dense(256, 256), dense(256, 128), dense(128, 1)],
    "g": [dense(dim, 256), dense(256, 256), dense(256, 128), dense(128, dim)],
}


def convolve(x, w, stride):
    padding = w.shape[0] // 2
    return jax.lax.conv_general_dilated(
        x, w, (stride, stride), [(padding, padding)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )


def mlp(layers, x):
    for layer in layers[:-1]:
        x = jax.nn.relu(x @ layer["w"] + layer["b"])
    return x @ layers[-1]["w"] + layers[-1]["b"]


def network(p, users, states):
    image = jnp.concatenate([p["user"][users][:, None], p["item"][states]], axis=1)[..., None]
    x = jax.nn.relu(convolve(image, p["stem"], 1))
    first, second, third, fourth = p["convolutions"]
    x = jax.nn.relu(convolve(jax.nn.relu(convolve(x, first, 1)), second, 1) + x)
    around = convolve(x, p["shortcut"], 2)
    mean, variance = around.mean((0, 1, 2)), around.var((0, 1, 2))
    around = (around - mean) / jnp.sqrt(variance + 1e-5) * p["gamma"] + p["beta"]
    x = jax.nn.relu(convolve(jax.nn.relu(convolve(x, third, 2)), fourth, 1) + around)
    feature = x.reshape(len(users), -1) @ p["feature"]["w"] + p["feature"]["b"]
    return feature, mean, variance


def loss(p, data):
    users, states, positive, negative = data
    feature, mean, variance = network(p, users, states)
    positive, negative = p["item"][positive], p["item"][negative]
    # The first layer of S in two parts: the feature's product serves both items.
    first, *rest = p["s"]
    of_state = feature @ first["w"][:dim] + first["b"]
    judge = lambda items: mlp(rest, jax.nn.relu(of_state + items @ first["w"][dim:]))[:, 0]
    discriminative = jnp.mean(judge(positive) ** 2 + jax.nn.relu(0.5 - judge(negative)) ** 2)
    drawn = jnp.tanh(mlp(p["g"], feature))
    distance = lambda items: jnp.mean((drawn - items) ** 2, axis=1)
    generative = jnp.mean(jax.nn.relu(distance(positive) - distance(negative) + 0.5))
    return discriminative + generative, (mean, variance)


@jax.jit
def step(p, moments, running, t, data):
    (value, statistics), gradients = jax.value_and_grad(loss, has_aux=True)(p, data)
    running = jax.tree.map(lambda old, new: 0.9 * old + 0.1 * new, running, statistics)
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, moments[0], gradients)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, moments[1], gradients)
    rate, root = 1e-3 / (1 - 0.9**t), jnp.sqrt(1 - 0.999**t)
    move = lambda x, m, v: x - rate * m / (jnp.sqrt(v) / root + 1e-8)
    return jax.tree.map(move, p, first, second), (first, second), running, value


def steps():
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    state = (parameters, (zeros, zeros), (jnp.zeros(2 * c), jnp.ones(2 * c)))
    seconds, losses = [], []
    for t in range(1, job["steps"] + 3):
        users = draw.integers(0, job["users"], batch)
        states = draw.integers(0, job["items"], (batch, recent))
        data = (users, states, *draw.integers(0, job["items"], (2, batch)))
        start = time.perf_counter()
        *state, value = step(*state, float(t), data)
        jax.block_until_ready((state, value))
        seconds.append(time.perf_counter() - start)
        losses.append(float(value))
    return min(seconds[2:]), [losses[0], losses[-1]]


def fastest(call, *arguments):
    call = jax.jit(call)
    jax.block_until_ready(call(*arguments))
    start, best = time.perf_counter(), float("inf")
    while time.perf_counter() - start < job["seconds"]:
        one = time.perf_counter()
        jax.block_until_ready(call(*arguments))
        best = min(best, time.perf_counter() - one)
    return best


def gemm(m, n, k):
    return fastest(jnp.matmul, normal((m, k), 2), normal((k, n), 2))


def conv(inputs, outputs, height, width, size, stride):
    x, w = normal((batch, height, width, inputs), 2), kernel(inputs, outputs, size)
    forward = lambda x, w: convolve(x, w, stride)
    y = forward(x, w)
    return [
        fastest(forward, x, w),
        fastest(lambda x, w, y: jax.vjp(lambda x: forward(x, w), x)[1](y)[0], x, w, y),
        fastest(lambda x, w, y: jax.vjp(lambda w: forward(x, w), w)[1](y)[0], x, w, y),
    ]


best, losses = steps()
result = {
    "step": best,
    "losses": losses,
    "parameters": sum(x.size for x in jax.tree.leaves(parameters)),
    "gemm": [gemm(*sizes) for sizes in job["gemm"]],
    "conv": [conv(*sizes) for sizes in job["conv"]],
}
print(json.dumps(result))
