//! Reading back: the only wait.

use super::Gpu;
use super::pool::Stored;
use crate::error::{Error, Result};
use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// What a mapping came to, told by the device's callback to who waits for it.
#[derive(Default)]
struct Answer {
    result: Option<std::result::Result<(), String>>,
    waker: Option<Waker>,
}

/// A copy on its way to memory that can be read. Dropped in mid-wait, it withdraws the wish.
pub struct Reading<'a> {
    gpu: &'a Gpu,
    staging: Stored,
    bytes: u64,
    answer: Arc<Mutex<Answer>>,
}

impl<'a> Reading<'a> {
    /// Sends everything recorded so far, and a copy of the front of `from`.
    pub fn begin(gpu: &'a Gpu, from: &Stored, bytes: u64) -> Self {
        let staging = gpu.staging.take(&gpu.context.device, bytes, gpu.context.most);
        gpu.record_copy(bytes, from, &staging);
        gpu.send();
        let answer = Arc::new(Mutex::new(Answer::default()));
        let told = answer.clone();
        staging.buffer.map_async(wgpu::MapMode::Read, ..bytes, move |result| {
            let mut answer = told.lock().expect("nobody panics meanwhile");
            answer.result = Some(result.map_err(|e| e.to_string()));
            if let Some(waker) = answer.waker.take() {
                waker.wake();
            }
        });
        Self { gpu, staging, bytes, answer }
    }

    /// Waits for the values.
    pub async fn values(self) -> Result<Vec<f32>> {
        // Natively the device answers only while somebody waits for it; in a browser this does nothing.
        let waited = self.gpu.context.device.poll(wgpu::PollType::wait_indefinitely());
        let mapped = match waited {
            Err(e) => Err(e.to_string()),
            Ok(_) => poll_fn(|cx| self.poll(cx.waker())).await,
        };
        self.check()?;
        mapped.map_err(|e| self.lost(&e))?;
        let view =
            self.staging.buffer.get_mapped_range(..self.bytes).map_err(|e| self.lost(&e.to_string()))?;
        Ok(bytemuck::pod_collect_to_vec(&view))
    }

    fn poll(&self, waker: &Waker) -> Poll<std::result::Result<(), String>> {
        let mut answer = self.answer.lock().expect("nobody panics meanwhile");
        match answer.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                answer.waker = Some(waker.clone());
                Poll::Pending
            }
        }
    }

    /// A failure before these values were ready makes them worthless.
    fn check(&self) -> Result<()> {
        self.gpu.context.failure.error().map_or(Ok(()), Err)
    }

    fn lost(&self, why: &str) -> Error {
        let failure = &self.gpu.context.failure;
        failure.lose(&format!("reading back failed ({why})"));
        failure.error().expect("just set")
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.staging.buffer.unmap();
    }
}
