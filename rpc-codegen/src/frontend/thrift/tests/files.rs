//! Files on the disk, which links lead to.

use std::{fs, os::unix::fs::symlink, path::PathBuf};

use super::{load, rendered};
use crate::session::Session;

/// A folder that is gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rpc-codegen-thrift-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("the folder can be made");
        Self(path.canonicalize().expect("it is there"))
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the folder can be made");
        fs::write(path, text).expect("the folder can be written to");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_path_that_goes_up_from_a_link_leads_to_what_is_above_its_target() {
    let folder = Folder::new("links");
    folder.write("real/deep/a.thrift", "include '../b.thrift'\nstruct A { 1: b.B b }");
    folder.write("real/b.thrift", "struct B {}");
    folder.write("b.thrift", "struct Other {}");
    symlink("real/deep", folder.0.join("link")).expect("links can be made");
    let shown = |asked: &[&str]| {
        let mut session = Session::default();
        let paths: Vec<PathBuf> = asked.iter().map(|path| folder.0.join(path)).collect();
        load(&paths, &mut session);
        assert_eq!(rendered(&session), "");
        let path =
            |file: &crate::model::File| file.path.trim_start_matches(folder.0.to_str().expect("text")).to_owned();
        session.files.iter().map(path).collect::<Vec<_>>()
    };
    assert_eq!(shown(&["link/../b.thrift"]), ["/real/b.thrift"]);
    assert_eq!(shown(&["link/a.thrift"]), ["/real/b.thrift", "/link/a.thrift"]);
    assert_eq!(shown(&["real/deep/../../b.thrift", "real/../b.thrift"]), ["/b.thrift"]);
}
