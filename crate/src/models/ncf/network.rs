//! The two parts of NeuMF, their sum and its loss (He et al., eq. 7 to 12).

use crate::autodiff::{Device, Tensor, Var};
use crate::nn::layers::{Embedding, Linear, Parameters, uniform};
use crate::rng::Rng;

/// Which parts there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// NeuMF.
    Both,
    /// Generalised matrix factorisation alone.
    Gmf,
    /// The tower alone.
    Mlp,
}

/// Tables of one part, by their places.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub user: Embedding,
    pub item: Embedding,
}

impl Pair {
    fn new(p: &mut Parameters, part: &str, tables: &impl Fn() -> [Tensor; 2]) -> Self {
        let [user, item] = tables();
        let user = Embedding::new(p, &format!("{part}.user"), user);
        Self { user, item: Embedding::new(p, &format!("{part}.item"), item) }
    }
}

/// The product of two vectors, entry by entry, weighted.
struct Gmf {
    tables: Pair,
    /// `d`.
    output: usize,
}

/// Layers over two vectors side by side; the first is applied in two parts, since a user meets many items.
struct Mlp {
    tables: Pair,
    /// `d × width` each.
    user_weight: usize,
    item_weight: usize,
    bias: usize,
    rest: Vec<Linear>,
    /// `width of the last × 1`.
    output: usize,
}

/// NeuMF's parameters and what it computes of them.
pub struct Network {
    pub parameters: Parameters,
    gmf: Option<Gmf>,
    mlp: Option<Mlp>,
    bias: usize,
}

/// What the parts make of items alone, `N` rows each: vectors (`N × d`), and products with the item's half of
/// the first layer (`N × width`).
pub struct Items {
    gmf: Option<Var>,
    mlp: Option<Var>,
}

/// Users' vectors of both parts, `B × d` each.
pub struct Users {
    gmf: Option<Var>,
    mlp: Option<Var>,
}

/// Users, and the items that each meets: `1 + k` groups of as many items as users, the positives first.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub users: Vec<u32>,
    pub items: Vec<u32>,
}

fn widths(dim: usize, layers: usize) -> Vec<usize> {
    (0..layers).map(|layer| (dim >> layer).max(1)).collect()
}

impl Mlp {
    fn new(
        p: &mut Parameters,
        device: &Device,
        tables: Pair,
        [dim, layers]: [usize; 2],
        rng: &mut Rng,
    ) -> Self {
        let widths = widths(dim, layers);
        let mut push = |p: &mut Parameters, name: &str, shape: &[usize]| {
            p.push(format!("mlp.0.{name}"), uniform(device, shape, 2 * dim, rng))
        };
        let user_weight = push(p, "user", &[dim, widths[0]]);
        let item_weight = push(p, "item", &[dim, widths[0]]);
        let bias = push(p, "bias", &[widths[0]]);
        let rest = (widths.windows(2).enumerate())
            .map(|(i, w)| Linear::new(p, device, &format!("mlp.{}", i + 1), [w[0], w[1]], rng))
            .collect();
        let last = widths[layers - 1];
        let output = p.push("mlp.output", uniform(device, &[last, 1], last, rng));
        Self { tables, user_weight, item_weight, bias, rest, output }
    }

    /// Logits of B users (`B × d`) and their items (`k·B × width`, k groups): `k·B × 1`.
    fn logits(&self, p: &[Var], users: &Var, items: &Var) -> Var {
        let part = users.matmul(&p[self.user_weight]).add_to_rows(&p[self.bias]);
        let ([rows, width], met) = (items.value().matrix(), part.value().len());
        let first = items.reshape(&[rows * width / met, met]).add_to_rows(&part.reshape(&[met]));
        let first = first.reshape(&[rows, width]).relu();
        let last = self.rest.iter().fold(first, |x, layer| layer.apply(p, &x).relu());
        last.matmul(&p[self.output])
    }
}

impl Gmf {
    /// As [`Mlp::logits`], with items of `k·B × d`.
    fn logits(&self, p: &[Var], users: &Var, items: &Var) -> Var {
        let ([rows, dim], met) = (items.value().matrix(), users.value().len());
        let weighted = users.scale_columns(&p[self.output]).reshape(&[met]);
        let products = items.reshape(&[rows * dim / met, met]).scale_columns(&weighted);
        products.reshape(&[rows, dim]).sum_rows().reshape(&[rows, 1])
    }
}

impl Network {
    /// New layers of `layers` in the tower, and the tables (user, item: `n × d`) that `tables` uploads, once
    /// for each part.
    pub fn new(
        device: &Device,
        parts: Parts,
        [dim, layers]: [usize; 2],
        tables: &impl Fn() -> [Tensor; 2],
        rng: &mut Rng,
    ) -> Self {
        let mut p = Parameters::default();
        let gmf = (parts != Parts::Mlp).then(|| {
            let tables = Pair::new(&mut p, "gmf", tables);
            Gmf { tables, output: p.push("gmf.output", uniform(device, &[dim], dim, rng)) }
        });
        let mlp = (parts != Parts::Gmf).then(|| {
            let tables = Pair::new(&mut p, "mlp", tables);
            Mlp::new(&mut p, device, tables, [dim, layers], rng)
        });
        let bias = p.push("bias", Tensor::zeros(device, &[1]));
        Self { parameters: p, gmf, mlp, bias }
    }

    /// The tables of each part.
    pub fn tables(&self) -> impl Iterator<Item = Pair> {
        let (gmf, mlp) = (self.gmf.as_ref().map(|g| g.tables), self.mlp.as_ref().map(|m| m.tables));
        gmf.into_iter().chain(mlp)
    }

    /// Users' vectors, made of each part's user table.
    pub fn users(&self, p: &[Var], vectors: impl Fn(&Var) -> Var) -> Users {
        let of = |tables: Pair| vectors(&p[tables.user.place()]);
        Users { gmf: self.gmf.as_ref().map(|g| of(g.tables)), mlp: self.mlp.as_ref().map(|m| of(m.tables)) }
    }

    /// What does not depend on users, of item vectors made of each part's item table.
    pub fn items(&self, p: &[Var], vectors: impl Fn(&Var) -> Var) -> Items {
        let of = |tables: Pair| vectors(&p[tables.item.place()]);
        Items {
            gmf: self.gmf.as_ref().map(|g| of(g.tables)),
            mlp: self.mlp.as_ref().map(|m| of(m.tables).matmul(&p[m.item_weight])),
        }
    }

    /// Logits of B users and `k·B` items in k groups of B; for one user, of all N items. `k·B × 1`.
    pub fn logits(&self, p: &[Var], users: &Users, items: &Items) -> Var {
        let gmf = self.gmf.as_ref().zip(users.gmf.as_ref()).zip(items.gmf.as_ref());
        let mlp = self.mlp.as_ref().zip(users.mlp.as_ref()).zip(items.mlp.as_ref());
        let gmf = gmf.map(|((part, users), items)| part.logits(p, users, items));
        let mlp = mlp.map(|((part, users), items)| part.logits(p, users, items));
        let sum = match (gmf, mlp) {
            (Some(gmf), Some(mlp)) => gmf.add(&mlp),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => unreachable!("a network has a part"),
        };
        sum.add_to_rows(&p[self.bias])
    }

    /// Binary cross-entropy (eq. 7, averaged): `−mean( ln σ(positive logits), ln σ(−negative logits) )`.
    pub fn loss(&self, p: &[Var], batch: &Batch) -> Var {
        let users = self.users(p, |table| table.gather(&batch.users));
        let items = self.items(p, |table| table.gather(&batch.items));
        let (n, all) = (batch.users.len(), batch.items.len());
        let logits = self.logits(p, &users, &items).reshape(&[1, all]);
        let positive = logits.slice(0, n).log_sigmoid().sum();
        let negative = logits.slice(n, all - n).affine(-1.0, 0.0).log_sigmoid().sum();
        positive.add(&negative).affine(-1.0 / all as f32, 0.0)
    }

    /// `½ λ Σ ‖row‖²` over the distinct users and items of the batch, in all tables.
    pub fn penalty(&self, p: &[Var], batch: &Batch, lambda: f32) -> Var {
        let distinct = |list: &[u32]| {
            let mut list = list.to_vec();
            list.sort_unstable();
            list.dedup();
            list
        };
        let (users, items) = (distinct(&batch.users), distinct(&batch.items));
        let rows = self.tables().flat_map(|t| [t.user.apply(p, &users), t.item.apply(p, &items)]);
        let squares = rows.map(|rows| rows.square().sum()).reduce(|a, b| a.add(&b));
        squares.expect("a network has a part").affine(0.5 * lambda, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autodiff::Tape;
    use crate::linalg::reference::Reference;
    use crate::rng::Seed;
    use rand::RngExt;
    use std::rc::Rc;

    const USERS: usize = 4;
    const ITEMS: usize = 6;
    const DIM: usize = 4;
    const LAMBDA: f32 = 0.25;

    fn network(parts: Parts) -> (Device, Network) {
        let device: Device = Rc::new(Reference);
        let tables = || {
            let mut rng = Seed(4).stream("tables");
            [USERS, ITEMS].map(|n| {
                let values: Vec<f32> = (0..n * DIM).map(|_| rng.random_range(-1.0..1.0)).collect();
                Tensor::from_slice(&device, &[n, DIM], &values)
            })
        };
        let network = Network::new(&device, parts, [DIM, 2], &tables, &mut Seed(5).stream("weights"));
        (device, network)
    }

    fn batch() -> Batch {
        // User 2 twice, item 5 as a positive and as a negative; user 3 and item 4 are absent.
        Batch { users: vec![2, 0, 2, 1], items: vec![5, 1, 0, 2, 3, 5, 1, 3, 0, 0, 2, 5] }
    }

    fn values(network: &Network) -> Vec<Vec<f64>> {
        network.parameters.values().iter().map(|t| Reference.values(t.buffer())).collect()
    }

    /// The logit by the paper's formulas (eq. 8, 10 to 12) in plain loops.
    fn plain(network: &Network, user: usize, item: usize) -> f64 {
        let all = values(network);
        let get = |name: &str| {
            let at = network.parameters.names().iter().position(|n| n == name);
            at.map(|at| all[at].clone())
        };
        let row = |name: &str, r: usize| get(name).expect("a table")[r * DIM..(r + 1) * DIM].to_vec();
        let mut logit = get("bias").expect("a bias")[0];
        if let Some(h) = get("gmf.output") {
            let (u, i) = (row("gmf.user", user), row("gmf.item", item));
            logit += (0..DIM).map(|c| h[c] * u[c] * i[c]).sum::<f64>();
        }
        if let Some(h) = get("mlp.output") {
            let x = [row("mlp.user", user), row("mlp.item", item)].concat();
            let first = [get("mlp.0.user").expect("weights"), get("mlp.0.item").expect("weights")].concat();
            let layer = |x: &[f64], w: &[f64], b: &[f64]| -> Vec<f64> {
                let out =
                    |o: usize| b[o] + x.iter().enumerate().map(|(i, x)| x * w[i * b.len() + o]).sum::<f64>();
                (0..b.len()).map(|o| out(o).max(0.0)).collect()
            };
            let x = layer(&x, &first, &get("mlp.0.bias").expect("a bias"));
            let x = layer(&x, &get("mlp.1.weight").expect("weights"), &get("mlp.1.bias").expect("a bias"));
            assert_eq!((h.len(), x.len()), (2, 2), "the tower halves its width");
            logit += x.iter().zip(&h).map(|(x, h)| x * h).sum::<f64>();
        }
        logit
    }

    /// Loss and penalty by their definitions.
    fn plain_loss(network: &Network, batch: &Batch) -> f64 {
        let n = batch.users.len();
        let term = |(at, &item): (usize, &u32)| {
            let logit = plain(network, batch.users[at % n] as usize, item as usize);
            (1.0 + (if at < n { -logit } else { logit }).exp()).ln()
        };
        let loss = batch.items.iter().enumerate().map(term).sum::<f64>() / batch.items.len() as f64;
        let all = values(network);
        let mut squares = 0.0;
        for (name, values) in network.parameters.names().iter().zip(&all) {
            let absent = match name.as_str() {
                "gmf.user" | "mlp.user" => 3,
                "gmf.item" | "mlp.item" => 4,
                _ => continue,
            };
            let rows = values.chunks(DIM).enumerate().filter(|(r, _)| *r != absent);
            squares += rows.flat_map(|(_, row)| row).map(|v| v * v).sum::<f64>();
        }
        loss + 0.5 * f64::from(LAMBDA) * squares
    }

    fn on_tape(device: &Device, network: &Network, batch: &Batch) -> (Tape, Var) {
        let tape = Tape::new(device);
        let p = network.parameters.on_tape(&tape, 0);
        let loss = network.loss(&p, batch).add(&network.penalty(&p, batch, LAMBDA));
        (tape, loss)
    }

    #[test]
    fn loss_and_gradients_agree_with_the_formulas() {
        const STEP: f64 = 1e-5;
        for parts in [Parts::Both, Parts::Gmf, Parts::Mlp] {
            let ((device, network), batch) = (network(parts), batch());
            let (tape, loss) = on_tape(&device, &network, &batch);
            let (found, expected) =
                (Reference.values(loss.value().buffer())[0], plain_loss(&network, &batch));
            assert!((found - expected).abs() < 1e-7, "{parts:?}: {found} instead of {expected}");
            let mut gradients = tape.backward(&loss);
            for (i, (name, tensor)) in
                network.parameters.names().iter().zip(network.parameters.values()).enumerate()
            {
                let gradient = gradients.take(i).unwrap_or_else(|| panic!("{name}")).dense();
                let gradient = Reference.values(gradient.buffer());
                let own = Reference.values(tensor.buffer());
                for at in 0..own.len() {
                    let moved = |h: f64| {
                        let mut moved = own.clone();
                        moved[at] += h;
                        device.copy(&Reference.upload_f64(&moved), tensor.buffer());
                        let loss = plain_loss(&network, &batch);
                        device.copy(&Reference.upload_f64(&own), tensor.buffer());
                        loss
                    };
                    let slope = (moved(STEP) - moved(-STEP)) / (2.0 * STEP);
                    let difference = (gradient[at] - slope).abs();
                    assert!(
                        difference < 2e-6,
                        "{parts:?}, {name}[{at}]: {} instead of {slope}",
                        gradient[at]
                    );
                }
            }
        }
    }
}
