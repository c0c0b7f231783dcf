//! Gzip, unpacked as it arrives.

use super::Limits;
use crate::error::{Code, Error, Result};
use flate2::write::MultiGzDecoder;
use std::io::Write;

/// Packed bytes that are unpacked at a time: DEFLATE makes at most 1,032 bytes of one, so that no more
/// than 4 MiB wait to be parsed, whatever the stream says.
const STEP: usize = 4096;

/// A streaming gzip decoder; several members in a row are one stream.
pub struct Gunzip {
    decoder: MultiGzDecoder<Vec<u8>>,
    limits: Limits,
    packed: u64,
    unpacked: u64,
}

impl Gunzip {
    /// A decoder at the start of a stream.
    pub fn new(limits: Limits) -> Self {
        Self { decoder: MultiGzDecoder::new(Vec::new()), limits, packed: 0, unpacked: 0 }
    }

    /// Unpacks the next bytes into `sink`.
    ///
    /// # Errors
    /// [`Code::BadArchive`] for a damaged stream, [`Code::TooLarge`] beyond the limits, and the sink's.
    pub fn push(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        for part in bytes.chunks(STEP) {
            self.packed += part.len() as u64;
            let written = self.decoder.write_all(part);
            // What came before the damage is parsed first: a fault in there is the better message.
            self.drain(&mut sink)?;
            written.map_err(|e| Error::new(Code::BadArchive, format!("damaged gzip data: {e}")))?;
        }
        Ok(())
    }

    /// Takes out the rest and checks that the stream is whole.
    ///
    /// # Errors
    /// As [`Gunzip::push`].
    pub fn finish(&mut self, mut sink: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let finished = self.decoder.try_finish();
        self.drain(&mut sink)?;
        finished.map_err(|_| {
            Error::new(
                Code::BadArchive,
                "the gzip data ends too early or its checksum is wrong: the file is cut off or damaged",
            )
        })
    }

    fn drain(&mut self, sink: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut out = std::mem::take(self.decoder.get_mut());
        self.unpacked += out.len() as u64;
        self.limits.check(self.packed, self.unpacked)?;
        sink(&out)?;
        out.clear();
        *self.decoder.get_mut() = out;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn pack(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(bytes: &[u8], chunk: usize) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let mut gunzip = Gunzip::new(Limits::default());
        for part in bytes.chunks(chunk) {
            gunzip.push(part, |b| {
                out.extend_from_slice(b);
                Ok(())
            })?;
        }
        gunzip.finish(|b| {
            out.extend_from_slice(b);
            Ok(())
        })?;
        Ok(out)
    }

    #[test]
    fn members_in_a_row_at_any_chunk_size() {
        let text: Vec<u8> = (0..2000_u32).flat_map(|n| format!("{},{}\n", n, n * n).into_bytes()).collect();
        let packed = [pack(&text), pack(b""), pack(b"end")].concat();
        let whole = [&text[..], b"end"].concat();
        for chunk in [1, 2, 3, 7, 100, packed.len()] {
            assert_eq!(unpack(&packed, chunk).unwrap(), whole, "chunks of {chunk}");
        }
    }

    #[test]
    fn every_cut_is_an_error() {
        let packed = pack(b"1,2,3\n4,5,6\n");
        for end in 1..packed.len() {
            assert_eq!(unpack(&packed[..end], 5).unwrap_err().code, Code::BadArchive, "cut at {end}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let packed = pack(&vec![b'a'; 64 << 20]);
        let e = unpack(&packed, 1000).unwrap_err();
        assert_eq!(e.message, "unpacks to more than 200 times its size; data does not do that");
    }
}
