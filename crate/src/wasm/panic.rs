//! Tells the worker of a panic before the module traps: after it the module's memory cannot be trusted.

use js_sys::Function;
use std::cell::RefCell;
use wasm_bindgen::prelude::*;

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// From now on a panic calls `listener(message)` first; `message` says where in our source it happened.
pub fn tell(listener: Function) {
    let hooked = LISTENER.with(|l| l.borrow_mut().replace(listener).is_some());
    if hooked {
        return;
    }
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let message = JsValue::from_str(&info.to_string());
        LISTENER.with(|l| {
            if let Ok(Some(listener)) = l.try_borrow().map(|l| l.clone()) {
                let _ = listener.call1(&JsValue::NULL, &message);
            } else if cfg!(feature = "wasm-threads") {
                // A thread of the pool: its worker catches this and raises the alarm (web/engine/pool).
                wasm_bindgen::throw_str(&info.to_string());
            }
        });
        // The tests' harness has a hook of its own.
        before(info);
    }));
}
