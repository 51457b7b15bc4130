#include "wrapper/delivery/session.h"

namespace wrapper {

std::optional<Session> parse_session(std::string_view text) {
    const contracts::Result<contracts::Json> document = contracts::parse_json(text);
    if (!document || !document->is_object()) return std::nullopt;
    Session session;
    session.id = contracts::text_at(*document, "session_id");
    if (session.id.empty()) return std::nullopt;
    session.used_at = contracts::parse_timestamp(contracts::text_at(*document, "used_at"));
    if (const auto cost = document->find("cost_usd"); cost != document->end() && cost->is_number())
        session.cost_usd = cost->get<double>();
    if (const auto usage = document->find("usage"); usage != document->end() && usage->is_object())
        session.usage = *usage;
    session.begun_as = contracts::text_at(*document, "begun_as");
    return session;
}

std::string format_session(const Session& session) {
    contracts::Json document = {{"session_id", session.id}, {"cost_usd", session.cost_usd}};
    if (session.used_at) document["used_at"] = contracts::format_timestamp(*session.used_at);
    if (!session.usage.is_null()) document["usage"] = session.usage;
    if (!session.begun_as.empty()) document["begun_as"] = session.begun_as;
    return contracts::dump_json(document);
}

}  // namespace wrapper
