#[service(name = "market.Options", crate = crate::rpc)]
pub(crate) trait Options {
    #[deprecated = "use `fill`"]
    #[rpc(name = "put", oneway)]
    #[must_use]
    async fn store(&self);
    #[rpc(idempotent)]
    #[rpc(timeout = "2m")]
    async fn fill(&self) -> bool;
}
