//! The grammar of our attributes: options, separated by commas, each `name` or `name = value`.
//!
//! Does not know which options there are: whoever does gives a text of them, for those who write others.

use proc_macro2::{Ident, TokenStream};
use syn::{
    Attribute, Expr, ExprLit, ExprUnary, Lit, LitStr, Meta, Path, Token, UnOp,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
};

use crate::errors::Errors;

/// One option as it is written.
pub(crate) struct Written {
    pub(crate) name: Ident,
    pub(crate) value: Option<Value>,
}

/// What an option is set to.
pub(crate) enum Value {
    Text(LitStr),
    Path(Path),
    Number(Number),
    Other,
}

/// A whole number, of any size.
pub(crate) struct Number {
    /// The number; one that has no room is as large as can be.
    pub(crate) value: i128,
    /// Where it stands, sign included.
    pub(crate) at: Expr,
}

impl Parse for Written {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = Ident::parse_any(input)?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse::<Expr>()?.into()),
            None => None,
        };
        Ok(Self { name, value })
    }
}

impl From<Expr> for Value {
    fn from(expression: Expr) -> Self {
        match expression {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Self::Text(text),
            Expr::Path(path) => Self::Path(path.path),
            // Around what `macro_rules!` puts in.
            Expr::Group(group) => (*group.expr).into(),
            other => match number(&other) {
                Some(value) => Self::Number(Number { value, at: other }),
                None => Self::Other,
            },
        }
    }
}

fn number(expression: &Expr) -> Option<i128> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(digits), .. }) => Some(digits.base10_parse().unwrap_or(i128::MAX)),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => number(expr).map(|value| -value),
        Expr::Group(group) => number(&group.expr),
        _ => None,
    }
}

/// The options of every `#[rpc(..)]` among some attributes, each once; `known` says which there are.
pub(crate) fn of_attributes(attributes: &[Attribute], known: &str, errors: &mut Errors) -> Vec<Written> {
    let mut written = Vec::new();
    for attribute in attributes.iter().filter(|attribute| is_rpc(attribute)) {
        match &attribute.meta {
            Meta::List(list) => written.extend(listed(list.tokens.clone(), known, errors)),
            other => malformed_option(other, known, errors),
        }
    }
    once_each(written, errors)
}

/// Whether an attribute is ours, and therefore not for the compiler.
pub(crate) fn is_rpc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("rpc")
}

/// The options in one pair of parentheses.
pub(crate) fn listed(tokens: TokenStream, known: &str, errors: &mut Errors) -> Vec<Written> {
    match Punctuated::<Written, Token![,]>::parse_terminated.parse2(tokens.clone()) {
        Ok(options) => options.into_iter().collect(),
        Err(_) => {
            malformed_option(tokens, known, errors);
            Vec::new()
        }
    }
}

/// The options without those that are given again, which is a mistake.
pub(crate) fn once_each(written: Vec<Written>, errors: &mut Errors) -> Vec<Written> {
    let mut once: Vec<Written> = Vec::new();
    for option in written {
        match once.iter().any(|earlier| earlier.name == option.name) {
            true => repeated_option(&option.name, errors),
            false => once.push(option),
        }
    }
    once
}

pub(crate) fn unknown_option(name: &Ident, known: &str, errors: &mut Errors) {
    errors.push(name, format_args!("there is no option `{name}`; there are {known}"));
}

pub(crate) fn malformed_option(at: impl quote::ToTokens, known: &str, errors: &mut Errors) {
    errors.push(at, format_args!("this is not how an option is written; there are {known}"));
}

fn repeated_option(name: &Ident, errors: &mut Errors) {
    errors.push(name, format_args!("the option `{name}` is given twice: remove one"));
}
