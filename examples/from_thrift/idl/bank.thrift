/** A bank with accounts, transfers and statements. */
namespace rs bank

include "money.thrift"

typedef i64 AccountId

/** The most that one transfer may move, in the smallest unit. */
const i64 TRANSFER_MAX = 1000000
const list<string> CURRENCIES = ["EUR", "CHF"]

enum AccountKind {
    CHECKING = 1,
    SAVINGS = 2,
    /** Not for sale any more. */
    STUDENT = 7 (deprecated = "use CHECKING"),
}

struct Account {
    1: required AccountId id
    2: required string owner
    3: AccountKind kind = AccountKind.CHECKING
    4: required money.Money balance
    5: optional string nickname
    6: set<string> tags = ["new"]
}

/** Who gets the money: one of these. */
union Payee {
    1: AccountId account
    2: Iban iban
    /** In cash, at the counter, to whoever knows the word. */
    3: string password
}

struct Iban {
    1: required string country
    2: required i64 number
}

/** What can happen on an account. */
union Movement {
    1: money.Money deposit
    2: Transfer transfer
    3: money.Money fee
}

struct Transfer {
    1: required Payee to
    2: required money.Money amount
    3: string reference = ""
}

/** A movement and those that it has caused, such as a fee for it. */
struct Entry {
    1: required i32 number
    2: required Movement movement
    3: list<Entry> causes
    4: optional binary receipt
}

exception NoSuchAccount {
    1: required AccountId id
}

exception InsufficientFunds {
    1: required money.Money needed
    2: required money.Money available
}

exception Refused {
    1: required string reason
}

/** What every service of the bank can. */
service Branch {
    /** The name over the door. */
    string name()

    /** Tells the branch that somebody looks on, and does not wait for it. */
    oneway void lookIn(1: string who)
}

/** The counter. */
service Bank extends Branch {
    Account open(1: string owner, 2: AccountKind kind = AccountKind.CHECKING)

    Account account(1: AccountId id) throws (1: NoSuchAccount missing)

    /** Moves money and gives what is left. */
    money.Money transfer(
        /** who pays */
        1: AccountId source,
        /** how much, and to whom */
        2: Transfer transfer,
    ) throws (1: NoSuchAccount missing, 2: InsufficientFunds broke, 3: Refused refused)

    list<Entry> statement(1: AccountId id, 3: optional i32 last) throws (1: NoSuchAccount missing)

    map<money.Currency, i64> totals()
}
