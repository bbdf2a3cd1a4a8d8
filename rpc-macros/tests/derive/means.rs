enum Means {
    #[rpc(tag = 3)]
    Card(Box<Card>),
    #[rpc(tag = 4, as = "sint64")]
    Voucher(i64),
    #[rpc(tag = 5)]
    Cash,
}
