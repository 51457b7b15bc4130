// Secrets of a project: written once, passed to its deployments, and never read back.
#pragma once

#include "contracts/fields/field_list.h"

namespace contracts {

// As for environment variables: a capital letter or _, then at most 63 of A-Z 0-9 _.
extern const Bounds kSecretName;
inline constexpr std::size_t kMaxSecretBytes = 64 << 10;

// The readable part of a secret.
struct ProjectSecret {
    std::string name;
    Timestamp created_at{};
    Timestamp updated_at{};
};
void visit_fields(ProjectSecret& secret, FieldList& fields);

// The body that sets one; its name is in the path.
struct SecretValue {
    std::string value;  // without U+0000, which no environment can hold
};
void visit_fields(SecretValue& secret, FieldList& fields);

// Fails with `invalid`, field "name".
[[nodiscard]] Result<void> check_secret_name(std::string_view name);

}  // namespace contracts
