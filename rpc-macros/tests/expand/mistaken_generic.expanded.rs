::core::compile_error! {
    "a service has no generic parameters: write the types out in its methods"
}
pub trait Mistaken<T> {
    async fn log(&self, line: T);
}
