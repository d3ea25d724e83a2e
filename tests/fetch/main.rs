//! The fetcher: its rules without sockets, its client on the virtual clock, and the program itself
//! against servers that lie, stall, flood and hang up.

#[path = "../support/example.rs"]
mod example;
#[path = "../../examples/fetch/mod.rs"]
mod http;
#[path = "../../examples/site/mod.rs"]
mod site;

mod bad_servers;
mod bodies;
mod client;
mod heads;
mod program;
mod replies;
mod run;
mod servers;
mod spoilt;
mod titles;
mod urls;
