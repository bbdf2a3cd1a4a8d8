enum Color {
    #[rpc(tag = 0)]
    Red,
    #[rpc(tag = -2147483648)]
    Green,
    #[rpc(unknown)]
    Other(i32),
}
