/// Prices of everything.
#[service]
pub trait Quotes {
    /// Answers if anybody is there.
    async fn ping(&self);
    async fn quote(&self, symbol: &str) -> Result<Quote, QuoteError>;
    #[rpc(idempotent, timeout = "500ms")]
    async fn history(&self, symbol: &str, days: u32) -> Vec<Quote>;
    #[rpc(oneway)]
    async fn log(&self, line: String);
}
