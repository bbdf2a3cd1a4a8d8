#[service]
pub trait Mistaken: Clone {
    type Symbol;
    const async fn constant(&self, (a, b): (u8, u8));
    async fn sound(&self, symbol: &str) -> Result<u64, String>;
    async fn sound(&self);
    fn ping(&self) {}
    async fn watch(&self, symbols: &Streaming<String>) -> impl Stream<Item = &str>;
    #[rpc(onewya)]
    async fn log(&self, line: String);
    pub async fn visible(&self);
}
