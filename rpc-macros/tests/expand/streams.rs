/// Streams in either direction, in both, and beside every other argument.
#[service]
pub trait Streams {
    async fn watch(&self, symbols: Vec<String>) -> impl Stream<Item = Quote>;
    async fn results(&self, symbol: &str) -> impl Stream<Item = Result<Quote, QuoteError>>;
    async fn opened(&self) -> Result<impl Stream<Item = Quote> + Send, QuoteError>;
    async fn both_fail(&self, days: u32) -> Result<impl Stream<Item = Result<Quote, QuoteError>>, QuoteError>;
    async fn bytes(&self, name: &str) -> impl Stream<Item = Vec<u8>>;
    async fn byte_results(&self) -> impl Stream<Item = Result<Vec<u8>, QuoteError>>;
    async fn opened_bytes(&self) -> std::result::Result<impl Stream<Item = Vec<u8>>, QuoteError>;
    async fn upload(&self, quotes: Streaming<Quote>) -> Result<u64, QuoteError>;
    async fn store(&self, name: &str, chunks: Streaming<Vec<u8>>) -> Vec<u8>;
    async fn mixed(&self, a: &str, b: rpc_core::Streaming<Order>, c: u32);
    async fn trade(&self, orders: Streaming<Order>) -> impl Stream<Item = Fill> + '_;
    async fn lent(&self, to: &[Account], orders: Streaming<(Order, u8)>) -> Result<impl Stream<Item = Fill>, QuoteError>;
    async fn with_body(&self, text: &str) -> Result<impl Stream<Item = char>, QuoteError> {
        match text.is_empty() {
            true => Err(QuoteError::Empty)?,
            false => Ok(each(text.chars())),
        }
    }
}
