//! DLR²'s parameters.

use crate::error::{Code, Error, Result};
use crate::params::{Kind, Method, Param, Params};

const fn int(
    name: &'static str,
    title: &'static str,
    doc: &'static str,
    unit: &'static str,
    range: [i64; 3],
) -> Param {
    Param { name, title, doc, unit, kind: Kind::Int { min: range[0], max: range[1], default: range[2] } }
}

const fn choice(
    name: &'static str,
    title: &'static str,
    doc: &'static str,
    options: &'static [&'static str],
) -> Param {
    Param { name, title, doc, unit: "", kind: Kind::Choice { options, default: options[0] } }
}

const fn margin(name: &'static str, title: &'static str, doc: &'static str) -> Param {
    Param { name, title, doc, unit: "", kind: Kind::Float { min: 0.0, max: 100.0, default: 0.5, log: false } }
}

/// Description of DLR².
pub static METHOD: Method = Method {
    name: "dlr2",
    title: "DLR²",
    doc: "A residual network over a user's and the last five items' vectors; one head judges items, the other draws the vector of the next one.",
    formula: "L = mean(S(s, e⁺)² + max(m_S − S(s, e⁻), 0)²) + mean(max(‖G(s) − e⁺‖ − ‖G(s) − e⁻‖ + m_G, 0))",
    source: "Zhang et al., KDD 2021, section 4, eq. 10 and 11",
    params: &[
        int("dim", "embedding size d", "Length of the vectors.", "dimensions", [1, 1024, 64]),
        int(
            "channels",
            "channels",
            "Channels of the first block; the second has twice as many.",
            "channels",
            [1, 512, 64],
        ),
        choice(
            "architecture",
            "architecture",
            "The feature network: convolutions with skips, without skips, dense layers alone, or invertible blocks.",
            &["resnet", "only-conv", "no-conv", "revnet"],
        ),
        choice("losses", "losses", "Which heads are trained.", &["both", "discriminative", "generative"]),
        choice("head", "head", "Which head ranks the items.", &["discriminative", "generative"]),
        choice(
            "distance",
            "distance",
            "Of the generative loss: the squared differences' mean (the authors' program), or the Euclidean distance (their paper).",
            &["mean-square", "euclidean"],
        ),
        margin(
            "margin_s",
            "margin m_S",
            "Above which the discriminative head lifts negatives. At 0 (the paper's value) S = 0 is a solution.",
        ),
        margin("margin_g", "margin m_G", "By which the generative head shall come nearer to the positive."),
        choice(
            "tables",
            "tables",
            "Whether the initial tables are trained with the rest or stay as they are.",
            &["trained", "frozen"],
        ),
        int(
            "epoch_steps",
            "steps an epoch",
            "Steps that count as an epoch: after them the loop may evaluate.",
            "steps",
            [1, 1_000_000, 100],
        ),
        int(
            "decay_steps",
            "decay",
            "Steps over which the learning rate falls to 0 along half a cosine; 0 keeps it. Later steps change nothing.",
            "steps",
            [0, 16_000_000, 5000],
        ),
    ],
};

/// The feature network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// Two residual blocks.
    ResNet,
    /// The same convolutions, one after the other.
    OnlyConv,
    /// Dense layers.
    NoConv,
    /// Two invertible blocks.
    RevNet,
}

/// What is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Losses {
    /// L_S + L_G.
    Both,
    /// L_S alone.
    Discriminative,
    /// L_G alone.
    Generative,
}

/// What ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// S, lowest first.
    Discriminative,
    /// The distance to G's vector, lowest first.
    Generative,
}

/// The parameters, read once.
#[derive(Debug, Clone)]
pub struct Settings {
    pub dim: usize,
    pub channels: usize,
    pub architecture: Architecture,
    pub losses: Losses,
    pub head: Head,
    /// Roots of summed squares in L_G, and not their mean.
    pub euclidean: bool,
    pub margin_s: f32,
    pub margin_g: f32,
    /// The tables stay as they are.
    pub frozen: bool,
    pub epoch_steps: usize,
    pub decay_steps: usize,
}

impl Settings {
    /// # Errors
    /// [`Code::OutOfRange`] for an odd number of channels with `revnet`, whose blocks halve them.
    pub fn new(params: &Params) -> Result<Self> {
        let channels = params.usize("channels");
        let architecture = match params.str("architecture") {
            "resnet" => Architecture::ResNet,
            "only-conv" => Architecture::OnlyConv,
            "no-conv" => Architecture::NoConv,
            _ => Architecture::RevNet,
        };
        if architecture == Architecture::RevNet && !channels.is_multiple_of(2) {
            let message = format!("{channels} channels cannot be halved, as the blocks of revnet do");
            return Err(Error::new(Code::OutOfRange, message)
                .for_key("model.channels")
                .with_value(channels.to_string()));
        }
        Ok(Self {
            dim: params.usize("dim"),
            channels,
            architecture,
            losses: match params.str("losses") {
                "both" => Losses::Both,
                "discriminative" => Losses::Discriminative,
                _ => Losses::Generative,
            },
            head: if params.str("head") == "generative" { Head::Generative } else { Head::Discriminative },
            euclidean: params.str("distance") == "euclidean",
            margin_s: params.f32("margin_s"),
            margin_g: params.f32("margin_g"),
            frozen: params.str("tables") == "frozen",
            epoch_steps: params.usize("epoch_steps"),
            decay_steps: params.usize("decay_steps"),
        })
    }
}
