//! What a user decides about the generated code, apart from where it comes from and goes to.

use syn::parse::Parser;

use crate::session::Session;

/// The choices of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Packages that have their code elsewhere, and the path of the module that it is in.
    pub(crate) externals: Vec<(String, String)>,
}

impl Settings {
    /// Says what is wrong with them.
    pub(crate) fn check(&self, session: &mut Session) {
        for (package, path) in &self.externals {
            if package.is_empty() {
                session.error(None, format!("the package whose code is in `{path}` has no name"));
            }
            if syn::Path::parse_mod_style.parse_str(path).is_err() {
                session
                    .error(None, format!("the code of `{package}` is said to be in `{path}`, which is no path"))
                    .help("write a path of Rust, such as `::shared_types::common`");
            }
        }
    }

    /// The path of the module that has a package's code, if it is not generated here: its own setting, or that of a package
    /// above it with the rest of its name.
    pub(crate) fn external(&self, package: &str) -> Option<(&str, Vec<String>)> {
        let above = self.externals.iter().filter(|(name, _)| is_within(package, name));
        let nearest = above.max_by_key(|(name, _)| name.len());
        nearest.map(|(name, path)| {
            let rest = package[name.len()..].split('.').filter(|part| !part.is_empty());
            (&**path, rest.map(str::to_owned).collect())
        })
    }
}

/// Whether a package is one of this name, or below it.
pub(crate) fn is_within(package: &str, name: &str) -> bool {
    package.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
