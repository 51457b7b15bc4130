#include "contracts/entities/secrets.h"

namespace contracts {

namespace {

bool is_secret_name(std::string_view text) {
    if (text.empty() || text.size() > 64 || (text.front() >= '0' && text.front() <= '9'))
        return false;
    for (const char c : text)
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_') return false;
    return true;
}

constexpr Bounds kSecretValue{1, kMaxSecretBytes};

}  // namespace

const Bounds kSecretName{1,
                         64,
                         {"^[A-Z_][A-Z0-9_]{0,63}$", is_secret_name,
                          "a capital letter or _, then at most 63 of A-Z 0-9 _", false}};

void visit_fields(ProjectSecret& secret, FieldList& fields) {
    fields.required("name", secret.name, kSecretName);
    fields.required("created_at", secret.created_at);
    fields.required("updated_at", secret.updated_at);
}

void visit_fields(SecretValue& secret, FieldList& fields) {
    fields.required("value", secret.value, kSecretValue);
}

Result<void> check_secret_name(std::string_view name) {
    if (is_secret_name(name)) return {};
    return fail(ErrorKind::invalid, "must be " + std::string(kSecretName.shape.words), "name");
}

}  // namespace contracts
