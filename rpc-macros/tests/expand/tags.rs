#[service]
trait Tags {
    #[rpc(tags = "1, -2")]
    async fn place(&self, id: u64, note: &str) -> u64;
    #[rpc(tags = "2")]
    async fn fill(&self, prices: Streaming<u64>, id: u64);
    #[rpc(tags = "3", oneway)]
    async fn forget(&self, id: u64);
}
