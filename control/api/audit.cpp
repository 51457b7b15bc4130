#include "control/api/audit.h"

#include "contracts/base/id.h"
#include "contracts/base/text.h"
#include "control/api/routes.h"

namespace control {

namespace {

constexpr std::size_t kLongestSubject = 300;
constexpr std::size_t kLongestFields = 1000;

// "name, status": the caller chooses these words, so they are bounded. Empty if it is not JSON.
std::optional<std::string> field_names(const std::string& body) {
    if (body.empty()) return std::nullopt;
    const Result<contracts::Json> json = contracts::parse_json(body);
    if (!json || !json->is_object() || json->empty()) return std::nullopt;
    std::string names;
    for (const auto& [name, value] : json->items()) {
        names.append(names.empty() ? "" : ", ").append(name);
        if (names.size() > kLongestFields) break;
    }
    std::erase(names, '\0');
    return std::string(contracts::beginning(names, kLongestFields));
}

}  // namespace

AuditEntry audit_entry(const Exchange& exchange) {
    const Caller& caller = *exchange.caller;
    AuditEntry entry{
        .id = contracts::make_uuid4(),
        .caller = caller.name,
        .role = caller.role,
        .action = std::string(exchange.route->method) + ' ' + std::string(exchange.route->pattern),
        .fields = field_names(exchange.request.body),
        .created_at = exchange.context->clock.now()};
    if (!caller.user_id.empty()) entry.user_id = caller.user_id;
    return entry;
}

std::optional<std::string> audit_subject(const Exchange& exchange, const HttpResponse& answer) {
    std::string subject = exchange.id;
    if (!exchange.name.empty()) subject.append(subject.empty() ? "" : "/").append(exchange.name);
    for (const HttpHeader& header : answer.headers)
        if (subject.empty() && header.name == "Location")
            subject = header.value.substr(header.value.rfind('/') + 1);
    if (subject.empty()) return std::nullopt;
    return std::string(contracts::beginning(subject, kLongestSubject));
}

}  // namespace control
