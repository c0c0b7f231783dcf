//! The engine as a worker drives it: plain data in, plain data out, work in the background.

use js_sys::{Function, JSON, Reflect};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::rc::Rc;
use warren::wasm::{Engine, Job, give_way};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// An engine whose panics are the test's.
pub fn engine() -> Rc<Engine> {
    Rc::new(Engine::new(Function::new_no_args("")))
}

/// Plain data as JavaScript.
pub fn js(value: Value) -> JsValue {
    JSON::parse(&value.to_string()).expect("JSON")
}

/// Plain data from JavaScript. Typed arrays come as objects; read those with [`member`].
pub fn plain(value: &JsValue) -> Value {
    let text = JSON::stringify(value).expect("plain data").as_string().unwrap_or_else(|| "null".into());
    serde_json::from_str(&text).expect("JSON")
}

/// A member of an object.
pub fn member(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).expect("an object")
}

/// A job that keeps what it is told.
pub struct Watched {
    pub job: Rc<Job>,
    heard: Rc<RefCell<Vec<(String, Value)>>>,
    _listener: Closure<dyn FnMut(String, JsValue)>,
}

pub fn watched() -> Watched {
    let heard: Rc<RefCell<Vec<(String, Value)>>> = Rc::default();
    let log = heard.clone();
    let listener = Closure::<dyn FnMut(String, JsValue)>::new(move |kind: String, value: JsValue| {
        log.borrow_mut().push((kind, plain(&value)));
    });
    let job = Rc::new(Job::new(listener.as_ref().unchecked_ref::<Function>().clone()));
    Watched { job, heard, _listener: listener }
}

impl Watched {
    /// Training events so far, progress not counted.
    pub fn events(&self) -> Vec<Value> {
        self.of("event")
    }

    /// Progress so far.
    pub fn progress(&self) -> Vec<Value> {
        self.of("progress")
    }

    fn of(&self, kind: &str) -> Vec<Value> {
        self.heard.borrow().iter().filter(|(k, _)| k == kind).map(|(_, v)| v.clone()).collect()
    }

    /// How many events of a type there were.
    pub fn count(&self, event: &str) -> usize {
        self.events().iter().filter(|e| e["type"] == event).count()
    }
}

/// Work that goes on beside the test, as calls do beside each other in the worker.
pub struct Background<T> {
    result: Rc<RefCell<Option<T>>>,
}

pub fn background<T: 'static>(work: impl Future<Output = T> + 'static) -> Background<T> {
    let result = Rc::new(RefCell::new(None));
    let slot = result.clone();
    spawn_local(async move {
        let value = work.await;
        *slot.borrow_mut() = Some(value);
    });
    Background { result }
}

impl<T> Background<T> {
    pub fn is_over(&self) -> bool {
        self.result.borrow().is_some()
    }

    pub async fn join(self) -> T {
        until(|| self.is_over()).await;
        self.result.borrow_mut().take().expect("it is over")
    }
}

/// Turns of the event loop until `condition` holds. The runner's own time limit ends a hang.
pub async fn until(condition: impl Fn() -> bool) {
    while !condition() {
        give_way().await;
    }
}

/// Some turns of the event loop.
pub async fn turns(n: usize) {
    let left = Cell::new(n);
    until(|| left.replace(left.get().saturating_sub(1)) == 0).await;
}

/// Loads one file's text, as the worker does it.
pub async fn load(engine: &Engine, name: &str, bytes: &[u8], options: Value) -> Result<Value, Value> {
    let watched = watched();
    let work = async {
        let loading = engine.begin_load(&js(options), Some(bytes.len() as f64))?;
        loading.begin_file(name)?;
        for chunk in bytes.chunks(64 << 10) {
            loading.push(chunk, &watched.job)?;
        }
        engine.finish_load(&loading, &watched.job).await
    };
    work.await.map(|summary| plain(&summary)).map_err(|error: JsValue| plain(&error))
}

/// An engine with generated data, filtered and split.
pub async fn prepared(params: Value) -> Rc<Engine> {
    let (engine, w) = (engine(), watched());
    engine.load_builtin("synthetic", &js(params), 3.0, &w.job).await.expect("generated");
    engine
        .prepare(&js(serde_json::json!({"min_user": 3, "min_item": 3})), 7.0, &w.job)
        .await
        .expect("prepared");
    engine
}

/// Waits in the background, so that a test can steer it meanwhile.
pub fn call<F, T>(
    engine: &Rc<Engine>,
    watched: &Watched,
    work: impl FnOnce(Rc<Engine>, Rc<Job>) -> F,
) -> Background<T>
where
    F: Future<Output = T> + 'static,
    T: 'static,
{
    background(work(engine.clone(), watched.job.clone()))
}
