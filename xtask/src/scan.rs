//! Reads a built module's instructions. The baseline module must give the same bits in every browser, so it
//! holds no relaxed SIMD (whose results are the machine's choice), and it must load where memory is not shared.

use wasmparser::{MemoryType, Parser, Payload, TypeRef};

use crate::Outcome;

/// What a module uses beyond the baseline, in words; empty for a baseline module.
pub fn beyond_baseline(module: &[u8]) -> Outcome<Vec<String>> {
    let mut found = Vec::new();
    let mut function = 0;
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(not_wasm)? {
            Payload::MemorySection(memories) => {
                for memory in memories {
                    note_shared(&memory.map_err(not_wasm)?, &mut found);
                }
            }
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    if let TypeRef::Memory(memory) = import.map_err(not_wasm)?.ty {
                        note_shared(&memory, &mut found);
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                let mut code = body.get_operators_reader().map_err(not_wasm)?;
                while !code.eof() {
                    // The reader finds where each instruction starts; its bytes say what it is.
                    let at = code.original_position();
                    code.read().map_err(not_wasm)?;
                    if let Some(what) = kind_beyond_baseline(&module[at as usize..]) {
                        found.push(format!("{what} in function body {function}, byte {at}"));
                    }
                }
                function += 1;
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Fails, with the first few places, for a module that is not baseline.
pub fn require_baseline(module: &[u8]) -> Outcome {
    let found = beyond_baseline(module)?;
    if found.is_empty() {
        return Ok(());
    }
    let shown = found.iter().take(5).map(|f| format!("\n  {f}")).collect::<String>();
    Err(format!(
        "the wasm module is not baseline: {} uses of relaxed SIMD or shared memory{shown}",
        found.len()
    ))
}

/// Fails for a module whose memory is not shared: its threads would each be alone.
pub fn require_shared_memory(module: &[u8]) -> Outcome {
    if beyond_baseline(module)?.iter().any(|f| f == SHARED) {
        return Ok(());
    }
    Err("the module with threads has no shared memory: its link arguments or wasm-bindgen lost it".to_owned())
}

const SHARED: &str = "a shared memory";

/// Prefix 0xFD with sub-opcode 0x100..=0x12F is relaxed SIMD, prefix 0xFE the atomic instructions.
fn kind_beyond_baseline(code: &[u8]) -> Option<&'static str> {
    match code {
        [0xfd, rest @ ..] if (0x100..=0x12f).contains(&leb128(rest)) => Some("relaxed SIMD"),
        [0xfe, ..] => Some("an atomic instruction"),
        _ => None,
    }
}

fn leb128(bytes: &[u8]) -> u32 {
    let mut value = 0;
    for (i, byte) in bytes.iter().take(5).enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn note_shared(memory: &MemoryType, found: &mut Vec<String>) {
    if memory.shared {
        found.push(SHARED.to_owned());
    }
}

fn not_wasm(error: wasmparser::BinaryReaderError) -> String {
    format!("cannot read the wasm module: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module of one function without parameters or results, with this body (its closing `end` is added).
    fn module(body: &[u8]) -> Vec<u8> {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend([1, 4, 1, 0x60, 0, 0]); // types: one, () -> ()
        bytes.extend([3, 2, 1, 0]); // functions: one, of type 0
        let size = body.len() as u8 + 2; // local declarations (none) and `end`
        bytes.extend([10, size + 2, 1, size, 0]);
        bytes.extend(body);
        bytes.push(0x0b);
        bytes
    }

    /// `v128.const` with sixteen times this byte.
    fn v128(byte: u8) -> Vec<u8> {
        [vec![0xfd, 0x0c], vec![byte; 16]].concat()
    }

    #[test]
    fn finds_relaxed_simd() {
        let swizzle = [v128(0), v128(0), vec![0xfd, 0x80, 0x02, 0x1a]].concat();
        let found = beyond_baseline(&module(&swizzle)).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("relaxed SIMD in function body 0"));
        assert!(require_baseline(&module(&swizzle)).unwrap_err().contains("relaxed SIMD"));
    }

    #[test]
    fn constants_that_look_like_opcodes_do_not_count() {
        let body = [v128(0xfd), v128(0xfe), vec![0xfd, 0x6e, 0x1a]].concat(); // i8x16.add, drop
        assert_eq!(beyond_baseline(&module(&body)).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn finds_atomics_and_shared_memory() {
        assert_eq!(beyond_baseline(&module(&[0xfe, 0x03, 0x00])).unwrap().len(), 1); // atomic.fence
        let shared = [b"\0asm\x01\0\0\0".as_slice(), &[5, 4, 1, 3, 1, 1]].concat();
        assert_eq!(beyond_baseline(&shared).unwrap(), ["a shared memory"]);
        let imported = [b"\0asm\x01\0\0\0".as_slice(), &[2, 9, 1, 1, b'e', 1, b'm', 2, 3, 1, 1]].concat();
        assert_eq!(beyond_baseline(&imported).unwrap(), ["a shared memory"]);
        assert!(require_shared_memory(&shared).is_ok() && require_shared_memory(&imported).is_ok());
        assert!(require_shared_memory(&module(&[0xfe, 0x03, 0x00])).unwrap_err().contains("shared"));
    }

    #[test]
    fn refuses_what_is_not_wasm() {
        assert!(beyond_baseline(b"<html>").is_err());
    }
}
