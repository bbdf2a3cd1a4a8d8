//! Bodies in the trait: `?`, `return`, other methods, moved and unused arguments.
use rpc_core::service;

trait Named {
    fn name(&self) -> String;
}

#[service]
trait Defaults: Named + Clone {
    async fn parse(&self, text: &str) -> Result<u64, String> {
        if text.is_empty() {
            return Err(self.greet("nobody".into()).await);
        }
        let number: u32 = text.parse().map_err(|_| format!("{text} is no number"))?;
        Ok(number.into())
    }
    async fn greet(&self, who: String) -> String {
        who + &Named::name(self)
    }
    /// A method of a supertrait, and of every `Clone`, has the same name.
    async fn name(&self) -> String {
        String::new()
    }
    async fn clone(&self) {}
    async fn nothing(&self) {}
    async fn required(&self) -> bool;
}

#[derive(Clone)]
struct Desk;

impl Named for Desk {
    fn name(&self) -> String {
        "desk".into()
    }
}

impl Defaults for Desk {
    async fn required(&self) -> bool {
        true
    }
    async fn greet(&self, who: String) -> String {
        who
    }
}

fn main() {
    let _ = DefaultsServer::new(Desk).named("other");
    let _ = DefaultsServer::from_arc(std::sync::Arc::new(Desk));
}
