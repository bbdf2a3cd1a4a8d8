#[service]
trait Arguments {
    async fn text(&self, a: &str) -> String;
    async fn bytes(&self, a: &[u8]) -> Vec<u8>;
    async fn buffer(&self, a: Vec<u8>);
    async fn slice(&self, a: &[Quote]) -> u64;
    async fn lent(&self, a: &HashMap<String, Quote>) -> Result<(), QuoteError>;
    async fn owned(&self, a: (u8, Option<Quote>)) -> Option<Quote>;
}
