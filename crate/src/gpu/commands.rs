//! Recording calls and sending them in batches.
//!
//! A batch is one command buffer. Its parameters go into one uniform buffer, a slot a dispatch, written just before
//! the batch is sent. A batch is sent when its slots are used up, when it holds enough work, when something is read
//! back, and before an array that it names is written from outside.

use super::Gpu;
use super::kernels::{Call, Kernel};
use super::pool::Stored;
use rustc_hash::FxBuildHasher;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

/// Dispatches to a batch.
const SLOTS: usize = 256;
/// Bytes from one slot to the next: the strictest alignment that adapters may ask for.
const SLOT: usize = 256;
/// Workgroups along one dimension.
const ACROSS: usize = 65_535;
/// Multiply-adds of a dispatch, and of a batch, roughly: 0.2 s at 20 GFLOP/s, and far above what starting one costs.
pub const BUDGET: usize = 1 << 31;
/// Arrays to a kernel at most.
const ARRAYS: usize = 5;
/// Bind groups that are kept. The arrays of a step come from the pool in the same order every time.
const BIND_GROUPS: usize = 4096;

type Layout = (usize, usize);
type Map<K, V> = HashMap<K, V, FxBuildHasher>;

/// What was recorded and not yet sent, and what is kept from call to call.
pub struct Commands {
    encoder: Option<wgpu::CommandEncoder>,
    pass: Option<wgpu::ComputePass<'static>>,
    slots: Vec<u8>,
    work: usize,
    /// Of the batch that is being recorded; counts from 1.
    batch: u64,
    uniforms: wgpu::Buffer,
    layouts: Map<Layout, wgpu::BindGroupLayout>,
    pipelines: Map<&'static str, Rc<wgpu::ComputePipeline>>,
    bind_groups: Map<(Layout, [u64; ARRAYS]), wgpu::BindGroup>,
}

impl Commands {
    pub fn new(device: &wgpu::Device) -> Self {
        let uniforms = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("parameters"),
            size: (SLOTS * SLOT) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self {
            encoder: None,
            pass: None,
            slots: Vec::new(),
            work: 0,
            batch: 1,
            uniforms,
            layouts: Map::default(),
            pipelines: Map::default(),
            bind_groups: Map::default(),
        }
    }

    fn encoder(&mut self, device: &wgpu::Device) -> &mut wgpu::CommandEncoder {
        self.encoder.get_or_insert_with(|| device.create_command_encoder(&Default::default()))
    }

    fn layout(&mut self, device: &wgpu::Device, (reads, writes): Layout) -> wgpu::BindGroupLayout {
        let entry = |binding: usize, ty| wgpu::BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: binding == 0, min_binding_size: None },
            count: None,
        };
        let make = || {
            let uniform = entry(0, wgpu::BufferBindingType::Uniform);
            let storage = (0..reads + writes)
                .map(|i| entry(i + 1, wgpu::BufferBindingType::Storage { read_only: i < reads }));
            let entries: Vec<_> = std::iter::once(uniform).chain(storage).collect();
            device
                .create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
        };
        self.layouts.entry((reads, writes)).or_insert_with(make).clone()
    }

    fn pipeline(&mut self, device: &wgpu::Device, kernel: &Kernel) -> Rc<wgpu::ComputePipeline> {
        if let Some(pipeline) = self.pipelines.get(kernel.name) {
            return pipeline.clone();
        }
        let arrays = self.layout(device, (kernel.reads, kernel.writes));
        let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some(kernel.name),
            bind_group_layouts: &[Some(&arrays)],
            immediate_size: 0,
        });
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(kernel.name),
            source: wgpu::ShaderSource::Wgsl(kernel.source.into()),
        });
        let pipeline = Rc::new(device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some(kernel.name),
            layout: Some(&layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        }));
        self.pipelines.insert(kernel.name, pipeline.clone());
        pipeline
    }

    fn bind_group(&mut self, device: &wgpu::Device, call: &Call<'_>) -> wgpu::BindGroup {
        let layout = (call.kernel.reads, call.kernel.writes);
        let arrays = || call.reads.iter().chain(call.writes);
        let mut ids = [0; ARRAYS];
        ids.iter_mut().zip(arrays()).for_each(|(id, array)| *id = array.id);
        if self.bind_groups.len() >= BIND_GROUPS {
            self.bind_groups.clear();
        }
        let shape = self.layout(device, layout);
        match self.bind_groups.entry((layout, ids)) {
            Entry::Occupied(kept) => kept.get().clone(),
            Entry::Vacant(place) => {
                let uniform = wgpu::BufferBinding {
                    buffer: &self.uniforms,
                    offset: 0,
                    size: wgpu::BufferSize::new(SLOT as u64),
                };
                let resources = std::iter::once(wgpu::BindingResource::Buffer(uniform))
                    .chain(arrays().map(|array| array.buffer.as_entire_binding()));
                let entries: Vec<_> = (0..)
                    .zip(resources)
                    .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
                    .collect();
                let descriptor = wgpu::BindGroupDescriptor { label: None, layout: &shape, entries: &entries };
                place.insert(device.create_bind_group(&descriptor)).clone()
            }
        }
    }

    /// Records one dispatch of workgroups `base..end` of a call.
    fn dispatch(&mut self, device: &wgpu::Device, call: &Call<'_>, base: usize, end: usize) {
        let (pipeline, bind_group) = (self.pipeline(device, call.kernel), self.bind_group(device, call));
        let offset = self.slots.len();
        for word in [base as u32, end as u32].iter().chain(call.params) {
            self.slots.extend(word.to_ne_bytes());
        }
        assert!(self.slots.len() <= offset + SLOT, "{} has too many parameters", call.kernel.name);
        self.slots.resize(offset + SLOT, 0);
        if self.pass.is_none() {
            let pass = self.encoder(device).begin_compute_pass(&Default::default());
            self.pass = Some(pass.forget_lifetime());
        }
        let down = (end - base).div_ceil(ACROSS);
        let pass = self.pass.as_mut().expect("just begun");
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bind_group, &[offset as u32]);
        pass.dispatch_workgroups((end - base).div_ceil(down) as u32, down as u32, 1);
        self.work = self.work.saturating_add((end - base).saturating_mul(call.work));
        for array in call.reads.iter().chain(call.writes) {
            array.batch.set(self.batch);
        }
    }

    fn is_full(&self, budget: usize) -> bool {
        self.slots.len() == SLOTS * SLOT || self.work >= budget
    }

    /// Sends what was recorded.
    fn send(&mut self, queue: &wgpu::Queue) {
        self.pass = None;
        if let Some(encoder) = self.encoder.take() {
            if !self.slots.is_empty() {
                // Comes after all batches before, which have read theirs.
                queue.write_buffer(&self.uniforms, 0, &self.slots);
            }
            queue.submit([encoder.finish()]);
            self.batch += 1;
        }
        self.slots.clear();
        self.work = 0;
    }
}

impl Gpu {
    /// Records a call, in several dispatches if it is long.
    pub(super) fn call(&self, call: &Call<'_>) {
        if self.context.failure.is_set() {
            return;
        }
        let kernel = call.kernel;
        debug_assert_eq!((call.reads.len(), call.writes.len()), (kernel.reads, kernel.writes));
        for (i, out) in call.writes.iter().enumerate() {
            let others = call.reads.iter().chain(&call.writes[..i]);
            let mut clash = others.filter(|other| other.id == out.id);
            assert!(clash.next().is_none(), "{} writes a buffer that it also reads", kernel.name);
        }
        let budget = self.budget.get();
        let groups = (budget / call.work.max(1)).clamp(1, ACROSS * ACROSS);
        let mut commands = self.commands.borrow_mut();
        for base in (0..call.groups).step_by(groups) {
            commands.dispatch(&self.context.device, call, base, call.groups.min(base + groups));
            if commands.is_full(budget) {
                commands.send(&self.context.queue);
            }
        }
    }

    /// Records a copy of `bytes` from one buffer to another.
    pub(super) fn record_copy(&self, bytes: u64, from: &Stored, to: &Stored) {
        if bytes == 0 || self.context.failure.is_set() {
            return;
        }
        let mut commands = self.commands.borrow_mut();
        // Copies are no part of a compute pass.
        commands.pass = None;
        commands.encoder(&self.context.device).copy_buffer_to_buffer(&from.buffer, 0, &to.buffer, 0, bytes);
        from.batch.set(commands.batch);
        to.batch.set(commands.batch);
    }

    /// Writes to the front of a buffer, after everything that was recorded so far.
    pub(super) fn write_bytes(&self, bytes: &[u8], out: &Stored) {
        if bytes.is_empty() || self.context.failure.is_set() {
            return;
        }
        let mut commands = self.commands.borrow_mut();
        if out.batch.get() == commands.batch {
            commands.send(&self.context.queue);
        }
        self.context.queue.write_buffer(&out.buffer, 0, bytes);
    }

    /// Sends what was recorded.
    pub(super) fn send(&self) {
        if !self.context.failure.is_set() {
            self.commands.borrow_mut().send(&self.context.queue);
        }
    }
}
