#[service]
pub trait Mistaken<T> {
    #[rpc(oneway)]
    async fn log(&self, line: T);
}
