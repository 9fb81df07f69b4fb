DROP TABLE forklift_details;
DROP TABLE oht_details;
DROP TABLE agv_details;
DROP TABLE amr_details;
DROP TABLE vehicles;
DROP FUNCTION vehicle_must_have_details;
DROP DOMAIN maker_config;
