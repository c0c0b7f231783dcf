//! What an experiment is asked to do: one JSON object for the page, the API and the CLI, checked once.

use crate::error::{Code, Error, Result};
use crate::params::{Kind, Method, Param, Params};
use crate::rng::Seed;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Methods side by side in one experiment, at most.
pub const MAX_METHODS: usize = 6;

/// Description of the graphs: the part that [`BarabasiAlbertOptions`] reads.
pub static GRAPH: Method = Method {
    name: "barabasi-albert",
    title: "Barabási–Albert graph",
    doc: "Grows by preferential attachment: a new node joins earlier ones with chances by their degrees.",
    formula: "P(join b) ∝ degree(b)",
    source: "Barabási & Albert, Science 286, 1999; Zhang et al., KDD 2021, appendix E",
    params: &[NODES, ATTACH, SEED],
};

/// Description of the experiment's settings.
pub static SIMULATE: Method = Method {
    name: "simulate",
    title: "Perturbation experiment",
    doc: "Adds edges to random graphs, one at a time, and measures how far the node's embedding moves.",
    formula: "‖u′ − u‖ by degree",
    source: "Zhang et al., KDD 2021, figure 2 and appendix E",
    params: &[
        NODES,
        ATTACH,
        SEED,
        Param {
            name: "graphs",
            title: "graphs",
            doc: "Random graphs, each with all of its nodes.",
            unit: "graphs",
            kind: Kind::Int { min: 1, max: 100_000, default: 50 },
        },
        Param {
            name: "repeats",
            title: "insertions",
            doc: "New edges tried at every node, one at a time, drawn with replacement.",
            unit: "edges",
            kind: Kind::Int { min: 1, max: 100_000, default: 30 },
        },
        DIM,
    ],
};

const NODES: Param = Param {
    name: "nodes",
    title: "nodes",
    doc: "Nodes of a graph.",
    unit: "nodes",
    kind: Kind::Int { min: 2, max: super::super::barabasi_albert::MAX_NODES as i64, default: 100 },
};

const ATTACH: Param = Param {
    name: "attach",
    title: "edges a node",
    doc: "Earlier nodes that a new node joins; as many nodes without edges are there at first.",
    unit: "edges",
    kind: Kind::Int { min: 1, max: super::super::barabasi_albert::MAX_NODES as i64 - 1, default: 10 },
};

const SEED: Param = Param {
    name: "seed",
    title: "seed",
    doc: "Seed of the graphs and of the new edges.",
    unit: "",
    kind: Kind::Int { min: 0, max: (1 << 53) - 1, default: 123 },
};

const DIM: Param = Param {
    name: "dim",
    title: "embedding size",
    doc: "Eigenvectors d of the smallest eigenvalues; at most the number of nodes.",
    unit: "",
    kind: Kind::Int { min: 1, max: super::super::barabasi_albert::MAX_NODES as i64, default: 40 },
};

const NORMALISED: Param = Param {
    name: "normalised",
    title: "normalised",
    doc: "D^−½ L D^−½ in place of L; the figure's is not normalised.",
    unit: "",
    kind: Kind::Bool { default: false },
};

/// Description of Laplacian Eigenmaps on a graph.
pub static LE: Method = Method {
    name: "le",
    title: "LE",
    doc: "Laplacian Eigenmaps: the eigenvectors of the Laplacian's smallest eigenvalues.",
    formula: "L = D − W",
    source: "Belkin & Niyogi, NIPS 2001",
    params: &[NORMALISED],
};

/// Description of LEPORID on a graph.
pub static LEPORID: Method = Method {
    name: "leporid",
    title: "LEPORID",
    doc: "Laplacian Eigenmaps with degrees regularised towards the largest.",
    formula: "L = (1 − α) D + α d_max I − W",
    source: "Zhang et al., KDD 2021, eq. 6",
    params: &[
        Param {
            name: "alpha",
            title: "α",
            doc: "Strength of the regularisation; 0 is LE.",
            unit: "",
            kind: Kind::Float { min: 0.0, max: 1.0, default: 0.5, log: false },
        },
        NORMALISED,
    ],
};

/// A Laplacian whose eigenvectors embed a graph's nodes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SpectralMethod {
    /// `le` or `leporid`.
    pub name: &'static str,
    /// α of LEPORID; 0 for LE.
    pub alpha: f64,
    /// The normalised Laplacian.
    pub normalised: bool,
}

impl SpectralMethod {
    /// Checks one method; `path` is its place, e.g. `methods.0`.
    ///
    /// # Errors
    /// [`Code::UnknownName`], [`Code::UnknownKey`], [`Code::OutOfRange`] with the key and the value.
    pub fn parse(value: &Value, path: &str) -> Result<Self> {
        let name = value.get("name").unwrap_or(&Value::Null);
        let method = match name.as_str() {
            Some("le") => &LE,
            Some("leporid") => &LEPORID,
            _ => {
                let text = format!("{name} is no method here: it may be \"le\" or \"leporid\"");
                let key = format!("{path}.name");
                return Err(Error::new(Code::UnknownName, text).for_key(key).with_value(name.to_string()));
            }
        };
        let mut given = value.as_object().cloned().unwrap_or_default();
        // What a record says of LE: it has no α, which is 0.
        if method.name == "le" && given.get("alpha").and_then(Value::as_f64) == Some(0.0) {
            given.remove("alpha");
        }
        let params = Params::check(method, &given, path)?;
        let alpha = if method.name == "le" { 0.0 } else { params.f64("alpha") };
        Ok(Self { name: method.name, alpha, normalised: params.bool("normalised") })
    }

    /// Checks a list of methods under the key `methods`; LE if there is none.
    ///
    /// # Errors
    /// As [`Self::parse`]; [`Code::OutOfRange`] for an empty list or more than [`MAX_METHODS`].
    pub fn parse_all(list: Option<&Value>) -> Result<Vec<Self>> {
        let Some(list) = list else { return Ok(vec![LE_UNNORMALISED]) };
        let methods = list.as_array().filter(|m| (1..=MAX_METHODS).contains(&m.len()));
        let Some(methods) = methods else {
            let shown = list.as_array().map_or_else(|| list.to_string(), |m| format!("{} methods", m.len()));
            let text = format!("{shown}: give a list of 1 to {MAX_METHODS} methods");
            return Err(Error::new(Code::OutOfRange, text).for_key("methods").with_value(shown));
        };
        methods.iter().enumerate().map(|(i, m)| Self::parse(m, &format!("methods.{i}"))).collect()
    }
}

/// The figure's method.
const LE_UNNORMALISED: SpectralMethod = SpectralMethod { name: "le", alpha: 0.0, normalised: false };

/// A graph by preferential attachment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarabasiAlbertOptions {
    /// Number of nodes.
    pub nodes: usize,
    /// Edges of a new node.
    pub attach: usize,
    /// The seed.
    pub seed: Seed,
}

impl BarabasiAlbertOptions {
    /// Checks the keys `nodes attach seed`.
    ///
    /// # Errors
    /// [`Code::UnknownKey`] or [`Code::OutOfRange`], with the key and the value.
    pub fn parse(value: &Value) -> Result<Self> {
        Self::from(&Params::check(&GRAPH, object(value)?, "")?)
    }

    fn from(params: &Params) -> Result<Self> {
        let (nodes, attach) = (params.usize("nodes"), params.usize("attach"));
        if attach >= nodes {
            let text = format!(
                "{attach} edges a new node: in a graph of {nodes} nodes it may be 1 to {}",
                nodes - 1
            );
            let e = Error::new(Code::OutOfRange, text).for_key("attach");
            return Err(e.with_value(attach.to_string()));
        }
        Ok(Self { nodes, attach, seed: seed(params) })
    }
}

/// A checked experiment. Only [`SimulateConfig::parse`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulateConfig {
    /// The graphs.
    pub graph: BarabasiAlbertOptions,
    /// Number of graphs.
    pub graphs: usize,
    /// New edges tried at every node.
    pub repeats: usize,
    /// Number of eigenvectors.
    pub dim: usize,
    /// The methods to compare, all on the same graphs and edges.
    pub methods: Vec<SpectralMethod>,
}

impl SimulateConfig {
    /// Checks an experiment; what it leaves out takes its default.
    ///
    /// # Errors
    /// [`Code::UnknownName`], [`Code::UnknownKey`] or [`Code::OutOfRange`], with the key and the value.
    pub fn parse(value: &Value) -> Result<Self> {
        let mut given = object(value)?.clone();
        let methods = SpectralMethod::parse_all(given.shift_remove("methods").as_ref())?;
        let params = Params::check(&SIMULATE, &given, "")?;
        let graph = BarabasiAlbertOptions::from(&params)?;
        let dim = params.usize("dim");
        check_dim(dim, graph.nodes)?;
        Ok(Self { graph, graphs: params.usize("graphs"), repeats: params.usize("repeats"), dim, methods })
    }

    /// The canonical JSON, every key written out.
    pub fn to_json(&self) -> Value {
        json!({
            "nodes": self.graph.nodes,
            "attach": self.graph.attach,
            "seed": self.graph.seed.0,
            "graphs": self.graphs,
            "repeats": self.repeats,
            "dim": self.dim,
            "methods": self.methods,
        })
    }
}

/// # Errors
/// [`Code::OutOfRange`] with key `dim` if there are not so many eigenvectors.
pub fn check_dim(dim: usize, nodes: usize) -> Result<()> {
    if (1..=nodes).contains(&dim) {
        return Ok(());
    }
    let text = format!("{dim} eigenvectors were asked for, but a graph of {nodes} nodes has 1 to {nodes}");
    Err(Error::new(Code::OutOfRange, text).for_key("dim").with_value(dim.to_string()))
}

/// Below 2⁵³; not `usize`, which is too small for it in wasm32.
fn seed(params: &Params) -> Seed {
    Seed(params.f64("seed") as u64)
}

/// `null` is an object without keys: everything takes its default.
fn object(value: &Value) -> Result<&Map<String, Value>> {
    static EMPTY: std::sync::OnceLock<Map<String, Value>> = std::sync::OnceLock::new();
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(EMPTY.get_or_init(Map::new)),
        other => Err(Error::new(Code::OutOfRange, format!("{other} is not an object of options"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_the_figure() {
        let config = SimulateConfig::parse(&Value::Null).unwrap();
        let expected = json!({
            "nodes": 100, "attach": 10, "seed": 123, "graphs": 50, "repeats": 30, "dim": 40,
            "methods": [{"name": "le", "alpha": 0.0, "normalised": false}],
        });
        assert_eq!(config.to_json(), expected);
        assert_eq!(SimulateConfig::parse(&expected).unwrap(), config, "a record's config runs again");
    }

    #[test]
    fn errors_name_key_and_value() {
        let error = |value: Value| {
            let e = SimulateConfig::parse(&value).unwrap_err();
            (e.code, e.key.unwrap_or_default(), e.value.unwrap_or_default())
        };
        let out = |key: &str, value: &str| (Code::OutOfRange, key.to_owned(), value.to_owned());
        assert_eq!(error(json!({"attach": 100})), out("attach", "100"));
        assert_eq!(error(json!({"dim": 101})), out("dim", "101"));
        assert_eq!(error(json!({"graphs": 0})), out("graphs", "0"));
        assert_eq!(error(json!({"nodes": 2_001})), out("nodes", "2001"));
        assert_eq!(error(json!({"methods": []})), out("methods", "0 methods"));
        let seven = vec![json!({"name": "le"}); 7];
        assert_eq!(error(json!({"methods": seven})), out("methods", "7 methods"));
        let alpha = json!({"methods": [{"name": "le"}, {"name": "leporid", "alpha": 2}]});
        assert_eq!(error(alpha), out("methods.1.alpha", "2"));
        assert_eq!(error(json!({"methods": [{"name": "le", "alpha": 0.5}]})).0, Code::UnknownKey);
        assert_eq!(error(json!({"methods": [{"name": "pca"}]})).0, Code::UnknownName);
        assert_eq!(error(json!({"node": 5})).0, Code::UnknownKey);
    }
}
