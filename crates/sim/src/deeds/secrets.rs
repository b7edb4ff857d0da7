//! Secrets and passwords that somebody changes on one side only.

use pgha_resource::{Address, Kind};

use super::{Done, refused};
use crate::account::Account;
use crate::rotation;
use crate::tamper::TamperError;

/// Somebody changes the master user's password in the database or in the console.
pub(super) fn change_password(account: &mut Account, key: &Address) -> Done {
    let (password, address) = (account.next(), account.address(key).to_string());
    match account.get_mut(key).and_then(|thing| thing.database.as_mut()) {
        Some(database) => database.password = password,
        None => return Err(TamperError::Missing(address)),
    }
    account.log(key, "its password was changed");
    Ok(format!("{address} has another password than before"))
}

/// Somebody writes another password into a secret.
pub(super) fn put_secret(account: &mut Account, key: &Address) -> Done {
    let password = account.next();
    check_secret(account, key)?;
    account.contents.entry(key.clone()).or_default().password = password;
    account.log(key, "another password was written into it");
    Ok(format!("{} has another password inside", account.address(key)))
}

/// Somebody takes the permission to invoke a secret's function away.
pub(super) fn deny_rotation(account: &mut Account, key: &Address) -> Done {
    check_secret(account, key)?;
    account.contents.entry(key.clone()).or_default().denied = true;
    Ok(format!("Secrets Manager may not invoke the function of {}", account.address(key)))
}

/// Somebody lets a rotation run now.
pub(super) fn rotate(account: &mut Account, key: &Address) -> Done {
    check_secret(account, key)?;
    rotation::check(account, key).map_err(|error| refused(error.to_string()))?;
    rotation::rotate(account, key);
    match account.contents.get(key).is_some_and(|content| content.pending) {
        true => Err(refused(format!("the rotation of {} failed", account.address(key)))),
        false => Ok(format!("{} is rotated", account.address(key))),
    }
}

fn check_secret(account: &Account, key: &Address) -> Result<(), TamperError> {
    match account.get(key).is_some() && key.kind == Kind::Secret {
        true => Ok(()),
        false => Err(TamperError::Missing(account.address(key).to_string())),
    }
}
