//! Import and export of vehicles.

use actix_web::http::Method;
use serde_json::json;

use test_application::staff::PASSWORD;

use crate::stage::{Answer, Stage, UNKNOWN_ID, a_forklift};

async fn import(stage: &Stage, query: &str, content_type: &'static str, file: impl Into<Vec<u8>>) -> Answer {
    stage
        .ask(Method::POST, &format!("/api/vehicles/import{query}"))
        .body(content_type, file)
        .send()
        .await
}

const HEADER: &str = "type,name,manufacturer,specification.maxSpeed,specification.maxLoad,specification.batteryCapacity,details.mastHeight";

#[actix_web::test]
async fn an_export_can_be_imported() {
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
async fn every_fault_is_reported_with_its_line_and_nothing_is_imported() {
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
        ["2: name another vehicle of the organisation has this name"]
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
async fn a_file_of_another_type_or_for_an_unknown_organization_is_rejected() {
    let stage = Stage::new();
    import(&stage, "", "application/json", "{}").await.faults(415);
    import(&stage, "?dryRun=perhaps&x=1", "text/csv", "")
        .await
        .faults(422);
    let nowhere = format!("?organizationId={UNKNOWN_ID}");
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
async fn spreadsheet_separators_and_empty_rows_are_read() {
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
        ["excel must not be true if format is jsonl"]
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
            "2: name another vehicle of the organisation has this name"
        ]
    );
    stage.delete(&path).await;
    let imported = import(&stage, "", "text/csv", file).await;
    assert_eq!(imported.status, 200, "{}", imported.text());
    assert_eq!(stage.get(&path).await.json()["version"], 3);
}

#[actix_web::test]
async fn the_first_hundred_faults_are_reported_and_all_are_counted() {
    let stage = Stage::new();
    let file = format!("{HEADER}\n{}", "FORKLIFT,Lift,Acme,1,1,-1,\n".repeat(300));
    let refused = import(&stage, "", "text/csv", file).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["errorCount"], 300);
    assert_eq!(refused.json()["errors"].as_array().map(Vec::len), Some(100));
}

#[actix_web::test]
async fn ids_in_use_and_reserved_ids_are_rejected_for_new_vehicles() {
    let stage = Stage::new();
    let id_of = |answer: Answer| {
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_str().expect("an id").to_owned()
    };
    let organization = id_of(stage.post("/api/organizations", &json!({"name": "Hall"})).await);
    let group = id_of(stage.post("/api/groups", &json!({"name": "Lifts"})).await);
    let user = json!({"username": "ana", "password": PASSWORD, "role": "VIEWER"});
    let user = id_of(stage.post("/api/users", &user).await);
    let grant = json!({"userId": user, "groupId": group});
    let grant = id_of(stage.post("/api/grants", &grant).await);
    let session = stage.get("/api/auth/sessions").await.json()[0]["id"].clone();
    let others = [
        &organization,
        &group,
        &user,
        &grant,
        session.as_str().expect("an id"),
    ];
    for id in others {
        let mut vehicle = a_forklift("Lift 1");
        vehicle["id"] = id.into();
        for query in ["", "?dryRun=true"] {
            let refused = import(&stage, query, "application/x-ndjson", vehicle.to_string()).await;
            assert_eq!(
                refused.faults(422),
                ["1: id another object, not a vehicle, has this id"]
            );
        }
    }
    for id in [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        let file = format!("id,{HEADER}\n{id},FORKLIFT,Lift 1,Acme,1,1,1,\n");
        let refused = import(&stage, "", "text/csv", file).await;
        assert_eq!(
            refused.faults(422),
            ["2: id must not be the nil UUID or the max UUID"]
        );
        assert_eq!(
            refused.json()["detail"],
            "nothing was imported: the file has 1 fault"
        );
    }
}

#[actix_web::test]
async fn unnamed_columns_and_other_encodings_are_reported() {
    let stage = Stage::new();
    let file = format!("{HEADER},\nFORKLIFT,Lift 1,Acme,1,1,1,,\n");
    let refused = import(&stage, "", "text/csv", file).await;
    assert_eq!(refused.faults(422), ["1: column 8 must have a name"]);
    let text = format!("{HEADER}\nFORKLIFT,Lift 1,Acme,1,1,1,\n");
    let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    let little = |text: &str| {
        units(text)
            .into_iter()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let big = |text: &str| {
        units(text)
            .into_iter()
            .flat_map(u16::to_be_bytes)
            .collect::<Vec<u8>>()
    };
    let marked = format!("\u{feff}{text}");
    for file in [little(&text), little(&marked), big(&text), big(&marked)] {
        for media_type in ["text/csv", "application/x-ndjson"] {
            let refused = import(&stage, "", media_type, file.clone()).await;
            assert_eq!(refused.faults(422), ["1: file must be UTF-8, not UTF-16"]);
        }
    }
    let latin_1 = [b"type,n\xe4me\n".as_slice(), b"FORKLIFT,Lift 1\n"].concat();
    assert_eq!(
        import(&stage, "", "text/csv", latin_1).await.faults(422),
        ["1: column 2 must be UTF-8"]
    );
    let latin_1 = b"{\"name\": \"L\xe4nge\"}\n";
    assert_eq!(
        import(&stage, "", "application/x-ndjson", latin_1)
            .await
            .faults(422),
        ["1: line must be UTF-8"]
    );
}

#[actix_web::test]
async fn a_number_beyond_the_range_of_a_double_is_reported() {
    let stage = Stage::new();
    let vehicle = a_forklift("Lift 1").to_string();
    for (field, text) in [
        (
            "specification.maxSpeed",
            vehicle.replace("\"maxSpeed\":2", "\"maxSpeed\":1e400"),
        ),
        (
            "details.mastHeight",
            vehicle.replace("{}", "{\"mastHeight\":-1e999}"),
        ),
    ] {
        let refused = stage
            .ask(Method::POST, "/api/vehicles")
            .body("application/json", text.clone())
            .send()
            .await;
        let fault = format!("{field} must not be a number beyond 1.8e308");
        assert_eq!(refused.faults(422), [&*fault]);
        let refused = import(&stage, "", "application/x-ndjson", text).await;
        assert_eq!(refused.faults(422), [format!("1: {fault}")]);
    }
}
