/** Amounts of money, as all services of the bank write them. */
namespace rs bank.money

/** Three capital letters, such as "EUR". */
typedef string Currency

/** An amount in the smallest unit of its currency. */
struct Money {
    1: required i64 units
    2: required Currency currency = "EUR"
}
