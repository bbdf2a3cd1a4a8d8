//! The lines that the framework says in its log, one by one, for whoever looks at them. Knows `tracing` and not what the
//! lines mean.

use std::fmt;

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// Gives each line to a function: its level, and its fields as `name=value `.
#[derive(Debug)]
pub struct LinesOfLog<F>(pub F);

impl<F: Fn(Level, String) + 'static> Subscriber for LinesOfLog<F> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "rpc_core"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        (self.0)(*event.metadata().level(), line.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0 += &format!("{}={value:?} ", field.name());
    }
}
