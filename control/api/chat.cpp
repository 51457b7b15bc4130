#include "control/api/chat.h"

#include "contracts/base/id.h"
#include "control/api/handlers.h"
#include "control/store/users.h"

namespace control {

namespace {

constexpr contracts::Bounds kChatWords{1, 64 << 10};
// A page that is open is sent its newest lines again whenever one of them changes.
constexpr std::size_t kChatPageBytes = 256 << 10;
constexpr std::string_view kLocalUser = "local";  // as messenger/terminal names it

// Empty: there is no administrator yet.
Result<std::string> speaker(Queries& db, const Caller& caller) {
    if (!caller.user_id.empty()) return caller.user_id;
    Result<std::vector<contracts::User>> admins = users::admins(db);
    if (!admins) return admins.fault();
    return admins->empty() ? std::string() : admins->front().id;
}

// How many of the newest lines fit into a page; at least one.
std::size_t fitting_lines(const std::vector<Stored<ChatLine>>& lines) {
    std::size_t count = 0;
    for (std::size_t bytes = 0; count < lines.size(); ++count) {
        bytes += lines[count].entity.text.size();
        if (bytes > kChatPageBytes) break;
    }
    return std::max<std::size_t>(count, 1);
}

Result<Page<ChatLine>> short_page(Queries& db, PageRequest request) {
    Result<Page<ChatLine>> page = chat_lines::list(db, request);
    if (!page || page->items.empty()) return page;
    const std::size_t fit = fitting_lines(page->items);
    if (fit == page->items.size()) return page;
    request.limit = fit;
    return chat_lines::list(db, request);
}

}  // namespace

void visit_fields(NewChatLine& line, contracts::FieldList& fields) {
    fields.required("text", line.text, kChatWords);
}

bool speaks_as_administrator(const Caller& caller) {
    return caller.is_admin() && caller.user_id.empty() && caller.worker_id.empty() &&
           !caller.project_id;
}

Result<ChatLine> ChatLineResource::make(Queries& db, const Caller& caller, New&& body,
                                        contracts::Timestamp now) {
    Result<std::string> user_id = speaker(db, caller);
    if (!user_id) return user_id.fault();
    if (user_id->empty()) {
        *user_id = contracts::make_uuid7(now);
        const contracts::User user{*user_id, std::string(kLocalUser), true};
        if (Result<void> added = users::insert(db, user, now); !added) return added.fault();
    }
    return chat_lines::say(db, *user_id, std::move(body.text), now);
}

void handle_chat_lines(Exchange&& exchange) {
    Result<PageRequest> request = page_of(exchange);
    if (!request) return exchange.refuse(request.error());
    Result<std::string> user_id = speaker(exchange.context->database, *exchange.caller);
    if (!user_id) return exchange.refuse(user_id.error());
    request->owner = {.user_id = *std::move(user_id)};
    Result<Page<ChatLine>> page = short_page(exchange.context->database, *std::move(request));
    if (!page) return exchange.refuse(page.error());
    exchange.reply(page_response(exchange, *std::move(page)));
}

}  // namespace control
