//! Initial embedding tables. Each initialisation is one file with its description beside its code; its parameters
//! end with those of [`prism`], which goes on top of any of them.

pub mod normal;
pub mod prism;
pub mod spectral;
pub mod svd;
pub mod xavier;

use crate::data::interactions::{Side, Split};
use crate::error::{Code, Error, Result};
pub use crate::nn::Tables;
use crate::params::Params;
use crate::rng::Seed;
use crate::task::{LocalFuture, Task};
use ndarray::Array2;

/// One side's embedding and, for spectral methods, how well it was solved.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// `n × d`, one row a node.
    pub vectors: Array2<f32>,
    /// Eigenvalues (LE, LEPORID: ascending, of the Laplacian; zero columns, which LE gives isolated nodes, come last) or singular values (SVD: descending); empty for others.
    pub values: Vec<f64>,
    /// Residual ‖Av−λv‖ of each pair; empty for methods that solve nothing.
    pub residuals: Vec<f64>,
    /// How many times a vector was multiplied by the operator.
    pub products: usize,
    /// What the KNN graph looked like, for methods that build one.
    pub graph: Option<crate::graph::GraphStats>,
    /// Degree of every node of that graph; empty without one.
    pub degrees: Vec<f64>,
}

impl Embedding {
    /// A table that was drawn, not solved for.
    pub fn unsolved(vectors: Array2<f32>) -> Self {
        Self {
            vectors,
            values: Vec::new(),
            residuals: Vec::new(),
            products: 0,
            graph: None,
            degrees: Vec::new(),
        }
    }
}

/// What an initialisation gets besides its parameters.
pub struct InitInput<'a> {
    /// The data; only the training part may be used.
    pub split: &'a Split,
    /// Embedding size d.
    pub dim: usize,
    /// Seed of the run.
    pub seed: Seed,
}

/// An initialisation: embeddings of the sides asked for, in that order.
pub type InitFn = for<'a> fn(
    &'a Params,
    &'a InitInput<'a>,
    &'a [Side],
    &'a Task,
) -> LocalFuture<'a, Result<Vec<Embedding>>>;

/// The random stream of a side's table: one side alone draws the same numbers as both together.
fn stream(side: Side) -> &'static str {
    match side {
        Side::User => "init-user",
        Side::Item => "init-item",
    }
}

/// What a side's nodes are called in messages.
fn plural(side: Side) -> &'static str {
    match side {
        Side::User => "users",
        Side::Item => "items",
    }
}

/// An eigenvector a dimension: no more dimensions than nodes.
fn check_dim(dim: usize, n: usize, nodes: &str) -> Result<()> {
    if dim <= n {
        return Ok(());
    }
    let text =
        format!("{dim} dimensions were asked for, but there are only {n} {nodes}: at most {n} are possible");
    Err(Error::new(Code::OutOfRange, text).for_key("dim").with_value(dim.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::interactions::Sequences;
    use crate::params::Method;
    use crate::task::run;
    use rand::RngExt;
    use serde_json::Value;

    /// 60 users and 80 items, three groups, some items without any interaction.
    pub(super) fn small_split() -> Split {
        let mut rng = Seed(7).stream("test");
        let rows: Vec<Vec<u32>> = (0..60_u32)
            .map(|u| {
                (0..78).filter(|i| rng.random::<f64>() < if i % 3 == u % 3 { 0.4 } else { 0.03 }).collect()
            })
            .collect();
        let none = Sequences::from_rows(vec![[0_u32; 0]; 60]);
        Split {
            n_users: 60,
            n_items: 80,
            train: Sequences::from_rows(rows),
            validation: none.clone(),
            test: none,
        }
    }

    pub(super) fn build_on(
        method: &'static Method,
        build: InitFn,
        params: &Value,
        dim: usize,
        sides: &[Side],
    ) -> Result<Vec<Embedding>> {
        let split = small_split();
        let params = Params::check(method, params.as_object().unwrap(), "init")?;
        let input = InitInput { split: &split, dim, seed: Seed(123) };
        run(build(&params, &input, sides, &Task::silent()))
    }

    #[test]
    fn too_many_dimensions_name_the_side() {
        let e = check_dim(33, 32, "items").unwrap_err();
        assert_eq!(
            e.message,
            "33 dimensions were asked for, but there are only 32 items: at most 32 are possible"
        );
        assert_eq!((e.code, e.key.as_deref()), (Code::OutOfRange, Some("dim")));
    }
}
