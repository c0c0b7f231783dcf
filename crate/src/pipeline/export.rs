//! Tables as files: `.npy`, `.safetensors` and CSV.

use crate::error::{Code, Error, Result};
use ndarray::Array2;
use ndarray_npy::WriteNpyExt;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::borrow::Borrow;
use std::collections::HashMap;
use std::str::FromStr;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    /// NumPy's `.npy`, `n × d`, float32, row-major.
    Npy,
    /// `.safetensors` with one tensor `embedding` and the ids in the metadata.
    Safetensors,
    /// CSV with a header; the node's id comes first.
    Csv,
}

impl FromStr for TableFormat {
    type Err = Error;

    /// From a file name's ending: `npy`, `safetensors` or `csv`.
    fn from_str(s: &str) -> Result<Self> {
        match s {
            "npy" => Ok(Self::Npy),
            "safetensors" => Ok(Self::Safetensors),
            "csv" => Ok(Self::Csv),
            _ => Err(Error::new(
                Code::UnknownName,
                format!("there is no table format \"{s}\" (there are npy, safetensors, csv)"),
            )
            .with_value(s)),
        }
    }
}

/// One table (`n × d`) with the ids of its rows as a file.
///
/// # Errors
/// [`Code::Io`] if the encoder refuses, which a well-formed table never makes it do.
pub fn table(format: TableFormat, ids: &[String], vectors: &Array2<f32>) -> Result<Vec<u8>> {
    match format {
        TableFormat::Npy => npy(vectors),
        TableFormat::Csv => csv(ids, vectors),
        TableFormat::Safetensors => {
            let ids = serde_json::to_string(ids).expect("text is JSON");
            tensors([("embedding", vectors)], HashMap::from([("ids".to_owned(), ids)]))
        }
    }
}

/// `.npy`: `n × d`, float32, row-major.
///
/// # Errors
/// [`Code::Io`].
pub fn npy(vectors: &Array2<f32>) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(128 + vectors.len() * 4);
    // Other readers than NumPy often know row-major files only.
    vectors
        .as_standard_layout()
        .write_npy(&mut out)
        .map_err(|e| Error::new(Code::Io, format!("cannot encode .npy: {e}")))?;
    Ok(out)
}

/// CSV: a header `id,0,1,…`, then one row a node. Numbers are the shortest that read back to the same bits.
///
/// # Errors
/// [`Code::Io`].
pub fn csv(ids: &[String], vectors: &Array2<f32>) -> Result<Vec<u8>> {
    let refuse = |e: csv::Error| Error::new(Code::Io, format!("cannot encode CSV: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = std::iter::once("id".to_owned()).chain((0..vectors.ncols()).map(|j| j.to_string()));
    writer.write_record(header).map_err(refuse)?;
    for (id, row) in ids.iter().zip(vectors.rows()) {
        let fields = std::iter::once(id.clone()).chain(row.iter().map(f32::to_string));
        writer.write_record(fields).map_err(refuse)?;
    }
    writer.into_inner().map_err(|e| Error::new(Code::Io, format!("cannot encode CSV: {e}")))
}

/// `.safetensors` of named float32 matrices with metadata.
///
/// # Errors
/// [`Code::Io`].
pub fn tensors<N: AsRef<str>, T: Borrow<Array2<f32>>>(
    named: impl IntoIterator<Item = (N, T)>,
    metadata: HashMap<String, String>,
) -> Result<Vec<u8>> {
    let refuse =
        |e: safetensors::SafeTensorError| Error::new(Code::Io, format!("cannot encode .safetensors: {e}"));
    let parts: Vec<(String, Vec<usize>, Vec<u8>)> = named
        .into_iter()
        .map(|(name, values)| {
            let values = values.borrow();
            // The format is little-endian by definition, row-major by ours.
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            (name.as_ref().to_owned(), values.shape().to_vec(), bytes)
        })
        .collect();
    let views = parts
        .iter()
        .map(|(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(refuse)?;
    serialize(views, Some(metadata)).map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use ndarray_npy::ReadNpyExt;

    #[test]
    fn every_format_holds_the_same_numbers() {
        let ids = vec!["a".to_owned(), "b,c".to_owned()];
        let vectors = array![[0.1_f32, -2.5e-8], [1.0, 3.0]];
        let npy = table(TableFormat::Npy, &ids, &vectors).unwrap();
        assert_eq!(Array2::<f32>::read_npy(&npy[..]).unwrap(), vectors);
        let transposed = table(TableFormat::Npy, &ids, &vectors.t().to_owned()).unwrap();
        assert!(transposed.windows(22).any(|w| w == b"'fortran_order': False"));
        let csv = String::from_utf8(table(TableFormat::Csv, &ids, &vectors).unwrap()).unwrap();
        assert_eq!(csv, "id,0,1\na,0.1,-0.000000025\n\"b,c\",1,3\n");
        let bytes = table(TableFormat::Safetensors, &ids, &vectors).unwrap();
        let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        assert_eq!(header.metadata().as_ref().unwrap()["ids"], r#"["a","b,c"]"#);
        let read = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let tensor = read.tensor("embedding").unwrap();
        assert_eq!(
            (tensor.shape(), tensor.data()[..4].to_vec()),
            (&[2, 2][..], 0.1_f32.to_le_bytes().to_vec())
        );
    }
}
