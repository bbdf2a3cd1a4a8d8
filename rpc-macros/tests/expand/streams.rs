/// Streams in either direction, in both, and beside every other argument.
#[service]
pub trait Streams {
    #[rpc(idempotent, timeout = "1h", idle_timeout = "30s")]
    async fn watch(&self, a: Vec<String>) -> impl Stream<Item = Quote>;
    async fn results(&self, a: &str) -> impl Stream<Item = Result<Quote, QuoteError>>;
    async fn opened(&self) -> Result<impl Stream<Item = Quote> + Send, QuoteError>;
    async fn both_fail(&self, a: u32) -> Result<impl Stream<Item = Result<Quote, QuoteError>>, QuoteError>;
    async fn bytes(&self, a: &str) -> impl Stream<Item = Vec<u8>>;
    async fn byte_results(&self) -> impl Stream<Item = Result<Vec<u8>, QuoteError>>;
    async fn opened_bytes(&self) -> std::result::Result<impl Stream<Item = Vec<u8>>, QuoteError>;
    #[rpc(idle_timeout = "500ms")]
    async fn upload(&self, a: Streaming<Quote>) -> Result<u64, QuoteError>;
    async fn store(&self, a: &str, b: Streaming<Vec<u8>>) -> Vec<u8>;
    async fn mixed(&self, a: &str, b: rpc_core::Streaming<Order>, c: u32);
    async fn trade(&self, a: Streaming<Order>) -> impl Stream<Item = Fill> + '_;
    async fn lent(&self, a: &[Account], b: Streaming<(Order, u8)>) -> Result<impl Stream<Item = Fill>, QuoteError>;
    async fn with_body(&self, a: &str) -> Result<impl Stream<Item = char>, QuoteError> {
        match a.is_empty() {
            true => Err(QuoteError::Empty)?,
            false => Ok(each(a.chars())),
        }
    }
}
