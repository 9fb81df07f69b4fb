//! Hashes and tokens, against the contracts of their ports.

use adapters_auth::{Argon2Hasher, EdDsaTokens};

use crate::{a_key, hashing, tokens_of};

async fn hasher() -> Argon2Hasher {
    hashing::hasher(hashing::CHEAP)
}

async fn tokens() -> EdDsaTokens {
    tokens_of(&a_key())
}

port_contracts::password_hasher_contract!(hasher);
port_contracts::token_service_contract!(tokens);
