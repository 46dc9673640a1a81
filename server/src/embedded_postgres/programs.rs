//! PostgreSQL's own programs: where they are, which version, and as whom they run.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use super::Error;

/// The oldest version that the schema is tried with.
const OLDEST: u32 = 14;

/// A folder with `initdb` and `postgres` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    pub folder: PathBuf,
    /// The major version, for example 15.
    pub major: u32,
}

impl Programs {
    /// Finds programs of version `wanted`, or the newest where that is `None`. `named` is what
    /// `PERFALLY_POSTGRES_BIN` says; without it, `PATH` and Debian's folders are searched.
    pub async fn find(named: Option<&Path>, wanted: Option<u32>) -> Result<Self, Error> {
        let folders = match named {
            Some(folder) => vec![folder.to_owned()],
            None => usual_folders(),
        };
        let mut found = Vec::new();
        for folder in folders {
            if let Some(major) = version_in(&folder).await {
                found.push(Self { folder, major });
            }
        }
        if let Some(wanted) = wanted {
            return match found.iter().find(|programs| programs.major == wanted) {
                Some(programs) => Ok(programs.clone()),
                None => Err(Error::OtherVersion { wanted, found: found.iter().map(|programs| programs.major).max() }),
            };
        }
        match found.into_iter().max_by_key(|programs| programs.major) {
            Some(programs) if programs.major >= OLDEST => Ok(programs),
            Some(programs) => Err(Error::TooOld { found: programs.major, oldest: OLDEST }),
            None => Err(Error::NoPrograms { named: named.map(Path::to_owned) }),
        }
    }

    /// A program with nothing of our environment but the search path: variables such as
    /// `PGPORT` or `PGDATA` would change what it does.
    pub fn command(&self, program: &str, account: Option<&Account>) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command.env_clear().env("LC_ALL", "C").stdin(Stdio::null());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        if let Some(account) = account {
            command.uid(account.uid).gid(account.gid);
        }
        command
    }
}

fn usual_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    for root in ["/usr/lib/postgresql", "/usr/local/lib/postgresql", "/opt/postgresql"] {
        let versions = std::fs::read_dir(root).into_iter().flatten().flatten();
        folders.extend(versions.map(|version| version.path().join("bin")));
    }
    folders.extend(["/usr/pgsql/bin", "/usr/local/pgsql/bin"].map(PathBuf::from));
    folders.retain(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file());
    folders
}

/// The major version of the programs in `folder`; `None` where they are missing or do not start.
async fn version_in(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").stdin(Stdio::null()).output().await.ok()?;
    major_version(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)`, and `17beta1` too.
fn major_version(text: &str) -> Option<u32> {
    let number = text.split("(PostgreSQL)").nth(1)?.trim_start();
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The unprivileged account that PostgreSQL runs as when we are root, which it refuses to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// `None` when we are not root: PostgreSQL then runs as we do.
    pub fn needed() -> Result<Option<Self>, Error> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let passwd = std::fs::read_to_string("/etc/passwd")
            .map_err(|source| Error::Io { doing: "reading /etc/passwd".to_owned(), source })?;
        ["postgres", "nobody"].into_iter().find_map(|name| Self::read(&passwd, name)).map(Some).ok_or(Error::NoAccount)
    }

    fn read(passwd: &str, name: &str) -> Option<Self> {
        let mut fields = passwd.lines().find(|line| line.split(':').next() == Some(name))?.split(':');
        let uid = fields.nth(2)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then(|| Self { name: name.to_owned(), uid, gid })
    }

    /// Whether the account can enter `folder`: asked of the system itself, by starting a
    /// program there, because groups and access lists count too.
    pub async fn can_enter(&self, programs: &Programs, folder: &Path) -> bool {
        let mut command = programs.command("postgres", Some(self));
        command.arg("--version").current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().await.is_ok_and(|status| status.success())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says_of_itself() {
        assert_eq!(major_version("postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)\n"), Some(15));
        assert_eq!(major_version("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major_version("something else"), None);
    }

    #[test]
    fn an_account_is_read_by_its_whole_name_and_never_root() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\npostgres2:x:7:7::/:/bin/sh\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        let account = Account::read(passwd, "postgres").unwrap();
        assert_eq!((account.uid, account.gid), (101, 104));
        assert_eq!(Account::read(passwd, "root"), None);
        assert_eq!(Account::read(passwd, "nobody"), None);
    }
}
