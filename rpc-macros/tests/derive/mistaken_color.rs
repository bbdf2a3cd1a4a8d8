enum Color<T> {
    Red,
    #[rpc(unknown)]
    Other(T),
}
