//! The shaders as naga sees them, without any GPU: valid with no extension, within what every WebGPU adapter
//! permits, and laid out as `crate/src/gpu/kernels/mod.rs` says.

use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use naga::{AddressSpace, GlobalVariable, Handle, Module, StorageAccess, TypeInner};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

// Default limits of WebGPU (specification, section "Limits").
const MAX_INVOCATIONS: u32 = 256;
const MAX_SIZE: [u32; 3] = [256, 256, 64];
const MAX_WORKGROUP_BYTES: u32 = 16_384;
const MAX_STORAGE_BUFFERS: usize = 8;
/// One slot of the uniform buffer.
const MAX_PARAMS_BYTES: u32 = 256;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/gpu/kernels")
}

fn files(extension: &str) -> BTreeSet<String> {
    let names = fs::read_dir(folder()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(extension)).collect()
}

/// The files that a kernel's `.rs` puts together, in order.
fn parts(rust: &str) -> Vec<String> {
    let parts = rust.split("include_str!(\"").skip(1);
    parts.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Every shader's source, as its kernel puts it together, by the name of the kernel's `.rs`.
fn sources() -> BTreeMap<String, String> {
    let read = |name: &str| fs::read_to_string(folder().join(name)).unwrap();
    let sources = files(".rs").into_iter().filter_map(|name| {
        let parts = parts(&read(&name));
        (!parts.is_empty()).then(|| (name, parts.iter().map(|part| read(part)).collect()))
    });
    sources.collect()
}

#[test]
fn every_file_is_part_of_a_shader() {
    let used = files(".rs").into_iter().flat_map(|name| {
        let parts = parts(&fs::read_to_string(folder().join(&name)).unwrap());
        // The kernel's own part comes first, so that messages of the compiler count its lines.
        let own = name.replace(".rs", ".wgsl");
        assert!(parts.first().is_none_or(|first| *first == own), "{name}: {parts:?}");
        parts
    });
    assert_eq!(used.collect::<BTreeSet<_>>(), files(".wgsl"));
}

fn checked(name: &str, source: &str) -> (Module, ModuleInfo) {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty())
        .validate(&module)
        .unwrap_or_else(|e| panic!("{name}: {}", e.emit_to_string(source)));
    (module, info)
}

/// The variables that the entry point uses.
fn used<'a>(
    module: &'a Module,
    info: &'a ModuleInfo,
) -> impl Iterator<Item = (Handle<GlobalVariable>, &'a GlobalVariable)> {
    module.global_variables.iter().filter(|(handle, _)| !info.get_entry_point(0)[*handle].is_empty())
}

#[test]
fn all_are_valid_and_within_the_default_limits() {
    let sources = sources();
    assert!(sources.len() >= 18, "{:?}", sources.keys());
    for (name, source) in &sources {
        let (module, info) = checked(name, source);
        let [entry] = module.entry_points.as_slice() else { panic!("{name}: not one entry point") };
        assert_eq!(entry.name, "main", "{name}");
        let size = entry.workgroup_size;
        assert!(size.iter().zip(MAX_SIZE).all(|(size, most)| *size <= most), "{name}: {size:?}");
        assert!(size.iter().product::<u32>() <= MAX_INVOCATIONS, "{name}: {size:?}");
        let gctx = module.to_ctx();
        let bytes = |ty: Handle<naga::Type>| module.types[ty].inner.size(gctx);
        let (mut shared, mut arrays) = (0, 0);
        for (_, variable) in used(&module, &info) {
            match variable.space {
                AddressSpace::WorkGroup => shared += bytes(variable.ty),
                AddressSpace::Storage { .. } => arrays += 1,
                AddressSpace::Uniform => {
                    assert!(bytes(variable.ty) <= MAX_PARAMS_BYTES, "{name}: parameters")
                }
                _ => {}
            }
        }
        assert!(shared <= MAX_WORKGROUP_BYTES, "{name}: {shared} bytes of workgroup memory");
        assert!(arrays <= MAX_STORAGE_BUFFERS, "{name}: {arrays} arrays");
        for atomics in ["atomic", "enable ", "subgroup"] {
            assert!(!source.contains(atomics), "{name}: {atomics}");
        }
    }
}

#[test]
fn all_are_laid_out_alike_and_say_so_in_rust() {
    for (name, source) in &sources() {
        let (module, info) = checked(name, source);
        let mut bindings: BTreeMap<u32, &GlobalVariable> = BTreeMap::new();
        for (_, variable) in used(&module, &info) {
            if let Some(binding) = &variable.binding {
                assert_eq!(binding.group, 0, "{name}");
                bindings.insert(binding.binding, variable);
            }
        }
        assert!(bindings.keys().copied().eq(0..bindings.len() as u32), "{name}: {:?}", bindings.keys());
        let TypeInner::Struct { members, .. } = &module.types[bindings[&0].ty].inner else {
            panic!("{name}: binding 0 is no struct")
        };
        let names: Vec<_> = members.iter().filter_map(|m| m.name.as_deref()).collect();
        assert_eq!(names[..2], ["base", "groups"], "{name}");
        assert!(members.iter().zip(0..).all(|(m, i)| m.offset == 4 * i), "{name}: not all of 32 bits");
        let written = |v: &GlobalVariable| matches!(v.space, AddressSpace::Storage { access } if access.contains(StorageAccess::STORE));
        let writes: Vec<bool> = bindings.values().skip(1).map(|v| written(v)).collect();
        assert!(writes.is_sorted(), "{name}: arrays that are read come first");
        let count = writes.iter().filter(|w| **w).count();
        let rust = fs::read_to_string(folder().join(name)).unwrap();
        let flat: String = rust.split_whitespace().collect::<Vec<_>>().join(" ");
        let expected = format!("reads: {}, writes: {count}", writes.len() - count);
        assert!(flat.contains(&expected), "{name} should say {expected}");
    }
}
