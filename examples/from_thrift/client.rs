//! A visit to the bank: what goes well, and each way in which a transfer can fail.

use std::error::Error;

use rpc_core::CallError;

use crate::bank::{
    AccountKind, BankAccountError, BankClient, BankTransferError, Iban, Movement, Payee, TRANSFER_MAX, Transfer,
    money::Money,
};

fn transfer(to: Payee, units: i64) -> Transfer {
    Transfer { amount: Money { units, ..Money::default() }, ..Transfer::new(to) }
}

/// Does what one does in a bank, and prints what comes of it.
pub(crate) async fn visit(url: &str) -> Result<(), Box<dyn Error>> {
    let bank = BankClient::connect(url).await?;
    println!("welcome to {}", bank.name().await?);
    bank.look_in("the client").await?;
    let ann = bank.open("Ann", AccountKind::Checking).await?;
    let bob = bank.open("Bob", AccountKind::Savings).await?;
    println!("{} has {} {} and is {:?}", ann.owner, ann.balance.units, ann.balance.currency, ann.tags);

    let left = bank.transfer(ann.id, transfer(Payee::Account(bob.id), 30)).await?;
    println!("30 to Bob leave {} {}", left.units, left.currency);
    let abroad = Payee::Iban(Iban { country: "CH".to_owned(), number: 93_007_620_116 });
    let left = bank.transfer(ann.id, transfer(abroad, 40)).await?;
    println!("40 abroad leave {} {}", left.units, left.currency);
    for (to, units) in
        [(Payee::Account(bob.id), 1_000), (Payee::Account(7), 1), (Payee::Account(bob.id), TRANSFER_MAX + 1)]
    {
        refused(&bank, ann.id, transfer(to, units)).await;
    }
    statement(&bank, ann.id).await?;
    println!("the bank has {:?}", bank.totals().await?);
    Ok(())
}

/// Every exception has its own variant.
async fn refused(bank: &BankClient, from: i64, transfer: Transfer) {
    match bank.transfer(from, transfer).await {
        Err(CallError::App(BankTransferError::InsufficientFunds(funds))) => {
            println!("no: {} are needed, {} are there", funds.needed.units, funds.available.units);
        }
        Err(CallError::App(other)) => println!("no: {other}"),
        other => println!("not as it should be: {other:?}"),
    }
}

async fn statement(bank: &BankClient, id: i64) -> Result<(), Box<dyn Error>> {
    for entry in bank.statement(id, Some(2)).await? {
        let what = match &entry.movement {
            Movement::Deposit(money) => format!("{} in", money.units),
            Movement::Transfer(transfer) => format!("{} out", transfer.amount.units),
            Movement::Fee(fee) => format!("{} for the bank", fee.units),
        };
        println!("{}: {what}, {} more because of it", entry.number, entry.causes.len());
    }
    let unknown = bank.account(7).await;
    assert!(matches!(unknown, Err(CallError::App(BankAccountError::NoSuchAccount(missing))) if missing.id == 7));
    Ok(())
}
