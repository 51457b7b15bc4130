// What all resources share: reading bodies, pages, ETag and If-Match, remembered answers. Reads are
// done at once; writes are handed to the store, and the answer is sent when they are durable.
#pragma once

#include "contracts/base/sha256.h"
#include "contracts/fields/read.h"
#include "contracts/fields/schema.h"
#include "contracts/fields/write.h"
#include "control/api/exchange.h"
#include "control/api/routes.h"
#include "control/store/idempotency.h"

namespace control {

// Whether the project {id} of the path is one that the caller sees; else `not_found`.
[[nodiscard]] Result<void> check_project(Queries& db, const Exchange& exchange);

// The body as JSON. If it is refused, 415 or 400 has been sent and the result is empty.
[[nodiscard]] std::optional<contracts::Json> take_json(const Exchange& exchange);
// The fields that a change removes with null: only those of `removable`, and only for an
// administrator. Null for any other field is refused, not ignored.
[[nodiscard]] Result<contracts::FieldNames> removed_by(const contracts::Json& change,
                                                       const contracts::Json& known,
                                                       const contracts::FieldNames& removable,
                                                       const Caller& caller);
// Fails with the name of a field that contains U+0000, which the store cannot hold.
[[nodiscard]] Result<void> check_texts(const contracts::Json& body, const contracts::Json& known);
// The error for a change that has none of the fields in `known`.
[[nodiscard]] Error changes_nothing(const contracts::Json& known);
[[nodiscard]] Result<PageRequest> page_of(const Exchange& exchange);
// For short lists with a single page: the requested number of rows.
[[nodiscard]] Result<std::size_t> one_page_limit(const Exchange& exchange);
// `</api/tasks?limit=2&cursor=…>; rel="next"`, with the filters of this request.
[[nodiscard]] std::string next_link(const Exchange& exchange, const std::string& cursor);
// The key is empty if none was sent.
[[nodiscard]] Result<idempotency::Request> request_of(const Exchange& exchange,
                                                      const contracts::Json& body);
[[nodiscard]] std::string etag(std::int64_t version);
// Whether a header such as If-Match contains this version.
[[nodiscard]] bool names_version(std::string_view header, std::int64_t version);
// `id` is the entity's id, `body` its JSON text.
[[nodiscard]] HttpResponse created(const Exchange& exchange, std::string_view id, std::string body);
// The same for an answer that was remembered.
[[nodiscard]] HttpResponse created_before(const Exchange& exchange, std::string body);
[[nodiscard]] HttpResponse with_etag(HttpResponse response, std::int64_t version);

// A write in progress: shared by the transaction and its completion.
struct Write {
    explicit Write(Exchange whole) : exchange(std::move(whole)) {}
    Exchange exchange;
    HttpResponse answer;
    bool is_stale = false;  // If-Match named another version
    bool wakes = false;     // once it is durable, a role has something to do
    bool repeats = false;   // the answer is an earlier one; nothing is changed

    void finish(const Result<void>& outcome) const;
};
// Runs `work` in a transaction, several times if necessary, and answers when it is durable. The
// change is noted in the audit log by the same transaction.
void write_and_answer(const std::shared_ptr<Write>& write,
                      std::function<Result<void>(Transaction&, Write&)> work);
// Fails unless If-Match is absent or names `version`.
[[nodiscard]] Result<void> check_precondition(Write& write, std::int64_t version);

// The JSON text of an array.
template <class M>
[[nodiscard]] std::string format_messages(std::vector<M> messages) {
    std::string text = "[";
    for (M& message : messages)
        text.append(text.size() > 1 ? "," : "")
            .append(contracts::format_message(std::move(message)));
    return text.append("]");
}

template <class E>
[[nodiscard]] HttpResponse page_response(const Exchange& exchange, Page<E> page) {
    std::vector<E> entities;
    entities.reserve(page.items.size());
    for (Stored<E>& item : page.items)
        entities.push_back(std::move(item.entity));
    HttpResponse response = json_text_response(200, format_messages(std::move(entities)));
    if (!page.next.empty()) response.headers.push_back({"Link", next_link(exchange, page.next)});
    return response;
}

// What a resource requires of a caller beyond the route's own commands, if anything.
template <class R>
[[nodiscard]] Result<void> check_use(const Exchange& exchange, const typename R::Entity& entity) {
    if constexpr (requires { &R::check_use; })
        return R::check_use(*exchange.caller, exchange.route->method, entity);
    else
        return {};
}

template <class R>
void handle_list(Exchange&& exchange) {
    Result<PageRequest> request = page_of(exchange);
    if (!request) return exchange.refuse(request.error());
    Result<Page<typename R::Entity>> page = R::list(exchange.context->database, *request);
    if (!page) return exchange.refuse(page.error());
    exchange.reply(page_response(exchange, *std::move(page)));
}

template <class R>
void handle_get(Exchange&& exchange) {
    Result<Stored<typename R::Entity>> found =
        R::find(exchange.context->database, exchange.id, exchange.caller->owner());
    if (!found) return exchange.refuse(found.error());
    if (Result<void> allowed = check_use<R>(exchange, found->entity); !allowed)
        return exchange.refuse(allowed.error());
    HttpResponse response;
    if (names_version(exchange.request.header("If-None-Match"), found->version))
        response.status = 304;
    else
        response = json_text_response(200, contracts::format_message(std::move(found->entity)));
    exchange.reply(with_etag(std::move(response), found->version));
}

// The JSON text of a new entity, with a warning for its creator if the resource has one.
template <class R>
[[nodiscard]] Result<std::string> with_warning(Queries& db, const typename R::New& body,
                                               std::string text, contracts::Timestamp now) {
    if constexpr (requires { &R::warning; }) {
        Result<std::string> warning = R::warning(db, body, now);
        if (!warning) return warning;
        if (!warning->empty()) {
            text.pop_back();
            text.append(",\"warning\":").append(contracts::dump_json(*warning)).append("}");
        }
    }
    return text;
}

template <class R>
void handle_create(Exchange&& exchange) {
    const std::optional<contracts::Json> json = take_json(exchange);
    if (!json) return;
    static const contracts::Json known = contracts::schema_of<typename R::New>().at("properties");
    if (Result<void> sound = check_texts(*json, known); !sound)
        return exchange.refuse(sound.error());
    Result<typename R::New> body = contracts::read_message<typename R::New>(*json);
    if (!body) return exchange.refuse(body.error());
    Result<idempotency::Request> request = request_of(exchange, *json);
    if (!request) return exchange.refuse(request.error());
    write_and_answer(
        std::make_shared<Write>(std::move(exchange)),
        [body = *std::move(body), request = *std::move(request)](Transaction& tx,
                                                                 Write& write) -> Result<void> {
            write.wakes = requires { R::kWakes; };
            const contracts::Timestamp now = write.exchange.context->clock.now();
            if (!request.key.empty()) {
                Result<std::optional<std::string>> before = idempotency::recall(tx, request, now);
                if (!before) return before.fault();
                if (*before) {
                    write.repeats = true;
                    auto text = with_warning<R>(tx, body, **std::move(before), now);
                    if (!text) return text.fault();
                    write.answer = created_before(write.exchange, *std::move(text));
                    return {};
                }
            }
            auto made = R::make(tx, *write.exchange.caller, typename R::New(body), now);
            if (!made) return made.fault();
            auto text = with_warning<R>(tx, body, contracts::format_message(*made), now);
            if (!text) return text.fault();
            write.answer = created(write.exchange, made->id, *std::move(text));
            if (request.key.empty()) return {};
            // A secret in the answer is not remembered: it is shown once.
            const typename R::Entity& kept = *made;
            return idempotency::remember(tx, request, contracts::format_message(kept), now);
        });
}

// The fields that a change may remove: those that it can change and that are optional in the
// entity.
template <class R>
const contracts::FieldNames& removable_fields() {
    static const contracts::FieldNames names = [] {
        const contracts::Json known = contracts::schema_of<typename R::Change>().at("properties");
        contracts::FieldNames fields = contracts::optional_fields<typename R::Entity>();
        std::erase_if(fields, [&](const std::string& name) { return !known.contains(name); });
        return fields;
    }();
    return names;
}

template <class R>
void handle_change(Exchange&& exchange) {
    const std::optional<contracts::Json> json = take_json(exchange);
    if (!json) return;
    static const contracts::Json known =
        contracts::schema_of<typename R::Change>().at("properties");
    Result<contracts::FieldNames> removed =
        removed_by(*json, known, removable_fields<R>(), *exchange.caller);
    if (!removed) return exchange.refuse(removed.error());
    if (Result<void> sound = check_texts(*json, known); !sound)
        return exchange.refuse(sound.error());
    Result<typename R::Change> body = contracts::read_message<typename R::Change>(*json);
    if (!body) return exchange.refuse(body.error());
    if (removed->empty() && contracts::write_message(*body).empty())
        return exchange.refuse(changes_nothing(known));
    write_and_answer(
        std::make_shared<Write>(std::move(exchange)),
        [body = *std::move(body), removed = *std::move(removed)](Transaction& tx,
                                                                 Write& write) -> Result<void> {
            const Exchange& exchange = write.exchange;
            Result<Stored<typename R::Entity>> stored =
                R::find(tx, exchange.id, exchange.caller->owner());
            if (!stored) return stored.fault();
            if (Result<void> allowed = check_use<R>(exchange, stored->entity); !allowed)
                return allowed;
            if (Result<void> fresh = check_precondition(write, stored->version); !fresh)
                return fresh;
            Result<void> done = R::change(tx, *exchange.caller, stored->entity,
                                          typename R::Change(body), exchange.context->clock.now());
            contracts::clear_fields(stored->entity, removed);
            if (done) done = R::update(tx, *stored);
            if (!done) return done;
            write.answer = with_etag(
                json_text_response(200, contracts::format_message(std::move(stored->entity))),
                stored->version + 1);
            return {};
        });
}

template <class R>
void handle_erase(Exchange&& exchange) {
    write_and_answer(std::make_shared<Write>(std::move(exchange)),
                     [](Transaction& tx, Write& write) -> Result<void> {
                         const Exchange& exchange = write.exchange;
                         const Result<Stored<typename R::Entity>> stored =
                             R::find(tx, exchange.id, exchange.caller->owner());
                         if (!stored) return stored.fault();
                         if (Result<void> fresh = check_precondition(write, stored->version);
                             !fresh)
                             return fresh;
                         write.answer = HttpResponse{204, {}, {}};
                         return R::erase(tx, exchange.id);
                     });
}

}  // namespace control
