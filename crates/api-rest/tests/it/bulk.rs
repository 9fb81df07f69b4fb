//! Imports and exports.

use actix_web::http::Method;
use serde_json::json;

use crate::stage::{Answer, NOBODY, Stage};

async fn import(stage: &Stage, query: &str, content_type: &'static str, file: impl Into<Vec<u8>>) -> Answer {
    stage
        .ask(Method::POST, &format!("/api/vehicles/import{query}"))
        .body(content_type, file)
        .send()
        .await
}

const HEADER: &str = "type,name,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity,details.mastHeight";

#[actix_web::test]
async fn what_is_exported_can_be_imported() {
    let stage = Stage::new();
    for name in ["Lift 1", "Lift, \"2\""] {
        stage.forklift(name).await;
    }
    for (format, media_type) in [("csv", "text/csv"), ("jsonl", "application/x-ndjson")] {
        let file = stage.get(&format!("/api/vehicles/export?format={format}")).await;
        assert_eq!(file.status, 200);
        assert!(file.header("content-type").starts_with(media_type));
        assert_eq!(
            file.header("content-disposition"),
            format!("attachment; filename=\"vehicles.{format}\"")
        );
        let elsewhere = Stage::new();
        let imported = import(&elsewhere, "", media_type, file.body.clone()).await;
        assert_eq!(
            (imported.status.as_u16(), imported.json()),
            (200, json!({"imported": 2, "dryRun": false})),
            "{format}"
        );
        let again = elsewhere
            .get(&format!("/api/vehicles/export?format={format}"))
            .await;
        let lines = |answer: &Answer| answer.text().lines().count();
        assert_eq!(lines(&again), lines(&file), "{format}");
    }
    let some = stage.get("/api/vehicles/export?search=lift%201").await;
    assert_eq!(some.text().lines().count(), 1);
}

#[actix_web::test]
async fn every_fault_is_told_with_its_line_and_nothing_is_imported() {
    let stage = Stage::new();
    stage.forklift("Lift 1").await;
    let file = format!("{HEADER}\nFORKLIFT,Lift 2,Acme,1,1,1,\nBOAT,,Acme,1,-1,1,x\n");
    let refused = import(&stage, "", "text/csv", file).await;
    assert_eq!(refused.json()["errorCount"], 4);
    assert_eq!(
        refused.faults(422),
        [
            "3: details.mastHeight must be a number",
            "3: name must be given",
            "3: type must be one of AMR, AGV, OHT, FORKLIFT",
            "3: specification.maxLoad must be at least 0 kg",
        ]
    );
    let file = format!("{HEADER}\nFORKLIFT,Lift 1,Acme,1,1,1,\n");
    let refused = import(&stage, "", "text/csv; charset=utf-8", file).await;
    assert_eq!(
        refused.faults(422),
        ["2: name another vehicle of the organization has this name"]
    );
    assert_eq!(stage.get("/api/vehicles").await.json()["totalCount"], 1);
}

#[actix_web::test]
async fn a_dry_run_changes_nothing() {
    let stage = Stage::new();
    let file = format!("{HEADER}\nFORKLIFT,Lift 1,Acme,1,1,1,\n");
    let tried = import(&stage, "?dryRun=true", "text/csv", file).await;
    assert_eq!(tried.json(), json!({"imported": 1, "dryRun": true}));
    assert_eq!(stage.get("/api/vehicles").await.json()["totalCount"], 0);
}

#[actix_web::test]
async fn a_file_of_another_type_or_for_nobody_is_refused() {
    let stage = Stage::new();
    import(&stage, "", "application/json", "{}").await.faults(415);
    import(&stage, "?dryRun=perhaps&x=1", "text/csv", "")
        .await
        .faults(422);
    let nowhere = format!("?organizationId={NOBODY}");
    import(&stage, &nowhere, "text/csv", HEADER).await.faults(404);
    let large = vec![b'\n'; 16 * 1024 * 1024 + 1];
    import(&stage, "", "application/x-ndjson", large)
        .await
        .faults(413);
    assert_eq!(
        stage.get("/api/vehicles/export?format=xml").await.faults(422),
        ["format must be csv or jsonl"]
    );
}

#[actix_web::test]
async fn files_of_spreadsheets_are_read_with_their_separators_and_empty_rows() {
    for separator in [";", "\t"] {
        let stage = Stage::new();
        let file = format!("\u{feff}{HEADER}\r\nFORKLIFT,Lift 1,Acme,1,1,1,\r\n,,,,,,\r\n\r\n,,,\r\n");
        let imported = import(&stage, "", "text/csv", file.replace(',', separator)).await;
        assert_eq!(
            imported.json(),
            json!({"imported": 1, "dryRun": false}),
            "{separator}"
        );
    }
}

#[actix_web::test]
async fn an_export_for_excel_has_no_formulas_and_can_be_imported() {
    let stage = Stage::new();
    stage.forklift("=HYPERLINK(1)").await;
    let plain = stage.get("/api/vehicles/export?format=csv").await;
    assert!(plain.text().contains(",=HYPERLINK(1),"));
    let file = stage.get("/api/vehicles/export?excel=true").await;
    assert!(file.body.starts_with(b"\xef\xbb\xbfid,"));
    assert!(file.text().contains(",'=HYPERLINK(1),"), "{}", file.text());
    assert!(file.header("content-type").starts_with("text/csv"));

    let elsewhere = Stage::new();
    let imported = import(&elsewhere, "", "text/csv", file.body.clone()).await;
    assert_eq!(imported.status, 200, "{}", imported.text());
    let again = elsewhere.get("/api/vehicles").await.json();
    assert_eq!(again["items"][0]["name"], "=HYPERLINK(1)");
    assert_eq!(
        stage
            .get("/api/vehicles/export?excel=true&format=jsonl")
            .await
            .faults(422),
        ["excel must not be true for jsonl"]
    );
}

#[actix_web::test]
async fn a_deleted_vehicle_is_restored_by_an_import_of_its_id() {
    let stage = Stage::new();
    let path = stage.forklift("Lift 1").await;
    let file = stage.get("/api/vehicles/export?format=csv").await.body.clone();
    let refused = import(&stage, "", "text/csv", file.clone()).await;
    assert_eq!(
        refused.faults(422),
        [
            "2: id another vehicle has this id",
            "2: name another vehicle of the organization has this name"
        ]
    );
    stage.delete(&path).await;
    let imported = import(&stage, "", "text/csv", file).await;
    assert_eq!(imported.status, 200, "{}", imported.text());
    assert_eq!(stage.get(&path).await.json()["version"], 3);
}

#[actix_web::test]
async fn of_many_faults_a_hundred_are_told_and_all_are_counted() {
    let stage = Stage::new();
    let file = format!("{HEADER}\n{}", "FORKLIFT,Lift,Acme,1,1,-1,\n".repeat(300));
    let refused = import(&stage, "", "text/csv", file).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errorCount"], 300);
    assert_eq!(refused.json()["errors"].as_array().map(Vec::len), Some(100));
}
