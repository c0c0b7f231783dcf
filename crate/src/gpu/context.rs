//! The device: asked for, watched, and what it said when it failed.

use crate::error::{Code, Error, Result};
use std::sync::{Arc, Mutex};

/// A device with its queue.
pub struct Context {
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
    /// Name of the adapter, for people.
    pub adapter: String,
    /// Bytes of the largest array.
    pub most: u64,
    pub failure: Failure,
}

/// The first thing that went wrong, or the loss of the device; nothing is computed after it. Shared with the
/// device's callbacks.
#[derive(Debug, Clone, Default)]
pub struct Failure(Arc<Mutex<Option<Failed>>>);

#[derive(Debug, Clone)]
struct Failed {
    lost: bool,
    error: Error,
}

impl Failure {
    fn set(&self, lost: bool, error: Error) {
        let mut failed = self.0.lock().expect("nobody panics meanwhile");
        // What a dying device refuses is no news beside its loss, in whatever order they are heard of.
        if failed.as_ref().is_none_or(|f| lost && !f.lost) {
            *failed = Some(Failed { lost, error });
        }
    }

    fn get<T>(&self, read: impl Fn(&Failed) -> T) -> Option<T> {
        self.0.lock().expect("nobody panics meanwhile").as_ref().map(read)
    }

    /// An array that is too large, a call that the device refused: a mistake, the device itself is well.
    pub fn refuse(&self, error: Error) {
        self.set(false, error);
    }

    /// The device is gone, and all its arrays with it.
    pub fn lose(&self, why: &str) {
        // Drivers speak in sentences; this is the end of one.
        let why = why.trim_end_matches('.');
        let why = if why.is_empty() { "no reason was given" } else { why };
        self.set(true, Error::new(Code::BadState, format!("the GPU was lost: {why}")));
    }

    pub fn error(&self) -> Option<Error> {
        self.get(|f| f.error.clone())
    }

    pub fn is_lost(&self) -> bool {
        self.get(|f| f.lost).unwrap_or(false)
    }

    pub fn is_set(&self) -> bool {
        self.get(|_| ()).is_some()
    }

    /// Hears of the loss of the device and of errors that belong to no call.
    fn watch(&self, device: &wgpu::Device) {
        let failure = self.clone();
        device.set_device_lost_callback(move |reason, message| {
            failure.lose(if message.is_empty() && reason == wgpu::DeviceLostReason::Destroyed {
                "it was destroyed"
            } else {
                &message
            });
        });
        let failure = self.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            failure.refuse(match error {
                wgpu::Error::OutOfMemory { .. } => {
                    Error::new(Code::TooLarge, "the GPU has no memory left for another array")
                }
                other => Error::new(Code::BadState, format!("the GPU refused a call: {other}")),
            });
        }));
    }
}

impl Context {
    /// Asks for the fastest adapter and a device of it, with no feature beyond what all have.
    pub async fn start() -> Result<Self> {
        let unavailable = |what: String| Error::new(Code::BadState, what);
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let options = wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            ..Default::default()
        };
        let adapter = instance
            .request_adapter(&options)
            .await
            .map_err(|e| unavailable(format!("there is no WebGPU adapter here: {e}")))?;
        let name = name_of(&adapter.get_info());
        let offered = adapter.limits();
        let wanted = wgpu::Limits::default();
        let limits = wgpu::Limits {
            max_storage_buffer_binding_size: offered
                .max_storage_buffer_binding_size
                .max(wanted.max_storage_buffer_binding_size),
            max_buffer_size: offered.max_buffer_size.max(wanted.max_buffer_size),
            ..wanted
        };
        let descriptor = wgpu::DeviceDescriptor { required_limits: limits, ..Default::default() };
        let (device, queue) = adapter
            .request_device(&descriptor)
            .await
            .map_err(|e| unavailable(format!("the WebGPU adapter {name} gives no device: {e}")))?;
        let failure = Failure::default();
        failure.watch(&device);
        Ok(Self { most: largest_array(&device.limits()), adapter: name, device, queue, failure })
    }
}

/// Kernels count in 32 bits and go a little beyond the end before they look: half of what those reach.
fn largest_array(limits: &wgpu::Limits) -> u64 {
    limits.max_storage_buffer_binding_size.min(limits.max_buffer_size).min(1 << 31) / 4 * 4
}

fn name_of(info: &wgpu::AdapterInfo) -> String {
    let name = if info.name.is_empty() { "without a name" } else { &info.name };
    match info.driver_info.as_str() {
        "" => name.to_owned(),
        driver => format!("{name} ({driver})"),
    }
}
