//! `pgha sandbox`: a look into the simulated account, and accidents in it.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Span;
use jiff::SpanRelativeTo;
use pgha_resource::Address;
use pgha_resource::Kind;
use pgha_resource::value::Shown;
use pgha_sim::Sim;

use crate::account::RIGHT_FILE;
use crate::account::foreign;
use crate::account::open_sandbox;
use crate::account::ready_sandbox;
use crate::account::save_sandbox;
use crate::args::Global;
use crate::args::SANDBOX;
use crate::args::Sandbox;
use crate::cluster;
use crate::confirm;
use crate::error::CommandError;
use crate::error::with_sources;
use crate::exit::Exit;
use crate::output;
use crate::render::style;
use crate::render::table;
use crate::render::table::Cell;
use crate::render::words;
use crate::typed::Typed;

/// Looks into the sandbox or does something to it.
pub fn run(global: &Global, command: &Sandbox) -> Result<Exit, CommandError> {
    let path = global.sandbox.as_deref().unwrap_or(Path::new(SANDBOX));
    if let Sandbox::Reset { yes } = command {
        return reset(path, global, *yes);
    }
    let looks = matches!(command, Sandbox::List | Sandbox::Show { .. } | Sandbox::Events);
    let _held = if looks { None } else { Some(ready_sandbox(path)?) };
    let sim = open_sandbox(path, global)?;
    match command {
        Sandbox::List => output::print(&list(&sim))?,
        Sandbox::Show { address } => output::print(&show(&sim, address, global)?)?,
        Sandbox::Events => output::print(&events(&sim))?,
        Sandbox::AddNetwork => {
            let cluster = cluster::load_or_explain(&global.file)?;
            let made = sim.make_networks(&cluster.desired.networks);
            save_sandbox(&sim)?;
            output::print(&match made.is_empty() {
                true => "every VPC and subnet that the spec asks for is there\n".to_string(),
                false => made.join("\n") + "\n",
            })?;
        }
        _ => {
            let said = change(&sim, command)?;
            save_sandbox(&sim)?;
            output::print(&format!("{said}\n"))?;
        }
    }
    Ok(Exit::Ok)
}

/// Reads `90s`, `2h 30m`, `8 days`; a day has 24 hours.
pub fn duration(text: &str) -> Result<Duration, String> {
    let span: Span = text.parse().map_err(|_| "write it like 90s, 2h 30m or 8d".to_string())?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| "write it in weeks, days, hours, minutes and seconds".to_string())?;
    Duration::try_from(duration).map_err(|_| "time does not go backwards".to_string())
}

fn reset(path: &Path, global: &Global, yes: bool) -> Result<Exit, CommandError> {
    // Any file can be named, and only a sandbox is there to be thrown away.
    if let Some(why) = foreign(path)? {
        let name = path.display();
        let message = format!("{name} is no sandbox, and is left as it is: {why}");
        return Err(CommandError::refused(message).hint(RIGHT_FILE));
    }
    let _held = ready_sandbox(path)?;
    if !yes {
        agree(path, global)?;
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(CommandError::failed(format!("cannot remove {}: {error}", path.display())))
        }
        _ => {
            output::print("the sandbox is empty\n")?;
            Ok(Exit::Ok)
        }
    }
}

/// Says what goes, and asks where that is anything. What cannot be read is nobody's to use.
fn agree(path: &Path, global: &Global) -> Result<(), CommandError> {
    let number = Sim::open(path).map_or(0, |sim| sim.inventory().len());
    if number == 0 {
        return Ok(());
    }
    let number = words::count(number, "resource");
    let goes = format!("this deletes the simulated account in {}, with {number}", path.display());
    if !output::is_interactive() {
        let agreed = Typed::new("sandbox reset", global).flag("--yes");
        return Err(CommandError::refused(goes)
            .hint(format!("the terminal is not interactive: to agree, {agreed}")));
    }
    match confirm::yes_or_no(&format!("{goes}. Delete it?")) {
        true => Ok(()),
        false => Err(CommandError::refused("nothing was deleted")),
    }
}

/// Does something to the sandbox and says what.
fn change(sim: &Sim, command: &Sandbox) -> Result<String, CommandError> {
    let failed = |error: pgha_sim::TamperError| CommandError::failed(with_sources(&error));
    match command {
        Sandbox::Advance { duration } => {
            sim.advance(*duration);
            Ok(format!("it is {:.0}", sim.now()))
        }
        Sandbox::Tamper { address, field, value } => {
            let what = sim.tamper(address, field, value).map_err(failed)?;
            Ok(format!("{address}: {field} {what}"))
        }
        Sandbox::Delete { address, final_snapshot: None, keep_backups: false } => {
            sim.tamper_delete(address).map_err(failed)
        }
        Sandbox::Delete { address, final_snapshot, keep_backups } => {
            sim.delete_database(address, final_snapshot.as_deref(), *keep_backups).map_err(failed)
        }
        Sandbox::FillStorage { address, percent } => {
            sim.fill_storage(address, *percent).map_err(failed)
        }
        Sandbox::AwsBackup { address, days } => sim.aws_backup(address, *days).map_err(failed),
        Sandbox::AddDatabase { address } => sim.make_database(address).map_err(failed),
        Sandbox::Restore { from, to } => sim.restore(from, to).map_err(failed),
        Sandbox::Rename { address, to } => sim.rename(address, to).map_err(failed),
        Sandbox::Snapshot { address, name } => sim.snapshot(address, name).map_err(failed),
        Sandbox::Confirm { address } => Ok(confirm(sim, address.as_ref())),
        Sandbox::List
        | Sandbox::Show { .. }
        | Sandbox::Events
        | Sandbox::AddNetwork
        | Sandbox::Reset { .. } => Ok(String::new()),
        Sandbox::Failover { .. }
        | Sandbox::BlueGreen { .. }
        | Sandbox::SwitchOver { .. }
        | Sandbox::Promote { .. }
        | Sandbox::Stop { .. }
        | Sandbox::Start { .. }
        | Sandbox::LoseKey { .. }
        | Sandbox::ConnectEc2 { .. }
        | Sandbox::ChangePassword { .. }
        | Sandbox::PutSecret { .. }
        | Sandbox::Rotate { .. }
        | Sandbox::DenyRotation { .. } => deed(sim, command).map_err(failed),
    }
}

/// What is done to one resource and takes no more than its address.
fn deed(sim: &Sim, command: &Sandbox) -> Result<String, pgha_sim::TamperError> {
    match command {
        Sandbox::Failover { address } => sim.failover(address),
        Sandbox::BlueGreen { address } => sim.blue_green(address),
        Sandbox::SwitchOver { address } => sim.switch_over(address),
        Sandbox::Promote { address } => sim.promote(address),
        Sandbox::Stop { address } => sim.stop(address),
        Sandbox::Start { address } => sim.start(address),
        Sandbox::LoseKey { address } => sim.lose_key(address),
        Sandbox::ConnectEc2 { address } => sim.connect_ec2(address),
        Sandbox::ChangePassword { address } => sim.change_password(address),
        Sandbox::PutSecret { address } => sim.put_secret(address),
        Sandbox::Rotate { address } => sim.rotate(address),
        Sandbox::DenyRotation { address } => sim.deny_rotation(address),
        _ => Ok(String::new()),
    }
}

/// Confirms one subscription, or all of them.
fn confirm(sim: &Sim, address: Option<&Address>) -> String {
    let all = || sim.inventory().into_iter().map(|entry| entry.address);
    let wanted: Vec<Address> = match address {
        Some(address) => vec![address.clone()],
        None => all().filter(|address| address.kind == Kind::SnsSubscription).collect(),
    };
    let confirmed = wanted.iter().filter(|address| sim.confirm(address)).count();
    format!("{} confirmed", words::count(confirmed, "subscription"))
}

fn list(sim: &Sim) -> String {
    let rows: Vec<Vec<Cell>> = sim
        .inventory()
        .iter()
        .map(|entry| {
            let owner = entry.owner.as_deref().map(|owner| format!("owned by {owner}"));
            vec![
                Cell::new(style::STRONG, entry.address.to_string()),
                Cell::plain(&entry.status),
                Cell::new(style::DIM, owner.unwrap_or_default()),
            ]
        })
        .collect();
    match rows.is_empty() {
        true => "the sandbox is empty\n".to_string(),
        false => table::align(&rows, 0, 60).join("\n") + "\n",
    }
}

fn show(sim: &Sim, address: &Address, global: &Global) -> Result<String, CommandError> {
    let fields = sim.fields(address).ok_or_else(|| {
        CommandError::failed(format!("there is no {address} in the sandbox"))
            .hint(format!("{} shows what there is", Typed::new("sandbox list", global)))
    })?;
    let rows: Vec<Vec<Cell>> = fields
        .iter()
        .flat_map(|(name, shown)| match shown {
            Shown::Map(map) if !map.is_empty() => {
                map.iter().map(|(key, value)| row(&format!("{name}.{key}"), value)).collect()
            }
            Shown::Document { document } => {
                let compact = document.split_whitespace().collect::<Vec<_>>().join(" ");
                vec![row(name, &compact)]
            }
            shown => vec![row(name, &shown.to_string())],
        })
        .collect();
    Ok(table::align(&rows, 0, 40).join("\n") + "\n")
}

fn row(name: &str, value: &str) -> Vec<Cell> {
    vec![Cell::plain(name), Cell::plain(value)]
}

fn events(sim: &Sim) -> String {
    sim.events().iter().map(|(at, text)| format!("{at:.0}  {text}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let seconds = |text: &str| duration(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("2h 30m"), Ok(9_000));
        assert_eq!(seconds("8d"), Ok(691_200));
        assert!(seconds("-5m").is_err());
        assert!(seconds("soon").is_err());
        assert!(seconds("1 month").is_err());
    }
}
