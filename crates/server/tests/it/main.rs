//! Tests of the program from its users' point of view, and of the rules of the repository.

mod chaos;
mod clients;
mod command_line;
mod configuration;
mod dependency_direction;
mod deployment;
mod development_stores;
mod documentation;
mod end_to_end;
mod examples;
#[path = "../../src/recording/film.rs"]
#[expect(dead_code, reason = "it is the library's own, whose tests use all of it")]
mod film;
mod installation;
mod module_circles;
mod monitoring;
mod permissions;
mod prose;
mod repository;
