enum r#Side {
    #[rpc(tag = 1)]
    Buy,
    #[rpc(tag = 0x10)]
    Sell,
}
