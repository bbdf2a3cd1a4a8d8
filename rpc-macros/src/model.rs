//! A service as we understood it: what is called what, and how each value travels.
//!
//! Free of punctuation; what only the rules need stays reachable as `syntax`. Reading never fails: what cannot be
//! understood is left as it is, for `validate` to name. Does not know what code will be made of it.

use proc_macro2::Ident;
use syn::{
    Attribute, FnArg, ItemTrait, LitStr, Pat, PatType, Path, ReturnType, TraitItem, TraitItemFn, Type, ext::IdentExt,
    parse_quote,
};

use crate::{
    attr::{self, MethodOptions, ServiceOptions},
    errors::Errors,
    items::{given, received, value_and_error},
    options,
    owned::{bare, last_segment},
};

/// A trait under `#[service]`.
pub(crate) struct Service {
    /// The trait without its items.
    pub(crate) syntax: ItemTrait,
    /// The name on the wire.
    pub(crate) name: LitStr,
    /// The path of the runtime crate.
    pub(crate) runtime: Path,
    /// The methods in the order of declaration, which is that of the descriptor and of the server's `match`.
    pub(crate) methods: Vec<Method>,
    /// What the trait has besides, written into it as it stands. Empty unless there was a mistake.
    pub(crate) others: Vec<TraitItem>,
}

/// One method of a service.
pub(crate) struct Method {
    pub(crate) syntax: TraitItemFn,
    pub(crate) options: MethodOptions,
    /// The name on the wire.
    pub(crate) name: LitStr,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) reply: Reply,
}

/// One argument of a method, `self` apart.
pub(crate) struct Argument {
    pub(crate) syntax: PatType,
    /// Nothing if it is a pattern, which is a mistake.
    pub(crate) name: Option<Ident>,
    pub(crate) passing: Passing,
}

/// How an argument travels.
pub(crate) enum Passing {
    /// `&str`, borrowed on both sides.
    Str,
    /// `&[u8]`, borrowed on both sides.
    Blob,
    /// `Vec<u8>`, encoded as one run of bytes rather than one by one.
    Buffer,
    /// `&[T]`: borrowed by the client; decoded as `Vec<T>` and lent to the service.
    Slice(Type),
    /// `&T`: borrowed by the client; decoded as `T` and lent to the service.
    Lent(Type),
    /// `T`.
    Owned(Type),
    /// `Streaming<T>`: items that follow the request, which has nothing of them itself.
    Items(Value),
}

/// What comes back: `value`, or `Result<value, error>`; of a stream, each item.
pub(crate) struct Reply {
    pub(crate) value: Value,
    /// The service's own error. A method has only one, wherever it may come.
    pub(crate) error: Option<Type>,
    pub(crate) stream: Option<Stream>,
}

/// Where the error of a reply that is a stream may come.
pub(crate) struct Stream {
    /// In its place: `Result<impl Stream<..>, E>`.
    pub(crate) in_result: bool,
    /// In the place of an item: `impl Stream<Item = Result<T, E>>`.
    pub(crate) of_results: bool,
}

/// What is encoded by itself: a result, or an item.
pub(crate) struct Value {
    pub(crate) ty: Type,
    /// It is `Vec<u8>`, encoded as one run of bytes rather than one by one.
    pub(crate) in_one_run: bool,
}

impl Service {
    /// Reads a trait; mistakes in the options go to `errors`.
    pub(crate) fn read(mut syntax: ItemTrait, options: ServiceOptions, errors: &mut Errors) -> Self {
        let mut methods = Vec::new();
        let mut others = Vec::new();
        for item in std::mem::take(&mut syntax.items) {
            match item {
                TraitItem::Fn(method) => methods.push(Method::read(method, errors)),
                other => others.push(other),
            }
        }
        Self {
            name: options.name.unwrap_or_else(|| wire_name(&syntax.ident)),
            runtime: options.runtime.unwrap_or_else(|| parse_quote!(::rpc_core)),
            syntax,
            methods,
            others,
        }
    }

    /// The name of a generated type, such as `QuotesClient`.
    pub(crate) fn type_name(&self, suffix: &str) -> Ident {
        let ident = &self.syntax.ident;
        Ident::new(&format!("{}{suffix}", ident.unraw()), ident.span())
    }
}

impl Method {
    fn read(syntax: TraitItemFn, errors: &mut Errors) -> Self {
        let mut options = attr::method(&syntax.attrs, errors);
        Self {
            name: options.name.take().unwrap_or_else(|| wire_name(&syntax.sig.ident)),
            arguments: syntax.sig.inputs.iter().filter_map(Argument::read).collect(),
            reply: Reply::read(&syntax.sig.output),
            options,
            syntax,
        }
    }

    /// The name in Rust.
    pub(crate) fn ident(&self) -> &Ident {
        &self.syntax.sig.ident
    }

    /// The type after the arrow.
    pub(crate) fn output(&self) -> Option<&Type> {
        match &self.syntax.sig.output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(ty),
        }
    }

    /// Whether items follow the request.
    pub(crate) fn takes_items(&self) -> bool {
        self.arguments.iter().any(|argument| matches!(argument.passing, Passing::Items(_)))
    }

    /// Whether items come back.
    pub(crate) fn gives_items(&self) -> bool {
        self.reply.stream.is_some()
    }

    /// The attributes that are the compiler's: all but ours.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.syntax.attrs.iter().filter(|attribute| !options::is_rpc(attribute))
    }
}

impl Argument {
    fn read(syntax: &FnArg) -> Option<Self> {
        let FnArg::Typed(syntax) = syntax else { return None };
        let name = match &*syntax.pat {
            Pat::Ident(name) if name.by_ref.is_none() && name.mutability.is_none() && name.subpat.is_none() => {
                Some(name.ident.clone())
            }
            _ => None,
        };
        Some(Self { syntax: syntax.clone(), name, passing: Passing::read(&syntax.ty) })
    }

    /// Whether the caller keeps the value and lends it for the call.
    pub(crate) fn is_borrowed(&self) -> bool {
        !matches!(self.passing, Passing::Buffer | Passing::Owned(_) | Passing::Items(_))
    }
}

impl Passing {
    fn read(ty: &Type) -> Self {
        if let Some(item) = received(ty) {
            return Self::Items(Value::read(item));
        }
        let Type::Reference(reference) = bare(ty) else {
            return if is_byte_vector(ty) { Self::Buffer } else { Self::Owned(ty.clone()) };
        };
        match bare(&reference.elem) {
            Type::Slice(slice) if is(&slice.elem, "u8") => Self::Blob,
            Type::Slice(slice) => Self::Slice((*slice.elem).clone()),
            other if is(other, "str") => Self::Str,
            other => Self::Lent(other.clone()),
        }
    }
}

impl Reply {
    fn read(output: &ReturnType) -> Self {
        let ReturnType::Type(_, ty) = output else {
            return Self { value: Value::read(&parse_quote!(())), error: None, stream: None };
        };
        let (value, error) = value_and_error(ty);
        let Some(item) = given(value) else {
            return Self { value: Value::read(value), error: error.cloned(), stream: None };
        };
        let (value, error_of_item) = value_and_error(item);
        Self {
            value: Value::read(value),
            error: error.or(error_of_item).cloned(),
            stream: Some(Stream { in_result: error.is_some(), of_results: error_of_item.is_some() }),
        }
    }
}

impl Value {
    fn read(ty: &Type) -> Self {
        Self { ty: ty.clone(), in_one_run: is_byte_vector(ty) }
    }
}

fn wire_name(ident: &Ident) -> LitStr {
    LitStr::new(&ident.unraw().to_string(), ident.span())
}

fn is(ty: &Type, primitive: &str) -> bool {
    matches!(bare(ty), Type::Path(path) if path.path.is_ident(primitive))
}

fn is_byte_vector(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|(name, types)| name == "Vec" && matches!(types[..], [byte] if is(byte, "u8")))
}
