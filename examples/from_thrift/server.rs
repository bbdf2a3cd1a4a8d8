//! The bank itself: its accounts, and the trait that was generated, implemented.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use crate::bank::{
    self, Account, AccountId, AccountKind, Bank, BankAccountError, BankStatementError, BankTransferError, Entry,
    InsufficientFunds, Movement, NoSuchAccount, Payee, Refused, Transfer, money::Money,
};

/// What the bank takes for a transfer to another one.
const FEE: i64 = 25;

/// All that the bank has.
#[derive(Default)]
pub(crate) struct Counter {
    accounts: Mutex<BTreeMap<AccountId, (Account, Vec<Entry>)>>,
}

type Accounts = BTreeMap<AccountId, (Account, Vec<Entry>)>;

impl Counter {
    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        self.accounts.lock().expect("nobody panics with the accounts")
    }
}

/// An account, or the exception that says that there is none.
fn of(accounts: &mut Accounts, id: AccountId) -> Result<&mut (Account, Vec<Entry>), NoSuchAccount> {
    accounts.get_mut(&id).ok_or(NoSuchAccount { id })
}

fn units(units: i64) -> Money {
    Money { units, ..Money::default() }
}

/// Writes down what happened, and what it has caused.
fn write((account, entries): &mut (Account, Vec<Entry>), movement: Movement, amount: i64, causes: Vec<Entry>) {
    account.balance.units += amount;
    let number = entries.len() as i32 + 1;
    entries.push(Entry { number, movement, causes, receipt: Some(number.to_be_bytes().to_vec()) });
}

impl Bank for Counter {
    async fn name(&self) -> String {
        "the bank at the corner".to_owned()
    }

    async fn look_in(&self, who: &str) {
        println!("(the bank has seen {who})");
    }

    async fn open(&self, owner: &str, kind: AccountKind) -> Account {
        let mut accounts = self.accounts();
        let id = 1_000 + accounts.len() as AccountId;
        let mut opened = (Account { id, owner: owner.to_owned(), kind, ..Account::default() }, Vec::new());
        write(&mut opened, Movement::Deposit(units(100)), 100, Vec::new());
        accounts.entry(id).or_insert(opened).0.clone()
    }

    async fn account(&self, id: AccountId) -> Result<Account, BankAccountError> {
        Ok(of(&mut self.accounts(), id)?.0.clone())
    }

    async fn transfer(&self, source: AccountId, transfer: Transfer) -> Result<Money, BankTransferError> {
        if transfer.amount.units > bank::TRANSFER_MAX {
            return Err(Refused { reason: format!("at most {} in one transfer", bank::TRANSFER_MAX) }.into());
        }
        let amount = transfer.amount.units;
        let fee = if matches!(transfer.to, Payee::Iban(_)) { FEE } else { 0 };
        let mut accounts = self.accounts();
        let available = of(&mut accounts, source)?.0.balance.clone();
        if available.units < amount + fee {
            return Err(InsufficientFunds { needed: units(amount + fee), available }.into());
        }
        if let Payee::Account(id) = transfer.to {
            write(of(&mut accounts, id)?, Movement::Deposit(transfer.amount.clone()), amount, Vec::new());
        }
        let fees =
            (fee > 0).then(|| Entry { number: 0, movement: Movement::Fee(units(fee)), causes: vec![], receipt: None });
        let payer = of(&mut accounts, source)?;
        write(payer, Movement::Transfer(transfer), -amount - fee, fees.into_iter().collect());
        Ok(payer.0.balance.clone())
    }

    async fn statement(&self, id: AccountId, last: Option<i32>) -> Result<Vec<Entry>, BankStatementError> {
        let mut accounts = self.accounts();
        let (_, entries) = of(&mut accounts, id)?;
        let last = last.map_or(entries.len(), |last| usize::try_from(last).unwrap_or(0));
        Ok(entries[entries.len().saturating_sub(last)..].to_vec())
    }

    async fn totals(&self) -> BTreeMap<String, i64> {
        let mut totals: BTreeMap<String, i64> = bank::CURRENCIES.iter().map(|currency| (currency.clone(), 0)).collect();
        for (account, _) in self.accounts().values() {
            *totals.entry(account.balance.currency.clone()).or_default() += account.balance.units;
        }
        totals
    }
}
