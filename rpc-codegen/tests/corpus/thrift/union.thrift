namespace rs pay

struct Card { 1: string number; 2: i16 year; 3: byte month }
struct Invoice { 1: string address }

// How somebody pays: one way at a time.
union Means {
  1: Card card
  2: Invoice invoice
  3: i64 voucher
}
